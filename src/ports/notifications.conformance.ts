import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { makeMailId } from '#domain/identifiers.ts'
import { nanoUsd } from '#domain/money.ts'
import type { NotificationFacts, NotificationSettings } from '#domain/notifications.ts'

import { newGeneration } from './generations.conformance.ts'
import type { GenerationStore } from './generations.ts'
import type { MailQueue } from './mail-queue.ts'
import type { NewNotification, NotificationStore } from './notifications.ts'
import { newSignUp, type PeopleStores } from './people.conformance.ts'

/** The stores under test, over the same accounts and people. */
export interface NotificationStores extends PeopleStores {
  readonly notifications: NotificationStore
  readonly queue: MailQueue
  readonly generations: Pick<GenerationStore, 'insert'>
}

const nowMs = 1_764_000_000_000
const dayMs = 24 * 60 * 60_000

const settings: NotificationSettings = {
  lowBalanceNanoUsd: nanoUsd(9_007_199_254_740_993n),
  budgetPercents: [50, 100],
  errorSpikes: true,
  byMail: false,
}

const everyFacts: readonly NotificationFacts[] = [
  {
    kind: 'low_balance',
    leftNanoUsd: nanoUsd(-1n),
    thresholdNanoUsd: nanoUsd(9_007_199_254_740_993n),
  },
  {
    kind: 'budget',
    owner: { id: 'key_1', name: 'a "key"' },
    window: 'month',
    percent: 80,
    spentNanoUsd: nanoUsd(80n),
    limitNanoUsd: nanoUsd(100n),
  },
  { kind: 'error_spike', requestCount: 100, errorCount: 40 },
]

async function signUp({ people }: PeopleStores) {
  const made = newSignUp()
  await people.signUp(made)
  return { personId: made.person.id, accountId: made.account.id }
}

function newNotification(
  whose: Awaited<ReturnType<typeof signUp>>,
  more: Partial<NewNotification> = {},
): NewNotification {
  const [facts = { kind: 'error_spike', requestCount: 1, errorCount: 1 } as const] = everyFacts
  return { ...whose, effectKey: 'low_balance', facts, mail: null, nowMs, ...more }
}

function newMail() {
  const sealed = Uint8Array.from(randomBytes(40))
  return { id: makeMailId(randomBytes), kind: 'low_balance', sealed, expiresAtMs: nowMs + dayMs }
}

const everything = { onlyUnread: false, after: null, limit: 100 } as const

