import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { noLimits, type UsageLimits } from '#domain/usage-limits.ts'
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
    providers: [
      { baseUrl: upstream.baseUrl, slug: 'first' },
      { baseUrl: upstream.baseUrl, slug: 'second' },
    ],
    balanceUsd: 1_000,
    trustedProxies: ['127.0.0.1', '::1'],
  })
})
beforeEach(() => {
  upstream.script = answerWith(200, completion())
  upstream.received.length = 0
})
afterAll(async () => {
  await world.close()
  await upstream.close()
})

/** A customer nobody has heard of yet, so that the limits hold from the first request on. */
async function customerWith(
  key: Partial<UsageLimits> | null,
  account: Partial<UsageLimits> | null = null,
): Promise<Customer> {
  const customer = await world.addCustomer()
  const whole = (given: Partial<UsageLimits> | null) => given && { ...noLimits, ...given }
  await world.stores.apiKeys.update(customer.keyId, { limits: whole(key) })
  await world.stores.accounts.setLimits(customer.accountId, whole(account))
  return customer
}

const hello = { model: 'test/model', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }] }

function ask(customer: Customer, body: object = hello, headers: Record<string, string> = {}) {
  return world.chat(body, {
    headers: { authorization: `Bearer ${customer.secret}`, ...headers },
  })
}

const headersOf = (response: { headers: Headers }) =>
  Object.fromEntries([...response.headers].filter(([name]) => name.includes('ratelimit')))

describe('requests per minute', () => {
  test('of 500 requests at once against 50, exactly 50 are answered', async () => {
    const customer = await customerWith({ requestsPerMinute: 50 })
    const responses = await Promise.all(Array.from({ length: 500 }, () => ask(customer)))
    const statuses = responses.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(50)
    expect(statuses.filter((status) => status === 429)).toHaveLength(450)
    expect(upstream.received).toHaveLength(50)
  })

  test('a refusal says which limit, whose, and when to come back', async () => {
    const customer = await customerWith(null, { requestsPerMinute: 1 })
    await ask(customer)
    const response = await ask(customer)
    expect(response.status).toBe(429)
    const { error } = await response.json()
    expect(error).toMatchObject({
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
      metadata: { limit: 'requests_per_minute', limit_of: 'account', allowed: 1 },
    })
    const seconds = Number(response.headers.get('retry-after'))
    expect(seconds).toBeGreaterThanOrEqual(60)
    expect(seconds).toBeLessThanOrEqual(61)
    expect(error.message).toBe(
      `This account may begin 1 request a minute, and has. Try again in ${seconds} s.`,
    )
    expect(headersOf(response)).toMatchObject({
      'x-ratelimit-limit-requests': '1',
      'x-ratelimit-remaining-requests': '0',
      'ratelimit-policy': '"requests";q=1;w=60',
    })
  })

  test('a request that is refused for its body or its credit does not count', async () => {
    const customer = await customerWith({ requestsPerMinute: 1 })
    expect((await ask(customer, { model: 'nobody/nothing', messages: [] })).status).toBe(400)
    world.credit.setBalance(customer.accountId, 0n as never)
    expect((await ask(customer)).status).toBe(402)
    world.credit.setBalance(customer.accountId, 1_000_000_000n as never)
    expect((await ask(customer)).status).toBe(200)
  })
})

