import type { Socket } from 'node:net'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { until } from '#test/server/until.ts'

import {
  activeResources,
  connectMany,
  type CrowdWorld,
  expectBooksInOrder,
  isLong,
  openFileCount,
  openFileCountMax,
  pass,
  report,
  requestBytes,
  residentMb,
  startCrowdWorld,
} from './crowd-world.ts'

/** A stream is two sockets in the server, and two in this process, which is client and upstream. */
const streamCountMax = Math.floor((openFileCountMax() - 500) / 2)
const streamCount = isLong ? Math.min(10_000, streamCountMax) : 200
const warmUpCount = isLong ? 1_000 : 50
/** A small crowd shares what a process needs anyway, so its members may seem larger. */
const streamKbMax = isLong ? 60 : 500
const settlingMs = isLong ? 20_000 : 2_000

let world: CrowdWorld
beforeAll(async () => {
  world = await startCrowdWorld()
}, 120_000)
afterAll(() => world.close())

async function openStreams(count: number): Promise<readonly Socket[]> {
  let begun = 0
  const sockets = await connectMany(world, count)
  for (const socket of sockets) {
    socket.once('data', () => (begun += 1))
    socket.write(requestBytes(world, 'silent'))
  }
  await until(() => (begun === count ? true : undefined), {
    timeoutMs: 120_000,
    what: `all ${count} streams have begun`,
  })
  return sockets
}

async function closeStreams(sockets: readonly Socket[], filesMost: number): Promise<void> {
  for (const socket of sockets) socket.destroy()
  await until(() => (openFileCount(world) <= filesMost ? true : undefined), {
    timeoutMs: 60_000,
    what: 'every socket is closed',
  })
}

test(`H-6: ${streamCount} streams that say nothing are small, and leave nothing behind`, async () => {
  const filesAtFirst = openFileCount(world)
  // Whatever stays open for everybody (a worker, connections of the database) is open after these.
  await closeStreams(await openStreams(warmUpCount), filesAtFirst + 20)
  await pass(settlingMs)
  const before = { files: openFileCount(world), resources: await activeResources(world) }
  const idleMb = residentMb(world)

  const sockets = await openStreams(streamCount)
  await pass(settlingMs)
  const streamKb = ((residentMb(world) - idleMb) * 1_024) / streamCount
  report(
    `H-6: ${streamCount} silent streams: ${streamKb.toFixed(1)} KB each (${Math.round(idleMb)} MB before)`,
  )
  expect(streamKb).toBeLessThan(streamKbMax)

  const slack = Math.max(3, before.files * 0.01)
  await closeStreams(sockets, before.files + slack)
  await expectBooksInOrder(world)
  await until(
    async () => {
      const now = await activeResources(world)
      const grown = Object.entries(now).filter(
        ([kind, count]) => count > (before.resources[kind] ?? 0) * 1.01 + 3,
      )
      return grown.length === 0 ? true : undefined
    },
    { timeoutMs: 30_000, what: 'timers and sockets are as many as before' },
  )
}, 400_000)
