import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { makeAccountId } from '#domain/identifiers.ts'

import { viewAccount } from './account-view.ts'

/** Creates an active customer account without credit. */
export function createAccount({
  accounts,
  randomBytes,
}: Pick<ControlParts, 'accounts' | 'randomBytes'>): Operation<typeof controlRoutes.createAccount> {
  return async ({ body }) => {
    const account = await accounts.create({
      id: makeAccountId(randomBytes),
      role: 'customer',
      displayName: body.display_name,
      email: body.email,
      contentMode: body.content_mode,
    })
    return { data: viewAccount(account) }
  }
}
