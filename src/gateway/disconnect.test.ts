import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { nanoUsd } from '#domain/money.ts'
import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import { connectRaw, rawChat } from '#test/gateway/raw-client.ts'
import {
  answerWith,
  chunk,
  completion,
  startScriptedUpstream,
  type Script,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'
import { until } from '#test/server/until.ts'

let upstream: ScriptedUpstream
let world: GatewayWorld

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerWith(200, completion()))
  world = await startGatewayWorld({ providers: [{ baseUrl: upstream.baseUrl }], balanceUsd: 1_000 })
})

afterAll(async () => {
  await world.close()
  await upstream.close()
})

const hello = { model: 'test/model', messages: [{ role: 'user', content: 'Hi' }] }
/** Eight letters: two tokens for the tokenizer of this world. */
const word = 'eight888'
const usage = (completion_tokens: number) => ({ usage: { prompt_tokens: 100, completion_tokens } })

type UsagePlace = 'usage first' | 'usage last' | 'running totals' | 'no usage' | 'error'

/** The events of one stream of ten words. */
function eventsOf(place: UsagePlace): string[] {
  const words = Array.from({ length: 10 }, (_, index) => {
    if (place === 'usage first' && index === 0) return chunk({ content: word }, usage(1))
    if (place === 'running totals') return chunk({ content: word }, usage(3 * (index + 1)))
    return chunk({ content: word })
  })
  if (place === 'error') return [...words, 'data: {"error":{"message":"broken","code":500}}\n\n']
  const last = place === 'usage last' ? [chunk(null, usage(20))] : []
  return [...words, chunk({}, {}, 'stop'), ...last, 'data: [DONE]\n\n']
}

/** What the first `count` words cost, in nano-dollars: $1 and $2 for a million tokens. */
function wordsCost(place: UsagePlace, count: number, promptCounted: number): bigint {
  if (count === 0) return 0n
  switch (place) {
    case 'usage first':
      // The report knew the prompt, and one token; the words after it are counted.
      return BigInt(100_000 + 2_000 * (count === 1 ? 1 : 2 * count))
    case 'running totals':
      return BigInt(100_000 + 2_000 * 3 * count)
    default:
      return BigInt(promptCounted * 1_000 + 2_000 * 2 * count)
  }
}

/** A client that reads `count` words of a stream and leaves; everything that was recorded of it. */
async function leaveAfter(place: UsagePlace, count: number) {
  const events = eventsOf(place)
  let sent = 0
  upstream.script = async ({ response }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    for (; sent < count; sent += 1) response.write(events[sent])
    // The rest never comes: what is not delivered cannot be charged.
  }
  const aborted = upstream.abortedCount()
  const known = world.credit.records.length
  const client = await connectRaw(world.port)
  client.socket.write(rawChat(world.customer.secret, { ...hello, stream: true }))
  await until(() => (sent >= count ? true : undefined), { timeoutMs: 2_000, what: 'words' })
  if (count > 0) {
    await until(() => (client.received().split(word).length > count ? true : undefined), {
      ...{ timeoutMs: 2_000, what: 'the client has read its words' },
    })
  } else
    await until(() => (world.gateway.activeCount() > 0 ? true : undefined), {
      timeoutMs: 2_000,
      what: 'it runs',
    })
  const leftMs = performance.now()
  client.socket.resetAndDestroy()
  await until(() => (upstream.abortedCount() > aborted ? true : undefined), {
    ...{ timeoutMs: 2_000, what: 'the upstream is aborted' },
  })
  const abortedAfterMs = performance.now() - leftMs
  const record = await until(() => world.credit.records[known], {
    timeoutMs: 2_000,
    what: 'a record',
  })
  return { record, abortedAfterMs }
}

describe('a client that leaves in the middle pays for what it got', () => {
  const places: UsagePlace[] = ['usage first', 'usage last', 'running totals', 'no usage']
  test.each(places)('%s', async (place) => {
    let slowestMs = 0
    for (let count = 0; count <= 10; count += 1) {
      const { record, abortedAfterMs } = await leaveAfter(place, count)
      slowestMs = Math.max(slowestMs, abortedAfterMs)
      expect(record.outcome).toBe('client_gone')
      const promptCounted = record.usage.promptTokens
      expect(record.costNanoUsd, `after ${count} words`).toBe(
        nanoUsd(wordsCost(place, count, promptCounted)),
      )
      if (count === 0) expect(record.usageSource).toBe('none')
      else if (place === 'running totals') expect(record.usageSource).toBe('upstream')
      else if (place !== 'usage first') expect(record.usageSource).toBe('estimated')
    }
    expect(slowestMs).toBeLessThan(500)
    expect(world.credit.openHolds()).toBe(0)
  })
})

