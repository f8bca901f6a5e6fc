import type { Socket } from 'node:net'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { until } from '#test/server/until.ts'

import {
  connectMany,
  type CrowdWorld,
  isLong,
  openFileCount,
  quantile,
  report,
  requestHead,
  startCrowdWorld,
} from './crowd-world.ts'

const slowCount = isLong ? 5_000 : 300
const closedWithinMs = 15_000

let world: CrowdWorld
beforeAll(async () => {
  world = await startCrowdWorld()
}, 120_000)
afterAll(() => world.close())

/** Asks one question after the other, until told to stop; returns how long each took, in milliseconds. */
async function askOn(isOver: () => boolean): Promise<readonly number[]> {
  const times: number[] = []
  const { url, apiKey } = world.server
  while (!isOver()) {
    const startedMs = performance.now()
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'crowd/whole', messages: [{ role: 'user', content: 'Hi' }] }),
    })
    expect(answer.status).toBe(200)
    await answer.text()
    times.push(performance.now() - startedMs)
  }
  return times
}

interface Slow {
  readonly openedAtMs: number
  answer: string
  closedAtMs: number | null
}

/** Follows one socket to its end, while it says a byte each so often. */
function trickle(socket: Socket, everyMs: number, atMs: number): Slow {
  const slow: Slow = { openedAtMs: atMs, answer: '', closedAtMs: null }
  const timer = setInterval(() => socket.write('a'), everyMs)
  socket.on('data', (bytes: Buffer) => (slow.answer += bytes.toString('latin1')))
  socket.on('close', () => {
    clearInterval(timer)
    slow.closedAtMs ??= performance.now()
  })
  return slow
}

test(`H-1: of ${slowCount} clients that send a byte now and then, each is told 408 and closed within 15 s, and others are served`, async () => {
  await askOn(after(2_000))
  const before = await askOn(after(5_000))
  const filesBefore = openFileCount(world)
  const slow: Slow[] = []
  let isOver = false
  const during = askOn(() => isOver)
  const half = slowCount / 2
  for (const [head, everyMs] of [
    ['POST /v1/chat/completions HTTP/1.1\r\nHost: a', 5_000],
    [requestHead(world.server, 10_000), 1_000],
  ] as const) {
    const atMs = performance.now()
    for (const socket of await connectMany(world, half)) {
      socket.write(head)
      slow.push(trickle(socket, everyMs, atMs))
    }
  }
  await until(() => (slow.every(({ closedAtMs }) => closedAtMs !== null) ? true : undefined), {
    timeoutMs: 60_000,
    what: 'every slow client is closed',
  })
  isOver = true
  const took = slow.map(({ openedAtMs, closedAtMs }) => (closedAtMs ?? Infinity) - openedAtMs)
  const times = await during
  const [quiet, crowded] = [quantile(before, 0.99), quantile(times, 0.99)]
  report(
    `H-1: ${slowCount} slow senders, the last closed after ${Math.round(Math.max(...took))} ms; ` +
      `p99 of a usual client ${quiet.toFixed(1)} ms before, ${crowded.toFixed(1)} ms meanwhile`,
  )
  expect(slow.filter(({ answer }) => !answer.startsWith('HTTP/1.1 408 '))).toEqual([])
  expect(times.length).toBeGreaterThan(0)
  expect(Math.max(...took)).toBeLessThan(closedWithinMs)
  await until(() => (openFileCount(world) <= filesBefore + 3 ? true : undefined), {
    timeoutMs: 10_000,
    what: 'their sockets are gone',
  })
}, 120_000)

function after(durationMs: number): () => boolean {
  const endMs = performance.now() + durationMs
  return () => performance.now() >= endMs
}