describe('headers', () => {
  test('tell how every limit stands, on a whole answer and on a stream', async () => {
    const limits = { requestsPerMinute: 5, tokensPerMinute: 10_000, concurrentRequests: 3 }
    const customer = await customerWith(limits)
    const whole = await ask(customer)
    // 10 in and 5 out were used.
    expect(headersOf(whole)).toEqual({
      'x-ratelimit-limit-requests': '5',
      'x-ratelimit-remaining-requests': '4',
      'x-ratelimit-reset-requests': expect.stringMatching(/^6[01]s$/),
      'x-ratelimit-limit-tokens': '10000',
      'x-ratelimit-remaining-tokens': '9985',
      'x-ratelimit-reset-tokens': expect.stringMatching(/^6[01]s$/),
      'ratelimit-policy':
        '"requests";q=5;w=60, "tokens";q=10000;w=60, "concurrency";q=3;qu="concurrent-requests"',
      ratelimit: expect.stringMatching(
        /^"requests";r=4;t=6[01], "tokens";r=9985;t=6[01], "concurrency";r=2$/,
      ),
    })
    upstream.script = streamOf(usualStream(['Hi']))
    const stream = await ask(customer, { ...hello, stream: true })
    await stream.text()
    expect(headersOf(stream)).toMatchObject({ 'x-ratelimit-remaining-requests': '3' })
  })

  test('show the tighter one of the key and its account', async () => {
    const customer = await customerWith({ requestsPerMinute: 9 }, { requestsPerMinute: 4 })
    expect(headersOf(await ask(customer))).toMatchObject({
      'x-ratelimit-limit-requests': '4',
      'x-ratelimit-remaining-requests': '3',
    })
  })

  test('are not sent to callers without such limits', async () => {
    expect(headersOf(await ask(await customerWith(null)))).toEqual({})
    const customer = await customerWith({ allowedModels: ['test/*'] })
    expect(headersOf(await ask(customer))).toEqual({})
  })
})

describe('concurrent requests', () => {
  test('are let in one by one as others end, and never more at once', async () => {
    const gate = Promise.withResolvers<void>()
    upstream.script = async (exchange) => {
      await gate.promise
      await answerWith(200, completion())(exchange)
    }
    const customer = await customerWith({ concurrentRequests: 4 })
    let endedCount = 0
    const asked = Array.from({ length: 60 }, async () => {
      const response = await ask(customer)
      endedCount += 1
      return response
    })
    await until(() => (upstream.received.length + endedCount === 60 ? true : undefined), {
      timeoutMs: 10_000,
      what: 'all are with the provider or refused',
    })
    expect(upstream.received).toHaveLength(4)
    gate.resolve()
    const responses = await Promise.all(asked)
    const refused = responses.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(56)
    expect(refused[0]?.headers.get('retry-after')).toBe('1')
    expect((await ask(customer)).status).toBe(200)
  })

  test('whatever becomes of a request, its place is free again', async () => {
    const customer = await customerWith({ concurrentRequests: 1 })
    upstream.script = answerWith(500, { error: { message: 'broken' } })
    expect((await ask(customer)).status).toBeGreaterThanOrEqual(500)
    upstream.script = ({ socket }) => void socket.destroy()
    expect((await ask(customer)).status).toBeGreaterThanOrEqual(500)
    const gone = new AbortController()
    upstream.script = () => gone.abort()
    const headers = { authorization: `Bearer ${customer.secret}` }
    await expect(world.chat(hello, { headers, signal: gone.signal })).rejects.toThrow(/abort/i)
    upstream.script = answerWith(200, completion())
    await expect.poll(async () => (await ask(customer)).status).toBe(200)
  })
})

describe('tokens per minute', () => {
  test('an answer without a limit of its own is shortened to what is left, and says so', async () => {
    const customer = await customerWith({ tokensPerMinute: 3_000 })
    const response = await ask(customer, { model: 'test/model', messages: hello.messages })
    expect(response.status).toBe(200)
    const clamped = Number(response.headers.get('x-codelace-max-tokens-clamped'))
    expect(clamped).toBeGreaterThan(1_000)
    expect(clamped).toBeLessThan(2_000)
    const sent = JSON.parse(upstream.received.at(-1)?.body ?? '{}')
    expect(sent.max_tokens ?? sent.max_completion_tokens).toBe(clamped)
  })

  test('a limit that the client chose is never changed: it is told what would fit', async () => {
    const customer = await customerWith({ tokensPerMinute: 3_000 })
    const response = await ask(customer, { ...hello, max_tokens: 2_500 })
    expect(response.status).toBe(429)
    const { error } = await response.json()
    expect(error).toMatchObject({
      param: 'max_tokens',
      metadata: { limit: 'tokens_per_minute', limit_of: 'key', allowed: 3_000, retryable: false },
    })
    expect(response.headers.get('x-should-retry')).toBe('false')
    const fitting = error.metadata.fitting_max_tokens
    expect(error.message).toContain(`lower max_tokens to at most ${fitting}`)
    expect((await ask(customer, { ...hello, max_tokens: fitting + 1 })).status).toBe(429)
    expect((await ask(customer, { ...hello, max_tokens: fitting })).status).toBe(200)
  })

  test('only what was used counts in the end', async () => {
    const customer = await customerWith({ tokensPerMinute: 3_000 })
    for (let round = 0; round < 20; round += 1) {
      expect((await ask(customer, { ...hello, max_tokens: 1_200 })).status).toBe(200)
    }
  })
})

