import { type NanoUsd, nanoUsd } from './money.ts'

/** A calendar day in UTC, `YYYY-MM-DD`. Days compare as texts. */
export type UtcDay = `${string}-${string}-${string}`

/**
 * How long a spend limit counts before it starts anew: a UTC day, a week from Monday to Sunday, a calendar
 * month, or never.
 */
export type SpendWindow = 'day' | 'week' | 'month' | 'total'

/** Every window, from the shortest to the longest: a longer one never ends before a day that it holds. */
export const spendWindows = ['day', 'week', 'month', 'total'] as const

/** One amount for each window. */
export type WindowAmounts = Readonly<Record<SpendWindow, NanoUsd>>

/** The most that may be spent in each window; null is no limit. */
export type SpendLimits = Readonly<Record<SpendWindow, NanoUsd | null>>

/** Days from `from` up to, but not including, `until`. Null has no bound on that side. */
export interface DaySpan {
  readonly from: UtcDay | null
  readonly until: UtcDay | null
}

const dayMs = 86_400_000
/** The first of January 1970 was a Thursday. */
const daysFromMondayToEpoch = 3

/** The UTC day of a moment. */
export function utcDayOf(nowMs: number): UtcDay {
  return dayOfNumber(Math.floor(nowMs / dayMs))
}

/** The days of the window that this day falls into. */
export function spanOf(window: SpendWindow, day: UtcDay): DaySpan {
  const number = numberOf(day)
  switch (window) {
    case 'day':
      return { from: day, until: dayOfNumber(number + 1) }
    case 'week': {
      const monday = number - ((number + daysFromMondayToEpoch) % 7)
      return { from: dayOfNumber(monday), until: dayOfNumber(monday + 7) }
    }
    case 'month': {
      const [year, month] = [Number(day.slice(0, 4)), Number(day.slice(5, 7))]
      const next = month === 12 ? `${pad(year + 1, 4)}-01` : `${pad(year, 4)}-${pad(month + 1, 2)}`
      return { from: `${pad(year, 4)}-${pad(month, 2)}-01`, until: `${next}-01` as UtcDay }
    }
    case 'total':
      return { from: null, until: null }
  }
}

/** True when the span holds the day. */
export function isWithin({ from, until }: DaySpan, day: UtcDay): boolean {
  return (from === null || from <= day) && (until === null || day < until)
}

/** When the window that this day falls into is over and its limit counts anew; null: never. */
export function resetOf(window: SpendWindow, day: UtcDay): Date | null {
  const { until } = spanOf(window, day)
  return until === null ? null : new Date(until)
}

/** How one limit stands: `takenNanoUsd` is what is spent in its window, and what requests under way hold. */
export interface WindowStanding {
  readonly window: SpendWindow
  readonly limitNanoUsd: NanoUsd
  readonly takenNanoUsd: NanoUsd
  /** Below zero when more was spent than the limit allows now: it was lowered, or set late. */
  readonly leftNanoUsd: NanoUsd
}

/** The limit that leaves the least; of equal ones, the longest window. Undefined where nothing is limited. */
export function tightestWindow(
  limits: SpendLimits,
  taken: WindowAmounts,
): WindowStanding | undefined {
  let tightest: WindowStanding | undefined
  for (const window of spendWindows) {
    const limitNanoUsd = limits[window]
    if (limitNanoUsd === null) continue
    const takenNanoUsd = taken[window]
    const leftNanoUsd = nanoUsd(limitNanoUsd - takenNanoUsd)
    if (tightest === undefined || leftNanoUsd <= tightest.leftNanoUsd) {
      tightest = { window, limitNanoUsd, takenNanoUsd, leftNanoUsd }
    }
  }
  return tightest
}

/** Sums amounts of days into the windows that `day` falls into. */
export function sumByWindow(
  day: UtcDay,
  amounts: Iterable<{ readonly day: UtcDay; readonly amountNanoUsd: bigint }>,
): WindowAmounts {
  const sums = { day: 0n, week: 0n, month: 0n, total: 0n }
  const spans = spendWindows.map((window) => ({ window, span: spanOf(window, day) }))
  for (const one of amounts) {
    for (const { window, span } of spans) {
      if (isWithin(span, one.day)) sums[window] += one.amountNanoUsd
    }
  }
  return {
    day: nanoUsd(sums.day),
    week: nanoUsd(sums.week),
    month: nanoUsd(sums.month),
    total: nanoUsd(sums.total),
  }
}

/** True when at least one window is limited. */
export function hasSpendLimit(limits: SpendLimits): boolean {
  return spendWindows.some((window) => limits[window] !== null)
}

function numberOf(day: UtcDay): number {
  return Date.parse(day) / dayMs
}

function dayOfNumber(number: number): UtcDay {
  return new Date(number * dayMs).toISOString().slice(0, 10) as UtcDay
}

function pad(value: number, length: number): string {
  return String(value).padStart(length, '0')
}
