import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'
import type { AccountId } from '#domain/identifiers.ts'
import { hourOf } from '#domain/ledger/usage-hours.ts'
import { formatUsd, type NanoUsd, nanoUsd } from '#domain/money.ts'
import { utcDayOf } from '#domain/spend-windows.ts'
import { addTraffic, noTraffic, type TrafficSums } from '#domain/traffic/traffic.ts'
import type { TrafficRow, UsageRow } from '#ports/usage-store.ts'

import { viewTraffic } from './traffic-view.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const burnDays = 7

/** Shows where an account stands: what is left, how fast it goes, and whether anything is wrong. */
export function showOverview(
  parts: Pick<ControlParts, 'ledger' | 'budgets' | 'usage' | 'clock'>,
): Operation<typeof controlRoutes.showOverview> {
  const { ledger, budgets, clock } = parts
  return async ({ params }) => {
    const accountId = params.account_id
    const nowMs = clock.nowMs()
    const balance = await ledger.balance(accountId)
    if (balance === undefined) throw new Fault('account_not_found')
    const spent = await budgets.spent(accountId, utcDayOf(nowMs))
    const { week, hours, traffic } = await readSums(parts, accountId, nowMs)
    const today = Math.floor(nowMs / dayMs) * dayMs
    const left = balance.availableNanoUsd + balance.heldNanoUsd
    return {
      data: {
        as_of: new Date(nowMs).toISOString(),
        balance: {
          available: formatUsd(balance.availableNanoUsd),
          held: formatUsd(balance.heldNanoUsd),
          spent: formatUsd(balance.spentNanoUsd),
          granted: formatUsd(balance.grantedNanoUsd),
        },
        spend: { today: formatUsd(spent.day), month: formatUsd(spent.month) },
        today: viewTraffic(sumOf(traffic.filter(({ startMs }) => startMs >= today))),
        last_24_hours: viewTraffic(sumOf(traffic)),
        burn_rate: burnRate(week, { nowMs, left }),
        hourly: hourly(hours, traffic, nowMs),
      },
    }
  }
}

async function readSums(
  { usage }: Pick<ControlParts, 'usage'>,
  accountId: AccountId,
  nowMs: number,
) {
  const untilMs = hourOf(nowMs) + hourMs
  const everything = { groupBy: 'none', keyIds: null, models: null, providers: null } as const
  const day = { accountId, fromMs: untilMs - dayMs, untilMs, interval: 'hour' } as const
  const [week, hours, traffic] = await Promise.all([
    usage.usage({ ...day, ...everything, fromMs: untilMs - burnDays * dayMs }),
    usage.usage({ ...day, ...everything }),
    usage.traffic(day),
  ])
  return { week, hours, traffic }
}

function sumOf(rows: readonly TrafficRow[]): TrafficSums {
  return rows.reduce<TrafficSums>(addTraffic, noTraffic)
}

/** A young account is not told that it spends slowly: days before its first charge do not count. */
function burnRate(week: readonly UsageRow[], { nowMs, left }: { nowMs: number; left: bigint }) {
  const first = week[0]
  if (first === undefined) return { per_day: '0', days_left: null }
  const spent = week.reduce((sum, row) => sum + row.costNanoUsd, 0n)
  const hours = BigInt(Math.max(1, Math.ceil((nowMs - first.startMs) / hourMs)))
  const perDay: NanoUsd = nanoUsd((spent * 24n) / (hours < 24n ? 24n : hours))
  if (perDay === 0n) return { per_day: '0', days_left: null }
  const tenths = left <= 0n ? 0n : (left * 10n) / perDay
  return { per_day: formatUsd(perDay), days_left: Number(tenths) / 10 }
}

function hourly(usage: readonly UsageRow[], traffic: readonly TrafficRow[], nowMs: number) {
  const costs = new Map(usage.map((row) => [row.startMs, row.costNanoUsd]))
  const counts = new Map(traffic.map((row) => [row.startMs, row]))
  const firstMs = hourOf(nowMs) - 23 * hourMs
  return Array.from({ length: 24 }, (_, place) => {
    const startMs = firstMs + place * hourMs
    const row = counts.get(startMs)
    return {
      start: new Date(startMs).toISOString(),
      cost: formatUsd(costs.get(startMs) ?? nanoUsd(0n)),
      requests: row?.requestCount ?? 0,
      failed: row?.failedCount ?? 0,
    }
  })
}
