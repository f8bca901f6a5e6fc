import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { startGatewayWorld, type GatewayWorld } from '#test/gateway/gateway-world.ts'
import { connectRaw, rawChat } from '#test/gateway/raw-client.ts'
import {
  answerWith,
  chunk,
  completion,
  startScriptedUpstream,
  type ScriptedUpstream,
} from '#test/gateway/scripted-upstream.ts'
import { until } from '#test/server/until.ts'

let upstream: ScriptedUpstream
let world: GatewayWorld

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerWith(200, completion()))
  world = await startGatewayWorld({
    providers: [{ baseUrl: upstream.baseUrl }],
    limits: { stalledReaderTimeoutMs: 1_000, streamPingIntervalMs: 400, progressIntervalMs: 300 },
    balanceUsd: 1_000,
    model: { contextLength: 100_000_000 },
  })
})

afterAll(async () => {
  await world.close()
  await upstream.close()
})

const hello = { model: 'test/model', stream: true, messages: [{ role: 'user', content: 'Hi' }] }

describe('a reader that takes nothing', () => {
  test('stops the upstream instead of filling memory, is closed, and pays for what was delivered', async () => {
    const text = 'x'.repeat(16 * 1024)
    const event = chunk({ content: text })
    let written = 0
    let isBlocked = false
    upstream.script = ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const pump = () => {
        while (!response.destroyed) {
          written += event.length
          if (!response.write(event)) {
            isBlocked = true
            response.once('drain', () => {
              isBlocked = false
              pump()
            })
            return
          }
        }
      }
      pump()
    }
    const aborted = upstream.abortedCount()
    const known = world.credit.records.length
    const client = await connectRaw(world.port)
    client.socket.pause()
    client.socket.write(rawChat(world.customer.secret, hello))
    let quietSince = { written: -1, atMs: 0 }
    await until(
      () => {
        if (written !== quietSince.written) quietSince = { written, atMs: performance.now() }
        return isBlocked && performance.now() - quietSince.atMs > 300 ? true : undefined
      },
      { timeoutMs: 10_000, what: 'the upstream is blocked' },
    )
    const held = [...(await sockets())].map((socket) => socket.writableLength)
    expect(Math.max(...held)).toBeLessThanOrEqual(256 * 1024)
    const record = await until(() => world.credit.records[known], {
      ...{ timeoutMs: 10_000, what: 'the record' },
    })
    await until(() => (upstream.abortedCount() > aborted ? true : undefined), {
      ...{ timeoutMs: 2_000, what: 'the upstream is aborted' },
    })
    expect(record.outcome).toBe('client_gone')
    expect(record.usage.completionTokens).toBeGreaterThan(0)
    client.socket.destroy()
  }, 30_000)

  /** The connections of the gateway's own server. */
  async function sockets(): Promise<Iterable<{ writableLength: number }>> {
    const handles = process.getActiveResourcesInfo().length
    expect(handles).toBeGreaterThan(0)
    return serverSockets
  }

  const serverSockets = new Set<{ writableLength: number }>()
  beforeAll(() => {
    world.server.on('connection', (socket) => {
      serverSockets.add(socket)
      socket.on('close', () => serverSockets.delete(socket))
    })
  })
})

describe('a slow reader', () => {
  test('gets everything, in its own time', async () => {
    const words = Array.from({ length: 400 }, (_, index) => `${index} ${'y'.repeat(4_000)}`)
    upstream.script = ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const word of words) response.write(chunk({ content: word }))
      response.end(`${chunk({}, {}, 'stop')}data: [DONE]\n\n`)
    }
    const client = await connectRaw(world.port)
    client.socket.write(rawChat(world.customer.secret, hello))
    const breathe = setInterval(() => {
      client.socket.pause()
      setTimeout(() => client.socket.resume(), 15)
    }, 20)
    await client.waitFor('data: [DONE]')
    clearInterval(breathe)
    expect(client.received().match(/"content":"\d+ y/g)).toHaveLength(words.length)
    client.socket.destroy()
  }, 30_000)
})

describe('a silent stream', () => {
  test('is kept open by comments, also before its first chunk, and its cost is noted as it grows', async () => {
    upstream.script = async ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
      await new Promise((resolve) => setTimeout(resolve, 1_300))
      response.write(chunk({ role: 'assistant', content: 'after a long thought' }))
      await new Promise((resolve) => setTimeout(resolve, 1_300))
      response.end(`${chunk({ content: '!' }, {}, 'stop')}data: [DONE]\n\n`)
    }
    const response = await world.chat(hello)
    const text = await response.text()
    const [before = '', after = ''] = text.split('after a long thought')
    expect(before.match(/^: still working$/gm)?.length).toBeGreaterThanOrEqual(1)
    expect(after.match(/^: still working$/gm)?.length).toBeGreaterThanOrEqual(1)
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
    const record = await world.recordOf(response.headers.get('x-generation-id'))
    const noted = world.credit.progress.get(record.id) ?? []
    expect(noted.length).toBeGreaterThanOrEqual(1)
    for (const cost of noted) expect(cost).toBeGreaterThan(0n)
    expect(record.timeToFirstTokenMs).toBeGreaterThan(1_200)
  })

  test('that fails after a comment went out ends with an error chunk', async () => {
    upstream.script = async ({ response, socket }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
      await new Promise((resolve) => setTimeout(resolve, 1_300))
      socket.destroy()
    }
    const response = await world.chat(hello)
    const text = await response.text()
    expect(response.status).toBe(200)
    expect(text).toContain('"finish_reason":"error"')
    const record = await world.recordOf(response.headers.get('x-generation-id'))
    expect(record).toMatchObject({ outcome: 'upstream_failed', costNanoUsd: 0n, status: 200 })
  })
})

describe('an end that does not wait', () => {
  test('draining: not ready, running answers finish, the rest is stopped with an error and settled', async () => {
    const own = await startGatewayWorld({ providers: [{ baseUrl: upstream.baseUrl }] })
    upstream.script = async ({ response, received }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(chunk({ role: 'assistant', content: 'begun' }))
      if (received.body.includes('forever')) return
      await new Promise((resolve) => setTimeout(resolve, 300))
      response.end(`${chunk({ content: '!' }, {}, 'stop')}data: [DONE]\n\n`)
    }
    const short = await own.chat(hello)
    const long = await own.chat({ ...hello, messages: [{ role: 'user', content: 'forever' }] })
    const drained = own.gateway.drain(900)
    const ready = await fetch(`${own.url}/readyz`)
    expect(ready.status).toBe(503)
    expect(ready.headers.get('connection')).toBe('close')
    expect((await fetch(`${own.url}/healthz`)).status).toBe(200)
    expect(await short.text()).toContain('data: [DONE]')
    expect(await long.text()).toContain('"finish_reason":"error"')
    await drained
    expect(own.gateway.activeCount()).toBe(0)
    const record = await own.recordOf(long.headers.get('x-generation-id'))
    expect(record).toMatchObject({ outcome: 'upstream_failed', faultCode: 'service_unavailable' })
    expect(record.costNanoUsd).toBeGreaterThan(0n)
    await own.close()
  })

  test('a request that takes too long is ended', async () => {
    const own = await startGatewayWorld({
      ...{ providers: [{ baseUrl: upstream.baseUrl }], limits: { requestTotalTimeoutMs: 300 } },
    })
    upstream.script = () => undefined
    const response = await own.chat({ ...hello, stream: false })
    expect(response.status).toBe(504)
    await own.close()
  })
})
