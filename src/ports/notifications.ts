import type { AccountId, PersonId } from '#domain/identifiers.ts'
import type { Condition, NotificationFacts, NotificationSettings } from '#domain/notifications.ts'

import type { WaitingMail } from './mail-queue.ts'

/** Something that one person was told about one account. */
export interface Notification {
  readonly id: bigint
  readonly personId: PersonId
  readonly accountId: AccountId
  readonly effectKey: string
  readonly facts: NotificationFacts
  readonly createdAt: Date
  /** When it stopped to be so; null: it is so still. */
  readonly endedAt: Date | null
  readonly readAt: Date | null
}

/** Something that a person is to be told, with the mail that tells it; null: only in the list. */
export interface NewNotification extends Condition {
  readonly personId: PersonId
  readonly accountId: AccountId
  readonly mail: Omit<WaitingMail, 'attemptCount'> | null
  readonly nowMs: number
}

/** A page of what a person was told about an account, newest first. */
export interface NotificationList {
  readonly personId: PersonId
  readonly accountId: AccountId
  readonly onlyUnread: boolean
  /** Before this one. */
  readonly after: bigint | null
  readonly limit: number
}

/** What people want to be told about accounts, and what they were told. Times are given by the caller. */
export interface NotificationStore {
  /** Undefined: the person has not chosen. */
  readonly settings: (
    personId: PersonId,
    accountId: AccountId,
  ) => Promise<NotificationSettings | undefined>
  /** What everybody has chosen for this account. */
  readonly settingsOf: (
    accountId: AccountId,
  ) => Promise<ReadonlyMap<PersonId, NotificationSettings>>
  /** False when there is no such person or account. */
  readonly putSettings: (put: {
    readonly personId: PersonId
    readonly accountId: AccountId
    readonly settings: NotificationSettings
    readonly nowMs: number
  }) => Promise<boolean>
  /** What people were told of this account that is so still. */
  readonly open: (accountId: AccountId) => Promise<readonly Notification[]>
  /**
   * Writes it down and puts its mail into the queue, as one step, unless the person was told of this effect
   * and it is so still: of callers that race, one is told true.
   */
  readonly raise: (made: NewNotification) => Promise<boolean>
  /** Notes that these are over; the same effect is told anew when it comes again. */
  readonly end: (ids: readonly bigint[], nowMs: number) => Promise<void>
  readonly list: (wish: NotificationList) => Promise<readonly Notification[]>
  readonly unreadCount: (personId: PersonId, accountId: AccountId) => Promise<number>
  /** Marks these as read, or all (null); returns how many were not before. */
  readonly markRead: (mark: {
    readonly personId: PersonId
    readonly accountId: AccountId
    readonly ids: readonly bigint[] | null
    readonly nowMs: number
  }) => Promise<number>
  /**
   * Accounts whose standing may have changed since this moment: those with requests in its hour or later,
   * with settings that were changed since, and those of whom something is so still. In the order of ids.
   */
  readonly accountsToWatch: (wish: {
    readonly sinceMs: number
    readonly after: AccountId | null
    readonly limit: number
  }) => Promise<readonly AccountId[]>
  /** Removes those that were over before this moment. */
  readonly removeOld: (endedBeforeMs: number) => Promise<void>
}