describe('an upstream that fails in the middle is paid for what it delivered', () => {
  test('with an error after each number of words', async () => {
    for (let count = 0; count <= 10; count += 1) {
      const events = eventsOf('error')
      upstream.script = ({ response }) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.end([...events.slice(0, count), events.at(-1)].join(''))
      }
      const response = await world.chat({ ...hello, stream: true })
      await response.text()
      const record = await world.recordOf(response.headers.get('x-generation-id'))
      expect(response.status).toBe(count === 0 ? 502 : 200)
      expect(record.outcome).toBe('upstream_failed')
      const promptCounted = record.usage.promptTokens
      expect(record.costNanoUsd).toBe(nanoUsd(wordsCost('error', count, promptCounted)))
    }
  })
})

describe('leaving at other times', () => {
  test('before a whole answer came: the upstream is aborted and nothing is charged', async () => {
    upstream.script = () => undefined
    const asked = upstream.received.length
    const aborted = upstream.abortedCount()
    const known = world.credit.records.length
    const client = await connectRaw(world.port)
    client.socket.write(rawChat(world.customer.secret, hello))
    await until(() => (upstream.received.length > asked ? true : undefined), {
      timeoutMs: 2_000,
      what: 'asked',
    })
    client.socket.resetAndDestroy()
    await until(() => (upstream.abortedCount() > aborted ? true : undefined), {
      timeoutMs: 2_000,
      what: 'aborted',
    })
    const record = await until(() => world.credit.records[known], {
      timeoutMs: 2_000,
      what: 'a record',
    })
    expect(record).toMatchObject({
      outcome: 'client_gone',
      status: 499,
      costNanoUsd: 0n,
      usageSource: 'none',
    })
  })

  test('a closed connection, not only a reset one, is noticed within moments', async () => {
    for (const stream of [false, true]) {
      upstream.script = ({ response }) => {
        if (!stream) return
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(chunk({ content: word }))
      }
      const asked = upstream.received.length
      const aborted = upstream.abortedCount()
      const client = await connectRaw(world.port)
      client.socket.write(rawChat(world.customer.secret, { ...hello, stream }))
      await until(() => (upstream.received.length > asked ? true : undefined), {
        timeoutMs: 2_000,
        what: 'asked',
      })
      if (stream) await client.waitFor(word)
      client.socket.destroy()
      await until(() => (upstream.abortedCount() > aborted ? true : undefined), {
        ...{ timeoutMs: 1_000, what: 'aborted' },
      })
    }
  })

  test('while the body is sent: a record, no upstream, no charge', async () => {
    const asked = upstream.received.length
    const known = world.credit.records.length
    const client = await connectRaw(world.port)
    client.socket.write(rawChat(world.customer.secret, hello).slice(0, -10))
    await until(() => (world.gateway.activeCount() > 0 ? true : undefined), {
      timeoutMs: 2_000,
      what: 'it runs',
    })
    client.socket.resetAndDestroy()
    const record = await until(() => world.credit.records[known], {
      timeoutMs: 2_000,
      what: 'a record',
    })
    expect(record).toMatchObject({ outcome: 'client_gone', costNanoUsd: 0n })
    expect(upstream.received).toHaveLength(asked)
  })

  test('after a half-close the answer still comes, whole and streamed', async () => {
    const slowly: Script = async ({ response, received }) => {
      await new Promise((resolve) => setTimeout(resolve, 150))
      if (received.body.includes('"stream":true')) {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        for (const event of eventsOf('usage last')) {
          response.write(event)
          await new Promise((resolve) => setTimeout(resolve, 15))
        }
        response.end()
      } else
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify(completion()))
    }
    upstream.script = slowly
    for (const stream of [false, true]) {
      const client = await connectRaw(world.port)
      client.socket.write(rawChat(world.customer.secret, { ...hello, stream }))
      client.socket.end()
      const text = await client.closed()
      expect(text).toContain('HTTP/1.1 200 OK')
      expect(text).toContain(stream ? 'data: [DONE]' : 'Hello there')
    }
  })
})
