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
 * batches, so no request waits for them; what does not fit into memory is dropped, counted and reported.
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

const batchEntriesMax = 64
const batchBytesMax = 4 * 1024 * 1024
const retryDelayMs = 1_000

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
  readonly #waiting = new Map<GenerationId, Entry>()
  readonly #listeners = new Set<() => void>()
  #waitingBytes = 0
  #droppedCount = 0
  #isRunning = false

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
    this.#waiting.set(content.id, { content, createdAtMs, byteLength })
    this.#waitingBytes += byteLength
    if (!this.#isRunning) {
      this.#isRunning = true
      // Not in the same turn: the answer goes out first, and others join the batch.
      setImmediate(() => void this.#work())
    }
    return true
  }

  find(id: GenerationId): GenerationContent | undefined {
    return this.#waiting.get(id)?.content
  }

  flush(deadlineMs: number): Promise<boolean> {
    if (!this.#isRunning) return Promise.resolve(true)
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(deadlineMs, () => resolve(false))
      this.#listeners.add(() => {
        cancel()
        resolve(true)
      })
    })
  }

  droppedCount(): number {
    return this.#droppedCount
  }

  async #work(): Promise<void> {
    const { clock, log } = this.#parts
    let failing = false
    for (let batch = this.#nextBatch(); batch.length > 0; batch = this.#nextBatch()) {
      try {
        await this.#store(await this.#seal(batch))
        this.#leave(batch)
        failing = false
      } catch (error) {
        if (!failing) log.warn('content_store_unavailable', { error: String(error) })
        failing = true
        await new Promise<void>((resolve) => clock.after(retryDelayMs, resolve))
      }
    }
    this.#isRunning = false
    for (const listener of this.#listeners) listener()
    this.#listeners.clear()
  }

  /** Drops what can never be sealed; rejects when the store of keys is down. */
  async #seal(batch: readonly Entry[]): Promise<readonly SealedContent[]> {
    const results = await Promise.allSettled(
      batch.map(({ content, createdAtMs }) => this.#parts.vault.seal(content, createdAtMs)),
    )
    const sealed: SealedContent[] = []
    for (const result of results) {
      if (result.status === 'fulfilled') sealed.push(result.value)
      else if (result.reason instanceof StoreUnavailable) throw result.reason
      else this.#drop(`it cannot be sealed: ${String(result.reason)}`)
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
    for (const entry of this.#waiting.values()) {
      if (batch.length >= batchEntriesMax || byteLength >= batchBytesMax) break
      batch.push(entry)
      byteLength += entry.byteLength
    }
    return batch
  }

  #leave(batch: readonly Entry[]): void {
    for (const entry of batch) {
      if (this.#waiting.delete(entry.content.id)) this.#waitingBytes -= entry.byteLength
    }
  }

  #drop(reason: string): void {
    this.#droppedCount += 1
    const droppedCount = this.#droppedCount
    this.#parts.log.warn('content_dropped', { reason, droppedCount })
  }
}
