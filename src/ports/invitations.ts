import type { AccountId, InvitationId, KeyId, PersonId } from '#domain/identifiers.ts'
import type { Invitation, InvitationDecision, InvitationTally } from '#domain/invitations.ts'
import type { MemberRole } from '#domain/people.ts'

/** Decides, by what was counted, whether a mail is sent. It must not wait for anything. */
export type DecideInvitation = (tally: InvitationTally) => InvitationDecision

/** An invitation that is about to be sent for the first time. */
export interface NewInvitation {
  readonly id: InvitationId
  readonly accountId: AccountId
  /** In its canonical form. */
  readonly email: string
  readonly role: MemberRole
  readonly invitedBy: PersonId | KeyId
  /** SHA-256 of the token that accepts it. */
  readonly tokenHash: Uint8Array
  readonly expiresAtMs: number
  readonly nowMs: number
}

/** One more mail of an invitation: its token takes the place of the one before. */
export interface InvitationRenewal {
  readonly id: InvitationId
  readonly accountId: AccountId
  readonly tokenHash: Uint8Array
  readonly expiresAtMs: number
  readonly nowMs: number
}

/** What came of it: the invitation as it is now, or why nothing was changed. */
export type InvitationChange =
  | { readonly kind: 'sent'; readonly invitation: Invitation }
  | { readonly kind: 'refused'; readonly reason: Exclude<InvitationDecision, 'send'> }
  | { readonly kind: 'unknown' }

/** Who accepts which invitation. */
export interface InvitationAcceptance {
  readonly tokenHash: Uint8Array
  readonly personId: PersonId
  /** The person's address: only an invitation to it is theirs. */
  readonly email: string
  readonly nowMs: number
}

/** Where invitations to accounts live. Times are given by the caller. */
export interface InvitationStore {
  /**
   * Counts, asks `decide`, and keeps the invitation if it says so: of callers that race for one account or
   * one address, each sees what those before it did. An invitation of the same address to the same account
   * that has run out is replaced. `unknown`: there is no such account.
   */
  readonly create: (made: NewInvitation, decide: DecideInvitation) => Promise<InvitationChange>
  /** Gives an open invitation another token and more time. `unknown`: no such open invitation. */
  readonly renew: (
    renewal: InvitationRenewal,
    decide: DecideInvitation,
  ) => Promise<InvitationChange>
  /** The open invitations of an account, newest first; also those that have run out. */
  readonly list: (accountId: AccountId) => Promise<readonly Invitation[]>
  /** The invitation that can be accepted with this token now. */
  readonly findByToken: (tokenHash: Uint8Array, nowMs: number) => Promise<Invitation | undefined>
  /** True when it was open: its token accepts nothing any more. */
  readonly revoke: (id: InvitationId, accountId: AccountId, nowMs: number) => Promise<boolean>
  /**
   * Makes the person a member with the role of the invitation and ends it, as one step: of many that come
   * at once with the same token, one does it. Who is a member already keeps their role. Undefined, and
   * nothing was changed, when the token accepts nothing, or its invitation is another address's.
   */
  readonly accept: (acceptance: InvitationAcceptance) => Promise<Invitation | undefined>
  /** Removes those that ended, or ran out, before this moment. */
  readonly removeOld: (endedBeforeMs: number) => Promise<void>
}
