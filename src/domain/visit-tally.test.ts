import { expect, test } from 'vitest'

import { makeVisitTally } from './visit-tally.ts'

const nowMs = 1_764_000_000_000

test('a network comes so often within a minute, and again in the next; others are not in its way', () => {
  const tally = makeVisitTally({ perMinute: 2, networks: 100 })
  const [one, other] = ['192.0.2.1', '198.51.100.1']
  expect([tally.take(one, nowMs), tally.take(one, nowMs)]).toEqual([null, null])
  expect(tally.take(one, nowMs + 20_000)).toBe(40)
  expect(tally.take(other, nowMs)).toBeNull()
  expect(tally.take(one, nowMs + 60_000)).toBeNull()
})

test('its memory is bounded, whoever comes', () => {
  const tally = makeVisitTally({ perMinute: 1, networks: 2 })
  for (const place of [1, 2, 3]) tally.take(`192.0.${place}.1`, nowMs)
  expect(tally.take('192.0.1.1', nowMs)).toBeNull()
})
