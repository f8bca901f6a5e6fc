import type { controlRoutes } from '#contract/routes.ts'
import { actorIdOf, type MemberActor, type OperatorActor, type Visitor } from '#control/actor.ts'
import { hashKey } from '#control/keys/hash-key.ts'
import { invitationLetter } from '#control/mail/letters.ts'
import { refuseAboveRole } from '#control/members/find-member.ts'
import type { ControlParts, Operation } from '#control/operation.ts'
import { eventOf } from '#control/security-log.ts'
import { readAddress } from '#control/sign-in/read-address.ts'
import {
  handedTokenLength,
  invitationLifeMs,
  invitationSpacingMs,
  membersPerAccountMax,
} from '#domain/account-limits.ts'
import { assert, Fault, unreachable } from '#domain/faults.ts'
import { makeInvitationId, randomBase62 } from '#domain/identifiers.ts'
import { decideInvitation, type Invitation, type InvitationDecision } from '#domain/invitations.ts'
import type { SecurityEventKind } from '#domain/security-events.ts'
import type { InvitationChange } from '#ports/invitations.ts'

import { viewInvitation } from './invitation-view.ts'

type InvitationParts = Pick<
  ControlParts,
  | 'accounts'
  | 'invitations'
  | 'securityEvents'
  | 'post'
  | 'house'
  | 'clock'
  | 'randomBytes'
  | 'report'
>

/**
 * Invites an address by mail. The answer says nothing of whether anybody signs in with it; whoever reads the
 * mail joins after they have signed in with just this address.
 */
export function createInvitation(
  parts: InvitationParts,
): Operation<typeof controlRoutes.createInvitation> {
  const { invitations, post, clock, randomBytes } = parts
  return async ({ params, body, actor, visitor }) => {
    refuseAboveRole(actor, [body.role])
    const email = readAddress(body.email)
    if (!post.isOpen) throw new Fault('mail_unavailable')
    const nowMs = clock.nowMs()
    const token = randomBase62(handedTokenLength, randomBytes)
    const invitedBy = actorIdOf(actor)
    assert(invitedBy !== null, 'whoever invites is somebody')
    const made = {
      ...{ id: makeInvitationId(randomBytes), accountId: params.account_id, email },
      ...{ role: body.role, invitedBy, tokenHash: await hashKey(token) },
      ...{ expiresAtMs: nowMs + invitationLifeMs, nowMs },
    }
    const change = await invitations.create(made, (tally) => decideInvitation(tally, nowMs))
    const invitation = invitationOf(change, 'account_not_found')
    await mail({ invitation, token, actor, visitor, kind: 'invitation_sent' }, parts)
    return { data: viewInvitation(invitation, nowMs) }
  }
}

/** Sends an invitation again. Its new link takes the place of the one before, which opens nothing any more. */
export function resendInvitation(
  parts: InvitationParts,
): Operation<typeof controlRoutes.resendInvitation> {
  const { invitations, post, clock, randomBytes } = parts
  return async ({ params, actor, visitor }) => {
    if (!post.isOpen) throw new Fault('mail_unavailable')
    const nowMs = clock.nowMs()
    const token = randomBase62(handedTokenLength, randomBytes)
    const renewal = {
      ...{ id: params.invitation_id, accountId: params.account_id, nowMs },
      ...{ tokenHash: await hashKey(token), expiresAtMs: nowMs + invitationLifeMs },
    }
    const open = await invitations.list(params.account_id)
    const before = open.find(({ id }) => id === params.invitation_id)
    if (before !== undefined) refuseAboveRole(actor, [before.role])
    const change = await invitations.renew(renewal, (tally) => decideInvitation(tally, nowMs))
    const invitation = invitationOf(change, 'invitation_not_found')
    await mail({ invitation, token, actor, visitor, kind: 'invitation_sent' }, parts)
    return { data: viewInvitation(invitation, nowMs) }
  }
}

/** Lists who is invited to an account. */
export function listInvitations({
  accounts,
  invitations,
  clock,
}: Pick<InvitationParts, 'accounts' | 'invitations' | 'clock'>): Operation<
  typeof controlRoutes.listInvitations
