import { expect, test } from 'vitest'

import { queryOf, readRequestsSearch } from './requests-search.ts'

test('a link brings the same filters back', () => {
  const search = { outcome: 'refused', status: '429', last: '24h', sort: 'cost', cost_min: '0.01' }
  expect(readRequestsSearch(search)).toEqual(search)
})

test('a broken or hostile link narrows nothing', () => {
  expect(
    readRequestsSearch({
      sort: 'evil',
      outcome: { a: 1 },
      last: '9y',
      __proto__: { id: 'x' },
      x: 1,
    }),
  ).toEqual({})
})

test('a number in the address is the text it was', () => {
  expect(readRequestsSearch({ status: 429 })).toEqual({ status: '429' })
})

test('a moving span asks from a whole minute on, so that its answers can be kept', () => {
  const nowMs = Date.UTC(2026, 10, 26, 12, 0, 31)
  expect(queryOf({ last: '1h' }, nowMs)).toEqual({ from: '2026-11-26T11:00:00.000Z' })
})
