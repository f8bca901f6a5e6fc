import { beforeEach, describe, expect, test } from 'vitest'

import {
  makeAuthenticator,
  type Authenticator,
  type Misbehaviour,
} from '#test/control/authenticator.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'
import { freshEmail, join, signIn, stepUp, type SignedIn } from '#test/control/people.ts'

let harness: ControlHarness
let device: Authenticator
beforeEach(async () => {
  harness = await makeControlHarness()
  device = makeAuthenticator({
    origin: 'http://codelace.test',
    site: 'codelace.test',
    counts: true,
  })
})

const post = (path: string, token: string | null, body: unknown = {}) =>
  harness.call(`POST ${path}`, { token, body })

async function add({ token }: Pick<SignedIn, 'token'>, wrong: Misbehaviour = {}, by = device) {
  const begun = await post('/api/me/passkeys/options', token)
  expect(begun.status, JSON.stringify(begun.body)).toBe(201)
  const { challenge_id, options } = begun.body.data
  const response = by.create(options, wrong)
  return post('/api/me/passkeys', token, { challenge_id, name: 'Laptop', response })
}

async function signInBy(by: Authenticator, wrong: Misbehaviour = {}) {
  const { challenge_id, options } = (await post('/api/sign-in/passkey/options', null)).body.data
  const response = by.get(options, wrong)
  return post('/api/sign-in/passkey/verify', null, { challenge_id, response })
}

describe('a passkey', () => {
  test('is offered after the first sign-in, added, listed, renamed, removed; its owner hears of it', async () => {
    const person = await signIn(harness)
    const added = await add(person)
    expect(added.status, JSON.stringify(added.body)).toBe(201)
    const { token } = person
    const { id } = added.body.data
    expect(added.body.data).toMatchObject({ name: 'Laptop', is_synced: false, last_used_at: null })
    const list = await harness.call('GET /api/me/passkeys', { token })
    expect(list.body.data).toEqual([added.body.data])
    const renamed = await harness.call(`PATCH /api/me/passkeys/${id}`, {
      token,
      body: { name: 'Key' },
    })
    expect(renamed.body.data.name).toBe('Key')
    const proven = await stepUp(harness, person, 'change_passkeys')
    const removed = await harness.call(`DELETE /api/me/passkeys/${id}`, { token: proven })
    expect(removed.status).toBe(200)
    expect((await signInBy(device)).body.error.code).toBe('passkey_refused')
    await harness.parts.post.deliver()
    const subjects = (harness.parts.post.outbox?.() ?? []).map(({ subject }) => subject)
    expect(subjects).toContain('A passkey was added to your codelace sign-in')
    expect(subjects).toContain('A passkey was removed from your codelace sign-in')
  })

  test('signs in without an address and without a code', async () => {
    const { me } = await signIn(harness).then(async (person) => {
      await add(person)
      return person
    })
    const answer = await signInBy(device)
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    expect(answer.body.data).toMatchObject({
      is_new: false,
      offer_passkey: false,
      session: { authenticated_by: 'passkey' },
      me: { id: me.id },
    })
  })

  test.each<[string, Misbehaviour]>([
    ['of another site', { site: 'evil.example' }],
    ['shown to another page', { origin: 'http://evil.example' }],
    ['over another challenge', { challenge: 'AAAA' }],
    ['of a person who was not verified', { flags: 0x01 }],
    ['with a signature over something else', { forgedSignature: true }],
    ['whose device counts backwards, as a copy does', { count: 1 }],
  ])('%s signs nobody in', async (_, wrong) => {
    await add(await signIn(harness))
    expect((await signInBy(device)).status).toBe(200)
    const answer = await signInBy(device, wrong)
    expect([answer.status, answer.body.error.code]).toEqual([400, 'passkey_refused'])
  })

  test.each<[string, Misbehaviour]>([
    ['of another site', { site: 'evil.example' }],
    ['shown to another page', { origin: 'http://evil.example' }],
    ['over another challenge', { challenge: 'AAAA' }],
    ['of a person who was not verified', { flags: 0x01 }],
  ])('%s is not added', async (_, wrong) => {
    const answer = await add(await signIn(harness), wrong)
    expect([answer.status, answer.body.error.code]).toEqual([400, 'passkey_refused'])
  })

  test('a proof is good once, and a challenge only for what and whom it was made', async () => {
    const person = await signIn(harness)
    await add(person)
    const { challenge_id, options } = (await post('/api/sign-in/passkey/options', null)).body.data
    const body = { challenge_id, response: device.get(options) }
    const crossed = await post('/api/me/passkey-step-up/verify', person.token, body)
    expect(crossed.body.error.code).toBe('challenge_over')
    expect((await post('/api/sign-in/passkey/verify', null, body)).body.error.code).toBe(
      'challenge_over',
    )
  })

  test('garbage in its place is refused, whatever it is', async () => {
    await add(await signIn(harness))
    const { options } = (await post('/api/sign-in/passkey/options', null)).body.data
    const right = device.get(options)
    for (const response of [
      { ...right, id: '!!', rawId: '!!' },
      { ...right, response: {} },
      { ...right, response: { clientDataJSON: 'e30', authenticatorData: '', signature: '' } },
    ]) {
      const begun = await post('/api/sign-in/passkey/options', null)
      const { challenge_id } = begun.body.data
      const answer = await post('/api/sign-in/passkey/verify', null, { challenge_id, response })
      expect([answer.status, answer.body.error.code]).toEqual([400, 'passkey_refused'])
    }
  })

  test('of someone else can be neither renamed nor removed', async () => {
    const added = await add(await signIn(harness))
    const other = await signIn(harness)
    const path = `/api/me/passkeys/${added.body.data.id}`
    const renamed = await harness.call(`PATCH ${path}`, { token: other.token, body: { name: 'x' } })
    expect([renamed.status, renamed.body.error.code]).toEqual([404, 'passkey_not_found'])
    const token = await stepUp(harness, other, 'change_passkeys')
    expect((await harness.call(`DELETE ${path}`, { token })).status).toBe(404)
  })

  test('proves for one action that it is you, and makes the session one by passkey', async () => {
    const person = await signIn(harness)
    await add(person)
    const begun = await post('/api/me/passkey-step-up', person.token, { action: 'end_sessions' })
    const { challenge_id, options } = begun.body.data
    const body = { challenge_id, response: device.get(options) }
    const proven = await post('/api/me/passkey-step-up/verify', person.token, body)
    expect(proven.body.data).toMatchObject({
      action: 'end_sessions',
      session: { authenticated_by: 'passkey' },
    })
    const token = proven.body.data.session_token
    expect((await harness.call('DELETE /api/me/sessions', { token })).status).toBe(200)
    expect((await harness.call('GET /api/me', { token: person.token })).status).toBe(401)
  })

  test('of an IP address does not exist: it says what to open instead', async () => {
    Object.assign(harness.parts.house, { publicUrl: 'http://127.0.0.1:8080' })
    const answer = await post('/api/sign-in/passkey/options', null)
    expect(answer.body.error.message).toContain('"localhost"')
  })
})

