import type { z } from 'zod'

import type { memberShape } from '#contract/control/members.ts'
import type { MemberActor, OperatorActor } from '#control/actor.ts'
import type { ControlParts } from '#control/operation.ts'
import { Fault } from '#domain/faults.ts'
import type { AccountId, PersonId } from '#domain/identifiers.ts'
import type { MemberRole } from '#domain/people.ts'
import type { Member } from '#ports/people.ts'

/** A member in the words of the wire. */
export function viewMember({ membership, person }: Member): z.input<typeof memberShape> {
  return {
    person_id: person.id,
    account_id: membership.accountId,
    email: person.email,
    display_name: person.displayName,
    role: membership.role,
    since: membership.createdAt.toISOString(),
  }
}

/** One member of this account. Whoever belongs to other accounts only is not there. */
export async function findMember(
  { people }: Pick<ControlParts, 'people'>,
  path: { readonly account_id: AccountId; readonly person_id: PersonId },
): Promise<Member> {
  const members = await people.members(path.account_id)
  const found = members.find(({ person }) => person.id === path.person_id)
  if (found === undefined) throw new Fault('member_not_found')
  return found
}

/** Owners are made and unmade by owners, and by those who run the installation. */
export function refuseAboveRole(
  actor: MemberActor | OperatorActor,
  roles: readonly MemberRole[],
): void {
  if (actor.kind !== 'member' || actor.role === 'owner' || !roles.includes('owner')) return
  throw new Fault('role_too_low', { details: { role: actor.role, needed: 'owner' } })
}

/** An account is never left without an owner. */
export function lastOwner(): Fault {
  const detail = 'This is the last owner of the account: make somebody else one first.'
  return new Fault('conflict', { details: { detail } })
}