describe('what a key may ask for', () => {
  test('a model that is not allowed is refused by name, and nobody is asked', async () => {
    const customer = await customerWith({ allowedModels: ['other/*', 'test/second'] })
    const response = await ask(customer)
    expect(response.status).toBe(403)
    const { error } = await response.json()
    expect(error).toMatchObject({
      code: 'permission_denied',
      param: 'model',
      message:
        'This key may not do that: it may not use the model "test/model", only "other/*", "test/second".',
      metadata: { limit: 'allowed_models', limit_of: 'key' },
    })
    expect(upstream.received).toHaveLength(0)
    expect((await ask(customer, { ...hello, model: 'test/second' })).status).toBe(200)
  })

  test('an alias is what it stands for, and a fallback that is not allowed is never asked', async () => {
    const customer = await customerWith(null, { allowedModels: ['test/model'] })
    expect((await ask(customer, { ...hello, model: 'model-alias' })).status).toBe(200)
    upstream.received.length = 0
    upstream.script = answerWith(503, { error: { message: 'full' } })
    await ask(customer, { ...hello, models: ['test/second'] })
    expect(upstream.received).toHaveLength(2)
  })

  test('only allowed providers are asked', async () => {
    const customer = await customerWith({ allowedProviders: ['second'] })
    const response = await ask(customer)
    expect((await response.json()).provider).toBe('Provider 2')
    const none = await customerWith({ allowedProviders: ['third'] })
    const refused = await ask(none)
    expect(refused.status).toBe(403)
    expect((await refused.json()).error.message).toContain(
      'it may not use "first", "second", who would answer for "test/model", only "third"',
    )
  })

  test('only allowed addresses get in, on every route, and no forged one', async () => {
    const customer = await customerWith({ allowedIpRanges: ['203.0.113.0/24', '2001:db8::/32'] })
    const from = (address: string) => ask(customer, hello, { 'x-forwarded-for': address })
    expect((await from('203.0.113.9')).status).toBe(200)
    expect((await from('2001:db8::7')).status).toBe(200)
    const refused = await from('203.0.113.9, 198.51.100.1')
    expect(refused.status).toBe(403)
    const { error } = await refused.json()
    expect(error.message).toBe('This key may not do that: it may not be used from 198.51.100.1.')
    expect(JSON.stringify(error)).not.toContain('203.0.113.0')
    const headers = { authorization: `Bearer ${customer.secret}`, 'x-forwarded-for': '192.0.2.1' }
    expect((await fetch(`${world.url}/v1/credits`, { headers })).status).toBe(403)
  })
})

describe('GET /v1/key', () => {
  test('shows the tightest spend limit, and what was spent', async () => {
    const customer = await customerWith({
      spendNanoUsd: { day: null, week: null, month: 2_000_000_000n as never, total: null },
      requestsPerMinute: 9,
    })
    await ask(customer)
    const response = await fetch(`${world.url}/v1/key`, {
      headers: { authorization: `Bearer ${customer.secret}` },
    })
    expect(await response.json()).toMatchObject({
      data: {
        limit: 2,
        limit_remaining: 1.99998,
        limit_reset: 'monthly',
        usage: 0.00002,
        usage_daily: 0.00002,
        limits: { requests_per_minute: 9, spend: { day: null, month: '2' } },
      },
    })
  })
})