/** What every store of notifications promises. The store may hold some already. */
export function notificationStoreConformance(
  name: string,
  makeStores: () => Promise<NotificationStores>,
): void {
  describe(`${name}: notifications`, () => {
    test('settings are each person’s for each account, and come out as they went in', async () => {
      const stores = await makeStores()
      const { notifications } = stores
      const ada = await signUp(stores)
      const other = await signUp(stores)
      expect(await notifications.settings(ada.personId, ada.accountId)).toBeUndefined()
      const first = { ...settings, lowBalanceNanoUsd: null, budgetPercents: [] }
      expect(await notifications.putSettings({ ...ada, settings: first, nowMs })).toBe(true)
      expect(await notifications.settings(ada.personId, ada.accountId)).toEqual(first)
      await notifications.putSettings({ ...ada, settings, nowMs })
      expect(await notifications.settings(ada.personId, ada.accountId)).toEqual(settings)
      expect(await notifications.settingsOf(ada.accountId)).toEqual(
        new Map([[ada.personId, settings]]),
      )
      expect(await notifications.settings(ada.personId, other.accountId)).toBeUndefined()
      const nobody = { personId: 'usr_nobody', accountId: ada.accountId } as const
      expect(await notifications.putSettings({ ...nobody, settings, nowMs })).toBe(false)
    })

    test('what was told comes out as it went in, newest first, page by page', async () => {
      const stores = await makeStores()
      const { notifications } = stores
      const ada = await signUp(stores)
      const other = await signUp(stores)
      for (const [place, facts] of everyFacts.entries()) {
        const made = { effectKey: `effect ${place}`, facts, nowMs: nowMs + place }
        expect(await notifications.raise(newNotification(ada, made))).toBe(true)
      }
      await notifications.raise(newNotification(other))
      const listed = await notifications.list({ ...ada, ...everything })
      expect(listed.map(({ facts }) => facts)).toEqual(everyFacts.toReversed())
      expect(listed[2]).toMatchObject({
        ...{ ...ada, effectKey: 'effect 0', createdAt: new Date(nowMs) },
        ...{ endedAt: null, readAt: null },
      })
      const after = listed[0]?.id ?? 0n
      const page = await notifications.list({ ...ada, ...everything, after, limit: 1 })
      expect(page).toEqual(listed.slice(1, 2))
      expect(await notifications.open(ada.accountId)).toEqual(listed.toReversed())
    })

    test('a person is told of an effect once, with one mail, however many look at once', async () => {
      const stores = await makeStores()
      const { notifications, queue } = stores
      const ada = await signUp(stores)
      const told = await Promise.all(
        Array.from({ length: 5 }, () =>
          notifications.raise(newNotification(ada, { mail: newMail() })),
        ),
      )
      expect(told.filter((isTold) => isTold)).toHaveLength(1)
      const mails = await queue.claim({ nowMs, leaseMs: 1_000, limit: 100 })
      expect(mails).toHaveLength(1)
      for (const mail of mails) await queue.remove(mail.id)
    })

    test('when it is over and comes again, it is told again', async () => {
      const stores = await makeStores()
      const { notifications } = stores
      const ada = await signUp(stores)
      await notifications.raise(newNotification(ada))
      const open = await notifications.open(ada.accountId)
      await notifications.end(
        open.map(({ id }) => id),
        nowMs + 1,
      )
      expect(await notifications.open(ada.accountId)).toEqual([])
      expect(await notifications.raise(newNotification(ada))).toBe(true)
      const listed = await notifications.list({ ...ada, ...everything })
      expect(listed.map(({ endedAt }) => endedAt)).toEqual([null, new Date(nowMs + 1)])
      await notifications.end([], nowMs)
    })

    test('reading is counted once, and only one’s own', async () => {
      const stores = await makeStores()
      const { notifications } = stores
      const ada = await signUp(stores)
      const other = await signUp(stores)
      for (const effectKey of ['a', 'b', 'c']) {
        await notifications.raise(newNotification(ada, { effectKey }))
      }
      const [first] = await notifications.list({ ...ada, ...everything })
      const ids = first === undefined ? [] : [first.id]
      expect(await notifications.markRead({ ...other, ids, nowMs })).toBe(0)
      expect(await notifications.markRead({ ...ada, ids, nowMs })).toBe(1)
      expect(await notifications.markRead({ ...ada, ids, nowMs })).toBe(0)
      expect(await notifications.unreadCount(ada.personId, ada.accountId)).toBe(2)
      const unread = await notifications.list({ ...ada, ...everything, onlyUnread: true })
      expect(unread.map(({ effectKey }) => effectKey)).toEqual(['b', 'a'])
      expect(await notifications.markRead({ ...ada, ids: null, nowMs })).toBe(2)
      expect(await notifications.unreadCount(ada.personId, ada.accountId)).toBe(0)
    })

    test('accounts are watched after requests, changed settings, and while something is so', async () => {
      const stores = await makeStores()
      const { notifications, generations } = stores
      const [busy, idle, chosen, open] = [
        await signUp(stores),
        await signUp(stores),
        await signUp(stores),
        await signUp(stores),
      ]
      const hour = Math.floor(nowMs / 3_600_000) * 3_600_000
      await generations.insert([
        newGeneration({ accountId: busy.accountId, createdAtMs: hour + 1 }),
        newGeneration({ accountId: idle.accountId, createdAtMs: hour - 1 }),
      ])
      await notifications.putSettings({ ...chosen, settings, nowMs: hour + 5 })
      await notifications.raise(newNotification(open, { nowMs: hour - dayMs }))
      const watched = async (sinceMs: number) => {
        const ids = new Set<string>()
        let after = null
        for (;;) {
          const page = await notifications.accountsToWatch({ sinceMs, after, limit: 2 })
          for (const id of page) ids.add(id)
          after = page.at(-1) ?? null
          if (page.length < 2) return ids
        }
      }
      const names = { busy, idle, chosen, open }
      const seen = async (sinceMs: number) => {
        const ids = await watched(sinceMs)
        return Object.entries(names).flatMap(([key, one]) => (ids.has(one.accountId) ? [key] : []))
      }
      expect(await seen(hour + 5)).toEqual(['busy', 'chosen', 'open'])
      expect(await seen(hour + 6)).toEqual(['busy', 'open'])
      expect(await seen(hour - 1)).toEqual(['busy', 'idle', 'chosen', 'open'])
    })

    test('what was over before a moment is removed, and nothing else', async () => {
      const stores = await makeStores()
      const { notifications } = stores
      const ada = await signUp(stores)
      for (const effectKey of ['old', 'young', 'open']) {
        await notifications.raise(newNotification(ada, { effectKey }))
      }
      const [old, young] = await notifications.open(ada.accountId)
      await notifications.end(old === undefined ? [] : [old.id], nowMs + 1)
      await notifications.end(young === undefined ? [] : [young.id], nowMs + 2)
      await notifications.removeOld(nowMs + 2)
      const left = await notifications.list({ ...ada, ...everything })
      expect(left.map(({ effectKey }) => effectKey)).toEqual(['open', 'young'])
    })
  })
}
