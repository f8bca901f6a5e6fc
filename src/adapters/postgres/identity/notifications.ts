import { type Kysely, type Selectable, sql } from 'kysely'

import type { Tables } from '#adapters/postgres/database.ts'
import { violates } from '#adapters/postgres/store-errors.ts'
import type { AccountId } from '#domain/identifiers.ts'
import { nanoUsd } from '#domain/money.ts'
import type {
  BudgetPercent,
  NotificationFacts,
  NotificationSettings,
} from '#domain/notifications.ts'
import type {
  NewNotification,
  Notification,
  NotificationList,
  NotificationStore,
} from '#ports/notifications.ts'

import type { NotificationSettingTable, NotificationTable } from './tables.ts'

/** What people want to be told, and were told, in the database. */
export function makePostgresNotificationStore(db: Kysely<Tables>): NotificationStore {
  return {
    settings: async (personId, accountId) => {
      const row = await db
        .selectFrom('notification_setting')
        .selectAll()
        .where('person_id', '=', personId)
        .where('account_id', '=', accountId)
        .executeTakeFirst()
      return row && settingsOf(row)
    },
    settingsOf: async (accountId) => {
      const rows = await db
        .selectFrom('notification_setting')
        .selectAll()
        .where('account_id', '=', accountId)
        .execute()
      return new Map(rows.map((row) => [row.person_id, settingsOf(row)]))
    },
    putSettings: (put) => putSettings(db, put),
    open: async (accountId) => {
      const rows = await db
        .selectFrom('notification')
        .selectAll()
        .where('account_id', '=', accountId)
        .where('ended_at', 'is', null)
        .orderBy('id')
        .execute()
      return rows.map(notificationOf)
    },
    raise: (made) => db.transaction().execute((transaction) => raise(transaction, made)),
    end: async (ids, nowMs) => {
      if (ids.length === 0) return
      await db
        .updateTable('notification')
        .set({ ended_at: new Date(nowMs) })
        .where('id', 'in', ids)
        .where('ended_at', 'is', null)
        .execute()
    },
    list: (wish) => list(db, wish),
    unreadCount: async (personId, accountId) => {
      const { rows } = await sql<{ count: bigint }>`
        select count(*) as count from notification
        where person_id = ${personId} and account_id = ${accountId} and read_at is null`.execute(db)
      return Number(rows[0]?.count ?? 0n)
    },
    markRead: async ({ personId, accountId, ids, nowMs }) => {
      let query = db
        .updateTable('notification')
        .set({ read_at: new Date(nowMs) })
        .where('person_id', '=', personId)
        .where('account_id', '=', accountId)
        .where('read_at', 'is', null)
      if (ids !== null) query = query.where(sql<boolean>`id = any(${ids.map(String)}::int8[])`)
      const { numUpdatedRows } = await query.executeTakeFirst()
      return Number(numUpdatedRows)
    },
    accountsToWatch: (wish) => accountsToWatch(db, wish),
    removeOld: async (endedBeforeMs) => {
      await db.deleteFrom('notification').where('ended_at', '<', new Date(endedBeforeMs)).execute()
    },
  }
}

async function putSettings(
  db: Kysely<Tables>,
  { personId, accountId, settings, nowMs }: Parameters<NotificationStore['putSettings']>[0],
): Promise<boolean> {
  const values = {
    changed_at: new Date(nowMs),
    low_balance_nano_usd: settings.lowBalanceNanoUsd,
    error_spikes: settings.errorSpikes,
    by_mail: settings.byMail,
    budget_percents: settings.budgetPercents.map(BigInt),
  }
  try {
    await db
      .insertInto('notification_setting')
      .values({ ...values, person_id: personId, account_id: accountId })
      .onConflict((conflict) => conflict.columns(['account_id', 'person_id']).doUpdateSet(values))
      .execute()
    return true
  } catch (error) {
    const references = [
      'notification_setting_person_id_fkey',
      'notification_setting_account_id_fkey',
    ]
    if (references.some((name) => violates(error, name))) return false
    throw error
  }
}

/** The mail is put in the queue with the row: whoever is told of one is sent the other, once. */
async function raise(transaction: Kysely<Tables>, made: NewNotification): Promise<boolean> {
  const { personId, accountId, effectKey, facts, mail, nowMs } = made
  const now = new Date(nowMs)
  const { rows } = await sql`
    insert into notification (created_at, person_id, account_id, effect_key, facts)
    values (${now}, ${personId}, ${accountId}, ${effectKey}, ${jsonOf(facts)}::jsonb)
    on conflict (person_id, account_id, effect_key) where ended_at is null do nothing
    returning 1`.execute(transaction)
  if (rows.length === 0) return false
  if (mail === null) return true
  await transaction
    .insertInto('mail')
    .values({
      created_at: now,
      due_at: now,
      expires_at: new Date(mail.expiresAtMs),
      id: mail.id,
      kind: mail.kind,
      last_error: null,
      sealed: mail.sealed,
    })
    .execute()
  return true
}

async function list(
  db: Kysely<Tables>,
  { personId, accountId, onlyUnread, after, limit }: NotificationList,
): Promise<readonly Notification[]> {
  let query = db
    .selectFrom('notification')
    .selectAll()
    .where('person_id', '=', personId)
    .where('account_id', '=', accountId)
  if (onlyUnread) query = query.where('read_at', 'is', null)
  if (after !== null) query = query.where('id', '<', after)
  return (await query.orderBy('id', 'desc').limit(limit).execute()).map(notificationOf)
}

async function accountsToWatch(
  db: Kysely<Tables>,
  { sinceMs, after, limit }: Parameters<NotificationStore['accountsToWatch']>[0],
): Promise<readonly AccountId[]> {
  const since = new Date(sinceMs)
  const { rows } = await sql<{ id: AccountId }>`
    select id from account
    where id > ${after ?? ''} and status <> 'closed' and (
      exists (select 1 from traffic_by_hour
        where account_id = account.id and hour >= date_trunc('hour', ${since}::timestamptz, 'UTC'))
      or exists (select 1 from notification where account_id = account.id and ended_at is null)
      or exists (select 1 from notification_setting
        where account_id = account.id and changed_at >= ${since})
    )
    order by id limit ${limit}`.execute(db)
  return rows.map(({ id }) => id)
}

function settingsOf(row: Selectable<NotificationSettingTable>): NotificationSettings {
  return {
    lowBalanceNanoUsd: row.low_balance_nano_usd === null ? null : nanoUsd(row.low_balance_nano_usd),
    budgetPercents: row.budget_percents.map(Number) as BudgetPercent[],
    errorSpikes: row.error_spikes,
    byMail: row.by_mail,
  }
}

function notificationOf(row: Selectable<NotificationTable>): Notification {
  return {
    id: row.id,
    personId: row.person_id,
    accountId: row.account_id,
    effectKey: row.effect_key,
    facts: factsOf(row.facts),
    createdAt: row.created_at,
    endedAt: row.ended_at,
    readAt: row.read_at,
  }
}

/** Amounts are written as text: a JSON number could not hold them. */
function jsonOf(facts: NotificationFacts): string {
  return JSON.stringify(facts, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
}

/** What `jsonOf` wrote, in this very table: the shape is known, and its amounts become amounts again. */
function factsOf(stored: unknown): NotificationFacts {
  const amounts = /NanoUsd$/
  const read = Object.entries(stored as Readonly<Record<string, unknown>>).map(([name, value]) => [
    name,
    amounts.test(name) && typeof value === 'string' ? nanoUsd(BigInt(value)) : value,
  ])
  return Object.fromEntries(read) as NotificationFacts
}
