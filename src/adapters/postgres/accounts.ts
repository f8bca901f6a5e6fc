import { type Kysely, type Selectable, sql } from 'kysely'

import type { Account } from '#domain/accounts.ts'
import type { AccountStore } from '#ports/accounts.ts'

import type { Tables } from './database.ts'
import { limitsFromJson, limitsToJson } from './limits-json.ts'
import type { AccountTable } from './tables.ts'

type StatusChange = Parameters<AccountStore['setStatus']>[0]

/** Accounts in the database. */
export function makePostgresAccountStore(db: Kysely<Tables>): AccountStore {
  return {
    create: async ({ id, role, displayName, email, contentMode, region = null }) => {
      const row = await db
        .insertInto('account')
        .values({ id, role, display_name: displayName, email, content_mode: contentMode, region })
        .returningAll()
        .executeTakeFirstOrThrow()
      return accountOf(row)
    },

    find: async (id) => {
      const row = await db.selectFrom('account').selectAll().where('id', '=', id).executeTakeFirst()
      return row && accountOf(row)
    },

    list: async ({ limit, after }) => {
      let query = db.selectFrom('account').selectAll()
      if (after !== null) {
        const last = sql`(select created_at, id from account where id = ${after})`
        query = query.where(sql<boolean>`(created_at, id) < ${last}`)
      }
      const rows = await query
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute()
      const accounts = rows.slice(0, limit).map(accountOf)
      return { accounts, next: rows.length > limit ? (accounts.at(-1)?.id ?? null) : null }
    },

    setStatus: (change) =>
      db.transaction().execute((transaction) => setStatus(transaction, change)),

    setContentMode: async (id, mode) => {
      const row = await db
        .updateTable('account')
        .set({ content_mode: mode })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst()
      return row && accountOf(row)
    },

    setLimits: async (id, limits) => {
      const row = await db
        .updateTable('account')
        .set({ limits: limitsToJson(limits) })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst()
      return row && accountOf(row)
    },

    statusHistory: async (id) => {
      const rows = await db
        .selectFrom('account_status_change')
        .select(['status', 'reason', 'actor_key_id', 'actor_person_id', 'changed_at'])
        .where('account_id', '=', id)
        .orderBy('id')
        .execute()
      return rows.map((row) => ({
        status: row.status,
        reason: row.reason,
        actorKeyId: row.actor_key_id,
        actorPersonId: row.actor_person_id,
        at: row.changed_at,
      }))
    },
  }
}

async function setStatus(
  transaction: Kysely<Tables>,
  change: StatusChange,
): Promise<Account | undefined> {
  const { id, status, reason } = change
  const before = await transaction
    .selectFrom('account')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  if (!before || before.status === status) return before && accountOf(before)
  await recordChange(transaction, change)
  const after = await transaction
    .updateTable('account')
    .set({ status, status_reason: status === 'active' ? null : reason })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return accountOf(after)
}

async function recordChange(transaction: Kysely<Tables>, change: StatusChange): Promise<void> {
  await transaction
    .insertInto('account_status_change')
    .values({
      account_id: change.id,
      status: change.status,
      reason: change.reason,
      actor_key_id: change.actorKeyId,
      actor_person_id: change.actorPersonId ?? null,
    })
    .execute()
}

/** The account that a row of the table `account` is. */
export function accountOf(row: Omit<Selectable<AccountTable>, 'changed_xid'>): Account {
  return {
    id: row.id,
    role: row.role,
    displayName: row.display_name,
    email: row.email,
    status: row.status,
    statusReason: row.status_reason,
    contentMode: row.content_mode,
    limits: limitsFromJson(row.limits),
    region: row.region,
    createdAt: row.created_at,
  }
}
