import { gzipSync } from 'node:zlib'

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { readChunks } from '#test/gateway/event-text.ts'
import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import {
  answerWith,
  chunk,
  completion,
  startScriptedUpstream,
  usualStream,
  type Script,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'

/** Every way an upstream can fail, whole or streaming: what the client sees, and that nothing is charged. */

const limits = {
  upstreamConnectTimeoutMs: 300,
  upstreamFirstByteTimeoutMs: 300,
  upstreamIdleTimeoutMs: 300,
}

let upstream: ScriptedUpstream
let world: GatewayWorld
const rejections: unknown[] = []
const onRejection = (reason: unknown) => void rejections.push(reason)

beforeAll(async () => {
  process.on('unhandledRejection', onRejection)
  upstream = await startScriptedUpstream(answerWith(200, completion()))
  world = await startGatewayWorld({ providers: [{ baseUrl: upstream.baseUrl }], limits })
})

beforeEach(() => {
  upstream.script = answerWith(200, completion())
})

afterAll(async () => {
  await world.close()
  await upstream.close()
  process.off('unhandledRejection', onRejection)
  expect(rejections).toEqual([])
  expect(world.events.filter(({ level }) => level === 'alarm')).toEqual([])
})

const hello = { model: 'test/model', messages: [{ role: 'user', content: 'Hi' }] }
const first = chunk({ role: 'assistant', content: 'Once upon' })

async function ask(stream: boolean) {
  const startedMs = performance.now()
  const response = await world.chat({ ...hello, stream })
  const text = await response.text()
  const record = await world.recordOf(response.headers.get('x-generation-id'))
  expect(performance.now() - startedMs).toBeLessThan(limits.upstreamFirstByteTimeoutMs + 1_300)
  expect(world.credit.openHolds()).toBe(0)
  expect(text).not.toContain('sk-upstream-secret')
  return { response, text, record }
}

const cut: Script = ({ socket }) => void socket.destroy()
const reset: Script = ({ socket }) => void socket.resetAndDestroy()
const silence: Script = () => undefined

describe('a stream that goes wrong after its beginning', () => {
  const begin =
    (then: Script): Script =>
    async (exchange) => {
      exchange.response.writeHead(200, { 'content-type': 'text/event-stream' })
      exchange.response.write(first)
      await new Promise((resolve) => setTimeout(resolve, 20))
      await then(exchange)
    }
  const write = (text: string | Buffer): Script => begin(({ response }) => void response.end(text))

  test.each<[string, Script, string, number]>([
    ['cut', begin(cut), 'reset', 502],
    ['reset', begin(reset), 'reset', 502],
    [
      'cut inside an event',
      begin(({ response, socket }) => {
        response.write('data: {"id":"x","choices":[{"de')
        setTimeout(() => socket.destroy(), 20)
      }),
      'reset',
      502,
    ],
    ['the end of the body', write(''), 'truncated', 502],
    ['the end inside an event', write('data: {"id":"x","choices":[{"de'), 'invalid_response', 502],
    ['silence', begin(silence), 'timed_out', 504],
    ['no JSON', write('data: hello\n\n'), 'invalid_response', 502],
    ['a page', write('<html>\n\n</html>\n\n'), 'truncated', 502],
    [
      'an event without end',
      begin(({ response }) => {
        response.write('data: {"id":"')
        response.end('x'.repeat(9 * 1024 * 1024))
      }),
      'invalid_response',
      502,
    ],
  ])('%s', async (_, script, errorClass, code) => {
    upstream.script = script
    const { response, text, record } = await ask(true)
    expect(response.status).toBe(200)
    expect(text).not.toContain('[DONE]')
    const chunks = readChunks(text)
    expect(chunks[0].choices[0].delta.content).toBe('Once upon')
    expect(chunks.at(-1)).toMatchObject({ error: { code }, choices: [{ finish_reason: 'error' }] })
    expect(record).toMatchObject({
      outcome: 'upstream_failed',
      status: 200,
      usageSource: 'estimated',
    })
    expect(record.usage.completionTokens).toBe(3)
    expect(record.routingPath).toMatchObject([{ errorClass }])
  })

  test('gzip that breaks off', async () => {
    upstream.script = ({ response }) => {
      const bytes = gzipSync(usualStream(['a', 'b']).join(''))
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
      response.end(bytes.subarray(0, bytes.length - 12))
    }
    const { text } = await ask(true)
    const isWhole = text.includes('[DONE]')
    expect(isWhole || text.includes('"finish_reason":"error"') || text.includes('"error"')).toBe(
      true,
    )
  })

  test('UTF-8 that is broken over chunks arrives whole', async () => {
    const bytes = Buffer.from(usualStream(['wörld 😀']).join(''))
    upstream.script = async ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const byte of bytes) {
        response.write(Buffer.from([byte]))
        await new Promise((resolve) => setImmediate(resolve))
      }
      response.end()
    }
    const { text } = await ask(true)
    expect(text).toContain('wörld 😀')
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
  })

  test('after its reason it is complete, however the connection ends', async () => {
    for (const end of [cut, reset, silence]) {
      upstream.script = async (exchange) => {
        exchange.response.writeHead(200, { 'content-type': 'text/event-stream' })
        for (const event of usualStream(['a']).slice(0, -1)) exchange.response.write(event)
        await new Promise((resolve) => setTimeout(resolve, 20))
        await end(exchange)
      }
      const { text, record } = await ask(true)
      expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
      expect(record).toMatchObject({ outcome: 'completed', costNanoUsd: 20_000n })
    }
  })
})
