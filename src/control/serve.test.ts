import { randomBytes } from 'node:crypto'

import { beforeEach, describe, expect, test } from 'vitest'

import type { Route } from '#contract/route.ts'
import { controlRoutes } from '#contract/routes.ts'
import { makeApiKey } from '#domain/keys.ts'
import { controlBodyBytesMax } from '#domain/limits.ts'
import { StoreUnavailable } from '#ports/store-error.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'

import { createControl } from './serve.ts'

/** Routes that nobody but whoever runs the installation may call. */
function operatorRoutes() {
  return Object.values<Route>(controlRoutes).filter(({ caller }) => caller === 'operator')
}

let harness: ControlHarness
beforeEach(async () => {
  harness = await makeControlHarness()
})

const everyRoute = operatorRoutes().map((route) => ({
  id: route.id,
  target: `${route.method} ${route.path
    .replace('{account_id}', 'acct_none')
    .replace('{key_id}', 'key_none')
    .replace('{generation_id}', 'gen-1764000000-00000000000000000000')
    .replace('{price_version_id}', 'price_none')}`,
}))

describe('who may call', () => {
  test.each(everyRoute)('$id: nobody without a token', async ({ target }) => {
    const { status, body, headers } = await harness.call(target, { token: null })
    expect([status, body.error.code]).toEqual([401, 'missing_api_key'])
    expect(headers.get('www-authenticate')).toBe('Bearer')
  })

  test.each(everyRoute)('$id: no customer', async ({ target }) => {
    const customer = await harness.make.account()
    const token = await harness.make.key(customer.id)
    const { status, body } = await harness.call(target, { token })
    expect([status, body.error.code]).toEqual([403, 'permission_denied'])
  })

  test.each(everyRoute)('$id: no operator token on a customer account', async ({ target }) => {
    const customer = await harness.make.account()
    const token = await harness.make.key(customer.id, 'operator')
    expect((await harness.call(target, { token })).status).toBe(403)
  })

  test.each(everyRoute)(
    '$id: whoever is not let in learns nothing of the body',
    async ({ target }) => {
      const body = target.startsWith('GET') ? undefined : '{'
      expect((await harness.call(target, { token: null, body })).status).toBe(401)
    },
  )

  test('text that is no key is refused without asking the store', async () => {
    const { apiKeys } = harness.parts
    const asked: string[] = []
    Object.assign(apiKeys, { findByHash: async () => void asked.push('asked') })
    for (const token of ['x', 'sk-abc', 'cl_o', `${harness.token}x`, harness.token.slice(0, -1)]) {
      const { status, body } = await harness.call('GET /api/accounts', { token })
      expect([status, body.error.code]).toEqual([401, 'invalid_api_key'])
    }
    expect(asked).toEqual([])
  })

  test('a well-formed token that nobody made is refused', async () => {
    const token = makeApiKey('operator', randomBytes)
    const { status, body } = await harness.call('GET /api/accounts', { token })
    expect([status, body.error.code]).toEqual([401, 'invalid_api_key'])
  })

  test('a token of another scheme is refused', async () => {
    const headers = { authorization: `Basic ${harness.token}` }
    const { body } = await harness.call('GET /api/accounts', { token: null, headers })
    expect(body.error.code).toBe('invalid_api_key')
  })

  test('a revoked token, an expired one, and one of a suspended operator are refused', async () => {
    const { make, parts, operator, clock } = harness
    const revoked = await make.key(operator.id, 'operator')
    const [key] = await parts.apiKeys.list(operator.id)
    await parts.apiKeys.revoke(key?.id ?? 'key_none')
    const expiring = await make.key(operator.id, 'operator', new Date(clock.value + 1000))
    const codeOf = async (token: string) =>
      (await harness.call('GET /api/accounts', { token })).body.error?.code
    expect(await codeOf(revoked)).toBe('revoked_api_key')
    expect(await codeOf(expiring)).toBeUndefined()
    clock.value += 1000
    expect(await codeOf(expiring)).toBe('expired_api_key')
    await parts.accounts.setStatus({
      id: operator.id,
      status: 'suspended',
      reason: 'left',
      actorKeyId: null,
    })
    const { status, body } = await harness.call('GET /api/accounts')
    expect([status, body.error.code]).toEqual([403, 'account_suspended'])
    expect(body.error.message).toContain('suspended: left.')
  })

  test('refusals are reported, without the token', async () => {
    const token = makeApiKey('operator', randomBytes)
    await harness.call('GET /api/accounts', { token })
    expect(harness.events).toEqual([
      { kind: 'refused', code: 'invalid_api_key', path: '/api/accounts' },
    ])
  })
})

