import {
  invitationMailsMax,
  invitationMailsPerAccountDayMax,
  invitationMailsPerAddressDayMax,
  invitationSpacingMs,
  membersPerAccountMax,
} from './account-limits.ts'
import type { AccountId, InvitationId, KeyId, PersonId } from './identifiers.ts'
import type { MemberRole } from './people.ts'

/** An invitation of an address to an account, which nobody has accepted or withdrawn yet. */
export interface Invitation {
  readonly id: InvitationId
  readonly accountId: AccountId
  /** In its canonical form: whoever signs in with it may accept. */
  readonly email: string
  readonly role: MemberRole
  readonly invitedBy: PersonId | KeyId
  readonly createdAt: Date
  readonly lastSentAt: Date
  readonly sentCount: number
  /** From then on it cannot be accepted; it can be sent again. */
  readonly expiresAt: Date
}

/** What was counted when an invitation is about to be sent. */
export interface InvitationTally {
  /** The address belongs to a member of the account. */
  readonly isMember: boolean
  /** An invitation of the address to the account that has not run out. Sending again looks away from its own. */
  readonly isInvited: boolean
  /** Members, and other addresses whose invitation has not run out. */
  readonly peopleCount: number
  /** Mails within the last day. */
  readonly accountMailsInDay: number
  readonly addressMailsInDay: number
  /** What was sent of this very invitation; null for a new one. */
  readonly own: { readonly sentCount: number; readonly lastSentAtMs: number } | null
}

/** Whether an invitation is sent, and if not, why. */
export type InvitationDecision =
  | 'send'
  | 'member'
  | 'invited'
  | 'account_full'
  | 'account_mails'
  | 'address_mails'
  | 'sent_often'
  | 'sent_just_now'

/** Decides by what was counted; the reasons that a caller can do something about come first. */
export function decideInvitation(tally: InvitationTally, nowMs: number): InvitationDecision {
  const { own } = tally
  if (tally.isMember) return 'member'
  if (tally.isInvited) return 'invited'
  if (own !== null && nowMs - own.lastSentAtMs < invitationSpacingMs) return 'sent_just_now'
  if (own !== null && own.sentCount >= invitationMailsMax) return 'sent_often'
  if (tally.peopleCount >= membersPerAccountMax) return 'account_full'
  if (tally.accountMailsInDay >= invitationMailsPerAccountDayMax) return 'account_mails'
  return tally.addressMailsInDay >= invitationMailsPerAddressDayMax ? 'address_mails' : 'send'
}
