import { type Kysely, sql } from 'kysely'

import type { Tables } from '#adapters/postgres/database.ts'
import type { MailId } from '#domain/identifiers.ts'
import type { MailQueue } from '#ports/mail-queue.ts'

/** Waiting mails in the database. */
export function makePostgresMailQueue(db: Kysely<Tables>): MailQueue {
  return {
    put: async ({ id, kind, sealed, expiresAtMs, nowMs }) => {
      const now = new Date(nowMs)
      await db
        .insertInto('mail')
        .values({
          created_at: now,
          due_at: now,
          expires_at: new Date(expiresAtMs),
          id,
          kind,
          last_error: null,
          sealed,
        })
        .execute()
    },
    claim: async ({ nowMs, leaseMs, limit }) => {
      const now = new Date(nowMs)
      const { rows } = await sql<{
        id: MailId
        kind: string
        sealed: Uint8Array
        expires_at: Date
        attempt_count: number
        created_at: Date
      }>`
        update mail set due_at = ${new Date(nowMs + leaseMs)}, attempt_count = attempt_count + 1
        where id in (
          select id from mail where due_at <= ${now} and expires_at > ${now}
          order by created_at, id limit ${limit} for update skip locked
        )
        returning id, kind, sealed, expires_at, attempt_count, created_at`.execute(db)
      return rows
        .toSorted((left, right) => left.created_at.getTime() - right.created_at.getTime())
        .map((row) => ({
          id: row.id,
          kind: row.kind,
          sealed: new Uint8Array(row.sealed),
          expiresAtMs: row.expires_at.getTime(),
          attemptCount: row.attempt_count - 1,
        }))
    },
    remove: async (id) => {
      await db.deleteFrom('mail').where('id', '=', id).execute()
    },
    postpone: async ({ id, dueAtMs, error }) => {
      await db
        .updateTable('mail')
        .set({ due_at: new Date(dueAtMs), last_error: error.slice(0, 500) })
        .where('id', '=', id)
        .execute()
    },
    removeExpired: async (nowMs) => {
      const { numDeletedRows } = await db
        .deleteFrom('mail')
        .where('expires_at', '<=', new Date(nowMs))
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}