describe('where things are', () => {
  test('an unknown path is 404, with a token and without', async () => {
    for (const token of [harness.token, null]) {
      const { status, body } = await harness.call('GET /api/nothing', { token })
      expect([status, body.error.code]).toEqual([404, 'not_found'])
      expect(body.error.message).toContain('"/api/nothing"')
    }
  })

  test('a wrong method is 405 and says which are right', async () => {
    const { status, body, headers } = await harness.call('DELETE /api/accounts')
    expect([status, body.error.code]).toEqual([405, 'method_not_allowed'])
    expect(headers.get('allow')).toBe('POST, GET, HEAD')
    const other = await harness.call('POST /api/openapi.json')
    expect(other.headers.get('allow')).toBe('GET, HEAD')
  })

  test('the OpenAPI document is there for everyone', async () => {
    const { status, body } = await harness.call('GET /api/openapi.json', { token: null })
    expect([status, body]).toEqual([200, { openapi: '3.1.0' }])
  })

  test('no answer may be stored or guessed at by a browser', async () => {
    for (const target of ['GET /api/accounts', 'GET /api/nothing', 'DELETE /api/accounts']) {
      const { headers } = await harness.call(target)
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
  })
})

describe('what is sent', () => {
  const create = 'POST /api/accounts'

  test.each([
    ['{', 'invalid_json'],
    ['[]', 'invalid_request'],
    ['null', 'invalid_request'],
    ['"text"', 'invalid_request'],
    ['', 'invalid_request'],
    ['{}', 'invalid_request'],
    ['{"display_name":7}', 'invalid_request'],
    ['{"display_name":""}', 'invalid_request'],
    ['{"display_name":"   "}', 'invalid_request'],
    ['{"display_name":"a\\u0000b"}', 'invalid_request'],
    [`{"display_name":"${'a'.repeat(101)}"}`, 'invalid_request'],
    ['{"display_name":"Ada","role":"operator"}', 'invalid_request'],
    ['{"display_name":"Ada","balance":"100"}', 'invalid_request'],
    ['{"display_name":"Ada","__proto__":{"role":"operator"}}', 'invalid_request'],
    ['{"display_name":"Ada","constructor":{}}', 'invalid_request'],
    ['[[[[[[[[[['.repeat(6000), 'invalid_json'],
  ])('%s is refused: %s', async (text, code) => {
    const { status, body } = await harness.call(create, { body: text })
    expect([status, body.error.code]).toEqual([400, code])
    expect((await harness.parts.accounts.list({ limit: 10, after: null })).accounts).toHaveLength(1)
  })

  test('every mistake is named, the first one also as param', async () => {
    const { body } = await harness.call(create, { body: { display_name: 1, email: 'x', more: 1 } })
    expect(body.error.param).toBe('display_name')
    expect(body.error.message).toContain('display_name: expected string')
    expect(body.error.message).toContain('email: ')
    expect(body.error.message).toContain('"more"')
  })

  test('an unknown field alone is named', async () => {
    const { body } = await harness.call(create, { body: { display_name: 'Ada', role: 'operator' } })
    expect(body.error.param).toBe('role')
  })

  test('a body that is not UTF-8 is refused', async () => {
    const control = createControl(harness.parts, '{}')
    const request = new Request('http://codelace.test/api/accounts', {
      method: 'POST',
      headers: { authorization: `Bearer ${harness.token}`, 'content-type': 'application/json' },
      body: Buffer.from([0x7b, 0xff, 0x7d]),
    })
    const response = await control.fetch(request)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_json' } })
  })

  test('another content type is refused', async () => {
    const headers = { 'content-type': 'text/plain' }
    const { status, body } = await harness.call(create, { body: '{}', headers })
    expect([status, body.error.code]).toEqual([415, 'unsupported_media_type'])
    expect(body.error.message).toContain('"text/plain"')
  })

  test('a charset beside the content type is fine', async () => {
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' }
    const { status } = await harness.call(create, { body: { display_name: 'Ada' }, headers })
    expect(status).toBe(201)
  })

  test('a body over the limit is refused: announced, and without reading on when it is not', async () => {
    const body = JSON.stringify({ display_name: 'a'.repeat(controlBodyBytesMax) })
    const announced = await harness.call(create, { body })
    expect([announced.status, announced.body.error.code]).toEqual([413, 'payload_too_large'])

    let pulled = 0
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled += 1
        controller.enqueue(new Uint8Array(16 * 1024).fill(32))
      },
    })
    const control = createControl(harness.parts, '{}')
    const request = new Request('http://codelace.test/api/accounts', {
      method: 'POST',
      headers: { authorization: `Bearer ${harness.token}`, 'content-type': 'application/json' },
      body: endless,
      duplex: 'half',
    })
    expect((await control.fetch(request)).status).toBe(413)
    expect(pulled).toBeLessThan(10)
  })

  test('an operation without a body takes none', async () => {
    const { status, body } = await harness.call('POST /api/ledger/verify', { body: { fast: true } })
    expect([status, body.error.param]).toEqual([400, 'fast'])
    expect((await harness.call('POST /api/ledger/verify', { body: {} })).status).toBe(200)
    expect((await harness.call('POST /api/ledger/verify')).status).toBe(200)
  })

  test('an unknown or malformed query parameter is refused', async () => {
    for (const [query, param] of [
      ['limit=0', 'limit'],
      ['limit=201', 'limit'],
      ['limit=x', 'limit'],
      ['limit=1.5', 'limit'],
      ['offset=1', 'offset'],
    ] as const) {
      const { status, body } = await harness.call(`GET /api/accounts?${query}`)
      expect([status, body.error.code, body.error.param]).toEqual([400, 'invalid_request', param])
    }
  })
})

