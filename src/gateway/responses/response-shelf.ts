import type { AccountId, GenerationId } from '#domain/identifiers.ts'
import { contentQueueBytesMax, storedResponseWaitMsMax } from '#domain/limits.ts'
import type { GatewayLog } from '#gateway/log.ts'
import type { Clock } from '#ports/clock.ts'
import { VaultError, type ContentVault } from '#ports/content-vault.ts'
import { StoreUnavailable } from '#ports/store-error.ts'
import type { SealedResponse, StoredResponseStore } from '#ports/stored-responses.ts'

/** A response that may be asked for again. */
export interface StoredResponse {
  readonly id: GenerationId
  readonly accountId: AccountId
  readonly createdAtMs: number
  /** The ids of its output items. */
  readonly itemIds: readonly string[]
  /** JSON text of the list of items of the conversation up to it. */
  readonly input: string
  /** JSON text of the response object, as its client got it. */
  readonly response: string
}

/**
 * Stored responses: in this node's memory at once, in the store soon after, so that no answer waits for it.
 * A node that does not find one that is only seconds old waits a little for the node that has it.
 */
export interface ResponseShelf {
  /** False when there is no room: then it is not stored. */
  readonly keep: (response: StoredResponse) => boolean
  /** Another account's is not found. Throws `StoreUnavailable`. */
  readonly find: (id: GenerationId, accountId: AccountId) => Promise<StoredResponse | undefined>
  /** Those that hold any of these items, newest first, at most `limit`. Throws `StoreUnavailable`. */
  readonly findByItems: (
    accountId: AccountId,
    itemIds: readonly string[],
  ) => Promise<readonly StoredResponse[]>
  /** True when it was there. Throws `StoreUnavailable`. */
  readonly remove: (id: GenerationId, accountId: AccountId) => Promise<boolean>
  /** Resolves when everything kept so far is in the store, or `deadlineMs` have passed (false). */
  readonly flush: (deadlineMs: number) => Promise<boolean>
}

/** What a shelf needs. */
export interface ResponseShelfParts {
  readonly store: StoredResponseStore
  readonly vault: ContentVault
  readonly clock: Clock
  readonly log: GatewayLog
  readonly bytesMax?: number
}

const retryDelayMs = 1_000
const lookIntervalMs = 200
/** The node that made a response has written it down after this time, unless its store is away. */
const settledAfterMs = 10_000
/** The most responses that the items of one request may stand in. */
const responsesByItemsMax = 50

/** A shelf over a store. */
export function createResponseShelf(parts: ResponseShelfParts): ResponseShelf {
  return new MemoryShelf(parts)
}

class MemoryShelf implements ResponseShelf {
  readonly #parts: ResponseShelfParts
  readonly #bytesMax: number
  readonly #waiting = new Map<GenerationId, StoredResponse>()
  #waitingBytes = 0
  #work: Promise<void> | null = null
  /** What is being written at this moment. */
  #writing: { readonly id: GenerationId; readonly end: Promise<unknown> } | null = null

  constructor(parts: ResponseShelfParts) {
    this.#parts = parts
    this.#bytesMax = parts.bytesMax ?? contentQueueBytesMax
  }

