import { beforeEach, describe, expect, test } from 'vitest'

import { hashKey } from '#control/keys/hash-key.ts'
import { authCodeLifeMs, authCodesPerPersonMax } from '#domain/account-limits.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'
import { signIn, stepUp, type SignedIn } from '#test/control/people.ts'

let harness: ControlHarness
let ada: SignedIn
beforeEach(async () => {
  harness = await makeControlHarness()
  ada = await signIn(harness)
})

const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
const consent = (body: object, token: string = ada.token) =>
  harness.call(`POST /api/accounts/${ada.accountId}/auth-codes`, {
    token,
    body: { code_challenge: challenge, limit: '10', limit_reset: 'monthly', ...body },
  })
const take = async (code: string) =>
  harness.authCodes.take(await hashKey(code), harness.clock.value)

describe('consent to an app', () => {
  test('201: a code that holds what was agreed, and the address that brings it to the app', async () => {
    const callback = 'https://app.example/back?state=1'
    const { body } = await consent({ callback_url: callback, key_label: 'My app' })
    const { code, redirect_url: redirect, expires_at: until } = body.data
    expect(redirect).toBe(`https://app.example/back?state=1&code=${code}`)
    expect(Date.parse(until)).toBe(harness.clock.value + authCodeLifeMs)
    expect(await take(code)).toMatchObject({
      ...{ accountId: ada.accountId, personId: ada.me.id, keyName: 'My app', challenge },
      ...{ challengeMethod: 'S256', keyExpiresAt: null, projectId: null, appHost: 'app.example' },
      limits: { spendNanoUsd: { month: 10_000_000_000n, total: null } },
    })
    expect(await take(code)).toBeUndefined()
    const events = await harness.call('GET /api/me/security-events', { token: ada.token })
    expect(events.body.data[0]).toMatchObject({ kind: 'app_allowed', detail: 'for My app' })
    expect(await harness.parts.apiKeys.list(ada.accountId)).toEqual([])
  })

  test('201: without a callback the code is shown; without a name the app is called by its host', async () => {
    expect((await consent({})).body.data.redirect_url).toBeNull()
    const { code } = (await consent({ callback_url: 'http://localhost:3000/x' })).body.data
    expect((await take(code))?.keyName).toBe('localhost:3000')
  })

  test('201: the key joins a project of the account that takes keys; 404 and 409 for others', async () => {
    const make = async (accountId: string) =>
      (
        await harness.call(`POST /api/accounts/${accountId}/projects`, {
          token: harness.token,
          body: { name: 'search' },
        })
      ).body.data.id
    const project = await make(ada.accountId)
    const { code } = (await consent({ project_id: project })).body.data
    expect((await take(code))?.projectId).toBe(project)
    const stranger = await make((await harness.make.account()).id)
    expect((await consent({ project_id: stranger })).status).toBe(404)
    const path = `POST /api/accounts/${ada.accountId}/projects/${project}/archive`
    await harness.call(path, { token: harness.token, body: {} })
    expect((await consent({ project_id: project })).body.error.code).toBe('conflict')
  })

  test.each([
    'https://app.example/',
    'http://localhost:1/',
    'http://127.0.0.1:65535/x?y=1',
    'http://[::1]:8080/',
  ])('201: %s', async (callback) => {
    expect((await consent({ callback_url: callback })).status).toBe(201)
  })

  test.each([
    'http://app.example/',
    'http://localhost.evil.example/',
    'https://user:pass@app.example/',
    'https://app.example/#x',
    'javascript:alert(1)',
    'myapp://back',
    'file:///etc/passwd',
    '//app.example',
    'nonsense',
    `https://app.example/${'x'.repeat(2_000)}`,
  ])('400: %s', async (callback) => {
    const { status, body } = await consent({ callback_url: callback })
    expect([status, body.error.param]).toEqual([400, 'callback_url'])
  })

  test.each([
    [{ code_challenge: 'short' }, 'code_challenge'],
    [{ code_challenge_method: 'MD5' }, 'code_challenge_method'],
    [{ limit: 'x' }, 'limits.spend.month'],
    [{ limit_reset: 'hourly' }, 'limit_reset'],
    [{ expires_at: '2001-01-01T00:00:00Z' }, 'expires_at'],
    [{ scopes: ['manage_keys'] }, 'scopes'],
  ])('400: %j', async (body, param) => {
    const answer = await consent(body)
    expect([answer.status, answer.body.error.param]).toEqual([400, param])
  })

  test('403: a key without a limit, or with a high one, takes a fresh proof', async () => {
    for (const body of [{ limit: null }, { limit: '50.01' }]) {
      expect((await consent(body)).body.error.code).toBe('step_up_required')
    }
    const token = await stepUp(harness, ada, 'create_key')
    expect((await consent({ limit: null }, token)).status).toBe(201)
  })

  test('409 and 403: a program cannot consent, nor can whoever may not make keys', async () => {
    expect((await consent({}, harness.token)).body.error.code).toBe('conflict')
    const billing = await harness.make.member(ada.accountId, 'billing')
    expect((await consent({}, billing)).body.error.code).toBe('role_too_low')
  })

  test('429: a person has so many codes under way, and more when those are over', async () => {
    for (let count = 0; count < authCodesPerPersonMax; count += 1) await consent({})
    expect((await consent({})).body.error.code).toBe('rate_limit_exceeded')
    harness.clock.value += authCodeLifeMs
    expect((await consent({})).status).toBe(201)
  })
})
