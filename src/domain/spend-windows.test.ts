import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { nanoUsd } from './money.ts'
import {
  isWithin,
  resetOf,
  spanOf,
  spendWindows,
  sumByWindow,
  tightestWindow,
  type UtcDay,
  utcDayOf,
} from './spend-windows.ts'

const dayMs = 86_400_000
const moments = fc.integer({ min: 0, max: Date.parse('2199-12-31T23:59:59.999Z') })

/** Every day from 1970 to 2110: all leap years there are, and 2100, which is none. */
const allDays = Array.from({ length: 51_000 }, (_, number) => number * dayMs)

describe('a UTC day', () => {
  test('is the day of every moment from midnight to the last millisecond before the next', () => {
    for (const startMs of allDays) {
      const day = utcDayOf(startMs)
      if (utcDayOf(startMs + dayMs - 1) !== day) expect.fail(day)
      if (new Date(startMs).toISOString().slice(0, 10) !== day) expect.fail(day)
    }
  })

  test('holds at the seconds around midnight', () => {
    expect(utcDayOf(Date.parse('2026-12-31T23:59:59.999Z'))).toBe('2026-12-31')
    expect(utcDayOf(Date.parse('2027-01-01T00:00:00.000Z'))).toBe('2027-01-01')
  })
})

describe('windows', () => {
  test('every day lies in its own windows, and a window is the same for all its days', () => {
    for (const startMs of allDays) {
      const day = utcDayOf(startMs)
      const next = utcDayOf(startMs + dayMs)
      for (const window of spendWindows) {
        const span = spanOf(window, day)
        if (!isWithin(span, day)) expect.fail(`${day} is not within its own ${window}`)
        const ofNext = spanOf(window, next)
        const isSame = span.from === ofNext.from && span.until === ofNext.until
        if (isWithin(span, next) !== isSame) expect.fail(`${window} of ${day} and ${next}`)
        if (!isSame && span.until !== ofNext.from) expect.fail(`a gap after ${day}`)
      }
    }
  })

  test('a week is seven days from a Monday', () => {
    for (const startMs of allDays) {
      const { from, until } = spanOf('week', utcDayOf(startMs))
      if (from === null || until === null) return expect.fail('a week has two ends')
      if (new Date(from).getUTCDay() !== 1) expect.fail(from)
      if (Date.parse(until) - Date.parse(from) !== 7 * dayMs) expect.fail(from)
    }
  })

  test('a month begins on its first day', () => {
    for (const startMs of allDays) {
      const day = utcDayOf(startMs)
      const { from, until } = spanOf('month', day)
      if (from !== `${day.slice(0, 7)}-01` || until?.slice(8) !== '01') expect.fail(day)
    }
  })

  test.each([
    ['2026-11-22', 'week', '2026-11-16', '2026-11-23'],
    ['2026-11-23', 'week', '2026-11-23', '2026-11-30'],
    ['2027-01-01', 'week', '2026-12-28', '2027-01-04'],
    ['2028-02-29', 'month', '2028-02-01', '2028-03-01'],
    ['2026-12-31', 'month', '2026-12-01', '2027-01-01'],
    ['2026-12-31', 'day', '2026-12-31', '2027-01-01'],
  ] as const)('%s in its %s: from %s until %s', (day, window, from, until) => {
    expect(spanOf(window, day)).toEqual({ from, until })
    expect(resetOf(window, day)).toEqual(new Date(`${until}T00:00:00.000Z`))
  })

  test('the total never starts anew', () => {
    expect(spanOf('total', '2026-11-22')).toEqual({ from: null, until: null })
    expect(resetOf('total', '2026-11-22')).toBeNull()
  })
})

describe('sums', () => {
  const amounts = fc.array(
    fc.record({
      day: moments.map((ms): UtcDay => utcDayOf(ms)),
      amountNanoUsd: fc.bigInt({ min: 0n, max: 10n ** 15n }),
    }),
    { maxLength: 20 },
  )

  test('a longer window never holds less than the day, and the total holds everything', () => {
    fc.assert(
      fc.property(moments, amounts, (nowMs, given) => {
        const sums = sumByWindow(utcDayOf(nowMs), given)
        const total = given.reduce((sum, { amountNanoUsd }) => sum + amountNanoUsd, 0n)
        expect(sums.total).toBe(total)
        expect(sums.week).toBeGreaterThanOrEqual(sums.day)
        expect(sums.month).toBeGreaterThanOrEqual(sums.day)
        expect(sums.total).toBeGreaterThanOrEqual(sums.week)
        expect(sums.total).toBeGreaterThanOrEqual(sums.month)
      }),
    )
  })

  test('the tightest limit is the one that leaves the least; of equals, the one that lasts longer', () => {
    const taken = { day: nanoUsd(3n), week: nanoUsd(3n), month: nanoUsd(8n), total: nanoUsd(9n) }
    const limits = { day: nanoUsd(10n), week: null, month: nanoUsd(12n), total: nanoUsd(13n) }
    expect(tightestWindow(limits, taken)).toEqual({
      window: 'total',
      limitNanoUsd: 13n,
      takenNanoUsd: 9n,
      leftNanoUsd: 4n,
    })
    const none = { day: null, week: null, month: null, total: null }
    expect(tightestWindow(none, taken)).toBeUndefined()
    expect(tightestWindow({ ...none, day: nanoUsd(1n) }, taken)?.leftNanoUsd).toBe(-2n)
  })
})
