import type { controlRoutes } from '#contract/routes.ts'
import { authorOf } from '#control/actor.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'

import { viewAccount } from './account-view.ts'
import { refuseClosed } from './refuse-closed.ts'

/** Makes a suspended account active again. */
export function restoreAccount({
  accounts,
}: Pick<ControlParts, 'accounts'>): Operation<typeof controlRoutes.restoreAccount> {
  return async ({ params, body, actor }) => {
    refuseClosed(await accounts.find(params.account_id))
    const account = await accounts.setStatus({
      id: params.account_id,
      status: 'active',
      reason: body.reason,
      ...authorOf(actor),
    })
    if (account === undefined) throw new Fault('account_not_found')
    return { data: viewAccount(account) }
  }
}
