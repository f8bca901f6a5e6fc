import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { makeApiKey } from '#domain/keys.ts'
import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import {
  answerWith,
  completion,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'

let upstream: ScriptedUpstream
let world: GatewayWorld

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerWith(200, completion()))
  world = await startGatewayWorld({ providers: [{ baseUrl: upstream.baseUrl }] })
})

beforeEach(() => {
  upstream.received.length = 0
  world.credit.records.length = 0
})

afterAll(async () => {
  await world.close()
  await upstream.close()
})

const messages = [{ role: 'user', content: 'Hi' }]
const hello = { model: 'test/model', messages }

/** Nothing reached the provider, nothing was charged, nothing is still held. */
function expectNothingDone(): void {
  expect(upstream.received).toHaveLength(0)
  expect(world.credit.openHolds()).toBe(0)
  for (const record of world.credit.records) {
    expect(record).toMatchObject({ outcome: 'refused', costNanoUsd: 0n, usageSource: 'none' })
  }
}

async function expectFault(
  asking: Promise<{ status: number; json: () => Promise<unknown>; headers: Headers }>,
  wanted: { status: number; code: string; param?: string | null; message?: RegExp },
) {
  const response = await asking
  const body = await response.json()
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(response.headers.get('access-control-allow-origin')).toBe('*')
  expect({ status: response.status, body }).toMatchObject({
    status: wanted.status,
    body: {
      error: {
        code: wanted.code,
        message: expect.stringMatching(wanted.message ?? /./),
        type: expect.any(String),
        metadata: { error_type: expect.any(String) },
        ...(wanted.param === undefined ? {} : { param: wanted.param }),
      },
    },
  })
  expectNothingDone()
  return response
}

describe('keys', () => {
  const withKey = (authorization: string | null) =>
    fetch(`${world.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(hello),
      headers: {
        'content-type': 'application/json',
        ...(authorization === null ? {} : { authorization }),
      },
    })

  test('no key', async () => {
    const response = await expectFault(withKey(null), { status: 401, code: 'missing_api_key' })
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(world.credit.records).toHaveLength(0)
  })

  test.each(['', 'Bearer', 'Basic abc', 'Bearer sk-123', 'Bearer cl_kshort'])(
    'malformed: %j',
    async (authorization) => {
      await expectFault(withKey(authorization), {
        status: 401,
        code: authorization === '' ? 'missing_api_key' : 'invalid_api_key',
      })
    },
  )

  test('wrong checksum', async () => {
    const { secret } = world.customer
    const wrong = secret.slice(0, -1) + (secret.endsWith('a') ? 'b' : 'a')
    await expectFault(withKey(`Bearer ${wrong}`), { status: 401, code: 'invalid_api_key' })
  })

  test('unknown', async () => {
    const unknown = makeApiKey('inference', (length) => new Uint8Array(length).fill(7))
    await expectFault(withKey(`Bearer ${unknown}`), { status: 401, code: 'invalid_api_key' })
  })

  test('revoked: refused, and the refusal is in the log', async () => {
    const customer = await world.addCustomer()
    await world.stores.apiKeys.revoke(customer.keyId)
    await expectFault(withKey(`Bearer ${customer.secret}`), {
      status: 401,
      code: 'revoked_api_key',
    })
    expect(world.credit.records).toMatchObject([
      { keyId: customer.keyId, faultCode: 'revoked_api_key', status: 401 },
    ])
  })

  test('expired', async () => {
    const customer = await world.addCustomer({ expiresAt: new Date(Date.now() - 1) })
    await expectFault(withKey(`Bearer ${customer.secret}`), {
      status: 401,
      code: 'expired_api_key',
    })
  })

  test('of a suspended account, with the reason', async () => {
    const customer = await world.addCustomer()
    await world.stores.accounts.setStatus({
      ...{ id: customer.accountId, status: 'suspended', reason: 'Chargeback.', actorKeyId: null },
    })
    await expectFault(withKey(`Bearer ${customer.secret}`), {
      ...{ status: 403, code: 'account_suspended', message: /suspended: Chargeback\. Nothing/ },
    })
  })

  test('of an operator', async () => {
    const operator = await world.addCustomer({ kind: 'operator' })
    await expectFault(withKey(`Bearer ${operator.secret}`), {
      ...{ status: 403, code: 'permission_denied' },
    })
  })

  test('in x-api-key opens as well', async () => {
    const response = await fetch(`${world.url}/api/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(hello),
      headers: { 'content-type': 'application/json', 'x-api-key': world.customer.secret },
    })
    expect(response.status).toBe(200)
  })
})

