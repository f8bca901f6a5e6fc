import type { ControlEvent } from '#control/operation.ts'
import {
  liveLinesPerReadMax,
  liveLinesRememberedMax,
  liveLingerMs,
  liveReadIntervalMs,
  liveStreamsMax,
  liveStreamsPerAccountMax,
} from '#domain/account-limits.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import { type AccountId, type GenerationId, isGenerationId } from '#domain/identifiers.ts'
import type { Clock } from '#ports/clock.ts'
import type { GenerationStore } from '#ports/generations.ts'

/** What is heard of an account: a new line, or that lines may have been missed and the list should be read. */
export type FeedEvent =
  | { readonly kind: 'request'; readonly record: GenerationRecord }
  | { readonly kind: 'gap' }
  | { readonly kind: 'closed' }

/** Somebody who wants to hear of an account's new lines. */
export interface FeedListener {
  readonly accountId: AccountId
  /** The last line that was heard before the connection broke; null: there was none. */
  readonly after: GenerationId | null
  readonly hear: (event: FeedEvent) => void
}

/** New lines of the request log, as they are written, for those who look. */
export interface RequestFeed {
  /**
   * Lets somebody hear, until the function that comes back is called. What came after `after` is heard at
   * once, if it is remembered; otherwise there is a gap. Undefined when too many listen.
   */
  readonly listen: (listener: FeedListener) => (() => void) | undefined
  /** Takes what the store announced: an account and ids of its lines, by spaces. Null: some were missed. */
  readonly announce: (payload: string | null) => void
  /** Ends every stream, and takes no more. */
  readonly close: () => void
}

/** One account that somebody looks at. */
interface Watched {
  readonly listeners: Set<FeedListener['hear']>
  remembered: GenerationRecord[]
  waiting: GenerationId[]
  isReading: boolean
  /** Ends the wait for somebody to come back. */
  forget: (() => void) | null
}

/** What a feed is made of. */
interface FeedParts {
  readonly generations: Pick<GenerationStore, 'findAll'>
  readonly clock: Pick<Clock, 'after'>
  readonly report: (event: ControlEvent) => void
}

/**
 * One source for each account, however many listen: announced lines are read together, at most four times a
 * second, and handed to everybody. Of a flood, the newest are heard, and that there was a gap. Nothing is
 * read for accounts that nobody looks at.
 */
export function createRequestFeed(parts: FeedParts): RequestFeed {
  const { clock } = parts
  const accounts = new Map<AccountId, Watched>()
  let isClosed = false
  let count = 0

  const read = readerOf(parts)
  const leave = (accountId: AccountId, watched: Watched) => {
    if (watched.listeners.size > 0 || watched.forget !== null) return
    // Whoever comes back within a while has missed nothing.
    watched.forget = clock.after(liveLingerMs, () => accounts.delete(accountId))
  }

  return {
    listen: ({ accountId, after, hear }) => {
      const watched = accounts.get(accountId) ?? fresh()
      const isFull = count >= liveStreamsMax || watched.listeners.size >= liveStreamsPerAccountMax
      if (isClosed || isFull) return undefined
      accounts.set(accountId, watched)
      watched.forget?.()
      watched.forget = null
      watched.listeners.add(hear)
      count += 1
      if (after !== null) catchUp(watched, after, hear)
      return () => {
        if (!watched.listeners.delete(hear)) return
        count -= 1
        leave(accountId, watched)
      }
    },
    announce: (payload) => {
      if (payload === null) {
        for (const watched of accounts.values()) missed(watched)
        return
      }
      const [accountId = '', ...ids] = payload.split(' ')
      const watched = accounts.get(accountId as AccountId)
      if (watched === undefined) return
      watched.waiting.push(...ids.filter(isGenerationId))
      void read(accountId as AccountId, watched)
    },
    close: () => {
      isClosed = true
      for (const watched of accounts.values()) tell(watched, { kind: 'closed' })
    },
  }
}

/** Reads what was announced of an account, for all who look: one read at a time, and a pause after it. */
function readerOf({ generations, clock, report }: FeedParts) {
  const read = async (accountId: AccountId, watched: Watched): Promise<void> => {
    if (watched.isReading || watched.waiting.length === 0) return
    watched.isReading = true
    const ids = watched.waiting.slice(-liveLinesPerReadMax)
    if (ids.length < watched.waiting.length) missed(watched)
    watched.waiting = []
    try {
      const found = await generations.findAll(ids, accountId)
      const byId = new Map(found.map((record) => [record.id, record]))
      for (const record of ids.flatMap((id) => byId.get(id) ?? [])) {
        watched.remembered.push(record)
        tell(watched, { kind: 'request', record })
      }
      watched.remembered = watched.remembered.slice(-liveLinesRememberedMax)
    } catch (error) {
      report({ kind: 'failed', path: 'request feed', error })
      missed(watched)
    }
    clock.after(liveReadIntervalMs, () => {
      watched.isReading = false
      void read(accountId, watched)
    })
  }
  return read
}

function tell({ listeners }: Watched, event: FeedEvent): void {
  for (const hear of [...listeners]) hear(event)
}

function missed(watched: Watched): void {
  watched.remembered = []
  tell(watched, { kind: 'gap' })
}

function fresh(): Watched {
  return { listeners: new Set(), remembered: [], waiting: [], isReading: false, forget: null }
}

function catchUp(watched: Watched, after: GenerationId, hear: FeedListener['hear']): void {
  const place = watched.remembered.findLastIndex(({ id }) => id === after)
  if (place === -1) {
    hear({ kind: 'gap' })
    return
  }
  for (const record of watched.remembered.slice(place + 1)) hear({ kind: 'request', record })
}
