import { expect, test } from 'vitest'

import { exactMoment, readableSpan, relativeMoment } from './moments.ts'

const nowMs = Date.UTC(2026, 10, 26, 12, 0, 0)

test.each([
  [0, 'just now'],
  [4_000, '4 s ago'],
  [61_000, '1 min ago'],
  [3 * 3_600_000, '3 h ago'],
  [26 * 3_600_000, '1 day ago'],
  [20 * 86_400_000, '20 days ago'],
  [60 * 86_400_000, '2026-09-27'],
  [-3 * 86_400_000, 'in 3 days'],
])('%s ms before now reads "%s"', (ageMs, text) => {
  expect(relativeMoment(nowMs - ageMs, nowMs, 'utc')).toBe(text)
})

test('the exact moment has milliseconds and its zone', () => {
  expect(exactMoment(nowMs + 7_512, 'utc')).toBe('2026-11-26 12:00:07.512 UTC')
})

test.each([
  [0.4, '0.4 ms'],
  [84.3, '84 ms'],
  [1_243, '1.24 s'],
  [12_300, '12.3 s'],
  [125_000, '2 min 5 s'],
])('a span of %s ms reads "%s"', (spanMs, text) => {
  expect(readableSpan(spanMs)).toBe(text)
})
