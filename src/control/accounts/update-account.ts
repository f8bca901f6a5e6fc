import type { controlRoutes } from '#contract/routes.ts'
import { changeLimits } from '#control/limits/read-limits.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { requireStepUp } from '#control/step-up.ts'
import type { Account } from '#domain/accounts.ts'
import { Fault } from '#domain/faults.ts'

import { viewAccount } from './account-view.ts'

/**
 * Changes how much of an account's future requests is kept, what all its keys together may use, or both.
 * What was kept before stays; limits count everywhere within seconds.
 */
export function updateAccount({
  accounts,
  clock,
}: Pick<ControlParts, 'accounts' | 'clock'>): Operation<typeof controlRoutes.updateAccount> {
  return async ({ params, body, actor }) => {
    let account: Account | undefined = await accounts.find(params.account_id)
    if (body.content_mode === 'full' && account !== undefined && account.contentMode !== 'full') {
      requireStepUp(actor, 'keep_content', clock.nowMs())
    }
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
