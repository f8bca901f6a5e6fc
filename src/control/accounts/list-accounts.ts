import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'

import { viewAccount } from './account-view.ts'

/** Lists accounts, newest first. */
export function listAccounts({
  accounts,
}: Pick<ControlParts, 'accounts'>): Operation<typeof controlRoutes.listAccounts> {
  return async ({ query }) => {
    const page = await accounts.list({ limit: query.limit, after: query.after ?? null })
    return { data: page.accounts.map(viewAccount), next: page.next }
  }
}
