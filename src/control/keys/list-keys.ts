import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'

import { viewKey } from './key-view.ts'

/** Lists every key of an account, revoked ones included, newest first. */
export function listKeys({
  accounts,
  apiKeys,
  usage,
}: Pick<ControlParts, 'accounts' | 'apiKeys' | 'usage'>): Operation<typeof controlRoutes.listKeys> {
  return async ({ params }) => {
    const account = await accounts.find(params.account_id)
    if (account === undefined) throw new Fault('account_not_found')
    const keys = await apiKeys.list(account.id)
    const uses = await usage.lastUses(account.id)
    return { data: keys.map((key) => viewKey(key, uses.get(key.id))) }
  }
}
