import { afterAll, beforeAll, expect, test } from 'vitest'

import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import { connectRaw, rawChat, type RawClient } from '#test/gateway/raw-client.ts'
import {
  answerWith,
  chunk,
  completion,
  startScriptedUpstream,
  usualStream,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'
import { until } from '#test/server/until.ts'

let upstream: ScriptedUpstream
let world: GatewayWorld

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerWith(200, completion()))
  world = await startGatewayWorld({
    providers: [{ baseUrl: upstream.baseUrl }],
    balanceUsd: 1_000,
    limits: { stalledReaderTimeoutMs: 500 },
    answerBookLimits: { answerBytesMax: 16 * 1024 * 1024 },
  })
})

afterAll(async () => {
  await world.close()
  await upstream.close()
})

const streamed = { model: 'test/model', messages: [{ role: 'user', content: 'Hi' }], stream: true }
/** More than the buffers of a connection on one machine hold. */
const pieceCount = 160
const piece = chunk({ content: 'x'.repeat(100_000) })

/** Sends a few words, waits, then sends far more than a connection buffers; keeps to the reader's pace. */
function longStream() {
  const gate = Promise.withResolvers<void>()
  const [head = '', ...tail] = usualStream([])
  upstream.script = async ({ response }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(head)
    await gate.promise
    for (let index = 0; index < pieceCount; index += 1) {
      if (!response.write(piece)) {
        await new Promise((resolve) => response.once('drain', resolve))
      }
    }
    response.end(tail.join(''))
  }
  return gate
}

function join(key: string): Promise<RawClient> {
  return connectRaw(world.port).then((client) => {
    client.socket.write(rawChat(world.customer.secret, streamed, [`Idempotency-Key: ${key}`]))
    return client
  })
}

const isOver = (client: RawClient) => {
  let over = false
  void client.closed().then(() => (over = true))
  return () => over
}

test('a joiner that takes nothing slows nobody, and is closed', async () => {
  const gate = longStream()
  const first = world.chat(streamed, { headers: { 'idempotency-key': 'slow' } })
  const response = await first
  const joiner = await join('slow')
  await joiner.waitFor('"role":"assistant"')
  joiner.socket.pause()
  gate.resolve()
  const text = await response.text()
  expect(text).toContain('[DONE]')
  expect(text.length).toBeGreaterThan(pieceCount * 100_000)
  const over = isOver(joiner)
  joiner.socket.on('error', () => undefined)
  await until(() => (world.gateway.activeCount() === 0 ? true : undefined), {
    timeoutMs: 10_000,
    what: 'the joiner is dropped',
  })
  joiner.socket.resume()
  await until(() => (over() ? true : undefined), { timeoutMs: 5_000, what: 'it is closed' })
  expect(joiner.received()).not.toContain('[DONE]')
  expect(world.credit.records).toHaveLength(1)
})

test('an answer too large to be kept reaches a slow first client whole, and is not asked for twice', async () => {
  const small = await startGatewayWorld({
    providers: [{ baseUrl: upstream.baseUrl }],
    balanceUsd: 1_000,
    answerBookLimits: { answerBytesMax: 1024 * 1024 },
  })
  const gate = longStream()
  const headers = { 'idempotency-key': 'large' }
  const response = await small.chat(streamed, { headers })
  gate.resolve()
  const reader = response.body?.getReader()
  let byteLength = 0
  let last = ''
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    byteLength += read.value.length
    last = Buffer.from(read.value).toString().slice(-20)
    if (byteLength < 300_000) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect(byteLength).toBeGreaterThan(pieceCount * 100_000)
  expect(last).toContain('[DONE]')
  const asked = upstream.received.length
  const again = await small.chat(streamed, { headers })
  expect(again.status).toBe(409)
  expect((await again.json()).error.code).toBe('idempotent_answer_not_kept')
  expect(upstream.received).toHaveLength(asked)
  expect(small.credit.records.filter(({ outcome }) => outcome === 'completed')).toHaveLength(1)
  await small.close()
})
