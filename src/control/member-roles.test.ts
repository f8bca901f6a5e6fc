import { beforeEach, describe, expect, test } from 'vitest'

import type { Route } from '#contract/route.ts'
import { controlRoutes } from '#contract/routes.ts'
import type { Account } from '#domain/accounts.ts'
import type { MemberRole } from '#domain/people.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'

let harness: ControlHarness
let account: Account
beforeEach(async () => {
  harness = await makeControlHarness()
  account = await harness.make.account()
})

const roles = ['owner', 'admin', 'developer', 'billing', 'viewer'] as const

/** Who may call what, written out: a change of the table must be meant. */
const reach: Readonly<Record<MemberRole, readonly MemberRole[]>> = {
  viewer: ['owner', 'admin', 'developer', 'billing', 'viewer'],
  developer: ['owner', 'admin', 'developer'],
  billing: ['owner', 'admin', 'billing'],
  admin: ['owner', 'admin'],
  owner: ['owner'],
}

const memberRoutes = Object.values<Route>(controlRoutes).filter(({ caller }) =>
  caller.startsWith('member:'),
)

/** The address of a route in this account; what it names beside it is not there. */
function targetOf(route: Route, accountId: string): string {
  const path = route.path
    .replace('{account_id}', accountId)
    .replace('{key_id}', 'key_none')
    .replace('{project_id}', 'proj_none')
    .replace('{generation_id}', 'gen-1764000000-00000000000000000000')
    .replace(/\{\w+\}/g, 'none')
  return `${route.method} ${path}`
}

describe.each(memberRoutes.map((route) => [route.id, route] as const))('%s', (_, route) => {
  const minimum = route.caller.slice('member:'.length) as MemberRole
  const body = route.method === 'GET' ? undefined : {}

  test.each(roles)('a member who is %s', async (role) => {
    const token = await harness.make.member(account.id, role)
    const { status, body: answer } = await harness.call(targetOf(route, account.id), {
      token,
      body,
    })
    if (!reach[minimum].includes(role)) {
      expect([status, answer.error.code]).toEqual([403, 'role_too_low'])
      return
    }
    expect(answer.error?.code).not.toBe('role_too_low')
    expect(answer.error?.code).not.toBe('account_not_found')
  })

  test('the owner of another account: it is not there', async () => {
    const other = await harness.make.account()
    const token = await harness.make.member(other.id, 'owner')
    const { status, body: answer } = await harness.call(targetOf(route, account.id), {
      token,
      body,
    })
    expect([status, answer.error.code]).toEqual([404, route.unknown])
  })

  test('an API key of the account, and nobody at all', async () => {
    const target = targetOf(route, account.id)
    const token = await harness.make.key(account.id)
    expect((await harness.call(target, { token, body })).status).toBe(403)
    expect((await harness.call(target, { token: null, body })).status).toBe(401)
  })
})

test('what belongs to a customer is open to its members', () => {
  expect(memberRoutes.length).toBeGreaterThan(15)
})
