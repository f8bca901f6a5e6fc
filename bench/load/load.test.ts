import { createServer, type RequestListener, type Server } from 'node:http'

import { afterEach, describe, expect, test } from 'vitest'

import { runClosedLoop } from './closed-loop.ts'
import { makeHeldStreams } from './hold.ts'
import type { Target } from './jobs.ts'
import { runOpenLoop } from './open-loop.ts'
import { runStreams } from './streams.ts'

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(answer: RequestListener): Promise<Target> {
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => answer(request, response))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { host: '127.0.0.1', port, path: '/v1/x', headers: { 'x-bench': '1' }, body: '{"a":1}' }
}

describe('the closed loop', () => {
  test('counts exactly the requests that the server has answered', async () => {
    let served = 0
    const target = await serve((request, response) => {
      if (request.headers['x-bench'] === '1' && request.url === '/v1/x') served++
      response.end('{}')
    })
    const report = await runClosedLoop({
      kind: 'closed_loop',
      target,
      connections: 4,
      durationMs: 100,
    })
    expect(report.completed).toBe(served)
    expect(report.completed).toBeGreaterThan(4)
    expect(report.failed).toBe(0)
    expect(report.p50Ms).toBeGreaterThan(0)
    expect(report.p99Ms).toBeGreaterThanOrEqual(report.p50Ms ?? 0)
  })

  test('an answer that is not a 200 is a failure, with an example', async () => {
    const target = await serve((_, response) => {
      response.statusCode = 429
      response.end('slow down')
    })
    const report = await runClosedLoop({
      kind: 'closed_loop',
      target,
      connections: 1,
      durationMs: 30,
    })
    expect(report.completed).toBe(0)
    expect(report.failed).toBeGreaterThan(0)
    expect(report.failureExample).toBe('status 429: slow down')
    expect(report.p50Ms).toBeNull()
  })

  test('a server that closes each connection is asked again on a new one', async () => {
    const target = await serve((_, response) => {
      response.setHeader('connection', 'close')
      response.end('{}')
    })
    const report = await runClosedLoop({
      kind: 'closed_loop',
      target,
      connections: 1,
      durationMs: 100,
    })
    expect(report.completed).toBeGreaterThan(1)
    expect(report.failed).toBe(0)
  })

  test('nobody listening is a failure, not an endless wait', async () => {
    const target = await serve(() => {})
    for (const server of servers.splice(0)) server.close()
    const report = await runClosedLoop({
      kind: 'closed_loop',
      target,
      connections: 2,
      durationMs: 30,
    })
    expect(report.completed).toBe(0)
    expect(report.failureExample).toContain('ECONNREFUSED')
  })
})

describe('the open loop', () => {
  test('a stall counts for every request that was due during it', async () => {
    const stallMs = 400
    let stalledUntilMs = 0
    let served = 0
    const target = await serve((_, response) => {
      served++
      if (served === 1) stalledUntilMs = performance.now() + stallMs
      setTimeout(() => response.end('{}'), Math.max(stalledUntilMs - performance.now(), 0))
    })
    const report = await runOpenLoop({
      kind: 'open_loop',
      target,
      ratePerSecond: 100,
      durationMs: 500,
      // One connection: all that become due while it waits must wait behind it.
      connections: 1,
    })
    expect(report.completed).toBe(50)
    // A generator that only counts from the moment of sending would see one slow request in fifty.
    expect(report.p50Ms).toBeGreaterThan(stallMs / 4)
    expect(report.maxMs).toBeGreaterThan(stallMs * 0.9)
  })

  test('asks as often as it should, however fast the answers are', async () => {
    const target = await serve((_, response) => response.end('{}'))
    const report = await runOpenLoop({
      kind: 'open_loop',
      target,
      ratePerSecond: 200,
      durationMs: 500,
      connections: 8,
    })
    expect(report.completed).toBe(100)
    expect(report.durationMs).toBeGreaterThan(450)
  })
})

describe('streams', () => {
  test('every client reads its streams to the end', async () => {
    const target = await serve((_, response) => {
      response.write('data: a\n\n')
      setTimeout(() => response.end('data: b\n\ndata: [DONE]\n\n'), 5)
    })
    const report = await runStreams({
      kind: 'streams',
      target,
      clients: 3,
      streamsEach: 2,
      spreadMs: 30,
      eventsMin: 3,
    })
    expect(report).toMatchObject({ completed: 6, events: 18, failed: 0 })
    expect(report.firstEventP50Ms).toBeGreaterThan(0)
  })

  test('a stream that ends too soon has failed', async () => {
    const target = await serve((_, response) => response.end('data: a\n\n'))
    const report = await runStreams({
      kind: 'streams',
      target,
      clients: 1,
      streamsEach: 1,
      spreadMs: 0,
      eventsMin: 3,
    })
    expect(report).toMatchObject({
      completed: 0,
      failed: 1,
      failureExample: 'a stream ended after 1 of 3 events',
    })
  })
})

describe('held streams', () => {
  test('stay open until they are released', async () => {
    let closed = 0
    const target = await serve((_, response) => {
      response.on('close', () => closed++)
      response.write('data: a\n\n')
    })
    const held = makeHeldStreams()
    const report = await held.hold({ kind: 'hold', target, streams: 20, openingMax: 4 })
    expect(report).toEqual({ open: 20, failed: 0, failureExample: null })
    expect(closed).toBe(0)
    expect(held.release().open).toBe(20)
    await expect.poll(() => closed).toBe(20)
    expect(held.release().open).toBe(0)
  })

  test('a stream that ends by itself is told', async () => {
    const target = await serve((_, response) => response.end('data: a\n\n'))
    const held = makeHeldStreams()
    await held.hold({ kind: 'hold', target, streams: 1, openingMax: 1 })
    await expect.poll(() => held.release().failed).toBe(1)
  })
})
