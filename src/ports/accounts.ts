import type { Account, AccountRole, AccountStatus, ContentMode } from '#domain/accounts.ts'
import type { AccountId, KeyId, PersonId } from '#domain/identifiers.ts'
import type { UsageLimits } from '#domain/usage-limits.ts'

/** A new account. `createdAt` is the store's own time. */
export interface NewAccount {
  readonly id: AccountId
  readonly role: AccountRole
  readonly displayName: string
  readonly email: string | null
  readonly contentMode: ContentMode
  /** The country its owner named; nothing is the same as null. */
  readonly region?: string | null
}

/** One page of accounts, newest first. `next` continues after the last one; null at the end. */
export interface AccountPage {
  readonly accounts: readonly Account[]
  readonly next: string | null
}

/** One past change of an account's status. */
export interface AccountStatusChange {
  readonly status: AccountStatus
  readonly reason: string | null
  /** The operator key that did it; null for the system itself. */
  readonly actorKeyId: KeyId | null
  /** The person that did it in a session; null for a key and for the system. */
  readonly actorPersonId: PersonId | null
  readonly at: Date
}

/** Where accounts live. Every change of status is kept as history. */
export interface AccountStore {
  readonly create: (account: NewAccount) => Promise<Account>
  readonly find: (id: AccountId) => Promise<Account | undefined>
  readonly list: (page: { limit: number; after: string | null }) => Promise<AccountPage>
  /** Undefined when there is no such account. Setting the same status again adds no history. */
  readonly setStatus: (change: {
    id: AccountId
    status: AccountStatus
    reason: string | null
    actorKeyId: KeyId | null
    actorPersonId?: PersonId | null
  }) => Promise<Account | undefined>
  /** Undefined when there is no such account. */
  readonly setContentMode: (id: AccountId, mode: ContentMode) => Promise<Account | undefined>
  /**
   * Replaces all limits of the account; null lifts them. They make sense: `findLimitMistakes` found none.
   * Undefined when there is no such account.
   */
  readonly setLimits: (id: AccountId, limits: UsageLimits | null) => Promise<Account | undefined>
  /** Oldest first; empty for an unknown account. */
  readonly statusHistory: (id: AccountId) => Promise<readonly AccountStatusChange[]>
}
