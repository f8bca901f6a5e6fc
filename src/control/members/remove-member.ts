import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'

import { findMember, lastOwner, refuseAboveRole, viewMember } from './find-member.ts'

/** Takes a member out of an account: from the next request on they may not even look. */
export function removeMember(
  parts: Pick<ControlParts, 'people'>,
): Operation<typeof controlRoutes.removeMember> {
  return async ({ params, actor }) => {
    const before = await findMember(parts, params)
    refuseAboveRole(actor, [before.membership.role])
    const change = await parts.people.removeMembership(before.person.id, params.account_id)
    if (change === 'last_owner') throw lastOwner()
    if (change === 'unknown') throw new Fault('member_not_found')
    return { data: viewMember(before) }
  }
}
