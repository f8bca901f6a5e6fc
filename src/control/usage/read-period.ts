import { Fault } from '#domain/faults.ts'
import type { AccountId } from '#domain/identifiers.ts'
import { hourOf } from '#domain/ledger/usage-hours.ts'
import { usagePeriodDaysMax, usagePeriodHoursMax } from '#domain/limits.ts'
import type { UsageInterval, UsagePeriod } from '#ports/usage-store.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const usualDays = 30

/**
 * The period that a query means, in whole hours. Throws a fault for one that ends before it begins, or is
 * longer than its rows allow.
 */
export function readPeriod(
  accountId: AccountId,
  query: { from?: string | undefined; until?: string | undefined; interval: UsageInterval },
  nowMs: number,
): UsagePeriod {
  const { interval } = query
  const untilMs =
    query.until === undefined ? hourOf(nowMs) + hourMs : roundUp(Date.parse(query.until))
  const fromMs =
    query.from === undefined
      ? Math.floor((untilMs - usualDays * dayMs) / dayMs) * dayMs
      : hourOf(Date.parse(query.from))
  if (fromMs >= untilMs) throw refusal('from: The period ends before it begins.')
  const longestMs = interval === 'hour' ? usagePeriodHoursMax * hourMs : usagePeriodDaysMax * dayMs
  if (untilMs - fromMs > longestMs) {
    const most =
      interval === 'hour'
        ? `${usagePeriodHoursMax / 24} days by the hour`
        : `${usagePeriodDaysMax} days`
    throw refusal(`from: The period is longer than ${most}.`)
  }
  return { accountId, fromMs, untilMs, interval }
}

function roundUp(ms: number): number {
  return hourOf(ms + hourMs - 1)
}

function refusal(detail: string): Fault {
  return new Fault('invalid_request', { param: 'from', details: { detail } })
}