describe('bodies', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

  test.each([
    ['empty', '', /it is empty/],
    ['no JSON', 'hello', /unexpected token 'h' at line 1, column 1/],
    ['cut off', '{"model":"test/model","messages":[', /ends too early, after 34 characters/],
    ['a missing comma', '{\n "model":"a"\n "messages":[]}', /at line 3, column 2/],
    ['a trailing comma', '{"model":"a",}', /at line 1, column 14/],
    ['no object', '[1]', /not an object/],
    ['a text', '"model"', /not an object/],
    ['a byte order mark', '\ufeff{}', /byte order mark/],
    ['deeper than 64', `{"messages":${nested(64)}}`, /nested deeper than 64/],
    ['100,000 deep', `{"messages":${nested(100_000)}}`, /nested deeper than 64/],
    ['a NUL', '{"model":"a\u0000"}', /control character/],
  ])('%s', async (_, body, message) => {
    await expectFault(world.chat(body), { status: 400, code: 'invalid_json', message })
  })

  test('bytes that are no UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"model":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}'),
    ])
    await expectFault(world.chat(bytes), {
      ...{ status: 400, code: 'invalid_json', message: /not UTF-8/ },
    })
  })

  test('no piece of the body is repeated in the error', async () => {
    const response = await world.chat('{"secret-part": tru }')
    expect(await response.text()).not.toContain('secret')
  })

  test.each([
    ['twice the same name', '{"model":"a","messages":[],"model":"b"}', 'model'],
    ['twice, once escaped', '{"n":1,"messages":[],"\\u006e":2}', 'n'],
    [
      'half a character',
      '{"model":"a","messages":[{"role":"user","content":"\\ud83d"}]}',
      'messages[0].content',
    ],
    ['half a character in a name', '{"model":"a","x":{"\\uDC00":1}}', 'x'],
    [
      '1e400',
      '{"model":"a","messages":[{"role":"user","content":"a"}],"temperature":1e400}',
      'temperature',
    ],
    ['-1e400 deep inside', '{"model":"a","a":[{"b":-1e400}]}', 'a[0].b'],
  ])('%s', async (_, body, param) => {
    await expectFault(world.chat(body), { status: 400, code: 'invalid_request', param })
  })

  test('whole characters in escapes are welcome', async () => {
    const text = '{"model":"test/model","messages":[{"role":"user","content":"\\ud83d\\ude00"}]}'
    expect((await world.chat(text)).status).toBe(200)
    expect(upstream.received[0]?.body).toContain('\\ud83d\\ude00')
  })

  test.each([
    [{ messages }, 'model', /model is missing/],
    [{ model: 5, messages }, 'model', /model: expected string, received number/],
    [{ model: '', messages }, 'model', /model: /],
    [{ model: 'test/model' }, 'messages', /messages: is missing/],
    [{ model: 'test/model', messages: [] }, 'messages', /must hold at least one message/],
    [{ model: 'test/model', messages: 'hi' }, 'messages', /expected array/],
    [{ model: 'test/model', messages: [{ content: 'a' }] }, 'messages[0].role', /is missing/],
    [{ model: 'test/model', messages: ['a'] }, 'messages[0]', /expected object/],
    [
      { ...hello, messages: [{ role: 'user', content: 5 }] },
      'messages[0].content',
      /expected text/,
    ],
    [
      { ...hello, messages: [{ role: 'user', content: ['a'] }] },
      'messages[0].content',
      /expected text/,
    ],
    [{ ...hello, stream: 'yes' }, 'stream', /expected boolean/],
    [{ ...hello, max_tokens: 0 }, 'max_tokens', /Too small/],
    [{ ...hello, max_tokens: 1.5 }, 'max_tokens', /int/],
    [{ ...hello, max_tokens: -3 }, 'max_tokens', /Too small/],
    [{ ...hello, max_tokens: '9' }, 'max_tokens', /expected number/],
    [{ ...hello, n: 1000 }, 'n', /Too big/],
    [{ ...hello, tools: [{}] }, 'tools[0].type', /is missing/],
    [{ ...hello, tools: {} }, 'tools', /expected array/],
    [{ ...hello, plugins: [{ id: 'web' }] }, 'plugins[0].id', /not offered here/],
    [{ ...hello, service_tier: 'priority' }, 'service_tier', /has no price here/],
    [{ ...hello, web_search_options: {} }, 'web_search_options', /has no price here/],
    [{ ...hello, provider: { zrd: true } }, 'provider.zrd', /"zrd" cannot be honoured/],
    [{ ...hello, provider: { quantizations: ['fp8'] } }, 'provider.quantizations', /cannot be/],
    [{ ...hello, provider: { data_collection: 'maybe' } }, 'provider.data_collection', /./],
    [{ ...hello, provider: { sort: 'colour' } }, 'provider.sort', /use "price"/],
    [
      { ...hello, provider: { max_price: { prompt: '1e3' } } },
      'provider.max_price.prompt',
      /plain/,
    ],
    [{ ...hello, provider: { max_price: { image: 1 } } }, 'provider.max_price.image', /./],
    [{ ...hello, models: [] }, 'models', /Too small/],
  ])('%j', async (body, param, message) => {
    await expectFault(world.chat(body), { status: 400, code: 'invalid_request', param, message })
  })

  test('many mistakes are told a few at a time', async () => {
    const body = { model: 1, messages: Array.from({ length: 500 }, () => 5), n: 'x' }
    await expectFault(world.chat(body), {
      ...{ status: 400, code: 'invalid_request', message: /and 499 more\.$/ },
    })
  })

  test('a name like __proto__ does no harm', async () => {
    const text = `{"__proto__":{"stream":true},"constructor":1,"model":"test/model","messages":${JSON.stringify(messages)}}`
    const response = await world.chat(text)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(upstream.received[0]?.body).toContain('"__proto__":{"stream":true}')
    expect(({} as { stream?: unknown }).stream).toBeUndefined()
  })

  test('a bad X-Codelace-Log', async () => {
    await expectFault(world.chat(hello, { headers: { 'x-codelace-log': 'some' } }), {
      ...{ status: 400, code: 'invalid_request', param: 'X-Codelace-Log' },
    })
  })

  test.each([
    ['text/plain', 'text/plain'],
    ['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded'],
    ['multipart/form-data; boundary=x', 'multipart/form-data'],
  ])('type %s', async (type, received) => {
    await expectFault(world.chat(hello, { headers: { 'content-type': type } }), {
      ...{ status: 415, code: 'unsupported_media_type', message: new RegExp(received) },
    })
  })

  test('compressed', async () => {
    await expectFault(world.chat(hello, { headers: { 'content-encoding': 'gzip' } }), {
      ...{ status: 415, code: 'unsupported_media_type', message: /"gzip"/ },
    })
  })

  test.each(['application/json', 'Application/JSON; charset=utf-8', 'application/vnd.x+json'])(
    'type %s is read',
    async (type) => {
      expect((await world.chat(hello, { headers: { 'content-type': type } })).status).toBe(200)
    },
  )
})

