import { type Kysely, sql } from 'kysely'

import type { Tables } from '#adapters/postgres/database.ts'
import type { ControlAnswerStore } from '#ports/control-answers.ts'

/** Answers of the control API in the database. */
export function makePostgresControlAnswerStore(db: Kysely<Tables>): ControlAnswerStore {
  return {
    claim: async ({ actorId, keyHash, fingerprint, nowMs, ttlMs }) => {
      const now = new Date(nowMs)
      const { rows } = await sql`
        insert into control_answer as known
          (created_at, expires_at, status, actor_id, key_hash, fingerprint, sealed)
        values (${now}, ${new Date(nowMs + ttlMs)}, null, ${actorId}, ${keyHash}, ${fingerprint}, null)
        on conflict (actor_id, key_hash) do update set
          created_at = excluded.created_at, expires_at = excluded.expires_at, status = null,
          fingerprint = excluded.fingerprint, sealed = null
        where known.expires_at <= ${now}
        returning 1`.execute(db)
      if (rows.length === 1) return { kind: 'claimed' }
      const row = await db
        .selectFrom('control_answer')
        .selectAll()
        .where('actor_id', '=', actorId)
        .where('key_hash', '=', keyHash)
        .executeTakeFirst()
      // Freed in between: whoever asks again claims it.
      if (row === undefined) return { kind: 'in_use' }
      if (Buffer.compare(row.fingerprint, fingerprint) !== 0) return { kind: 'other_request' }
      if (row.status === null || row.sealed === null) return { kind: 'in_use' }
      return { kind: 'answered', status: row.status, sealed: new Uint8Array(row.sealed) }
    },
    keep: async ({ actorId, keyHash, status, sealed, expiresAtMs }) => {
      await db
        .updateTable('control_answer')
        .set({ status, sealed, expires_at: new Date(expiresAtMs) })
        .where('actor_id', '=', actorId)
        .where('key_hash', '=', keyHash)
        .execute()
    },
    release: async ({ actorId, keyHash }) => {
      await db
        .deleteFrom('control_answer')
        .where('actor_id', '=', actorId)
        .where('key_hash', '=', keyHash)
        .where('status', 'is', null)
        .execute()
    },
    removeExpired: async (nowMs) => {
      await db.deleteFrom('control_answer').where('expires_at', '<=', new Date(nowMs)).execute()
    },
  }
}