  keep(response: StoredResponse): boolean {
    const bytes = bytesOf(response)
    if (this.#waitingBytes + bytes > this.#bytesMax) {
      this.#parts.log.warn('response_not_stored', { id: response.id, reason: 'the shelf is full' })
      return false
    }
    this.#waiting.set(response.id, response)
    this.#waitingBytes += bytes
    this.#work ??= this.#writeAll().finally(() => {
      this.#work = null
    })
    return true
  }

  async find(id: GenerationId, accountId: AccountId): Promise<StoredResponse | undefined> {
    return this.#lookUntil(isRecent(id, this.#parts.clock.nowMs()), async () => {
      const waiting = this.#waiting.get(id)
      if (waiting) return waiting.accountId === accountId ? waiting : undefined
      const sealed = await this.#parts.store.find(id, accountId)
      return sealed && this.#open(sealed)
    })
  }

  async findByItems(
    accountId: AccountId,
    itemIds: readonly string[],
  ): Promise<readonly StoredResponse[]> {
    const wanted = new Set(itemIds)
    const look = async () => {
      const waiting = [...this.#waiting.values()]
        .filter((response) => response.accountId === accountId)
        .filter((response) => response.itemIds.some((id) => wanted.has(id)))
      const sealed = await this.#parts.store.findByItems({
        accountId,
        itemIds,
        limit: responsesByItemsMax,
      })
      const known = new Set(waiting.map(({ id }) => id))
      const opened = await Promise.all(
        sealed.filter(({ id }) => !known.has(id)).map((one) => this.#open(one)),
      )
      const found = [...waiting, ...opened.filter((one) => one !== undefined)]
      const has = new Set(found.flatMap((response) => response.itemIds))
      return itemIds.every((id) => has.has(id)) ? found : undefined
    }
    return (await this.#lookUntil(true, look)) ?? []
  }

  async remove(id: GenerationId, accountId: AccountId): Promise<boolean> {
    const waiting = this.#waiting.get(id)
    if (waiting && waiting.accountId !== accountId) return false
    // What is being written now must be there before it can be removed.
    if (waiting) {
      this.#leave(waiting)
      if (this.#writing?.id === id) await this.#writing.end.catch(() => undefined)
    }
    const wasStored = await this.#parts.store.remove(id, accountId)
    return wasStored || waiting !== undefined
  }

  async flush(deadlineMs: number): Promise<boolean> {
    const work = this.#work
    if (!work) return true
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(deadlineMs, () => resolve(false))
      void work.then(() => {
        cancel()
        resolve(true)
      })
    })
  }

  /** Looks again for a while, where another node may not be done writing. */
  async #lookUntil<Found>(
    mayCome: boolean,
    look: () => Promise<Found | undefined>,
  ): Promise<Found | undefined> {
    const { clock } = this.#parts
    const deadlineMs = clock.monotonicMs() + storedResponseWaitMsMax
    for (;;) {
      const found = await look()
      if (found !== undefined || !mayCome || clock.monotonicMs() >= deadlineMs) return found
      await new Promise<void>((resolve) => clock.after(lookIntervalMs, resolve))
    }
  }

  async #writeAll(): Promise<void> {
    const { clock, log } = this.#parts
    // Not in the same turn: the answer goes out first.
    await new Promise<void>((resolve) => setImmediate(resolve))
    for (let [next] = this.#waiting.values(); next; [next] = this.#waiting.values()) {
      try {
        const end = this.#write(next)
        this.#writing = { id: next.id, end }
        await end
        this.#leave(next)
      } catch (error) {
        if (error instanceof StoreUnavailable) {
          log.warn('response_store_unavailable', { error: String(error) })
          await new Promise<void>((resolve) => clock.after(retryDelayMs, resolve))
        } else {
          log.warn('response_not_stored', { id: next.id, reason: String(error) })
          this.#leave(next)
        }
      }
    }
  }

  async #write(response: StoredResponse): Promise<void> {
    const { store, vault } = this.#parts
    const { id, accountId, createdAtMs, itemIds } = response
    const content = {
      id,
      accountId,
      streamed: false,
      request: Buffer.from(response.input),
      response: Buffer.from(response.response),
    }
    const sealed = await vault.seal(content, createdAtMs)
    const { keyVersion, request, response: output } = sealed
    // It may have been removed while it was sealed.
    if (!this.#waiting.has(id)) return
    await store.insert([
      { id, accountId, createdAtMs, keyVersion, itemIds, request, response: output },
    ])
  }

  #leave(response: StoredResponse): void {
    if (this.#waiting.delete(response.id)) this.#waitingBytes -= bytesOf(response)
  }

  async #open(sealed: SealedResponse): Promise<StoredResponse | undefined> {
    const { id, accountId, createdAtMs, itemIds } = sealed
    try {
      const opened = await this.#parts.vault.open({ ...sealed, streamed: false })
      const decoder = new TextDecoder()
      const input = decoder.decode(opened.request)
      return {
        id,
        accountId,
        createdAtMs,
        itemIds,
        input,
        response: decoder.decode(opened.response),
      }
    } catch (error) {
      if (!(error instanceof VaultError)) throw error
      this.#parts.log.alarm('response_unreadable', { id, error: error.message })
      return undefined
    }
  }
}

function bytesOf({ input, response }: StoredResponse): number {
  return (input.length + response.length) * 2
}

/** The second of a generation is in its id. */
function isRecent(id: GenerationId, nowMs: number): boolean {
  return nowMs - Number(id.slice('gen-'.length, 'gen-'.length + 10)) * 1000 < settledAfterMs
}
