import { gzipSync } from 'node:zlib'

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import {
  answerWith,
  chunk,
  completion,
  startScriptedUpstream,
  streamOf,
  usualStream,
  type Script,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'

/** Every way an upstream can fail, whole or streaming: what the client sees, and that nothing is charged. */

const limits = {
  upstreamConnectTimeoutMs: 300,
  upstreamFirstByteTimeoutMs: 300,
  upstreamWholeAnswerTimeoutMs: 300,
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

interface Row {
  readonly name: string
  readonly script: Script
  readonly status: number
  readonly code: string
  readonly errorClass: string
}

const beforeAnything: readonly Row[] = [
  {
    name: 'cut before the head',
    script: cut,
    status: 502,
    code: 'provider_unavailable',
    errorClass: 'reset',
  },
  {
    name: 'reset before the head',
    script: reset,
    status: 502,
    code: 'provider_unavailable',
    errorClass: 'reset',
  },
  {
    name: 'silence',
    script: silence,
    status: 504,
    code: 'provider_timeout',
    errorClass: 'timed_out',
  },
  {
    name: 'a web page',
    script: answerWith(200, '<!doctype html><h1>Hi</h1>', { 'content-type': 'text/html' }),
    ...{ status: 502, code: 'provider_invalid_response', errorClass: 'wrong_content_type' },
  },
  {
    name: 'no HTTP at all',
    script: ({ socket }) => void socket.end('SSH-2.0-OpenSSH\r\n\r\n'),
    ...{ status: 502, code: 'provider_unavailable', errorClass: 'invalid_response' },
  },
  {
    name: 'headers of 20 KiB',
    script: answerWith(200, completion(), { 'x-large': 'x'.repeat(20_000) }),
    ...{ status: 502, code: 'provider_unavailable', errorClass: 'invalid_response' },
  },
  {
    name: 'a redirect, which is not followed',
    script: answerWith(307, '', { location: 'http://127.0.0.1:1/' }),
    ...{ status: 502, code: 'provider_error', errorClass: 'status' },
  },
  {
    name: 'an error inside a 200',
    script: answerWith(200, { error: { message: 'no capacity', code: 503 } }),
    ...{ status: 502, code: 'provider_error', errorClass: 'error_in_body' },
  },
  {
    name: 'an error of the request inside a 200',
    script: answerWith(200, { error: { message: 'bad temperature', code: 400 } }),
    ...{ status: 400, code: 'provider_rejected', errorClass: 'error_in_body' },
  },
]

describe.each([false, true])('before anything was delivered (stream: %s)', (stream) => {
  test.each(beforeAnything)('$name', async ({ script, status, code, errorClass }) => {
    upstream.script = script
    const { response, text, record } = await ask(stream)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(JSON.parse(text).error).toMatchObject({
      code,
      message: expect.stringContaining('Provider 1'),
    })
    expect(record).toMatchObject({
      outcome: 'upstream_failed',
      status,
      faultCode: code,
      costNanoUsd: 0n,
    })
    expect(record.usageSource).toBe('none')
    expect(record.routingPath).toMatchObject([{ errorClass }])
  })

  test('a port that nobody listens on', async () => {
    const refused = await startGatewayWorld({ providers: [{ baseUrl: 'http://127.0.0.1:1/v1' }] })
    const response = await refused.chat({ ...hello, stream })
    expect(response.status).toBe(502)
    const record = await refused.recordOf(response.headers.get('x-generation-id'))
    expect(record.routingPath).toMatchObject([{ status: null, errorClass: 'connect_failed' }])
    await refused.close()
  })

  test.each([
    [400, 400],
    [401, 401],
    [403, 403],
    [404, 404],
    [408, 408],
    [409, 409],
    [413, 413],
    [422, 422],
    [429, 429],
    [402, 502],
    [405, 502],
    [418, 502],
    [500, 502],
    [503, 502],
    [529, 502],
  ])('status %i becomes %i', async (sent, status) => {
    upstream.script = answerWith(sent, {
      error: { message: 'the reason', type: 'a_type', param: 'temperature', code: 'a_code' },
    })
    const { response, text, record } = await ask(stream)
    expect(response.status).toBe(status)
    const { error } = JSON.parse(text)
    expect(error.message).toMatch(/Provider 1 (refused the request|reported an error): the reason/)
    expect(error.metadata).toMatchObject({ provider_name: 'Provider 1', provider_code: 'a_code' })
    if (status < 500)
      expect(error).toMatchObject({ code: 'provider_rejected', param: 'temperature' })
    expect(record.routingPath).toMatchObject([{ status: sent, errorClass: 'status' }])
  })
})

describe('errors of upstreams, in their many shapes', () => {
  test.each([
    [{ detail: 'Invalid API Key' }, 'Invalid API Key'],
    [{ detail: [{ loc: ['body'], msg: 'field required' }] }, 'field required'],
    [{ code: 'invalid-argument', error: 'as a text' }, 'as a text'],
    [{ object: 'error', message: 'old style', code: 40_001 }, 'old style'],
    [[{ error: { code: 400, message: 'in a list', status: 'INVALID_ARGUMENT' } }], 'in a list'],
    [
      { error: { message: 'Provider returned error', metadata: { raw: 'the real one' } } },
      'the real one',
    ],
    ['not even JSON', 'it answered with status 400'],
    ['', 'it answered with status 400'],
  ])('%j', async (body, message) => {
    upstream.script = answerWith(400, body)
    const { text } = await ask(false)
    expect(JSON.parse(text).error.message).toContain(message)
  })

  test('the pause that an upstream asks for is passed on', async () => {
    upstream.script = answerWith(429, { error: { message: 'slow down' } }, { 'retry-after': '7' })
    const { response } = await ask(false)
    expect(response.headers.get('retry-after')).toBe('7')
  })

  test('a prompt that is too long is recognised by its text', async () => {
    upstream.script = answerWith(400, {
      error: { message: "This model's maximum context length is 10 tokens." },
    })
    const { response, text } = await ask(false)
    expect(response.status).toBe(400)
    expect(JSON.parse(text).error.code).toBe('context_length_exceeded')
  })

  test('a provider key never appears, wherever the upstream wrote it', async () => {
    const error = { message: 'bad key sk-upstream-secret-1', code: 'sk-upstream-secret-1' }
    for (const script of [
      answerWith(401, { error }),
      answerWith(500, { error }),
      answerWith(200, { error }),
      streamOf([first, `data: ${JSON.stringify({ error })}\n\n`]),
    ]) {
      upstream.script = script
      for (const stream of [false, true]) await ask(stream)
    }
  })
})

describe('a whole answer that goes wrong', () => {
  test.each<[string, Script, string]>([
    ['no JSON', answerWith(200, 'I am fine'), 'invalid_response'],
    ['a page that claims to be JSON', answerWith(200, '<html></html>'), 'invalid_response'],
    ['nothing', answerWith(200, ''), 'invalid_response'],
    ['JSON without choices', answerWith(200, { ok: true }), 'invalid_response'],
    ['a list', answerWith(200, []), 'invalid_response'],
    [
      'half of it',
      ({ response, socket }) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' })
        response.write('{"id":"a","choi')
        setTimeout(() => socket.destroy(), 20)
      },
      'truncated',
    ],
    [
      'silence in the middle',
      ({ response }) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.write('{"id":"a","choi')
      },
      'timed_out',
    ],
    [
      'gzip that breaks off',
      ({ response }) => {
        const bytes = gzipSync(JSON.stringify(completion()))
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        response.end(bytes.subarray(0, bytes.length - 20))
      },
      'truncated',
    ],
    [
      'an encoding that nobody knows',
      answerWith(200, 'x', { 'content-encoding': 'rot13' }),
      'invalid_response',
    ],
    ['an event stream', streamOf(usualStream(['a'])), 'wrong_content_type'],
  ])('%s', async (_, script, errorClass) => {
    upstream.script = script
    const { response, record } = await ask(false)
    expect(response.status).toBe(errorClass === 'timed_out' ? 504 : 502)
    expect(record).toMatchObject({
      costNanoUsd: 0n,
      usageSource: 'none',
      outcome: 'upstream_failed',
    })
    expect(record.routingPath).toMatchObject([{ errorClass }])
  })

  test.each(['gzip', 'identity'])('%s is read', async (encoding) => {
    const text = JSON.stringify(completion())
    const body = encoding === 'gzip' ? gzipSync(text) : text
    upstream.script = answerWith(200, body, { 'content-encoding': encoding })
    const { response, text: answer } = await ask(false)
    expect(response.status).toBe(200)
    expect(JSON.parse(answer).usage.cost).toBe(0.00002)
  })

  test('one byte at a time is a whole answer as well', async () => {
    upstream.script = async ({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      for (const byte of Buffer.from(JSON.stringify(completion()))) {
        response.write(Buffer.from([byte]))
        await new Promise((resolve) => setImmediate(resolve))
      }
      response.end()
    }
    expect((await ask(false)).response.status).toBe(200)
  })
})
