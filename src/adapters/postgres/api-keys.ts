import { type Kysely, type Selectable, sql } from 'kysely'

import type { ApiKey, KeyScope } from '#domain/accounts.ts'
import type { AccountId, KeyId, ProjectId } from '#domain/identifiers.ts'
import type { Project } from '#domain/projects.ts'
import type { ApiKeyStore, KeyRotation, KeyWithAccount, NewApiKey } from '#ports/api-keys.ts'

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
  'scopes',
  'project_id',
  'created_by',
  'app_host',
  'created_at',
  'expires_at',
  'revoked_at',
  'old_secrets_end_at',
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

    hashesOf: async (accountId) => {
      const rows = await db
        .selectFrom('api_key')
        .select(['id', 'hash'])
        .where('account_id', '=', accountId)
        .execute()
      return new Map(rows.map(({ id, hash }) => [id, new Uint8Array(hash)]))
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

    update: async (id, change) => {
      const row = await db
        .updateTable('api_key')
        .set({
          ...(change.name === undefined ? {} : { name: change.name }),
          ...(change.scopes === undefined ? {} : { scopes: [...change.scopes] }),
          ...(change.contentMode === undefined ? {} : { content_mode: change.contentMode }),
          ...(change.limits === undefined ? {} : { limits: limitsToJson(change.limits) }),
          ...(change.expiresAt === undefined ? {} : { expires_at: change.expiresAt }),
          id,
        })
        .where('id', '=', id)
        .returning(keyColumns)
        .executeTakeFirst()
      return row && keyOf(row)
    },

    rotate: (rotation) => db.transaction().execute((transaction) => rotate(transaction, rotation)),

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
      'scopes',
      'project_id',
      'created_by',
      'app_host',
    ])
    .expression((expression) =>
      expression
        .selectFrom('account')
        .where('account.id', '=', key.accountId)
        .where(mayTakeKey(key))
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
          sql<KeyScope[]>`${[...key.scopes]}::text[]`.as('scopes'),
          sql<ProjectId>`${key.projectId}::text`.as('project_id'),
          sql<string>`${key.createdBy}::text`.as('created_by'),
          sql<string>`${key.appHost ?? null}::text`.as('app_host'),
        ]),
    )
    .returning(keyColumns)
    .executeTakeFirst()
  return row && keyOf(row)
}

/** A key of no project always; of a project, while that takes keys. The lock keeps it so. */
function mayTakeKey({ projectId, accountId }: NewApiKey) {
  if (projectId === null) return sql<boolean>`true`
  return sql<boolean>`exists (
    select from project
    where id = ${projectId} and account_id = ${accountId} and archived_at is null
    for share
  )`
}

/** The secrets before this one end when they were to end, or when the last of them does, if that is sooner. */
async function rotate(db: Kysely<Tables>, rotation: KeyRotation): Promise<ApiKey | undefined> {
  const { id, prefix, lastFour, hash, oldSecretsEndAt } = rotation
  const before = await db
    .selectFrom('api_key')
    .select('hash')
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()
  if (!before) return undefined
  await db
    .updateTable('api_key_old_secret')
    .set({ ends_at: sql<Date>`least(ends_at, ${oldSecretsEndAt}::timestamptz)` })
    .where('key_id', '=', id)
    .execute()
  await db
    .insertInto('api_key_old_secret')
    .values({ key_id: id, hash: before.hash, ends_at: oldSecretsEndAt })
    .execute()
  const row = await db
    .updateTable('api_key')
    .set({ prefix, last_four: lastFour, hash, old_secrets_end_at: oldSecretsEndAt })
    .where('id', '=', id)
    .returning(keyColumns)
    .executeTakeFirst()
  return row && keyOf(row)
}

async function findByHash(
  db: Kysely<Tables>,
  hash: Uint8Array,
): Promise<KeyWithAccount | undefined> {
  return (await findBySecret(db, hash, null)) ?? findByOldSecret(db, hash)
}

async function findByOldSecret(
  db: Kysely<Tables>,
  hash: Uint8Array,
): Promise<KeyWithAccount | undefined> {
  const old = await db
    .selectFrom('api_key_old_secret')
    .innerJoin('api_key', 'api_key.id', 'api_key_old_secret.key_id')
    .select(['ends_at', 'api_key.hash as current_hash'])
    .where('api_key_old_secret.hash', '=', hash)
    .executeTakeFirst()
  return old && findBySecret(db, old.current_hash, old.ends_at)
}

async function findBySecret(
  db: Kysely<Tables>,
  hash: Uint8Array,
  endsAt: Date | null,
): Promise<KeyWithAccount | undefined> {
  const row = await db
    .selectFrom('api_key')
    .innerJoin('account', 'account.id', 'api_key.account_id')
    .leftJoin('project', 'project.id', 'api_key.project_id')
    .selectAll('account')
    .select(['api_key.account_id', 'kind', 'api_key.name', 'prefix', 'last_four', 'expires_at'])
    .select(['revoked_at', 'scopes', 'project_id', 'created_by', 'app_host', 'old_secrets_end_at'])
    .select([
      'api_key.id as key_id',
      'api_key.content_mode as key_content_mode',
      'api_key.limits as key_limits',
      'api_key.created_at as key_created_at',
      'project.name as project_name',
      'project.limits as project_limits',
      'project.created_at as project_created_at',
      'project.archived_at as project_archived_at',
    ])
    .where('hash', '=', hash)
    .executeTakeFirst()
  if (!row) return undefined
  const { key_id: id, key_content_mode, key_created_at, key_limits: limits } = row
  const key = keyOf({
    ...row,
    ...{ id, content_mode: key_content_mode, limits, created_at: key_created_at },
  })
  const { expiresAt } = key
  const endsFirst = endsAt !== null && (expiresAt === null || endsAt < expiresAt)
  return {
    key: endsFirst ? { ...key, expiresAt: endsAt } : key,
    account: accountOf(row),
    project: projectIn(row),
  }
}

interface JoinedProject {
  readonly account_id: AccountId
  readonly project_id: ProjectId | null
  readonly project_name: string | null
  readonly project_limits: unknown
  readonly project_created_at: Date | null
  readonly project_archived_at: Date | null
}

function projectIn(row: JoinedProject): Project | null {
  const { project_id: id, project_name: name, project_created_at: createdAt } = row
  if (id === null || name === null || createdAt === null) return null
  const limits = limitsFromJson(row.project_limits)
  const archivedAt = row.project_archived_at
  return { id, accountId: row.account_id, name, limits, createdAt, archivedAt }
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
    changed_key as (
      select api_key.id, hash from snapshot, api_key
      where changed_xid >= since and changed_xid < newest
      union
      select api_key.id, hash from snapshot, api_key where other_life
      union
      select api_key.id, hash from snapshot, account
      join api_key on api_key.account_id = account.id
      where account.changed_xid >= since and account.changed_xid < newest
      union
      select api_key.id, hash from snapshot, project
      join api_key on api_key.project_id = project.id
      where project.changed_xid >= since and project.changed_xid < newest
    ),
    changed as (
      select hash from changed_key
      union
      select old.hash from changed_key join api_key_old_secret as old on old.key_id = changed_key.id
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
    scopes: row.scopes,
    projectId: row.project_id,
    createdBy: row.created_by,
    ...(row.app_host !== null && { appHost: row.app_host }),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    oldSecretsEndAt: row.old_secrets_end_at,
  }
}
