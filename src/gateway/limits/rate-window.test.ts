import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { rateWindowMs } from '#domain/limits.ts'

import { RateWindow, slotOf } from './rate-window.ts'

/** One attempt to count something, so many milliseconds after the one before. */
const attempts = fc.array(
  fc.record({
    afterMs: fc.oneof(
      fc.integer({ min: 0, max: 300 }),
      fc.double({ min: 0, max: 3_000, noNaN: true }),
      fc.integer({ min: 50_000, max: 70_000 }),
      fc.integer({ min: 0, max: 400_000 }),
    ),
    amount: fc.integer({ min: 1, max: 5 }),
  }),
  { maxLength: 200 },
)

interface Counted {
  readonly atMs: number
  readonly amount: number
}

/** Counts every attempt that fits under the limit, as the limiter does. */
function countWhatFits(
  limit: number,
  tried: readonly { afterMs: number; amount: number }[],
): { counted: Counted[]; window: RateWindow; nowMs: number } {
  const window = new RateWindow()
  const counted: Counted[] = []
  let nowMs = 0
  for (const { afterMs, amount } of tried) {
    nowMs += afterMs
    if (window.sumAt(slotOf(nowMs)) + amount > limit) continue
    window.add(slotOf(nowMs), amount)
    counted.push({ atMs: nowMs, amount })
  }
  return { counted, window, nowMs }
}

function sumWithin(counted: readonly Counted[], fromMs: number, toMs: number): number {
  return counted
    .filter(({ atMs }) => atMs > fromMs && atMs <= toMs)
    .reduce((sum, { amount }) => sum + amount, 0)
}

describe('a window of one minute', () => {
  test('in any 60 seconds whatever, no more than the limit is counted', () => {
    fc.assert(
      fc.property(attempts, fc.integer({ min: 1, max: 20 }), (tried, limit) => {
        const { counted } = countWhatFits(limit, tried)
        for (const { atMs } of counted) {
          expect(sumWithin(counted, atMs - rateWindowMs, atMs)).toBeLessThanOrEqual(limit)
          expect(sumWithin(counted, atMs - 1e-6, atMs + rateWindowMs - 2e-6)).toBeLessThanOrEqual(
            limit,
          )
        }
      }),
    )
  })

  test('what is older than 61 seconds is no longer counted', () => {
    fc.assert(
      fc.property(attempts, (tried) => {
        const { counted, window, nowMs } = countWhatFits(1_000, tried)
        const sum = window.sumAt(slotOf(nowMs))
        expect(sum).toBeGreaterThanOrEqual(sumWithin(counted, nowMs - rateWindowMs, nowMs))
        expect(sum).toBeLessThanOrEqual(sumWithin(counted, nowMs - rateWindowMs - 1_000, nowMs))
      }),
    )
  })

  test('waiting as long as it says is enough, and not a second too long', () => {
    fc.assert(
      fc.property(attempts, fc.integer({ min: 0, max: 30 }), (tried, target) => {
        const { window, nowMs } = countWhatFits(40, tried)
        const waitMs = window.msUntil(target, nowMs)
        expect(waitMs).toBeGreaterThanOrEqual(0)
        expect(waitMs).toBeLessThanOrEqual(61_000)
        if (waitMs > 0) {
          expect(window.sumAt(slotOf(nowMs + waitMs - 0.001))).toBeGreaterThan(target)
        }
        expect(window.sumAt(slotOf(nowMs + waitMs + 0.001))).toBeLessThanOrEqual(target)
      }),
    )
  })

  test('a correction moves the slot in which it was counted, and nothing once that has left', () => {
    const window = new RateWindow()
    window.add(slotOf(10_000), 500)
    window.add(slotOf(40_000), 100)
    window.add(slotOf(10_000), -450)
    expect(window.sumAt(slotOf(69_999))).toBe(150)
    expect(window.sumAt(slotOf(71_000))).toBe(100)
    window.add(slotOf(10_000), -50)
    expect(window.sumAt(slotOf(71_000))).toBe(100)
    expect(window.sumAt(slotOf(1_000_000))).toBe(0)
  })
})
