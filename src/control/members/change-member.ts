import type { controlRoutes } from '#contract/routes.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'

import { findMember, lastOwner, refuseAboveRole, viewMember } from './find-member.ts'

/** Gives a member another role. It counts from the next request on. */
export function changeMember(
  parts: Pick<ControlParts, 'people' | 'clock'>,
): Operation<typeof controlRoutes.changeMember> {
  return async ({ params, body, actor }) => {
    const before = await findMember(parts, params)
    refuseAboveRole(actor, [before.membership.role, body.role])
    const change = await parts.people.putMembership({
      personId: before.person.id,
      accountId: params.account_id,
      role: body.role,
      nowMs: parts.clock.nowMs(),
    })
    if (change === 'last_owner') throw lastOwner()
    if (change === 'unknown') throw new Fault('member_not_found')
    return { data: viewMember(await findMember(parts, params)) }
  }
}
