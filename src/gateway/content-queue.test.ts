import { setImmediate as nextTurn } from 'node:timers/promises'

import { describe, expect, test } from 'vitest'

import { makeMemoryGenerationStore } from '#adapters/memory/generations.ts'
import type { GenerationContent } from '#domain/generation.ts'
import type { GenerationId } from '#domain/identifiers.ts'
import type { ContentVault } from '#ports/content-vault.ts'
import type { SealedContent } from '#ports/generations.ts'
import { StoreUnavailable } from '#ports/store-error.ts'
import { realClock } from '#test/gateway/gateway-world.ts'
import { until } from '#test/server/until.ts'

import { createContentQueue } from './content-queue.ts'

const vault: ContentVault = {
  seal: async (content, createdAtMs) => ({ ...content, createdAtMs, keyVersion: 1 }),
  open: async (sealed) => sealed,
}

function content(number: number, byteLength = 10): GenerationContent {
  const id: GenerationId = `gen-1700000000-${String(number).padStart(20, '0')}`
  const bytes = new Uint8Array(byteLength / 2)
  return { id, accountId: 'acct_a', request: bytes, response: bytes, streamed: false }
}

function makeQueue(
  options: {
    vault?: ContentVault
    bytesMax?: number
    isDown?: () => boolean
    clock?: typeof realClock
  } = {},
) {
  const inserted: SealedContent[][] = []
  const events: string[] = []
  const generations = {
    ...makeMemoryGenerationStore(),
    insertContent: async (contents: readonly SealedContent[]) => {
      if (options.isDown?.()) throw new StoreUnavailable('down')
      inserted.push([...contents])
    },
  }
  const log = { warn: (event: string) => void events.push(event), alarm: () => undefined }
  const queue = createContentQueue({
    ...{ vault: options.vault ?? vault, generations, clock: options.clock ?? realClock, log },
    ...(options.bytesMax === undefined ? {} : { bytesMax: options.bytesMax }),
  })
  return { queue, inserted, events }
}

describe('the queue', () => {
  test('writes everything, in batches, and can be read until it is written', async () => {
    const { queue, inserted } = makeQueue()
    for (let number = 0; number < 200; number += 1) queue.offer(content(number), 1)
    expect(queue.find(content(7).id)?.accountId).toBe('acct_a')
    expect(await queue.flush(5_000)).toBe(true)
    expect(inserted.flat()).toHaveLength(200)
    expect(inserted.length).toBeLessThan(10)
    expect(queue.find(content(7).id)).toBeUndefined()
  })

  test('drops what does not fit, and counts it', async () => {
    const { queue, inserted, events } = makeQueue({ bytesMax: 100 })
    expect(queue.offer(content(1, 80), 1)).toBe(true)
    expect(queue.offer(content(2, 80), 1)).toBe(false)
    expect(queue.droppedCount()).toBe(1)
    expect(events).toEqual(['content_dropped'])
    await queue.flush(5_000)
    expect(queue.offer(content(3, 80), 1)).toBe(true)
    await queue.flush(5_000)
    expect(inserted.flat()).toHaveLength(2)
  })

  test('waits for a store that is down, and loses nothing', async () => {
    let isDown = true
    const { queue, inserted } = makeQueue({ isDown: () => isDown })
    queue.offer(content(1), 1)
    expect(await queue.flush(100)).toBe(false)
    isDown = false
    expect(await queue.flush(5_000)).toBe(true)
    expect(inserted.flat()).toHaveLength(1)
  })

  test('one entry that cannot be sealed does not hold up the others', async () => {
    const broken: ContentVault = {
      ...vault,
      seal: (each, createdAtMs) =>
        each.id === content(1).id
          ? Promise.reject(new TypeError('no'))
          : vault.seal(each, createdAtMs),
    }
    const { queue, inserted } = makeQueue({ vault: broken })
    for (let number = 0; number < 3; number += 1) queue.offer(content(number), 1)
    expect(await queue.flush(5_000)).toBe(true)
    expect(inserted.flat().map(({ id }) => id)).toEqual([content(0).id, content(2).id])
    expect(queue.droppedCount()).toBe(1)
  })

  test('one row that the store refuses does not keep back the others', async () => {
    const inserted: string[] = []
    const generations = {
      ...makeMemoryGenerationStore(),
      insertContent: async (contents: readonly SealedContent[]) => {
        if (contents.some(({ id }) => id === content(1).id)) throw new TypeError('no such account')
        inserted.push(...contents.map(({ id }) => id))
      },
    }
    const log = { warn: () => undefined, alarm: () => undefined }
    const queue = createContentQueue({ vault, generations, clock: realClock, log })
    for (let number = 0; number < 3; number += 1) queue.offer(content(number), 1)
    expect(await queue.flush(5_000)).toBe(true)
    expect(inserted.toSorted()).toEqual([content(0).id, content(2).id])
    expect(queue.droppedCount()).toBe(1)
  })

  test('lets others join for a moment, and a full batch does not wait for it', async () => {
    const clock = { ...realClock, after: () => () => undefined }
    const { queue, inserted } = makeQueue({ clock })
    for (let number = 0; number < 255; number += 1) queue.offer(content(number), 1)
    await nextTurn()
    expect(inserted).toEqual([])
    queue.offer(content(255), 1)
    await until(() => (queue.find(content(255).id) ? undefined : true), {
      timeoutMs: 5_000,
      what: 'the batch is stored',
    })
    expect(inserted.map((batch) => batch.length)).toEqual([256])
  })

  test('an empty one is flushed at once', async () => {
    expect(await makeQueue().queue.flush(1)).toBe(true)
  })
})
