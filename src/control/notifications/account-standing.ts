import type { ControlParts } from '#control/operation.ts'
import { budgetOwnersWatchedMax } from '#domain/account-limits.ts'
import type { Account } from '#domain/accounts.ts'
import { hourOf } from '#domain/ledger/usage-hours.ts'
import { nanoUsd, zeroNanoUsd } from '#domain/money.ts'
import type { AccountStanding, BudgetOwner, ErrorCounts } from '#domain/notifications.ts'
import { hasSpendLimit, utcDayOf } from '#domain/spend-windows.ts'
import type { UsageLimits } from '#domain/usage-limits.ts'
import type { TrafficRow } from '#ports/usage-store.ts'

/** What is read of an account to know how it stands. */
export type StandingParts = Pick<
  ControlParts,
  'ledger' | 'budgets' | 'projects' | 'apiKeys' | 'usage' | 'clock'
>

const hourMs = 3_600_000

/** Reads how an account stands now, from sums that are kept anyway: no request waits for it. */
export async function readStanding(
  account: Account,
  parts: StandingParts,
): Promise<AccountStanding> {
  const { ledger, budgets, usage, clock } = parts
  const nowMs = clock.nowMs()
  const day = utcDayOf(nowMs)
  const balance = await ledger.balance(account.id)
  const limited = await limitedOwners(account, parts)
  const untilMs = hourOf(nowMs) + hourMs
  const traffic = await usage.traffic({
    ...{ accountId: account.id, interval: 'hour', untilMs },
    fromMs: untilMs - 26 * hourMs,
  })
  const latelyMs = untilMs - 2 * hourMs
  return {
    day,
    leftNanoUsd: nanoUsd((balance?.availableNanoUsd ?? 0n) + (balance?.heldNanoUsd ?? 0n)),
    hasCredit: (balance?.grantedNanoUsd ?? zeroNanoUsd) > 0n,
    budgets: await Promise.all(
      limited.map(async ({ owner, limits }) => ({
        owner,
        limits: limits.spendNanoUsd,
        spent: await budgets.spent(owner.id, day),
      })),
    ),
    lately: countsOf(traffic.filter(({ startMs }) => startMs >= latelyMs)),
    before: countsOf(traffic.filter(({ startMs }) => startMs < latelyMs)),
  }
}

async function limitedOwners(
  account: Account,
  { projects, apiKeys }: StandingParts,
): Promise<readonly { readonly owner: BudgetOwner; readonly limits: UsageLimits }[]> {
  const owners = [
    { owner: { id: account.id, name: account.displayName }, limits: account.limits },
    ...(await projects.list(account.id))
      .filter(({ archivedAt }) => archivedAt === null)
      .map(({ id, name, limits }) => ({ owner: { id, name }, limits })),
    ...(await apiKeys.list(account.id))
      .filter(({ revokedAt }) => revokedAt === null)
      .map(({ id, name, limits }) => ({ owner: { id, name }, limits })),
  ]
  return owners
    .flatMap(({ owner, limits }) =>
      limits !== null && hasSpendLimit(limits.spendNanoUsd) ? [{ owner, limits }] : [],
    )
    .slice(0, budgetOwnersWatchedMax)
}

/** Errors are what the account's programs saw as such, whoever's fault it was. */
function countsOf(rows: readonly TrafficRow[]): ErrorCounts {
  return rows.reduce(
    (sum, row) => ({
      requestCount: sum.requestCount + row.requestCount,
      errorCount: sum.errorCount + row.failedCount + row.refusedCount,
    }),
    { requestCount: 0, errorCount: 0 },
  )
}
