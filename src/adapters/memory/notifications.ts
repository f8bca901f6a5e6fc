import type { AccountId, PersonId } from '#domain/identifiers.ts'
import type { NotificationSettings } from '#domain/notifications.ts'
import type { AccountStore } from '#ports/accounts.ts'
import type { MailQueue } from '#ports/mail-queue.ts'
import type { Notification, NotificationStore } from '#ports/notifications.ts'
import type { PeopleStore } from '#ports/people.ts'

import type { TrafficBook } from './usage-store.ts'

interface Choice {
  readonly personId: PersonId
  readonly accountId: AccountId
  readonly settings: NotificationSettings
  readonly changedAtMs: number
}

/** What else is in memory. */
interface Parts {
  readonly accounts: Pick<AccountStore, 'find'>
  readonly people: Pick<PeopleStore, 'find'>
  readonly queue: Pick<MailQueue, 'put'>
  readonly traffic: TrafficBook
}

/** Notifications in memory. */
export function makeMemoryNotificationStore(parts: Parts): NotificationStore {
  const choices = new Map<string, Choice>()
  const book: Book = { rows: [], nextId: 1n }
  return {
    ...settingsIn(choices, parts),
    ...rowsIn(book, parts),
    accountsToWatch: async ({ sinceMs, after, limit }) => {
      const sinceHourMs = Math.floor(sinceMs / 3_600_000) * 3_600_000
      const ids = [
        ...[...parts.traffic.hours.values()].filter(({ hourMs }) => hourMs >= sinceHourMs),
        ...[...choices.values()].filter(({ changedAtMs }) => changedAtMs >= sinceMs),
        ...book.rows.filter(({ endedAt }) => endedAt === null),
      ].map(({ accountId }) => accountId)
      return [...new Set(ids)]
        .filter((id) => after === null || id > after)
        .toSorted()
        .slice(0, limit)
    },
  }
}

/** What people were told. */
interface Book {
  rows: Notification[]
  nextId: bigint
}

function settingsIn(choices: Map<string, Choice>, { people, accounts }: Parts) {
  const nameOf = (personId: PersonId, accountId: AccountId) => `${personId} ${accountId}`
  return {
    settings: async (personId, accountId) => choices.get(nameOf(personId, accountId))?.settings,
    settingsOf: async (accountId) =>
      new Map(
        [...choices.values()]
          .filter((choice) => choice.accountId === accountId)
          .map(({ personId, settings }) => [personId, settings]),
      ),
    putSettings: async ({ personId, accountId, settings, nowMs }) => {
      const isKnown = (await people.find(personId)) && (await accounts.find(accountId))
      if (!isKnown) return false
      const choice = { personId, accountId, settings, changedAtMs: nowMs }
      choices.set(nameOf(personId, accountId), choice)
      return true
    },
  } satisfies Partial<NotificationStore>
}

function rowsIn(book: Book, { queue }: Parts) {
  const isOf = (row: Notification, of: Pick<Notification, 'personId' | 'accountId'>) =>
    row.personId === of.personId && row.accountId === of.accountId
  const change = (isMeant: (row: Notification) => boolean, set: Partial<Notification>) => {
    const meant = book.rows.filter(isMeant)
    book.rows = book.rows.map((row) => (isMeant(row) ? { ...row, ...set } : row))
    return meant.length
  }
  return {
    open: async (accountId) =>
      book.rows.filter((row) => row.accountId === accountId && row.endedAt === null),
    raise: async ({ mail, nowMs, ...made }) => {
      const isTold = book.rows.some(
        (row) => isOf(row, made) && row.effectKey === made.effectKey && row.endedAt === null,
      )
      if (isTold) return false
      const row = { ...made, id: book.nextId, createdAt: new Date(nowMs) }
      book.rows.push({ ...row, endedAt: null, readAt: null })
      book.nextId += 1n
      if (mail !== null) await queue.put({ ...mail, nowMs })
      return true
    },
    end: async (ids, nowMs) => {
      change((row) => ids.includes(row.id) && row.endedAt === null, { endedAt: new Date(nowMs) })
    },
    list: async ({ onlyUnread, after, limit, ...whose }) =>
      book.rows
        .filter(
          (row) =>
            isOf(row, whose) &&
            (!onlyUnread || row.readAt === null) &&
            (after === null || row.id < after),
        )
        .toReversed()
        .slice(0, limit),
    unreadCount: async (personId, accountId) =>
      book.rows.filter((row) => isOf(row, { personId, accountId }) && row.readAt === null).length,
    markRead: async ({ ids, nowMs, ...whose }) =>
      change(
        (row) => isOf(row, whose) && row.readAt === null && (ids === null || ids.includes(row.id)),
        { readAt: new Date(nowMs) },
      ),
    removeOld: async (endedBeforeMs) => {
      book.rows = book.rows.filter(
        ({ endedAt }) => endedAt === null || endedAt.getTime() >= endedBeforeMs,
      )
    },
  } satisfies Partial<NotificationStore>
}