> {
  return async ({ params }) => {
    const account = await accounts.find(params.account_id)
    if (account === undefined) throw new Fault('account_not_found')
    const open = await invitations.list(account.id)
    return { data: open.map((invitation) => viewInvitation(invitation, clock.nowMs())) }
  }
}

/** Withdraws an invitation: from this moment on its link opens nothing. */
export function revokeInvitation(
  parts: Pick<InvitationParts, 'invitations' | 'securityEvents' | 'clock'>,
): Operation<typeof controlRoutes.revokeInvitation> {
  const { invitations, securityEvents, clock } = parts
  return async ({ params, actor, visitor }) => {
    const { account_id: accountId, invitation_id: id } = params
    const nowMs = clock.nowMs()
    const found = (await invitations.list(accountId)).find((one) => one.id === id)
    if (found === undefined || !(await invitations.revoke(id, accountId, nowMs))) {
      throw new Fault('invitation_not_found')
    }
    await securityEvents.insert([
      happened({ kind: 'invitation_revoked', found, actor, visitor }, nowMs),
    ])
    return { data: viewInvitation(found, nowMs) }
  }
}

async function mail(
  sent: {
    readonly invitation: Invitation
    readonly token: string
    readonly actor: OperatorActor | MemberActor
    readonly visitor: Visitor
    readonly kind: SecurityEventKind
  },
  parts: InvitationParts,
): Promise<void> {
  const { invitation, token, actor, visitor, kind } = sent
  const { accounts, post, house, securityEvents, clock } = parts
  const account = await accounts.find(invitation.accountId)
  if (account === undefined) throw new Fault('account_not_found')
  await post.post({
    kind: 'invitation',
    mail: invitationLetter({
      to: invitation.email,
      accountName: account.displayName,
      role: invitation.role,
      invitedBy: actor.kind === 'operator_token' ? null : actor.person,
      // Behind the #, so that the token is never sent to a server as part of an address.
      url: `${house.publicUrl ?? visitor.origin}/app/invitation#${token}`,
    }),
    expiresAtMs: invitation.expiresAt.getTime(),
  })
  const nowMs = clock.nowMs()
  await securityEvents.insert([happened({ kind, found: invitation, actor, visitor }, nowMs)])
}

function happened(
  what: {
    readonly kind: SecurityEventKind
    readonly found: Invitation
    readonly actor: OperatorActor | MemberActor
    readonly visitor: Visitor
  },
  nowMs: number,
) {
  const { kind, found, actor, visitor } = what
  const who =
    actor.kind === 'operator_token'
      ? { person: null, keyId: actor.key.id }
      : { person: actor.person, session: actor.session }
  const detail = `${found.id} as ${found.role}`
  return eventOf({ kind, visitor, nowMs, ...who, accountId: found.accountId, detail })
}

function invitationOf(
  change: InvitationChange,
  unknown: 'account_not_found' | 'invitation_not_found',
): Invitation {
  switch (change.kind) {
    case 'sent':
      return change.invitation
    case 'unknown':
      throw new Fault(unknown)
    case 'refused':
      throw refusal(change.reason)
    default:
      return unreachable(change)
  }
}

function refusal(reason: Exclude<InvitationDecision, 'send'>): Fault {
  const conflict = (detail: string) => new Fault('conflict', { details: { detail } })
  const tooMany = (detail: string, retryAfterSeconds: number) =>
    new Fault('rate_limit_exceeded', { details: { detail }, retryAfterSeconds })
  switch (reason) {
    case 'member':
      return conflict(
        'email: whoever signs in with this address is a member of the account already.',
      )
    case 'invited':
      return conflict('email: this address is invited already: send that invitation again.')
    case 'account_full':
      return conflict(
        `An account has at most ${membersPerAccountMax} members and open invitations. Withdraw or remove some.`,
      )
    case 'sent_often':
      return conflict(
        'This invitation was sent as often as it can be: withdraw it, and invite anew.',
      )
    case 'sent_just_now': {
      const seconds = invitationSpacingMs / 1000
      return tooMany(`This invitation was just sent. Send it again in ${seconds} seconds.`, seconds)
    }
    case 'account_mails':
      return tooMany('This account has sent many invitations today. Go on tomorrow.', 86_400)
    case 'address_mails':
      return tooMany('This address was sent many invitations today. Try again tomorrow.', 86_400)
    default:
      return unreachable(reason)
  }
}
