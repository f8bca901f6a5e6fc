import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { UpstreamError, UpstreamRequest } from '#ports/upstream.ts'
import {
  answerWith,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'
import { selfSigned } from '#test/gateway/self-signed.ts'
import { until } from '#test/server/until.ts'

import { createUndiciUpstream, type UndiciUpstream } from './undici-upstream.ts'

let provider: ScriptedUpstream
let upstream: UndiciUpstream

beforeAll(async () => {
  provider = await startScriptedUpstream(answerWith(200, 'hello'))
  upstream = createUndiciUpstream({ bodyBytesMax: 1_000_000 })
})

afterAll(async () => {
  await upstream.close()
  await provider.close()
})

function requestTo(url: string): UpstreamRequest {
  return {
    ...{ url, method: 'POST', headers: { 'content-type': 'application/json' } },
    ...{
      body: Buffer.from('{}'),
      connectTimeoutMs: 300,
      firstByteTimeoutMs: 400,
      idleTimeoutMs: 400,
    },
  }
}

/** One that waits as long as a busy machine needs. */
function patientRequest(): UpstreamRequest {
  const request = requestTo(`${provider.baseUrl}/chat/completions`)
  return { ...request, connectTimeoutMs: 5_000, firstByteTimeoutMs: 10_000 }
}

/** Everything one call told, in order. */
function record(request: UpstreamRequest) {
  const told: string[] = []
  const chunks: Uint8Array[] = []
  let failure: UpstreamError | undefined
  let isOver = false
  const call = upstream.send(request, {
    onHead: (status) => void told.push(`head ${status}`),
    onData: (chunk) => void chunks.push(chunk),
    onEnd: () => {
      told.push('end')
      isOver = true
    },
    onError: (error) => {
      told.push(`error ${error.errorClass}`)
      failure = error
      isOver = true
    },
  })
  const over = () =>
    until(() => (isOver ? true : undefined), { timeoutMs: 5_000, what: 'the call is over' })
  return { call, told, over, text: () => Buffer.concat(chunks).toString(), failure: () => failure }
}

const chat = () => record(requestTo(`${provider.baseUrl}/chat/completions`))

describe('a call', () => {
  test('sends the body and tells head, data and end, in this order', async () => {
    provider.script = answerWith(201, 'hello')
    const call = chat()
    await call.over()
    expect(call.told).toEqual(['head 201', 'end'])
    expect(call.text()).toBe('hello')
    expect(provider.received.at(-1)).toMatchObject({ path: '/v1/chat/completions', body: '{}' })
  })

  test('uses its connection again', async () => {
    provider.script = answerWith(200, 'hello')
    await chat().over()
    const before = provider.openSockets()
    for (let count = 0; count < 5; count += 1) await chat().over()
    expect(provider.openSockets()).toBe(before)
  })

  test('beside hundreds of others has a connection of its own, which later calls use again', async () => {
    const held: (() => void)[] = []
    provider.script = ({ response }) => void held.push(() => response.end('held'))
    const before = provider.openSockets()
    const all = Array.from({ length: 350 }, () => record(patientRequest()))
    await until(() => (held.length === all.length ? true : undefined), {
      timeoutMs: 10_000,
      what: 'all are asked at once',
    })
    const aborted = all.splice(250, 100)
    for (const { call } of aborted) call.abort()
    for (const answer of held) answer()
    await Promise.all(all.map(({ over }) => over()))
    expect(all.every(({ text }) => text() === 'held')).toBe(true)
    const kept = provider.openSockets()
    expect(kept).toBeLessThanOrEqual(before + 350)
    provider.script = answerWith(200, 'hello')
    const later = Array.from({ length: 200 }, () => record(patientRequest()))
    await Promise.all(later.map(({ over }) => over()))
    expect(later.every(({ text }) => text() === 'hello')).toBe(true)
    expect(provider.openSockets()).toBeLessThanOrEqual(kept)
  })

  test('tells nothing after it was aborted', async () => {
    provider.script = ({ response }) => {
      response.writeHead(200)
      response.write('a')
      setTimeout(() => response.end('b'), 50)
    }
    const aborted = provider.abortedCount()
    const call = chat()
    await until(() => (call.text() === 'a' ? true : undefined), { timeoutMs: 2_000, what: 'a' })
    call.call.abort()
    call.call.abort()
    await until(() => (provider.abortedCount() > aborted ? true : undefined), {
      timeoutMs: 2_000,
      what: 'aborted',
    })
    expect(call.told).toEqual(['head 200'])
  })

  test('may be aborted before it began', async () => {
    const asked = provider.received.length
    const call = chat()
    call.call.abort()
    await chat().over()
    expect(call.told).toEqual([])
    expect(provider.received.length).toBeLessThanOrEqual(asked + 2)
  })

  test('stops reading while it is paused, and a pause is no silence', async () => {
    provider.script = ({ response }) => {
      response.writeHead(200)
      response.end(Buffer.alloc(900_000, 'x'))
    }
    const call = chat()
    await until(() => (call.told.length > 0 ? true : undefined), {
      timeoutMs: 2_000,
      what: 'the head',
    })
    call.call.pause()
    const length = call.text().length
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(call.text().length).toBeLessThanOrEqual(length + 65_536)
    call.call.resume()
    await call.over()
    expect(call.told).toEqual(['head 200', 'end'])
    expect(call.text()).toHaveLength(900_000)
  })
})

describe('encodings', () => {
  test.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const)('%s is decoded', async (encoding, encode) => {
    provider.script = answerWith(200, encode('hello'.repeat(1_000)), {
      'content-encoding': encoding,
    })
    const call = chat()
    await call.over()
    expect(call.told).toEqual(['head 200', 'end'])
    expect(call.text()).toBe('hello'.repeat(1_000))
  })

  test('a body that unpacks to too much is an error', async () => {
    provider.script = answerWith(200, gzipSync(Buffer.alloc(20_000_000)), {
      'content-encoding': 'gzip',
    })
    const call = chat()
    await call.over()
    expect(call.told).toEqual(['head 200', 'error invalid_response'])
  })

  test('rubbish under a known name is an error', async () => {
    provider.script = answerWith(200, 'not gzip', { 'content-encoding': 'gzip' })
    const call = chat()
    await call.over()
    expect(call.told).toEqual(['head 200', 'error invalid_response'])
  })
})

