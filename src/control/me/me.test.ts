import { beforeEach, describe, expect, test } from 'vitest'

import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'
import {
  askForCode,
  freshEmail,
  lastCode,
  signIn,
  signUpFacts,
  stepUp,
  type SignedIn,
} from '#test/control/people.ts'

let harness: ControlHarness
let ada: SignedIn
beforeEach(async () => {
  harness = await makeControlHarness()
  ada = await signIn(harness)
})

describe('oneself', () => {
  test('200: name and language change, and nothing else', async () => {
    const body = { display_name: 'Ada 👩🏽‍💻', locale: 'de-DE' }
    const changed = await harness.call('PATCH /api/me', { token: ada.token, body })
    expect(changed.body.data).toEqual({ ...ada.me, ...body })
    expect((await harness.call('GET /api/me', { token: ada.token })).body).toEqual(changed.body)
  })

  test.each([
    {},
    { role: 'owner' },
    { is_operator: true },
    { email: 'eve@example.com' },
    { accounts: [] },
    { display_name: 'a\u2066b' },
    { display_name: '' },
    { locale: 'not a language' },
    { accepted_privacy_policy: 7 },
  ])('400: %j', async (body) => {
    const answer = await harness.call('PATCH /api/me', { token: ada.token, body })
    expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_request'])
  })

  test('409: a policy that does not hold now is not accepted', async () => {
    const body = { accepted_privacy_policy: '2020-01-01' }
    const answer = await harness.call('PATCH /api/me', { token: ada.token, body })
    expect([answer.status, answer.body.error.code]).toEqual([409, 'conflict'])
  })

  test('own security events are there, page by page, and nobody else’s', async () => {
    await signIn(harness)
    const first = await harness.call('GET /api/me/security-events?limit=1', { token: ada.token })
    expect(first.body.data).toMatchObject([
      { kind: 'signed_up', session_id: ada.session.id, client_ip: '192.0.2.10' },
    ])
    expect(first.body.next).toBeNull()
    const wrong = 'GET /api/me/security-events?after=x'
    expect((await harness.call(wrong, { token: ada.token })).status).toBe(400)
  })
})

/** Changes an address; returns the token after the proof, and the way back from the old address. */
async function changeEmail(person: SignedIn, email: string) {
  const token = await stepUp(harness, person, 'change_email')
  harness.clock.value += 31_000
  const begun = await harness.call('POST /api/me/email-change', { token, body: { email } })
  expect(begun.status, JSON.stringify(begun.body)).toBe(201)
  const path = `POST /api/me/email-change/${begun.body.data.challenge_id}/confirm`
  const code = await lastCode(harness, email)
  const confirm = () => harness.call(path, { token, body: { code } })
  return { token, confirm }
}

async function undoToken(oldEmail: string): Promise<string> {
  await harness.parts.post.deliver()
  const mails = harness.parts.post.outbox?.() ?? []
  const mail = mails.find(({ to, text }) => to === oldEmail && text.includes('#'))
  return /\/undo-email-change#(\w+)/.exec(mail?.text ?? '')?.[1] ?? expect.fail('no way back')
}

describe('a change of address', () => {
  test('waits for the new address; then it is the one, other sessions end, both are told', async () => {
    const elsewhere = await signIn(harness, ada.email)
    const email = freshEmail()
    const { token, confirm } = await changeEmail(ada, email)
    expect((await harness.call('GET /api/me', { token })).body.data.email).toBe(ada.email)
    const changed = await confirm()
    expect([changed.status, changed.body.data.email]).toEqual([200, email])
    expect((await harness.call('GET /api/me', { token })).body.data.email).toBe(email)
    expect((await harness.call('GET /api/me', { token: elsewhere.token })).status).toBe(401)
    await harness.parts.post.deliver()
    const told = (harness.parts.post.outbox?.() ?? [])
      .filter(({ subject }) => subject === 'Your codelace e-mail address was changed')
      .map(({ to }) => to)
    expect(told.toSorted()).toEqual([ada.email, email].toSorted())
    expect((await signIn(harness, email)).me.id).toBe(ada.me.id)
  })

  test('can be undone from the old address for 72 hours, once; all sessions end', async () => {
    const { token, confirm } = await changeEmail(ada, freshEmail())
    await confirm()
    const undo = { token: await undoToken(ada.email) }
    const call = () =>
      harness.call('POST /api/sign-in/undo-email-change', { token: null, body: undo })
    harness.clock.value += 72 * 3_600_000 - 60_000
    const undone = await call()
    expect([undone.status, undone.body.data?.email]).toEqual([200, ada.email])
    expect((await harness.call('GET /api/me', { token })).status).toBe(401)
    expect((await call()).body.error.code).toBe('challenge_over')
    expect((await signIn(harness, ada.email)).me.id).toBe(ada.me.id)
  })

  test('cannot be undone later', async () => {
    const { confirm } = await changeEmail(ada, freshEmail())
    await confirm()
    const body = { token: await undoToken(ada.email) }
    harness.clock.value += 72 * 3_600_000
    const late = await harness.call('POST /api/sign-in/undo-email-change', { token: null, body })
    expect([late.status, late.body.error.code]).toEqual([404, 'challenge_over'])
  })

  test('to the address of another person fails at the end, and tells nothing before', async () => {
    const other = await signIn(harness)
    harness.clock.value += 31_000
    const { confirm } = await changeEmail(ada, other.email)
    const answer = await confirm()
    expect([answer.status, answer.body.error.code]).toEqual([409, 'conflict'])
  })

  test('keeps the old address from anyone else while it can be taken back', async () => {
    const { confirm } = await changeEmail(ada, freshEmail())
    await confirm()
    harness.clock.value += 31_000
    const asked = await askForCode(harness, ada.email)
    const path = `POST /api/sign-in/challenges/${asked.body.data.challenge_id}/verify`
    const code = await lastCode(harness, ada.email)
    const body = { code, sign_up: signUpFacts }
    const answer = await harness.call(path, { token: null, body })
    expect([answer.status, answer.body.error.code]).toEqual([409, 'conflict'])
  })
})
