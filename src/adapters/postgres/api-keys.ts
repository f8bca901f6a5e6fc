import { type Kysely, type Selectable, sql } from 'kysely'

import type { ApiKey } from '#domain/accounts.ts'
import type { KeyId } from '#domain/identifiers.ts'
import type { ApiKeyStore, KeyWithAccount, NewApiKey } from '#ports/api-keys.ts'

import { accountOf } from './accounts.ts'
import type { Tables } from './database.ts'
import { limitsFromJson, limitsToJson } from './limits-json.ts'
import type { ApiKeyTable } from './tables.ts'

type KeyRow = Omit<Selectable<ApiKeyTable>, 'hash' | 'changed_xid'>

const keyColumns = [
  'id',
  'account_id',
  'kind',
  'name',
  'prefix',
  'last_four',
  'content_mode',
  'limits',
  'created_at',
  'expires_at',
  'revoked_at',
] as const

/** API keys in the database. */
export function makePostgresApiKeyStore(db: Kysely<Tables>): ApiKeyStore {
  return {
    create: (key) => create(db, key),
    findByHash: (hash) => findByHash(db, hash),

    find: (id) => find(db, id),

    list: async (accountId) => {
      const rows = await db
        .selectFrom('api_key')
        .select(keyColumns)
        .where('account_id', '=', accountId)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .execute()
      return rows.map(keyOf)
    },

    revoke: async (id) => {
      const revoked = await db
        .updateTable('api_key')
        .set({ revoked_at: sql<Date>`now()` })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .returning(keyColumns)
        .executeTakeFirst()
      if (revoked) return keyOf(revoked)
      return find(db, id)
    },

    setLimits: async (id, limits) => {
      const row = await db
        .updateTable('api_key')
        .set({ limits: limitsToJson(limits) })
        .where('id', '=', id)
        .returning(keyColumns)
        .executeTakeFirst()
      return row && keyOf(row)
    },

    changedSince: (cursor) => changedSince(db, cursor),
  }
}

async function find(db: Kysely<Tables>, id: KeyId): Promise<ApiKey | undefined> {
  const row = await db
    .selectFrom('api_key')
    .select(keyColumns)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && keyOf(row)
}

async function create(db: Kysely<Tables>, key: NewApiKey): Promise<ApiKey | undefined> {
  const row = await db
    .insertInto('api_key')
    .columns([
      'id',
      'account_id',
      'kind',
      'name',
      'prefix',
      'last_four',
      'hash',
      'content_mode',
      'limits',
      'expires_at',
    ])
    .expression((expression) =>
      expression
        .selectFrom('account')
        .where('account.id', '=', key.accountId)
        .select([
          sql<string>`${key.id}::text`.as('id'),
          'account.id as account_id',
          sql<string>`${key.kind}::text`.as('kind'),
          sql<string>`${key.name}::text`.as('name'),
          sql<string>`${key.prefix}::text`.as('prefix'),
          sql<string>`${key.lastFour}::text`.as('last_four'),
          sql<Uint8Array>`${key.hash}::bytea`.as('hash'),
          sql<string>`${key.contentMode}::text`.as('content_mode'),
          sql<string>`${limitsToJson(key.limits)}::jsonb`.as('limits'),
          sql<Date>`${key.expiresAt}::timestamptz`.as('expires_at'),
        ]),
    )
    .returning(keyColumns)
    .executeTakeFirst()
  return row && keyOf(row)
}

async function findByHash(
  db: Kysely<Tables>,
  hash: Uint8Array,
): Promise<KeyWithAccount | undefined> {
  const row = await db
    .selectFrom('api_key')
    .innerJoin('account', 'account.id', 'api_key.account_id')
    .selectAll('account')
    .select(['account_id', 'kind', 'name', 'prefix', 'last_four', 'expires_at', 'revoked_at'])
    .select([
      'api_key.id as key_id',
      'api_key.content_mode as key_content_mode',
      'api_key.limits as key_limits',
      'api_key.created_at as key_created_at',
    ])
    .where('hash', '=', hash)
    .executeTakeFirst()
  if (!row) return undefined
  const { key_id: id, key_content_mode, key_created_at, key_limits: limits } = row
  const key = { ...row, id, content_mode: key_content_mode, limits, created_at: key_created_at }
  return { key: keyOf(key), account: accountOf(row) }
}

/**
 * Changes are found by the id of the transaction that made them, not by a time: a transaction that began
 * before the last poll and commits after it would have an old time and be missed for ever.
 *
 * The cursor is the oldest transaction that was still running when the poll looked: all below it had ended,
 * so their changes were seen, and whatever commits later has this id or a higher one and is seen by the
 * next poll. What had ended above it already is reported twice.
 *
 * A database restored from a dump starts counting anew. Its old rows carry ids from the future, which are
 * left out until the counter reaches them; and a cursor from the future belongs to another life of the
 * database, so everything is reported.
 */
async function changedSince(
  db: Kysely<Tables>,
  cursor: string | null,
): Promise<{ hashes: readonly Uint8Array[]; cursor: string }> {
  const { rows } = await sql<{ cursor: string; hash: Uint8Array | null }>`
    with snapshot as (
      select
        pg_snapshot_xmin(now_seen) as oldest,
        pg_snapshot_xmax(now_seen) as newest,
        ${cursor}::text::xid8 as since,
        ${cursor}::text::xid8 > pg_snapshot_xmax(now_seen) as other_life
      from pg_current_snapshot() as now_seen
    ),
    changed as (
      select hash from snapshot, api_key
      where changed_xid >= since and changed_xid < newest
      union
      select hash from snapshot, api_key where other_life
      union
      select hash from snapshot, account join api_key on api_key.account_id = account.id
      where account.changed_xid >= since and account.changed_xid < newest
    )
    select snapshot.oldest::text as cursor, changed.hash
    from snapshot left join changed on true
  `.execute(db)
  return {
    hashes: rows.flatMap(({ hash }) => (hash === null ? [] : [new Uint8Array(hash)])),
    cursor: rows[0]?.cursor ?? '0',
  }
}

function keyOf(row: KeyRow): ApiKey {
  return {
    id: row.id,
    accountId: row.account_id,
    kind: row.kind,
    name: row.name,
    prefix: row.prefix,
    lastFour: row.last_four,
    contentMode: row.content_mode,
    limits: limitsFromJson(row.limits),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  }
}