describe('when something breaks', () => {
  test('a store that is away is 503 with a time to come back, and says nothing of the store', async () => {
    Object.assign(harness.parts.accounts, {
      list: () => Promise.reject(new StoreUnavailable('postgres://secret-canary is down')),
    })
    const { status, body, headers } = await harness.call('GET /api/accounts')
    expect([status, body.error.code]).toEqual([503, 'service_unavailable'])
    expect(headers.get('retry-after')).toBe('5')
    expect(JSON.stringify(body)).not.toContain('canary')
    expect(harness.events).toMatchObject([{ kind: 'failed', path: '/api/accounts' }])
  })

  test('a mistake of ours is 500, reported whole and shown to nobody', async () => {
    const error = new TypeError('secret-canary')
    Object.assign(harness.parts.accounts, { list: () => Promise.reject(error) })
    const { status, body } = await harness.call('GET /api/accounts')
    expect([status, body.error.code]).toEqual([500, 'internal'])
    expect(JSON.stringify(body)).not.toContain('canary')
    expect(harness.events).toEqual([{ kind: 'failed', path: '/api/accounts', error }])
  })

  test('changes are reported with who made them; looking is not', async () => {
    await harness.call('GET /api/accounts')
    expect(harness.events).toEqual([])
    await harness.call('POST /api/accounts', { body: { display_name: 'Ada' } })
    const [token] = await harness.parts.apiKeys.list(harness.operator.id)
    expect(harness.events).toEqual([
      { kind: 'changed', operation: 'createAccount', actorId: token?.id, target: '' },
    ])
  })
})
