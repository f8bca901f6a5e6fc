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

/** A clock that only answers move: how many there are in a span is then the same on any machine. */
function makeAnswerClock(msPerAnswer: number) {
  let nowMs = 0
  return {
    nowMs: () => nowMs,
    answered: () => {
      nowMs += msPerAnswer
    },
  }
}

describe('the closed loop', () => {
  test('counts exactly the requests that the server has answered', async () => {
    let served = 0
    const clock = makeAnswerClock(1)
    const target = await serve((request, response) => {
      if (request.headers['x-bench'] === '1' && request.url === '/v1/x') served++
      clock.answered()
      response.end('{}')
    })
    const report = await runClosedLoop(
      { kind: 'closed_loop', target, connections: 4, durationMs: 100 },
      clock.nowMs,
    )
    expect(report.completed).toBe(served)
    // When the time is up, each of the other three may still be waiting for its last answer.
    expect(report.completed).toBeGreaterThanOrEqual(100)
    expect(report.completed).toBeLessThanOrEqual(103)
    expect(report.failed).toBe(0)
    expect(report.p50Ms).toBeGreaterThan(0)
    expect(report.p99Ms).toBeGreaterThanOrEqual(report.p50Ms ?? 0)
  })

  test('an answer that is not a 200 is a failure, with an example', async () => {
    const clock = makeAnswerClock(10)
    const target = await serve((_, response) => {
      clock.answered()
      response.statusCode = 429
      response.end('slow down')
    })
    const report = await runClosedLoop(
      { kind: 'closed_loop', target, connections: 1, durationMs: 30 },
      clock.nowMs,
    )
    expect(report.completed).toBe(0)
    expect(report.failed).toBe(3)
    expect(report.failureExample).toBe('status 429: slow down')
    expect(report.p50Ms).toBeNull()
  })

  test('a server that closes each connection is asked again on a new one', async () => {
    const clock = makeAnswerClock(10)
    const target = await serve((_, response) => {
      clock.answered()
      response.setHeader('connection', 'close')
      response.end('{}')
    })
    const report = await runClosedLoop(
      { kind: 'closed_loop', target, connections: 1, durationMs: 100 },
      clock.nowMs,
    )
    expect(report.completed).toBe(10)
    expect(report.failed).toBe(0)
  })

  test('nobody listening is a failure, not an endless wait', async () => {
    const target = await serve(() => {})
    for (const server of servers.splice(0)) server.close()
    let looks = 0
    const report = await runClosedLoop(
      { kind: 'closed_loop', target, connections: 2, durationMs: 30 },
      // Time goes by as it is looked at: there are no answers to move it.
      () => looks++,
    )
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
