import { setImmediate as nextTurn } from 'node:timers/promises'

import type { GenerationContent } from '#domain/generation.ts'
import type { GenerationId } from '#domain/identifiers.ts'
import { contentQueueBytesMax } from '#domain/limits.ts'
import type { Clock } from '#ports/clock.ts'
import type { ContentVault } from '#ports/content-vault.ts'
import type { GenerationStore, SealedContent } from '#ports/generations.ts'
import { StoreUnavailable } from '#ports/store-error.ts'

import type { GatewayLog } from './log.ts'

/**
 * Messages and outputs on their way to the store. They are sealed and written in the background, in
 * batches of what came within `gatherMs`, so no request waits for them; what does not fit into memory is
 * dropped, counted and reported.
 */
export interface ContentQueue {
  /** False when it was dropped. The bytes belong to the queue from then on. */
  readonly offer: (content: GenerationContent, createdAtMs: number) => boolean
  /** Content that waits here and may not be in the store yet. */
  readonly find: (id: GenerationId) => GenerationContent | undefined
  /** Resolves when everything offered so far is stored, or `deadlineMs` have passed (false). */
  readonly flush: (deadlineMs: number) => Promise<boolean>
  /** How many were dropped since the start. */
  readonly droppedCount: () => number
}

interface Entry {
  readonly content: GenerationContent
  readonly createdAtMs: number
  readonly byteLength: number
}

const batchEntriesMax = 256
const batchBytesMax = 4 * 1024 * 1024
const retryDelayMs = 1_000
/** A batch costs the store nearly the same for one row as for many. */
const gatherMs = 200
/** This many are sealed in about a millisecond. */
const sealedAtOnceMax = 16

/** A queue that holds at most `bytesMax` bytes (default: the product's limit). */
export function createContentQueue(parts: ContentQueueParts): ContentQueue {
  return new MemoryContentQueue(parts)
}

/** What a queue needs. */
interface ContentQueueParts {
  readonly vault: ContentVault
  readonly generations: Pick<GenerationStore, 'insertContent'>
  readonly clock: Clock
  readonly log: GatewayLog
  readonly bytesMax?: number
}

class MemoryContentQueue implements ContentQueue {
  readonly #parts: ContentQueueParts
  readonly #bytesMax: number
  #waiting: Entry[] = []
  readonly #listeners = new Set<() => void>()
  #waitingBytes = 0
  #droppedCount = 0
  #isRunning = false
  /** Ends the time in which others may join the first one; null while nobody waits for that. */
  #hurry: (() => void) | null = null

  constructor(parts: ContentQueueParts) {
    this.#parts = parts
    this.#bytesMax = parts.bytesMax ?? contentQueueBytesMax
  }

  offer(content: GenerationContent, createdAtMs: number): boolean {
    const byteLength = content.request.byteLength + content.response.byteLength
    if (this.#waitingBytes + byteLength > this.#bytesMax) {
      this.#drop('the queue is full')
      return false
    }
    this.#waiting.push({ content, createdAtMs, byteLength })
    this.#waitingBytes += byteLength
    if (!this.#isRunning) {
      this.#isRunning = true
      this.#gather()
    } else if (this.#isWorthBatch()) this.#hurry?.()
    return true
  }

  find(id: GenerationId): GenerationContent | undefined {
    return this.#waiting.findLast(({ content }) => content.id === id)?.content
  }

  flush(deadlineMs: number): Promise<boolean> {
    if (!this.#isRunning) return Promise.resolve(true)
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(deadlineMs, () => resolve(false))
      this.#listeners.add(() => {
        cancel()
        resolve(true)
      })
      this.#hurry?.()
    })
  }

  droppedCount(): number {
    return this.#droppedCount
  }

  #gather(): void {
    const begin = (): void => {
      cancel()
      this.#hurry = null
      // Not in the same turn: the answer goes out first.
      setImmediate(() => void this.#work())
    }
    const cancel = this.#parts.clock.after(gatherMs, begin)
    this.#hurry = begin
  }

  #isWorthBatch(): boolean {
    return this.#waiting.length >= batchEntriesMax || this.#waitingBytes >= batchBytesMax
  }

  /** Stores batch after batch while they are worth it or somebody waits; then lets others join again. */
  async #work(): Promise<void> {
    do await this.#storeBatch(this.#nextBatch())
    while (this.#waiting.length > 0 && (this.#isWorthBatch() || this.#listeners.size > 0))
    if (this.#waiting.length > 0) return this.#gather()
    this.#isRunning = false
    for (const listener of this.#listeners) listener()
    this.#listeners.clear()
  }

  async #storeBatch(batch: readonly Entry[]): Promise<void> {
    const { clock, log } = this.#parts
    for (let failures = 0; ; failures += 1) {
      try {
        await this.#store(await this.#seal(batch))
        return this.#leave(batch)
      } catch (error) {
        if (failures === 0) log.warn('content_store_unavailable', { error: String(error) })
        await new Promise<void>((resolve) => clock.after(retryDelayMs, resolve))
      }
    }
  }

  /** Drops what can never be sealed; rejects when the store of keys is down. */
  async #seal(batch: readonly Entry[]): Promise<readonly SealedContent[]> {
    const sealed: SealedContent[] = []
    for (let start = 0; start < batch.length; start += sealedAtOnceMax) {
      // Sealing works on the thread that serves: whoever came meanwhile is served in between.
      if (start > 0) await nextTurn()
      const slice = batch.slice(start, start + sealedAtOnceMax)
      const results = await Promise.allSettled(
        slice.map(({ content, createdAtMs }) => this.#parts.vault.seal(content, createdAtMs)),
      )
      for (const result of results) {
        if (result.status === 'fulfilled') sealed.push(result.value)
        else if (result.reason instanceof StoreUnavailable) throw result.reason
        else this.#drop(`it cannot be sealed: ${String(result.reason)}`)
      }
    }
    return sealed
  }

  /** Stores a batch; one row that the store refuses does not keep back the others. */
  async #store(sealed: readonly SealedContent[]): Promise<void> {
    if (sealed.length === 0) return
    try {
      await this.#parts.generations.insertContent(sealed)
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error
      if (sealed.length === 1) this.#drop(`it cannot be stored: ${String(error)}`)
      else for (const one of sealed) await this.#store([one])
    }
  }

  #nextBatch(): readonly Entry[] {
    const batch: Entry[] = []
    let byteLength = 0
    for (const entry of this.#waiting) {
      if (batch.length >= batchEntriesMax || byteLength >= batchBytesMax) break
      batch.push(entry)
      byteLength += entry.byteLength
    }
    return batch
  }

  /** A batch is always what waits longest. */
  #leave(batch: readonly Entry[]): void {
    this.#waiting = this.#waiting.slice(batch.length)
    for (const { byteLength } of batch) this.#waitingBytes -= byteLength
  }

  #drop(reason: string): void {
    this.#droppedCount += 1
    const droppedCount = this.#droppedCount
    this.#parts.log.warn('content_dropped', { reason, droppedCount })
  }
}
