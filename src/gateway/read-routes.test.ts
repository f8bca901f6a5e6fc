import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { startGatewayWorld, type Customer, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import {
  answerWith,
  completion,
  startScriptedUpstream,
  streamOf,
  usualStream,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'
import { until } from '#test/server/until.ts'

let upstream: ScriptedUpstream
let world: GatewayWorld

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerWith(200, completion()))
  world = await startGatewayWorld({
    ...{ providers: [{ baseUrl: upstream.baseUrl }], contentMode: 'full' },
    ...{ trustedProxies: ['127.0.0.1'] },
  })
})

beforeEach(() => {
  upstream.script = answerWith(200, completion())
})

afterAll(async () => {
  await world.close()
  await upstream.close()
})

const hello = { model: 'test/model', messages: [{ role: 'user', content: 'Hi é' }] }

async function get(path: string, customer: Customer | null = world.customer, method = 'GET') {
  const headers = customer ? { authorization: `Bearer ${customer.secret}` } : {}
  const response = await fetch(world.url + path, { headers, method })
  const text = await response.text()
  // A test reads what it expects to be there; a wrong guess fails its assertion.
  const body: ReturnType<typeof JSON.parse> = text === '' ? null : JSON.parse(text)
  return { status: response.status, headers: response.headers, body }
}

describe('models', () => {
  test('are listed without a key, with OpenAI fields and prices as plain decimals', async () => {
    const { status, body } = await get('/v1/models', null)
    expect(status).toBe(200)
    expect(body.object).toBe('list')
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual(['test/model', 'test/second'])
    expect(body.data[0]).toMatchObject({
      id: 'test/model',
      object: 'model',
      created: 1_700_000_000,
      owned_by: 'test',
      context_length: 100_000,
      top_provider: { max_completion_tokens: 4_096 },
      pricing: {
        prompt: '0.000001',
        completion: '0.000002',
        request: '0',
        input_cache_read: '0.0000001',
      },
      architecture: { input_modalities: ['text'] },
    })
    expect(JSON.stringify(body)).not.toContain('sk-upstream')
  })

  test('are found one by one, by id or alias, also with an encoded slash', async () => {
    for (const path of [
      '/v1/models/test/model',
      '/api/v1/models/test%2Fmodel',
      '/v1/models/model-alias',
    ]) {
      expect((await get(path, null)).body).toMatchObject({ id: 'test/model', object: 'model' })
    }
    const { status, body } = await get('/v1/models/test/modle', null)
    expect(status).toBe(404)
    expect(body.error.message).toContain('Did you mean "test/model"')
  })
})

describe('one generation', () => {
  test('is readable the moment its answer has ended', async () => {
    for (const stream of [false, true]) {
      upstream.script = stream ? streamOf(usualStream(['a'])) : answerWith(200, completion())
      const response = await world.chat(
        { ...hello, stream },
        { headers: { 'x-forwarded-for': '203.0.113.9' } },
      )
      await response.text()
      const id = response.headers.get('x-generation-id')
      const { status, body } = await get(`/v1/generation?id=${id}`)
      expect(status).toBe(200)
      expect(body.data).toMatchObject({
        id,
        model: 'test/model',
        provider_name: 'provider-1',
        streamed: stream,
        cancelled: false,
        finish_reason: 'stop',
        tokens_prompt: 10,
        tokens_completion: 5,
        total_cost: 0.00002,
        usage: 0.00002,
        client_ip: '203.0.113.9',
        outcome: 'completed',
      })
    }
  })

  test('of another account, of nobody, or of no form is not found', async () => {
    const response = await world.chat(hello)
    const id = response.headers.get('x-generation-id')
    const other = await world.addCustomer()
    expect((await get(`/v1/generation?id=${id}`, other)).status).toBe(404)
    expect((await get('/v1/generation?id=gen-1700000000-aaaaaaaaaaaaaaaaaaaa')).status).toBe(404)
    expect((await get("/v1/generation?id='; drop table")).status).toBe(404)
    expect((await get('/v1/generation')).status).toBe(400)
    expect((await get(`/v1/generation?id=${id}`, null)).status).toBe(401)
  })
})

