import { beforeEach, describe, expect, test } from 'vitest'

import type { Account } from '#domain/accounts.ts'
import type { MemberRole } from '#domain/people.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'
import { stepUp } from '#test/control/people.ts'

let harness: ControlHarness
let account: Account
let owner: string
beforeEach(async () => {
  harness = await makeControlHarness()
  account = await harness.make.account()
  owner = await makeManager('owner')
})

/** A member with a session that has just proven who it is; the token. */
async function makeManager(role: MemberRole): Promise<string> {
  const token = await harness.make.member(account.id, role)
  const { email } = (await harness.call('GET /api/me', { token })).body.data
  return stepUp(harness, { token, email }, 'manage_members')
}

const list = async (token: string = owner) =>
  (await harness.call(`GET /api/accounts/${account.id}/members`, { token })).body.data
const idOf = async (role: MemberRole): Promise<string> =>
  (await list()).find((one: { role: string }) => one.role === role).person_id
const pathOf = (id: string, of: string = account.id) => `/api/accounts/${of}/members/${id}`
const change = (id: string, role: string, token: string = owner) =>
  harness.call(`PATCH ${pathOf(id)}`, { body: { role }, token })
const remove = (id: string, token: string = owner) =>
  harness.call(`DELETE ${pathOf(id)}`, { token })

describe('members of an account', () => {
  test('200: a role counts from the next request on', async () => {
    const token = await harness.make.member(account.id, 'viewer')
    const create = () =>
      harness.call(`POST /api/accounts/${account.id}/keys`, {
        body: { name: 'k', limits: { spend: { day: '5' } } },
        token,
      })
    expect((await create()).body.error.code).toBe('role_too_low')
    const { status, body } = await change(await idOf('viewer'), 'developer')
    expect([status, body.data.role]).toEqual([200, 'developer'])
    expect((await create()).status).toBe(201)
  })

  test('403: another role takes a fresh proof, of a session that has no other either', async () => {
    await harness.make.member(account.id, 'viewer')
    const id = await idOf('viewer')
    const session = await harness.make.member(account.id, 'owner')
    const refused = await change(id, 'admin', session)
    expect([refused.status, refused.body.error.code]).toEqual([403, 'step_up_required'])
    expect(refused.body.error.metadata).toMatchObject({ action: 'manage_members' })
    expect(await idOf('viewer')).toBe(id)
    harness.clock.value += 24 * 60 * 60_000
    expect((await change(id, 'admin')).body.error.code).toBe('step_up_required')
  })

  test('200: whoever was taken out does not find the account any more', async () => {
    const token = await harness.make.member(account.id, 'developer')
    expect((await remove(await idOf('developer'))).status).toBe(200)
    const { status, body } = await harness.call(`GET /api/accounts/${account.id}/keys`, { token })
    expect([status, body.error.code]).toEqual([404, 'account_not_found'])
    expect(await list()).toHaveLength(1)
  })

  test('409: the last owner stays one', async () => {
    const id = await idOf('owner')
    expect((await remove(id)).body.error.code).toBe('conflict')
    expect((await change(id, 'viewer')).body.error.code).toBe('conflict')
    await harness.make.member(account.id, 'admin')
    await change(await idOf('admin'), 'owner')
    expect((await change(id, 'viewer')).status).toBe(200)
  })

  test('403: an admin neither makes nor unmakes owners', async () => {
    const admin = await makeManager('admin')
    await harness.make.member(account.id, 'viewer')
    expect((await change(await idOf('owner'), 'viewer', admin)).body.error.code).toBe(
      'role_too_low',
    )
    expect((await remove(await idOf('owner'), admin)).body.error.code).toBe('role_too_low')
    expect((await change(await idOf('viewer'), 'owner', admin)).status).toBe(403)
    expect((await change(await idOf('viewer'), 'billing', admin)).status).toBe(200)
  })

  test('400 and 404: no such role, and nobody of that name here', async () => {
    expect((await change(await idOf('owner'), 'king')).status).toBe(400)
    const other = await harness.make.account()
    await harness.make.member(other.id, 'viewer')
    const [stranger] = (await harness.call(`GET /api/accounts/${other.id}/members`)).body.data
    for (const id of [stranger.person_id, 'usr_none', 'nonsense']) {
      expect((await change(id, 'viewer')).body.error.code).toBe('member_not_found')
      expect((await remove(id)).body.error.code).toBe('member_not_found')
    }
  })
})
