import type { controlRoutes } from '#contract/routes.ts'
import { authorOf } from '#control/actor.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'

import { viewAccount } from './account-view.ts'
import { refuseClosed } from './refuse-closed.ts'

/**
 * Suspends an account: its keys are refused everywhere within seconds. Nobody can suspend the account
 * whose token they use, because nobody could then restore it.
 */
export function suspendAccount({
  accounts,
}: Pick<ControlParts, 'accounts'>): Operation<typeof controlRoutes.suspendAccount> {
  return async ({ params, body, actor }) => {
    const id = params.account_id
    if (id === actor.account.id) {
      const detail = 'This is the account of the token you are using; it cannot suspend itself.'
      throw new Fault('conflict', { details: { detail } })
    }
    refuseClosed(await accounts.find(id))
    const account = await accounts.setStatus({
      id,
      status: 'suspended',
      reason: body.reason,
      ...authorOf(actor),
    })
    if (account === undefined) throw new Fault('account_not_found')
    return { data: viewAccount(account) }
  }
}