describe('models', () => {
  test('unknown, with near names', async () => {
    await expectFault(world.chat({ ...hello, model: 'test/modle' }), {
      ...{
        status: 404,
        code: 'model_not_found',
        param: 'model',
        message: /Did you mean "test\/model"/,
      },
    })
  })

  test('unknown, with nothing near', async () => {
    const response = await expectFault(world.chat({ ...hello, model: 'zzzzzzzzzzzzzzz' }), {
      ...{ status: 404, code: 'model_not_found' },
    })
    expect(response.headers.get('x-generation-id')).toMatch(/^gen-/)
  })

  test('for which the wishes leave nobody', async () => {
    for (const provider of [
      { only: ['nobody'] },
      { zdr: true },
      { data_collection: 'deny' },
      { max_price: { prompt: 0.5 } },
      { ignore: ['provider-1'] },
      { order: ['nobody'], allow_fallbacks: false },
    ]) {
      await expectFault(world.chat({ ...hello, provider }), {
        ...{ status: 404, code: 'no_endpoint_allowed', param: 'provider' },
      })
    }
  })

  test('for which the wishes leave somebody', async () => {
    for (const provider of [
      { only: ['provider-1'], max_price: { prompt: '1', completion: 2 } },
      { order: ['nobody', 'provider-1'], sort: 'throughput' },
      null,
      {},
    ]) {
      expect((await world.chat({ ...hello, provider })).status).toBe(200)
    }
  })
})

describe('addresses', () => {
  test.each(['/v1/nothing', '/v1', '/v1/models/', '/v2/chat/completions', '/v1/models/%E0%A4%A'])(
    '%s is unknown',
    async (path) => {
      await expectFault(fetch(world.url + path), { status: 404, code: 'not_found' })
    },
  )

  test.each([
    ['GET', '/v1/chat/completions', 'POST, OPTIONS'],
    ['DELETE', '/api/v1/chat/completions', 'POST, OPTIONS'],
    ['POST', '/v1/models', 'GET, HEAD, OPTIONS'],
    ['PUT', '/v1/credits', 'GET, HEAD, OPTIONS'],
  ])('%s %s is not allowed', async (method, path, allow) => {
    const response = await expectFault(fetch(world.url + path, { method }), {
      ...{ status: 405, code: 'method_not_allowed' },
    })
    expect(response.headers.get('allow')).toBe(allow)
  })
})