describe('running the installation', () => {
  test('takes a session by passkey: one by code is refused, the same person by passkey is let in', async () => {
    const email = await join(harness, harness.operator.id, 'owner')
    const byCode = await signIn(harness, email)
    const { token } = byCode
    expect(byCode.me).toMatchObject({ is_operator: true, needs_passkey: true })
    const refused = await harness.call('GET /api/accounts', { token })
    expect([refused.status, refused.body.error.code]).toEqual([403, 'passkey_required'])
    await add(byCode)
    const byPasskey = (await signInBy(device)).body.data
    expect(byPasskey.me).toMatchObject({ is_operator: true, needs_passkey: false })
    const accounts = await harness.call('GET /api/accounts', { token: byPasskey.session_token })
    expect(accounts.status).toBe(200)
  })

  test('whoever reads an operator’s mail can neither add a second passkey nor remove the first', async () => {
    const email = await join(harness, harness.operator.id, 'owner')
    const byCode = await signIn(harness, email)
    const added = await add(byCode)
    const second = await post('/api/me/passkeys/options', byCode.token)
    expect(second.body.error.code).toBe('passkey_required')
    const token = await stepUp(harness, byCode, 'change_passkeys')
    const path = `DELETE /api/me/passkeys/${added.body.data.id}`
    expect((await harness.call(path, { token })).body.error.code).toBe('passkey_required')
  })

  test('what an operator did in a session is written down with the person', async () => {
    const email = await join(harness, harness.operator.id, 'owner')
    await add(await signIn(harness, email))
    const { session_token: token, me } = (await signInBy(device)).body.data
    const customer = await signIn(harness, freshEmail())
    const path = `/api/accounts/${customer.accountId}`
    await harness.call(`POST ${path}/suspend`, { token, body: { reason: 'unpaid' } })
    const [change] = await harness.parts.accounts.statusHistory(customer.accountId)
    expect(change).toMatchObject({ status: 'suspended', actorKeyId: null, actorPersonId: me.id })
    const seen = await harness.call(`GET ${path}`, { token: customer.token })
    expect([seen.status, seen.body.data.status_reason]).toEqual([200, 'unpaid'])
  })
})
