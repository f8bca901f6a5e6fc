import { type Kysely, type Selectable, sql } from 'kysely'

import { assert } from '#domain/faults.ts'
import { idempotentRowsPurgedPerStatementMax } from '#domain/limits.ts'
import type {
  ClaimResult,
  IdempotencyClaim,
  IdempotencyStore,
  RepeatableAnswer,
} from '#ports/idempotency.ts'

import type { Tables } from './database.ts'
import type { IdempotentAnswerTable } from './tables.ts'

/** A key that is freed between two looks at it is taken at the next try; nobody loses as often as this. */
const claimAttemptsMax = 5

/** Repeatable answers in the database. Time is the database's. */
export function makePostgresIdempotencyStore(db: Kysely<Tables>): IdempotencyStore {
  return {
    claim: async (claim) => {
      for (let attempt = 0; attempt < claimAttemptsMax; attempt += 1) {
        if (await insertClaim(db, claim)) return { kind: 'claimed' }
        const found = await findClaim(db, claim)
        if (found) return found
      }
      return { kind: 'in_use' }
    },

    keep: async (kept) => {
      const { rows } = await keepSql(kept).execute(db)
      return rows.length === 1
    },

    release: async ({ accountId, keyHash, generationId }) => {
      await db
        .deleteFrom('idempotent_answer')
        .where('account_id', '=', accountId)
        .where('key_hash', '=', keyHash)
        .where('generation_id', '=', generationId)
        .where('status', 'is', null)
        .execute()
    },

    removeExpired: async () => {
      let removed = 0
      for (;;) {
        const { rows } = await sql`
          delete from idempotent_answer where (account_id, key_hash) in (
            select account_id, key_hash from idempotent_answer where expires_at <= now()
            limit ${idempotentRowsPurgedPerStatementMax} for update skip locked
          ) returning 1`.execute(db)
        removed += rows.length
        if (rows.length < idempotentRowsPurgedPerStatementMax) return removed
      }
    },

    erase: async (accountId) => {
      await db.deleteFrom('idempotent_answer').where('account_id', '=', accountId).execute()
    },
  }
}

function after(ttlMs: number) {
  return sql`now() + ${ttlMs}::float8 * interval '1 millisecond'`
}

async function insertClaim(db: Kysely<Tables>, claim: IdempotencyClaim): Promise<boolean> {
  const { accountId, keyHash, fingerprint, generationId, nodeId, ttlMs } = claim
  const { rows } = await sql`
    insert into idempotent_answer as known
      (account_id, key_hash, fingerprint, generation_id, node_id, expires_at)
    values (${accountId}, ${keyHash}, ${fingerprint}, ${generationId}, ${nodeId}, ${after(ttlMs)})
    on conflict (account_id, key_hash) do update set
      fingerprint = excluded.fingerprint, generation_id = excluded.generation_id,
      node_id = excluded.node_id, created_at = excluded.created_at, expires_at = excluded.expires_at,
      status = null, headers = null, key_version = null, proof = null, body = null
    where known.expires_at <= now() or (known.status is null and known.node_id = excluded.node_id)
    returning 1`.execute(db)
  return rows.length === 1
}

async function findClaim(
  db: Kysely<Tables>,
  { accountId, keyHash, fingerprint }: IdempotencyClaim,
): Promise<Exclude<ClaimResult, { kind: 'claimed' }> | undefined> {
  const row = await db
    .selectFrom('idempotent_answer')
    .selectAll()
    .select(sql<number>`(extract(epoch from expires_at - now()) * 1000)::float8`.as('left_ms'))
    .where('account_id', '=', accountId)
    .where('key_hash', '=', keyHash)
    .where('expires_at', '>', sql<Date>`now()`)
    .executeTakeFirst()
  if (!row) return undefined
  if (Buffer.compare(row.fingerprint, fingerprint) !== 0) return { kind: 'other_request' }
  if (row.status === null) return { kind: 'in_use' }
  return { kind: 'answered', answer: answerOf(row, row.status), leftMs: row.left_ms }
}

function keepSql(kept: IdempotencyClaim & { readonly answer: RepeatableAnswer }) {
  const { accountId, keyHash, fingerprint, nodeId, ttlMs, answer } = kept
  const { generationId, status, headers, sealed } = answer
  return sql`
    insert into idempotent_answer as known
      (account_id, key_hash, fingerprint, generation_id, node_id, expires_at, status, headers,
        key_version, proof, body)
    values (${accountId}, ${keyHash}, ${fingerprint}, ${generationId}, ${nodeId}, ${after(ttlMs)},
      ${status}, ${JSON.stringify(headers)}::jsonb, ${sealed?.keyVersion ?? null},
      ${sealed?.proof ?? null}, ${sealed?.body ?? null})
    on conflict (account_id, key_hash) do update set
      fingerprint = excluded.fingerprint, generation_id = excluded.generation_id,
      node_id = excluded.node_id, expires_at = excluded.expires_at, status = excluded.status,
      headers = excluded.headers, key_version = excluded.key_version, proof = excluded.proof,
      body = excluded.body
    where known.generation_id = excluded.generation_id or known.expires_at <= now()
    returning 1`
}

function answerOf(row: Selectable<IdempotentAnswerTable>, status: number): RepeatableAnswer {
  const { key_version: keyVersion, proof, body } = row
  const isSealed = keyVersion !== null && proof !== null && body !== null
  const headers: unknown = row.headers
  assert(
    Array.isArray(headers) && headers.every((each) => typeof each === 'string'),
    'headers are kept as a list of text',
  )
  return {
    generationId: row.generation_id,
    status,
    headers,
    sealed: isSealed
      ? { keyVersion, proof: new Uint8Array(proof), body: new Uint8Array(body) }
      : null,
  }
}
