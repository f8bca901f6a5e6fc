import { beforeEach, describe, expect, test } from 'vitest'

import { controlRoutes } from '#contract/routes.ts'
import { isElsewhere } from '#domain/sessions.ts'
import {
  makeControlHarness,
  type CallOptions,
  type ControlHarness,
} from '#test/control/control-harness.ts'
import { freshEmail, lastCode, signIn, type SignedIn } from '#test/control/people.ts'

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0'
const newerFirefox = firefox.replaceAll('130.0', '131.0')
const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36'

const home = { address: '203.0.113.77', headers: { 'user-agent': firefox } }
const nextDoor = { address: '203.0.113.200', headers: { 'user-agent': newerFirefox } }
const otherNetwork = { address: '198.51.100.4', headers: { 'user-agent': firefox } }
const otherBrowser = { address: '203.0.113.77', headers: { 'user-agent': chrome } }

let harness: ControlHarness
let person: SignedIn
beforeEach(async () => {
  harness = await makeControlHarness()
  person = await signIn(harness, freshEmail(), home)
})

const createProject = (place: CallOptions, token = person.token) =>
  harness.call(`POST /api/accounts/${person.accountId}/projects`, {
    token,
    body: { name: `project ${harness.clock.value}` },
    ...place,
  })

const notices = async () => {
  await harness.parts.post.deliver()
  const mails = harness.parts.post.outbox?.() ?? []
  return mails.filter(({ to, subject }) => to === person.email && subject.includes('elsewhere'))
}

const noted = async () => {
  const { body } = await harness.call('GET /api/me/security-events', {
    token: person.token,
    ...home,
  })
  return body.data.filter(({ kind }: { kind: string }) => kind === 'session_elsewhere')
}

/** Gives a proof where the session is used now; returns the new token. */
async function prove(action: string, place: CallOptions): Promise<string> {
  harness.clock.value += 31_000
  const { token, email } = person
  const begin = { token, body: { action }, ...place }
  const asked = await harness.call('POST /api/me/step-up', begin)
  expect(asked.status).toBe(201)
  const body = { code: await lastCode(harness, email) }
  const path = `POST /api/me/step-up/${asked.body.data.challenge_id}/verify`
  const given = await harness.call(path, { token, body, ...place })
  expect(given.status).toBe(200)
  return given.body.data.session_token
}

describe('a session that shows up elsewhere', () => {
  test.each([
    ['in another network', otherNetwork],
    ['in another browser', otherBrowser],
  ])('%s gives a fresh proof before it spends', async (_, place) => {
    const refused = await createProject(place)
    expect([refused.status, refused.body.error.code]).toEqual([403, 'step_up_required'])
    expect(refused.body.error.metadata).toMatchObject({ action: 'change_spending' })
    const token = await prove('change_spending', place)
    expect((await createProject(place, token)).status).toBe(201)
    // It is known there from now on, and no longer where it was.
    expect((await createProject(home, token)).body.error.code).toBe('step_up_required')
  })

  test('is not asked with a newer version of the browser on another address of the network', async () => {
    expect((await createProject(nextDoor)).status).toBe(201)
    expect(await notices()).toEqual([])
  })

  test('is never locked out: it looks, protects and leaves as before', async () => {
    const { token, accountId } = person
    const created = await harness.call(`POST /api/accounts/${accountId}/keys`, {
      ...{ token, ...home },
      body: { name: 'laptop', limits: { spend: { month: '5' } } },
    })
    expect(created.status).toBe(201)
    for (const [target, status] of [
      ['GET /api/me', 200],
      [`GET /api/accounts/${accountId}/keys`, 200],
      [`POST /api/accounts/${accountId}/keys/${created.body.data.id}/revoke`, 200],
      ['POST /api/me/sign-out', 200],
    ] as const) {
      const answer = await harness.call(target, { token, ...otherNetwork })
      expect([target, answer.status]).toEqual([target, status])
    }
  })

  test('is told to the person by mail and written down, once an hour', async () => {
    await createProject(otherNetwork)
    await createProject(otherBrowser)
    const [notice, ...more] = await notices()
    expect(more).toEqual([])
    expect(notice?.text).toContain('198.51.100.0/24')
    expect(notice?.text).toContain('Firefox on Linux')
    const [event, ...later] = await noted()
    expect(later).toEqual([])
    expect(event).toMatchObject({ device: 'Firefox on Linux' })
    harness.clock.value += 60 * 60_000
    await createProject(otherBrowser)
    expect(await notices()).toHaveLength(2)
  })

  test('a proof that was given before, at home, does not count there', async () => {
    const token = await prove('end_sessions', home)
    const end = (place: CallOptions) => harness.call('DELETE /api/me/sessions', { token, ...place })
    expect((await end(otherNetwork)).body.error.code).toBe('step_up_required')
    expect((await end(home)).status).toBe(200)
  })
})

test('every operation that decides what may be spent says so', () => {
  const spending = Object.values(controlRoutes)
    .filter((route) => 'spends' in route || ('stepUp' in route && route.caller !== 'session'))
    .map(({ id }) => id)
  expect(spending.toSorted()).toEqual([
    ...['applyPrices', 'changeMember', 'createAuthCode', 'createCredential', 'createInvitation'],
    'createKey',
    ...['createProject', 'grantCredit', 'restoreAccount', 'rotateAccountKey', 'updateAccount'],
    ...['updateAccountKey', 'updateCredential', 'updateKey', 'updateProject'],
  ])
})

test('an address that nobody knows is one place', () => {
  const session = { network: 'unknown', device: 'curl' }
  expect(isElsewhere(session, { address: null, device: 'curl' })).toBe(false)
  expect(isElsewhere(session, { address: '192.0.2.1', device: 'curl' })).toBe(true)
})
