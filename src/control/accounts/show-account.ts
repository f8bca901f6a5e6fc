import { viewSpent } from '#contract/limits-view.ts'
import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'
import { utcDayOf } from '#domain/spend-windows.ts'

import { viewAccount } from './account-view.ts'

/** Shows one account, what its keys have spent in the windows of today, and every change of its status. */
export function showAccount({
  accounts,
  budgets,
  clock,
}: Pick<ControlParts, 'accounts' | 'budgets' | 'clock'>): Operation<
  typeof controlRoutes.showAccount
> {
  return async ({ params }) => {
    const account = await accounts.find(params.account_id)
    if (account === undefined) throw new Fault('account_not_found')
    const changes = await accounts.statusHistory(account.id)
    const history = changes.map((change) => ({
      status: change.status,
      reason: change.reason,
      actor_key_id: change.actorKeyId,
      actor_person_id: change.actorPersonId,
      at: change.at.toISOString(),
    }))
    const spent = viewSpent(await budgets.spent(account.id, utcDayOf(clock.nowMs())))
    return { data: { ...viewAccount(account), status_history: history, spent } }
  }
}
