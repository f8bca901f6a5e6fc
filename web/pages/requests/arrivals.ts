import type { RequestRow } from './outcome-chip.tsx'

/** What came since the list was read: all newest first. */
export interface Arrivals {
  /** Shown above the list. */
  readonly shown: readonly RequestRow[]
  /** They wait until they are asked for: showing them would move what is being read. */
  readonly waiting: readonly RequestRow[]
  /** There is a hole between these and the list: to show them is to read the list anew. */
  readonly isTorn: boolean
}

/** Nothing came yet. */
export const noArrivals: Arrivals = { shown: [], waiting: [], isTorn: false }

/** More than these above the list, and it is read anew: a page that is open for days does not grow for days. */
export const arrivalsMax = 500

/** A line that came by the stream. A line that is known is not told twice. */
export function withArrival(before: Arrivals, row: RequestRow): Arrivals {
  if ([...before.shown, ...before.waiting].some(({ id }) => id === row.id)) return before
  const waiting = [row, ...before.waiting]
  const isTorn = before.isTorn || waiting.length + before.shown.length > arrivalsMax
  return { ...before, waiting: waiting.slice(0, arrivalsMax), isTorn }
}

/**
 * The head of the list as it was read again, when lines may have been missed. Where it does not reach what
 * is known, there is a hole.
 */
export function withHead(
  before: Arrivals,
  head: { readonly rows: readonly RequestRow[]; readonly hasMore: boolean },
  isListed: (id: string) => boolean,
): Arrivals {
  const arrived = new Set([...before.shown, ...before.waiting].map(({ id }) => id))
  const fresh = head.rows.filter(({ id }) => !arrived.has(id) && !isListed(id))
  const reachesKnown = fresh.length < head.rows.length || !head.hasMore
  if (!reachesKnown) return { shown: before.shown, waiting: fresh, isTorn: true }
  return { ...before, waiting: [...fresh, ...before.waiting] }
}

/** What waited is shown above the list. Only where there is no hole. */
export function withWaitingShown({ shown, waiting }: Arrivals): Arrivals {
  return { shown: [...waiting, ...shown], waiting: [], isTorn: false }
}

/**
 * The list was read anew: what was known when the reading began is in it, further down if not at its head.
 * What came since still waits.
 */
export function withListAnew(
  { waiting }: Arrivals,
  { before, head }: { before: Arrivals; head: readonly RequestRow[] },
): Arrivals {
  const known = new Set([...before.shown, ...before.waiting, ...head].map(({ id }) => id))
  return { shown: [], waiting: waiting.filter(({ id }) => !known.has(id)), isTorn: false }
}
