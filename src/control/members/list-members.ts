import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'

import { viewMember } from './find-member.ts'

/** Lists who belongs to an account, and as what. */
export function listMembers({
  accounts,
  people,
}: Pick<ControlParts, 'accounts' | 'people'>): Operation<typeof controlRoutes.listMembers> {
  return async ({ params }) => {
    const account = await accounts.find(params.account_id)
    if (account === undefined) throw new Fault('account_not_found')
    return { data: (await people.members(account.id)).map(viewMember) }
  }
}
