import { beforeEach, describe, expect, test } from 'vitest'

import type { StepUpAction } from '#domain/sessions.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'
import { signIn, stepUp, type SignedIn } from '#test/control/people.ts'

let harness: ControlHarness
let ada: SignedIn
beforeEach(async () => {
  harness = await makeControlHarness()
  ada = await signIn(harness)
  // A session of a day, as most are.
  harness.clock.value += 24 * 60 * 60_000
})

const call = (target: string, body: object, token: string = ada.token) =>
  harness.call(target, { token, body })
const keysPath = () => `/api/accounts/${ada.accountId}/keys`
const create = (body: object, token?: string) =>
  call(`POST ${keysPath()}`, { name: 'k', ...body }, token)
const small = { limits: { spend: { month: '50' } } }

/** Refused without a proof, and with a proof for something else; done with the right one. */
async function takesProof(
  action: StepUpAction,
  run: (token: string) => ReturnType<typeof call>,
): Promise<void> {
  const refused = await run(ada.token)
  expect([refused.status, refused.body.error?.code]).toEqual([403, 'step_up_required'])
  expect(refused.body.error.metadata).toMatchObject({ action })
  const other = await stepUp(harness, ada, action === 'create_key' ? 'export_data' : 'create_key')
  expect((await run(other)).body.error?.code).toBe('step_up_required')
  ada = { ...ada, token: await stepUp(harness, { ...ada, token: other }, action) }
  expect((await run(ada.token)).status).toBeLessThan(300)
  harness.clock.value += 24 * 60 * 60_000
}

describe('a fresh proof is taken', () => {
  test('to make a key with no limit, or one above 50 dollars, or one that manages keys', async () => {
    await takesProof('create_key', (token) => create({}, token))
    await takesProof('create_key', (token) =>
      create({ limits: { spend: { total: '50.000000001' } } }, token),
    )
    await takesProof('create_key', (token) => create({ ...small, scopes: ['manage_keys'] }, token))
  })

  test('to give such a key another secret', async () => {
    const token = await stepUp(harness, ada, 'create_key')
    ada = { ...ada, token }
    const { id } = (await create({})).body.data
    harness.clock.value += 24 * 60 * 60_000
    await takesProof('create_key', (own) => call(`POST ${keysPath()}/${id}/rotate`, {}, own))
  })

  test('to lift or raise the limit of a key, or to let it manage keys', async () => {
    const { id } = (await create(small)).body.data
    const path = `PATCH ${keysPath()}/${id}`
    await takesProof('raise_key_limit', (own) =>
      call(path, { limits: { spend: { month: '51' } } }, own),
    )
    await takesProof('raise_key_limit', (own) => call(path, { limits: null }, own))
    await takesProof('raise_key_limit', (own) =>
      call(path, { scopes: ['inference', 'manage_keys'] }, own),
    )
  })

  test('to have messages and outputs kept', async () => {
    const path = `PATCH /api/accounts/${ada.accountId}`
    expect((await call(path, { content_mode: 'none' })).status).toBe(200)
    await takesProof('keep_content', (own) => call(path, { content_mode: 'full' }, own))
    expect((await call(path, { content_mode: 'full' })).status).toBe(200)
  })
})

describe('no proof is taken', () => {
  test('to make, change or rotate a key of at most 50 dollars, or to lower what a key may do', async () => {
    const made = await create(small)
    expect(made.status).toBe(201)
    const path = `${keysPath()}/${made.body.data.id}`
    expect((await call(`POST ${path}/rotate`, {})).status).toBe(201)
    for (const body of [
      { name: 'other' },
      { limits: { spend: { month: '10' } } },
      { scopes: ['read_usage'] },
    ]) {
      expect((await call(`PATCH ${path}`, body)).status).toBe(200)
    }
  })

  test('of a program with an operator token', async () => {
    expect((await create({}, harness.token)).status).toBe(201)
  })
})

test('whoever makes a key is told by mail, and it is in the log', async () => {
  await create({ ...small, name: 'laptop <b>' })
  await harness.parts.post.deliver()
  const mails = (harness.parts.post.outbox?.() ?? []).filter(
    ({ subject }) => subject === 'An API key was created',
  )
  expect(mails.map(({ to }) => to)).toEqual([ada.email])
  expect(mails[0]?.text).toContain('"laptop <b>"')
  const events = await harness.call('GET /api/me/security-events', { token: ada.token })
  expect(events.body.data[0]).toMatchObject({ kind: 'key_created', account_id: ada.accountId })
})
