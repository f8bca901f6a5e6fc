import { expect, test } from 'vitest'

import {
  type Arrivals,
  arrivalsMax,
  noArrivals,
  withArrival,
  withHead,
  withListAnew,
  withWaitingShown,
} from './arrivals.ts'
import type { RequestRow } from './outcome-chip.tsx'

const row = (id: string) => ({ id }) as RequestRow
const rows = (...ids: string[]) => ids.map(row)
const idsOf = (list: readonly RequestRow[]) => list.map(({ id }) => id)
const listed = (...ids: string[]) => {
  const known = new Set(ids)
  return (id: string) => known.has(id)
}

test('what arrives waits, newest first, and a line that came twice is there once', () => {
  let arrivals = noArrivals
  for (const id of ['a', 'b', 'a']) arrivals = withArrival(arrivals, row(id))
  expect(idsOf(arrivals.waiting)).toEqual(['b', 'a'])
  const shown = withWaitingShown(arrivals)
  expect([idsOf(shown.shown), shown.waiting]).toEqual([['b', 'a'], []])
  expect(withArrival(shown, row('b'))).toBe(shown)
})

test('a list that is read again brings what was missed, and nothing that is known', () => {
  const before: Arrivals = { shown: rows('b'), waiting: rows('d'), isTorn: false }
  const head = { rows: rows('e', 'd', 'c', 'b', 'a'), hasMore: true }
  const after = withHead(before, head, listed('a'))
  expect(idsOf(after.waiting)).toEqual(['e', 'c', 'd'])
  expect(after.isTorn).toBe(false)
})

test('a head that does not reach what is known leaves a hole; the whole list cannot', () => {
  const known = listed('a')
  expect(withHead(noArrivals, { rows: rows('z', 'y'), hasMore: true }, known)).toEqual({
    ...{ shown: [], waiting: rows('z', 'y'), isTorn: true },
  })
  expect(withHead(noArrivals, { rows: rows('b'), hasMore: false }, listed()).isTorn).toBe(false)
})

test('a page that is open for days does not grow for days', () => {
  let arrivals = noArrivals
  for (let count = 0; count < 2 * arrivalsMax; count += 1) {
    arrivals = withArrival(arrivals, row(String(count)))
  }
  expect(arrivals.waiting.length).toBe(arrivalsMax)
  expect(arrivals.isTorn).toBe(true)
})

test('after the list was read anew, only what came meanwhile waits', () => {
  const before: Arrivals = { shown: rows('b'), waiting: rows('c'), isTorn: true }
  const now = withArrival(withArrival(before, row('d')), row('e'))
  expect(withListAnew(now, { before, head: rows('d', 'c') })).toEqual({
    ...{ shown: [], waiting: rows('e'), isTorn: false },
  })
})
