import type { controlRoutes } from '#contract/routes.ts'
import { changeLimits } from '#control/limits/read-limits.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import type { Account } from '#domain/accounts.ts'
import { Fault } from '#domain/faults.ts'

import { viewAccount } from './account-view.ts'

/**
 * Changes how much of an account's future requests is kept, what all its keys together may use, or both.
 * What was kept before stays; limits count everywhere within seconds.
 */
export function updateAccount({
  accounts,
}: Pick<ControlParts, 'accounts'>): Operation<typeof controlRoutes.updateAccount> {
  return async ({ params, body }) => {
    let account: Account | undefined = await accounts.find(params.account_id)
    if (account !== undefined && body.limits !== undefined) {
      account = await accounts.setLimits(account.id, changeLimits(account.limits, body.limits))
    }
    if (account !== undefined && body.content_mode !== undefined) {
      account = await accounts.setContentMode(account.id, body.content_mode)
    }
    if (account === undefined) throw new Fault('account_not_found')
    return { data: viewAccount(account) }
  }
}
