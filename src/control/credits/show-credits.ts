import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'
import { formatUsd } from '#domain/money.ts'

import { viewGrant } from './grant-view.ts'

/** Shows what an account has and where it comes from. */
export function showCredits({
  ledger,
}: Pick<ControlParts, 'ledger'>): Operation<typeof controlRoutes.showCredits> {
  return async ({ params }) => {
    const balance = await ledger.balance(params.account_id)
    if (balance === undefined) throw new Fault('account_not_found')
    const grants = await ledger.grants(params.account_id)
    return {
      data: {
        account_id: params.account_id,
        available: formatUsd(balance.availableNanoUsd),
        held: formatUsd(balance.heldNanoUsd),
        spent: formatUsd(balance.spentNanoUsd),
        granted: formatUsd(balance.grantedNanoUsd),
        grants: grants.map(viewGrant),
      },
    }
  }
}
