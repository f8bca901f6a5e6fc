import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { StoreUnavailable } from '#ports/store-error.ts'
import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import { askWithKey, codeOf, gatedStream, type AskOptions } from '#test/gateway/key-client.ts'
import { connectRaw, rawChat } from '#test/gateway/raw-client.ts'
import {
  answerWith,
  chunk,
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
  world = await startGatewayWorld({ providers: [{ baseUrl: upstream.baseUrl }], balanceUsd: 1_000 })
})

beforeEach(() => {
  upstream.script = answerWith(200, completion())
  upstream.received.length = 0
  world.credit.records.length = 0
})

afterAll(async () => {
  await world.close()
  await upstream.close()
})

const hello = { model: 'test/model', messages: [{ role: 'user', content: 'Hi' }] }
const streamed = { ...hello, stream: true }
let keyCount = 0
const newKey = () => `key-${(keyCount += 1)}`
const bound = { timeoutMs: 5_000 }

const ask = (key: string, body: unknown, options?: AskOptions) =>
  askWithKey(world, { key, body }, options)
const charged = () => world.credit.records.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0n)

describe('a finished answer is given again', () => {
  test('byte for byte, with its own id, one upstream call, one charge and one line in the log', async () => {
    const key = newKey()
    const first = await ask(key, hello)
    const again = await ask(key, hello)
    expect(first).toMatchObject({ status: 200, isReplay: false })
    expect(again).toMatchObject({ status: 200, isReplay: true, id: first.id, text: first.text })
    for (const name of ['content-type', 'cache-control', 'content-length', 'x-request-id']) {
      expect(again.headers.get(name), name).toBe(first.headers.get(name))
    }
    expect(upstream.received).toHaveLength(1)
    expect(world.credit.records.map(({ id }) => id)).toEqual([first.id])
  })

  test('as a stream, from its first byte to its end', async () => {
    upstream.script = streamOf(usualStream(['Hel', 'lo ', 'wörld 😀']))
    const key = newKey()
    const first = await ask(key, streamed)
    const again = await ask(key, streamed)
    expect(first.text).toContain('data: [DONE]')
    expect(again).toMatchObject({ status: 200, isReplay: true, id: first.id, text: first.text })
    expect(again.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(upstream.received).toHaveLength(1)
    expect(world.credit.records).toHaveLength(1)
  })

  test('at both addresses of chat completions, and to every key of its account', async () => {
    const key = newKey()
    const first = await ask(key, hello)
    const again = await ask(key, hello, { url: `${world.url}/api` })
    expect(again).toMatchObject({ isReplay: true, text: first.text })
  })

  test('to a script of another origin, which may read that it is a replay', async () => {
    const key = newKey()
    await ask(key, hello)
    const again = await ask(key, hello, { headers: { origin: 'https://example.org' } })
    expect(again.headers.get('access-control-expose-headers')).toContain('Idempotency-Replayed')
  })

  test('and another account with the same key gets an answer of its own', async () => {
    const key = newKey()
    const other = await world.addCustomer()
    const first = await ask(key, hello)
    const theirs = await ask(key, hello, { secret: other.secret })
    expect(theirs).toMatchObject({ status: 200, isReplay: false })
    expect(theirs.id).not.toBe(first.id)
    expect(upstream.received).toHaveLength(2)
  })
})

describe('a running answer is joined', () => {
  test('from the middle of a stream: the whole of it comes, from the start', async () => {
    const gated = gatedStream(upstream, 10)
    const key = newKey()
    const first = ask(key, streamed)
    const joiner = await connectRaw(world.port)
    await until(() => (upstream.received.length > 0 ? true : undefined), {
      ...bound,
      what: 'asked',
    })
    const headers = [`Idempotency-Key: ${key}`]
    joiner.socket.write(rawChat(world.customer.secret, streamed, headers))
    await joiner.waitFor('word 8')
    expect(joiner.received()).toContain('word 0')
    expect(joiner.received()).not.toContain('[DONE]')
    gated.open()
    await joiner.waitFor('[DONE]')
    joiner.socket.destroy()
    const [whole, later] = [await first, await ask(key, streamed)]
    expect(later.text).toBe(whole.text)
    expect(joiner.received()).toContain(`x-generation-id: ${whole.id}`)
    expect(joiner.received()).toContain('idempotency-replayed: true')
    expect(upstream.received).toHaveLength(1)
  })

  test('by a storm of 50 retries: one upstream call, one charge, 50 equal answers', async () => {
    for (const body of [hello, streamed]) {
      upstream.received.length = 0
      world.credit.records.length = 0
      upstream.script = async (exchange) => {
        await new Promise((resolve) => setTimeout(resolve, 50))
        const isStream = exchange.received.body.includes('"stream":true')
        const script = isStream ? streamOf(usualStream(['a', 'b'])) : answerWith(200, completion())
        await script(exchange)
      }
      const key = newKey()
      const answers = await Promise.all(Array.from({ length: 50 }, () => ask(key, body)))
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
      expect(answers.every(({ status }) => status === 200)).toBe(true)
      expect(answers.filter(({ isReplay }) => !isReplay)).toHaveLength(1)
      expect(upstream.received).toHaveLength(1)
      expect(world.credit.records).toHaveLength(1)
      expect(charged()).toBe(20_000n)
      expect(world.credit.openHolds()).toBe(0)
    }
  })

  test('a first client that leaves takes nothing away: joiners get all, and a retry too', async () => {
    const gated = gatedStream(upstream, 5)
    const key = newKey()
    const headers = [`Idempotency-Key: ${key}`]
    const first = await connectRaw(world.port)
    first.socket.write(rawChat(world.customer.secret, streamed, headers))
    await first.waitFor('word 2')
    const joined = ask(key, streamed)
    first.socket.resetAndDestroy()
    await until(() => (world.gateway.activeCount() === 2 ? true : undefined), {
      ...bound,
      what: 'the first client is gone',
    })
    gated.open()
    const whole = await joined
    expect(whole.text).toContain('word 19')
    expect(whole.text).toContain('[DONE]')
    expect(await ask(key, streamed)).toMatchObject({ isReplay: true, text: whole.text })
    expect(upstream.received).toHaveLength(1)
    expect(world.credit.records).toMatchObject([{ outcome: 'completed', costNanoUsd: 20_000n }])
  })

  test('with nobody left, the answer is finished for the retry that will come', async () => {
    const gated = gatedStream(upstream, 5)
    const key = newKey()
    const first = await connectRaw(world.port)
    first.socket.write(rawChat(world.customer.secret, streamed, [`Idempotency-Key: ${key}`]))
    await first.waitFor('word 2')
    first.socket.resetAndDestroy()
    await until(() => (world.gateway.activeCount() === 1 ? true : undefined), {
      ...bound,
      what: 'the client is gone',
    })
    gated.open()
    await until(() => world.credit.records[0], { ...bound, what: 'a record' })
    const again = await ask(key, streamed)
    expect(again.text).toContain('word 19')
    expect(again).toMatchObject({ isReplay: true, id: world.credit.records[0]?.id })
    expect(upstream.received).toHaveLength(1)
  })

  test('a joiner that leaves is forgotten, and the others get everything', async () => {
    const gated = gatedStream(upstream, 5)
    const key = newKey()
    const first = ask(key, streamed)
    await until(() => (upstream.received.length > 0 ? true : undefined), {
      ...bound,
      what: 'asked',
    })
    const joiner = await connectRaw(world.port)
    joiner.socket.write(rawChat(world.customer.secret, streamed, [`Idempotency-Key: ${key}`]))
    await joiner.waitFor('word 2')
    joiner.socket.resetAndDestroy()
    gated.open()
    expect((await first).text).toContain('[DONE]')
    await until(() => (world.gateway.activeCount() === 0 ? true : undefined), {
      ...bound,
      what: 'nothing is under way',
    })
  })
})

describe('a key belongs to one request', () => {
  test('another body is refused, while the first is under way and after it ended', async () => {
    const gated = gatedStream(upstream, 3)
    const key = newKey()
    const first = ask(key, streamed)
    await until(() => (upstream.received.length > 0 ? true : undefined), {
      ...bound,
      what: 'asked',
    })
    const during = await ask(key, hello)
    gated.open()
    await first
    const after = await ask(key, { ...streamed, temperature: 1 })
    for (const refused of [during, after]) {
      expect(refused.status).toBe(409)
      expect(codeOf(refused)).toBe('idempotency_key_reused')
      expect(refused.headers.get('x-should-retry')).toBe('false')
    }
    expect(upstream.received).toHaveLength(1)
    expect(charged()).toBe(20_000n)
  })

  test.each([
    ['empty', ''],
    ['too long', 'k'.repeat(256)],
    ['with a space inside', 'two words'],
    ['not ASCII', 'kéy'],
  ])('a key that is %s is refused by name', async (_, key) => {
    const refused = await ask(key, hello)
    expect(refused.status).toBe(400)
    expect(JSON.parse(refused.text).error).toMatchObject({
      code: 'invalid_request',
      param: 'Idempotency-Key',
    })
    expect(upstream.received).toHaveLength(0)
  })

  test('the longest key is taken, and one that stands there twice is not', async () => {
    expect((await ask('k'.repeat(255), hello)).status).toBe(200)
    const twice = await connectRaw(world.port)
    const headers = ['Idempotency-Key: a', 'Idempotency-Key: b', 'Connection: close']
    twice.socket.write(rawChat(world.customer.secret, hello, headers))
    expect(await twice.closed()).toContain('HTTP/1.1 400')
  })
})

describe('what was not answered runs again', () => {
  test('after an upstream that failed without a charge', async () => {
    upstream.script = answerWith(500, { error: { message: 'broken' } })
    const key = newKey()
    expect((await ask(key, hello)).status).toBe(502)
    upstream.script = answerWith(200, completion())
    expect(await ask(key, hello)).toMatchObject({ status: 200, isReplay: false })
    expect(charged()).toBe(20_000n)
  })

  test('after a refusal, which leaves one line each time', async () => {
    const key = newKey()
    const body = { ...hello, model: 'no/model' }
    expect((await ask(key, body)).status).toBe(404)
    expect((await ask(key, body)).status).toBe(404)
    expect(world.credit.records).toMatchObject([{ outcome: 'refused' }, { outcome: 'refused' }])
    expect(new Set(world.credit.records.map(({ id }) => id)).size).toBe(2)
  })

  test('but an answer that broke off after a charge is given again as it was, charged once', async () => {
    upstream.script = streamOf([
      chunk({ content: 'eight888' }),
      'data: {"error":{"message":"broken","code":500}}\n\n',
    ])
    const key = newKey()
    const first = await ask(key, streamed)
    expect(first.text).toContain('"finish_reason":"error"')
    const cost = charged()
    expect(cost).toBeGreaterThan(0n)
    expect(await ask(key, streamed)).toMatchObject({ isReplay: true, text: first.text })
    expect(charged()).toBe(cost)
    expect(upstream.received).toHaveLength(1)
  })

  test('after a charge that could not be made durable', async () => {
    const key = newKey()
    world.credit.settleError = new StoreUnavailable('disk full')
    expect((await ask(key, hello)).status).toBe(503)
    world.credit.settleError = null
    expect(await ask(key, hello)).toMatchObject({ status: 200, isReplay: false })
  })
})