describe('content', () => {
  const contentOf = async (id: string | null, customer?: Customer) =>
    get(`/v1/generation/content?id=${id}`, customer)

  test('is kept in full mode and readable by its owner alone, whole and streamed', async () => {
    for (const stream of [false, true]) {
      upstream.script = stream
        ? streamOf(usualStream(['Hello ', 'there']))
        : answerWith(200, completion())
      const response = await world.chat({ ...hello, stream })
      await response.text()
      const id = response.headers.get('x-generation-id')
      const read = async () => {
        const { status, body } = await contentOf(id)
        expect(status).toBe(200)
        expect(body.data.input.messages).toEqual(hello.messages)
        expect(body.data.output).toMatchObject({ completion: 'Hello there', reasoning: null })
      }
      // Once from the queue, and once from the store.
      await read()
      await new Promise((resolve) => setTimeout(resolve, 100))
      await read()
      expect((await contentOf(id, await world.addCustomer())).status).toBe(404)
    }
  })

  test.each(['metadata', 'none'])('is not kept when the request says %s', async (mode) => {
    const response = await world.chat(hello, { headers: { 'x-codelace-log': mode } })
    const id = response.headers.get('x-generation-id')
    const record = await world.recordOf(id)
    expect(record.contentMode).toBe(mode)
    const { status, body } = await contentOf(id)
    expect(status).toBe(404)
    expect(body.error).toMatchObject({ code: 'content_not_kept' })
    expect(body.error.message).toContain(`"${mode}"`)
    if (mode === 'none') expect(record).toMatchObject({ clientIp: null, userAgent: null })
  })

  test('cannot be raised by a request above what the account allows', async () => {
    const customer = await world.addCustomer({ contentMode: 'none' })
    const headers = { authorization: `Bearer ${customer.secret}`, 'x-codelace-log': 'full' }
    const response = await world.chat(hello, { headers })
    expect((await world.recordOf(response.headers.get('x-generation-id'))).contentMode).toBe('none')
  })
})

describe('credits and key', () => {
  test('credits are dollars', async () => {
    expect((await get('/v1/credits')).body).toEqual({
      data: { total_credits: 5, total_usage: 1.25 },
    })
    expect((await get('/v1/credits', null)).body.error.code).toBe('missing_api_key')
  })

  test('the key says what it is, without its secret', async () => {
    const { body } = await get('/api/v1/key')
    expect(body.data).toMatchObject({
      label: `cl_k...${world.customer.secret.slice(-4)}`,
      is_management_key: false,
      content_mode: 'full',
    })
    expect(JSON.stringify(body)).not.toContain(world.customer.secret.slice(4, -4))
  })

  test('a revoked key reads nothing', async () => {
    const customer = await world.addCustomer()
    await world.stores.apiKeys.revoke(customer.keyId)
    for (const path of ['/v1/credits', '/v1/key', '/v1/generation?id=x']) {
      expect((await get(path, customer)).body.error.code).toBe('revoked_api_key')
    }
  })
})

describe('manners', () => {
  test('health and readiness', async () => {
    expect((await get('/healthz', null)).body).toEqual({ status: 'ok' })
    expect((await get('/readyz', null)).body).toEqual({ status: 'ready' })
  })

  test('HEAD answers like GET, without a body', async () => {
    for (const path of ['/', '/healthz', '/v1/models']) {
      const { status, body } = await get(path, null, 'HEAD')
      expect([status, body]).toEqual([200, null])
    }
  })

  test('a browser of another origin may call, without credentials', async () => {
    const preflight = await fetch(`${world.url}/v1/chat/completions`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-stainless-os',
      },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    expect(preflight.headers.get('access-control-allow-methods')).toBe('POST, OPTIONS')
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization')
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull()
    const answer = await world.chat(hello, { headers: { origin: 'https://app.example' } })
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('access-control-expose-headers')).toContain('X-Generation-Id')
  })

  test('the gateway knows which addresses are its own', () => {
    const { owns } = world.gateway
    for (const path of ['/v1/models', '/api/v1/key', '/v1/models/a/b', '/healthz']) {
      expect(owns(path)).toBe(true)
    }
    for (const path of ['/', '/api/accounts', '/v1x', '/dashboard']) expect(owns(path)).toBe(false)
  })

  test('a store that is down is a 503 with a pause, never a 401', async () => {
    const { StoreUnavailable } = await import('#ports/store-error.ts')
    const down = await startGatewayWorld({
      providers: [{ baseUrl: upstream.baseUrl }],
      wrapKeyStore: (store) => ({
        ...store,
        findByHash: () => Promise.reject(new StoreUnavailable('down')),
      }),
    })
    const response = await down.chat(hello)
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('2')
    await until(
      () => (down.events.some(({ event }) => event === 'store_unavailable') ? true : undefined),
      {
        ...{ timeoutMs: 1_000, what: 'the warning' },
      },
    )
    await down.close()
  })
})