describe('failures', () => {
  test.each([
    ['http://127.0.0.1:1/', 'connect_failed'],
    ['http://no-such-host.invalid/', 'connect_failed'],
  ])('%s is %s', async (url, errorClass) => {
    const call = record(requestTo(url))
    await call.over()
    expect(call.told).toEqual([`error ${errorClass}`])
    expect(call.failure()?.cause).toBeDefined()
  })

  test('silence before the head, and in the body', async () => {
    provider.script = () => undefined
    const first = chat()
    await first.over()
    expect(first.told).toEqual(['error timed_out'])
    provider.script = ({ response }) => void response.writeHead(200).write('a')
    const second = chat()
    await second.over()
    expect(second.told).toEqual(['head 200', 'error timed_out'])
  })

  test('a body that is too large', async () => {
    provider.script = answerWith(200, Buffer.alloc(2_000_000))
    const call = chat()
    await call.over()
    expect(call.told.at(-1)).toBe('error invalid_response')
  })

  test('a redirect is an answer like any other', async () => {
    provider.script = answerWith(302, '', { location: `${provider.baseUrl}/elsewhere` })
    const asked = provider.received.length
    const call = chat()
    await call.over()
    expect(call.told).toEqual(['head 302', 'end'])
    expect(provider.received).toHaveLength(asked + 1)
  })

  test('a certificate that nobody vouches for', async () => {
    const { key, cert } = selfSigned
    const server = createTlsServer({ key, cert }, (_, response) => void response.end('secret'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const call = record(requestTo(`https://localhost:${port}/`))
    await call.over()
    expect(call.told).toEqual(['error connect_failed'])
    const trusting = createUndiciUpstream({ extraCertificates: [cert] })
    const status = await new Promise((resolve, reject) => {
      trusting.send(requestTo(`https://localhost:${port}/`), {
        ...{ onHead: resolve, onData: () => undefined, onEnd: () => undefined, onError: reject },
      })
    })
    expect(status).toBe(200)
    await trusting.close()
    server.closeAllConnections()
    server.close()
  })
})
