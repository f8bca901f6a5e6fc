import { expect, test } from 'vitest'

import { CallError } from '#web/client/call-error.ts'

import { follow, type Follower } from './follow.ts'

/** One connection: what it sends, then how it ends; `open` holds it until it is cut. */
interface Connection {
  readonly text: string
  readonly ends: 'closes' | 'breaks' | 'stays open'
}

const line = (id: string) => `id: ${id}\nevent: request\ndata: ${JSON.stringify({ id })}\n\n`
const refused = (status: number) =>
  new CallError({ code: 'refused', message: 'no', status, requestId: null })

/**
 * Follows through these connections and failures, one after the other. Waits are over at once, but the one
 * for silence on a connection that stays open, and after the last the reader leaves.
 */
async function followThrough(
  connections: readonly (Connection | CallError)[],
  { after = null, rereads = [] }: { after?: string | null; rereads?: readonly CallError[] } = {},
) {
  const leaving = new AbortController()
  const told: string[] = []
  const waits: number[] = []
  const failing = [...rereads]
  let place = 0
  const follower: Follower = {
    open: async (last, signal) => {
      const next = connections[place]
      place += 1
      told.push(`open ${last}`)
      if (next === undefined) leaving.abort()
      if (next === undefined || next instanceof CallError) throw next ?? refused(503)
      return new Response(bodyOf(next, signal))
    },
    hear: ({ id }) => told.push(`hear ${id}`),
    reread: async () => {
      told.push('reread')
      const failure = failing.shift()
      if (failure) throw failure
    },
    tell: (state) => told.push(state),
    after: (delayMs, run) => {
      const isSilence = delayMs === 45_000
      const isSteady = delayMs === 10_000
      if (!isSilence && !isSteady) waits.push(delayMs)
      const last = connections[place - 1]
      const isQuiet = last !== undefined && 'ends' in last && last.ends === 'stays open'
      if (isSteady || (isSilence && !isQuiet)) return () => undefined
      let isCancelled = false
      setTimeout(() => isCancelled || run(), 0)
      return () => (isCancelled = true)
    },
    chance: () => 1,
  }
  await follow(follower, { after, signal: leaving.signal })
  return { told, waits }
}

/** As the browser has it: a fetch that is cut breaks its body. */
function bodyOf({ text, ends }: Connection, signal: AbortSignal): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text))
      if (ends === 'closes') controller.close()
      else signal.addEventListener('abort', () => controller.error(signal.reason))
      if (ends === 'breaks') setTimeout(() => controller.error(new TypeError('network')), 0)
    },
  })
}

test('the list is read after the stream is open, so that nothing falls between', async () => {
  const { told } = await followThrough([{ text: line('a'), ends: 'closes' }])
  expect(told.slice(0, 5)).toEqual(['connecting', 'open null', 'reread', 'live', 'hear a'])
})

test('a connection that breaks is opened again after the last line that was heard', async () => {
  const { told } = await followThrough([
    { text: line('a') + line('b'), ends: 'breaks' },
    { text: line('c'), ends: 'closes' },
  ])
  expect(told).toEqual([
    ...['connecting', 'open null', 'reread', 'live', 'hear a', 'hear b', 'reconnecting'],
    ...['open b', 'live', 'hear c', 'reconnecting', 'open c'],
  ])
})

test('a gap means reading the list again', async () => {
  const { told } = await followThrough([{ text: 'event: gap\ndata: {}\n\n', ends: 'closes' }], {
    after: 'a',
  })
  expect(told.slice(0, 4)).toEqual(['connecting', 'open a', 'live', 'reread'])
})

test('a list that could not be read again is read by the next connection', async () => {
  const { told } = await followThrough(
    [
      { text: 'event: gap\ndata: {}\n\n', ends: 'closes' },
      { text: '', ends: 'closes' },
    ],
    { after: 'a', rereads: [refused(503)] },
  )
  expect(told).toEqual([
    ...['connecting', 'open a', 'live', 'reread', 'reconnecting'],
    ...['open null', 'reread', 'live', 'reconnecting', 'open null'],
  ])
})

test('a server in trouble is asked less and less often, at least twice a minute', async () => {
  const { waits } = await followThrough(Array.from({ length: 8 }, () => refused(503)))
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
})

test('a connection on which not even a heartbeat comes is given up', async () => {
  const { told } = await followThrough([{ text: line('a'), ends: 'stays open' }])
  expect(told.slice(-2)).toEqual(['reconnecting', 'open a'])
})

test.each([400, 401, 403, 404])('%i: whoever may not look does not ask again', async (status) => {
  const { told, waits } = await followThrough([refused(status), { text: '', ends: 'closes' }])
  expect(told).toEqual(['connecting', 'open null', 'over'])
  expect(waits).toEqual([])
})
