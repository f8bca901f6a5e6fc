import type { Socket } from 'node:net'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { until } from '#test/server/until.ts'

import {
  connectMany,
  type CrowdWorld,
  expectBooksInOrder,
  isLong,
  pass,
  report,
  requestBytes,
  residentMb,
  startCrowdWorld,
} from './crowd-world.ts'

const readerCount = isLong ? 1_000 : 10
const readingMs = isLong ? 40_000 : 3_000
/**
 * Of a whole process: what it may have idle, the room for young objects that the engine may fill whoever is served
 * (three semi-spaces of 64 MB, `scripts/engine-flags.json`), and half a megabyte a stream for its buffers. A provider
 * read without bounds would be past it within a second.
 */
const residentMbMax = isLong ? 1_024 : 180 + 3 * 64 + readerCount / 2

let world: CrowdWorld
let leave: (() => void)[] = []
beforeAll(async () => {
  world = await startCrowdWorld()
}, 120_000)
afterAll(async () => {
  for (const go of leave) go()
  await world.close()
})

/** Takes a kilobyte each second and leaves the rest where it is. */
function readSlowly(socket: Socket): () => void {
  socket.pause()
  const timer = setInterval(() => void socket.read(1_024), 1_000)
  return () => {
    clearInterval(timer)
    socket.destroy()
  }
}

test(`H-5: ${readerCount} readers of a kilobyte a second stop a fast provider instead of filling memory, and are charged`, async () => {
  const idleMb = residentMb(world)
  const sockets = await connectMany(world, readerCount)
  leave = sockets.map((socket) => {
    socket.write(requestBytes(world, 'fast'))
    return readSlowly(socket)
  })
  // Each takes a little now and then, so that some provider may write again for a moment.
  const blockedMin = readerCount * 0.9
  await until(() => (world.upstream.blockedCount() >= blockedMin ? true : undefined), {
    timeoutMs: 120_000,
    what: 'the provider can write nothing more',
  })
  let mostMb = 0
  const endMs = performance.now() + readingMs
  while (performance.now() < endMs) {
    mostMb = Math.max(mostMb, residentMb(world))
    await pass(250)
  }
  const left = world.upstream.openCount()
  for (const go of leave.splice(0)) go()
  report(
    `H-5: ${readerCount} slow readers: ${Math.round(idleMb)} MB before, at most ${Math.round(mostMb)} MB, ` +
      `${readerCount - left} closed as stalled within ${readingMs / 1_000} s`,
  )
  expect(mostMb).toBeLessThan(residentMbMax)
  await until(() => (world.upstream.openCount() === 0 ? true : undefined), {
    timeoutMs: 30_000,
    what: 'the provider is left too',
  })
  await expectBooksInOrder(world)
  const path = `/api/accounts/${world.server.accountId}/credits`
  const { data } = (await world.server.operate('GET', path)) as { data: { spent: string } }
  expect(Number(data.spent)).toBeGreaterThan(0)
}, 300_000)
