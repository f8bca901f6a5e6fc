import { beforeAll, describe, expect, test } from 'vitest'

import type { Route } from '#contract/route.ts'
import { controlRoutes } from '#contract/routes.ts'
import { roleReaches, type MemberRole } from '#domain/people.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'
import { freshEmail, join, signIn } from '#test/control/people.ts'

/** Everybody who may come to a route; the matrix is every route times every one of them. */
const roles = ['owner', 'admin', 'developer', 'billing', 'viewer'] as const
const callers = [
  ...roles,
  'other account',
  'inference key',
  'operator token',
  'operator by passkey',
  'operator without passkey',
  'none',
] as const
type CallerName = (typeof callers)[number]

/** In the network that all calls come from: elsewhere a session gives a fresh proof before it spends. */
const home = { address: '198.51.100.250' }

let harness: ControlHarness
let accountId: string
const tokens = new Map<CallerName, string | null>()

beforeAll(async () => {
  harness = await makeControlHarness()
  const owner = await signIn(harness, freshEmail(), home)
  accountId = owner.accountId
  tokens.set('owner', owner.token)
  for (const role of roles.slice(1)) {
    const email = await join(harness, owner.accountId, role)
    tokens.set(role, (await signIn(harness, email, home)).token)
  }
  const other = await signIn(harness, freshEmail(), home)
  tokens.set('other account', other.token)
  tokens.set('inference key', await harness.make.key(owner.accountId))
  tokens.set('operator token', harness.token)
  for (const name of ['operator by passkey', 'operator without passkey'] as const) {
    const email = await join(harness, harness.operator.id, 'owner')
    const { token, session } = await signIn(harness, email, home)
    tokens.set(name, token)
    if (name === 'operator by passkey') await markAsPasskey(session.id)
  }
  tokens.set('none', null)
})

/** As after a sign-in by passkey: which proof a session began with is all that is looked at here. */
async function markAsPasskey(id: string): Promise<void> {
  const { sessions } = harness.parts
  const { findByToken } = sessions
  Object.assign(sessions, {
    findByToken: async (hash: Uint8Array) => {
      const found = await findByToken(hash)
      if (found === undefined || found.session.id !== id) return found
      return { ...found, session: { ...found.session, authenticatedBy: 'passkey' } }
    },
  })
}

const routes: readonly Route[] = Object.values(controlRoutes)

/** What the table of routes promises a caller: a refusal, or that they come through to the operation. */
function expectedOf(route: Route, caller: CallerName): readonly string[] | 'let in' {
  const isRole = (name: CallerName): name is MemberRole => roles.some((role) => role === name)
  const unknown = route.unknown ?? 'account_not_found'
  if (route.caller === 'anyone') return 'let in'
  if (route.caller === 'inference') return expect.fail('no route of /api takes an API key')
  if (caller === 'none') {
    return [route.caller === 'operator' ? 'missing_api_key' : 'sign_in_required']
  }
  if (caller === 'inference key') return ['permission_denied']
  if (route.caller === 'session') {
    if (caller === 'operator token') return ['permission_denied']
    return route.stepUp === undefined ? 'let in' : ['step_up_required']
  }
  if (caller === 'operator token') return 'let in'
  if (caller === 'operator without passkey') return ['passkey_required']
  const stepUp = route.stepUp === undefined ? ('let in' as const) : ['step_up_required']
  if (caller === 'operator by passkey') return stepUp
  if (route.caller === 'operator') return ['permission_denied']
  if (!isRole(caller)) return [unknown]
  const minimum = route.caller.slice('member:'.length) as MemberRole
  return roleReaches(caller, minimum) ? stepUp : ['role_too_low']
}

const refusals = [
  ...['missing_api_key', 'sign_in_required', 'invalid_api_key', 'session_ended'],
  ...['permission_denied', 'passkey_required', 'role_too_low', 'account_suspended'],
]

describe('who may call what', () => {
  test('the matrix is whole: every route, and every kind of caller', () => {
    expect(routes.length).toBeGreaterThan(40)
    expect([...tokens.keys()].toSorted()).toEqual([...callers].toSorted())
    for (const { path, caller } of routes) {
      // A route that members may call must name the account that they are members of.
      if (caller.startsWith('member:')) expect(path).toContain('/{account_id}')
    }
  })

  // Ended sessions would no longer be themselves for the routes that follow.
  const ending = ['signOut', 'endSessions', 'endSession']
  const ordered = routes.toSorted(
    (left, right) => Number(ending.includes(left.id)) - Number(ending.includes(right.id)),
  )
  const matrix = ordered.flatMap((route) => callers.map((caller) => ({ route, caller })))

  test.each(matrix)('$route.method $route.path: $caller', async ({ route, caller }) => {
    const path = route.path
      .replace('{account_id}', accountId)
      .replace('{generation_id}', 'gen-1764000000-00000000000000000000')
      .replaceAll(/\{(\w+)\}/g, (_, name: string) => `${name.slice(0, 3)}_none`)
    const token = tokens.get(caller) ?? null
    // A body that no route takes: whoever is let in learns that, nobody else does.
    const body = route.method === 'GET' ? {} : { body: '{"no_such_member":1}' }
    const address = `198.51.100.${ordered.indexOf(route) % 250}`
    const answer = await harness.call(`${route.method} ${path}`, { token, address, ...body })
    const code: string = answer.body.error?.code ?? 'ok'
    const expected = expectedOf(route, caller)
    if (expected === 'let in') expect([...refusals, 'step_up_required']).not.toContain(code)
    else expect(expected).toContain(code)
  })

  test('one account’s member never sees another account, whatever the route', async () => {
    const token = tokens.get('other account') ?? null
    for (const route of routes.filter(({ caller }) => caller.startsWith('member:'))) {
      const path = route.path
        .replace('{account_id}', accountId)
        .replaceAll(/\{(\w+)\}/g, (_, name: string) => `${name.slice(0, 3)}_none`)
      const { status } = await harness.call(`${route.method} ${path}`, { token })
      expect([route.id, status]).toEqual([route.id, 404])
    }
  })
})
