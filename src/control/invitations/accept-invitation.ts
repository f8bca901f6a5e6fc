import type { z } from 'zod'

import type { receivedInvitationShape } from '#contract/control/invitations.ts'
import type { controlRoutes } from '#contract/routes.ts'
import type { PersonActor } from '#control/actor.ts'
import { hashKey } from '#control/keys/hash-key.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { eventOf } from '#control/security-log.ts'
import { Fault } from '#domain/faults.ts'
import type { PersonId } from '#domain/identifiers.ts'
import type { Invitation } from '#domain/invitations.ts'

type ReceivedParts = Pick<ControlParts, 'accounts' | 'invitations' | 'people' | 'clock'>

/** Shows an invitation to the person it was sent to; to everybody else it is not there. */
export function showReceivedInvitation(
  parts: ReceivedParts,
): Operation<typeof controlRoutes.showReceivedInvitation> {
  return async ({ body, actor }) => {
    const found = await parts.invitations.findByToken(
      await hashKey(body.token),
      parts.clock.nowMs(),
    )
    if (found === undefined || found.email !== actor.person.email)
      throw new Fault('invitation_over')
    return { data: await viewReceived(found, actor, parts) }
  }
}

/** Joins an account, once, as what the invitation says. It counts from the next request on. */
export function acceptInvitation(
  parts: ReceivedParts & Pick<ControlParts, 'securityEvents'>,
): Operation<typeof controlRoutes.acceptInvitation> {
  const { invitations, securityEvents, clock } = parts
  return async ({ body, actor, visitor }) => {
    const { person, session } = actor
    const nowMs = clock.nowMs()
    const tokenHash = await hashKey(body.token)
    const found = await invitations.findByToken(tokenHash, nowMs)
    if (found === undefined || found.email !== person.email) throw new Fault('invitation_over')
    // Looked at before: an account that was closed in the meantime takes nobody, and uses nothing up.
    const data = await viewReceived(found, actor, parts)
    const acceptance = { tokenHash, personId: person.id, email: person.email, nowMs }
    if ((await invitations.accept(acceptance)) === undefined) throw new Fault('invitation_over')
    const { accountId } = found
    const detail = `${found.id} as ${found.role}`
    await securityEvents.insert([
      eventOf({ kind: 'invitation_accepted', visitor, person, session, accountId, detail, nowMs }),
    ])
    return { data: { ...data, is_member: true } }
  }
}

async function viewReceived(
  invitation: Invitation,
  actor: PersonActor,
  { accounts, people }: ReceivedParts,
): Promise<z.input<typeof receivedInvitationShape>> {
  const account = await accounts.find(invitation.accountId)
  if (account === undefined || account.status !== 'active') throw new Fault('invitation_over')
  const place = actor.memberships.find(({ membership }) => membership.accountId === account.id)
  const { invitedBy } = invitation
  const inviter = invitedBy.startsWith('usr_')
    ? await people.find(invitedBy as PersonId)
    : undefined
  return {
    account_id: account.id,
    account_name: account.displayName,
    role: place?.membership.role ?? invitation.role,
    invited_by: inviter?.displayName ?? null,
    is_member: place !== undefined,
    expires_at: invitation.expiresAt.toISOString(),
  }
}
