import { type Insertable, type Kysely, type Selectable, sql } from 'kysely'

import { dayOfGeneration, isGenerationId } from '#domain/identifiers.ts'
import { storedResponsesPurgedPerStatementMax } from '#domain/limits.ts'
import type { SealedResponse, StoredResponseStore } from '#ports/stored-responses.ts'

import type { Tables } from './database.ts'
import type { StoredResponseTable } from './tables.ts'

/** Stored responses in the database. */
export function makePostgresStoredResponseStore(db: Kysely<Tables>): StoredResponseStore {
  return {
    insert: async (responses) => {
      // One by one: each may be megabytes long, and they come a few at a time.
      for (const response of responses) {
        await db
          .insertInto('stored_response')
          .values(rowOf(response))
          .onConflict((conflict) => conflict.columns(['day', 'id']).doNothing())
          .execute()
      }
    },

    find: async (id, accountId) => {
      if (!isGenerationId(id)) return undefined
      const row = await db
        .selectFrom('stored_response')
        .selectAll()
        .where('day', '=', dayOfGeneration(id))
        .where('id', '=', id)
        .where('account_id', '=', accountId)
        .executeTakeFirst()
      return row && responseOf(row)
    },

    findByItems: async ({ accountId, itemIds, limit }) => {
      if (itemIds.length === 0) return []
      const rows = await db
        .selectFrom('stored_response')
        .selectAll()
        .where('account_id', '=', accountId)
        .where(sql<boolean>`item_ids && ${[...itemIds]}::text[]`)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute()
      return rows.map(responseOf)
    },

    remove: async (id, accountId) => {
      if (!isGenerationId(id)) return false
      const removed = await db
        .deleteFrom('stored_response')
        .where('day', '=', dayOfGeneration(id))
        .where('id', '=', id)
        .where('account_id', '=', accountId)
        .executeTakeFirst()
      return removed.numDeletedRows > 0n
    },

    removeOlderThan: async (createdAtMs) => {
      let removed = 0
      for (;;) {
        const { rows } = await sql`
          delete from stored_response where (day, id) in (
            select day, id from stored_response where created_at < ${new Date(createdAtMs)}
            limit ${storedResponsesPurgedPerStatementMax} for update skip locked
          ) returning 1`.execute(db)
        removed += rows.length
        if (rows.length < storedResponsesPurgedPerStatementMax) return removed
      }
    },

    erase: async (accountId) => {
      await db.deleteFrom('stored_response').where('account_id', '=', accountId).execute()
    },
  }
}

function rowOf(response: SealedResponse): Insertable<StoredResponseTable> {
  return {
    day: dayOfGeneration(response.id),
    created_at: new Date(response.createdAtMs),
    key_version: response.keyVersion,
    id: response.id,
    account_id: response.accountId,
    item_ids: [...response.itemIds],
    request: response.request,
    response: response.response,
  }
}

function responseOf(row: Selectable<StoredResponseTable>): SealedResponse {
  return {
    id: row.id,
    accountId: row.account_id,
    createdAtMs: row.created_at.getTime(),
    keyVersion: row.key_version,
    itemIds: row.item_ids,
    request: new Uint8Array(row.request),
    response: new Uint8Array(row.response),
  }
}
