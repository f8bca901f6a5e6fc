import type { AccountId, EmailChangeId, PersonId } from '#domain/identifiers.ts'
import type {
  AgeStatement,
  Membership,
  MemberRole,
  MembershipWithAccount,
  Person,
  PolicyDocument,
} from '#domain/people.ts'

import type { NewAccount } from './accounts.ts'

/** A person who was not known before. */
export interface NewPerson {
  readonly id: PersonId
  /** In its canonical form. */
  readonly email: string
  readonly displayName: string
  readonly locale: string | null
  readonly ageStatement: AgeStatement | null
  readonly acceptedPolicies: Readonly<Partial<Record<PolicyDocument, string>>>
}

/** A person, and the place in an account that they begin with. */
export interface SignUp {
  readonly person: NewPerson
  readonly role: MemberRole
  /** A new account, or the id of one that is there. */
  readonly account: NewAccount | { readonly id: AccountId }
  readonly nowMs: number
}

/** A change of a person's address, with the hash of the token that undoes it. */
export interface EmailChange {
  readonly id: EmailChangeId
  readonly personId: PersonId
  readonly newEmail: string
  readonly undoHash: Uint8Array
  readonly undoUntilMs: number
  readonly nowMs: number
}

/** A change that was undone. */
export interface UndoneEmailChange {
  readonly person: Person
  readonly newEmail: string
}

/** A member of an account, as a person. */
export interface Member {
  readonly membership: Membership
  readonly person: Person
}

/** An account is never left without an owner: then `last_owner`, and nothing changes. */
export type MembershipChange = 'done' | 'last_owner' | 'unknown'

/** Where people and their places in accounts live. Times are given by the caller. */
export interface PeopleStore {
  /**
   * Makes the person, the account if it is a new one, and the membership, all or nothing. Undefined, and
   * nothing was made, when the address is another person's: of callers that race, one gets it.
   */
  readonly signUp: (signUp: SignUp) => Promise<Person | undefined>
  readonly find: (id: PersonId) => Promise<Person | undefined>
  readonly findByEmail: (email: string) => Promise<Person | undefined>
  /** Undefined when there is no such person. */
  readonly update: (
    id: PersonId,
    change: { readonly displayName?: string; readonly locale?: string | null },
  ) => Promise<Person | undefined>
  /** Accepting a version again changes nothing. */
  readonly acceptPolicy: (accepted: {
    readonly personId: PersonId
    readonly document: PolicyDocument
    readonly version: string
    readonly nowMs: number
  }) => Promise<void>
  /** Oldest first. */
  readonly memberships: (id: PersonId) => Promise<readonly MembershipWithAccount[]>
  readonly findMembership: (
    personId: PersonId,
    accountId: AccountId,
  ) => Promise<MembershipWithAccount | undefined>
  /** Oldest first. */
  readonly members: (accountId: AccountId) => Promise<readonly Member[]>
  /** Adds the person, or gives them another role. `unknown`: no such person or account. */
  readonly putMembership: (put: {
    readonly personId: PersonId
    readonly accountId: AccountId
    readonly role: MemberRole
    readonly nowMs: number
  }) => Promise<MembershipChange>
  readonly removeMembership: (personId: PersonId, accountId: AccountId) => Promise<MembershipChange>
  /** `taken`, and nothing changes, when the address is another person's. */
  readonly changeEmail: (change: EmailChange) => Promise<'changed' | 'taken' | 'unknown'>
  /**
   * Gives the person the address back that they had before, once, within its time. Later changes of the
   * same person are undone with it. Undefined when the hash belongs to no change that can be undone.
   */
  readonly undoEmailChange: (
    undoHash: Uint8Array,
    nowMs: number,
  ) => Promise<UndoneEmailChange | undefined>
  /** True while somebody may still take this address back. */
  readonly isHeldForUndo: (email: string, nowMs: number) => Promise<boolean>
}
