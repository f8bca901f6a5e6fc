import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { formatUsd } from '#domain/money.ts'

/** Recomputes the books from their entries. Finding a difference is an answer, not a failure. */
export function verifyLedger({
  ledger,
  clock,
}: Pick<ControlParts, 'ledger' | 'clock'>): Operation<typeof controlRoutes.verifyLedger> {
  return async () => {
    const differences = await ledger.verify()
    return {
      data: {
        checked_at: new Date(clock.nowMs()).toISOString(),
        balanced: differences.length === 0,
        differences: differences.map((difference) => ({
          invariant: difference.invariant,
          account_id: difference.accountId,
          detail: difference.detail,
          difference: formatUsd(difference.differenceNanoUsd),
        })),
      },
    }
  }
}
