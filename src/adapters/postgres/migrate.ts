import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import { type Kysely, sql, type Transaction } from 'kysely'

import { migrationLockTimeoutMs, migrationWaitMs } from '#domain/limits.ts'
import { StoreUnavailable } from '#ports/store-error.ts'

import type { Database, Tables } from './database.ts'
import { StoreStartError } from './start-error.ts'

/** The migrations of this release. */
export const migrationsFolder = resolve(import.meta.dirname, '../../../db/migrations')

/** One numbered SQL file, and what it must still be on every later start. */
interface Migration {
  readonly number: number
  readonly name: string
  readonly checksum: string
  readonly text: string
}

type Applied = Pick<Migration, 'number' | 'name' | 'checksum'>

/** Any constant: it only has to differ from the advisory locks of other products in the same database. */
const migrationLock = 7_205_759_403n

/**
 * Brings the database to the newest version, one transaction per file, and returns the names of the files
 * it applied. Processes that start together take turns. Throws `StoreStartError` when an applied file has
 * changed or is missing (the database belongs to a newer or another release), when a file fails (nothing
 * of it remains), when a table stays locked for longer than `migrationLockTimeoutMs`, or when another
 * process migrates for longer than `migrationWaitMs`.
 */
export async function migrate(database: Database, folder = migrationsFolder): Promise<string[]> {
  const migrations = await readMigrations(folder)
  const names: string[] = []
  for (;;) {
    const applied = await database.patientDb
      .transaction()
      .execute((transaction) => applyNext(transaction, migrations))
      .catch((error: unknown) => {
        if (error instanceof StoreStartError) throw error
        throw new StoreStartError(`The database could not be migrated: ${reasonOf(error)}.`, {
          cause: error,
        })
      })
    if (!applied) return names
    names.push(applied.name)
  }
}

async function applyNext(
  transaction: Transaction<Tables>,
  migrations: readonly Migration[],
): Promise<Migration | undefined> {
  await takeTurn(transaction)
  const next = nextMigration(migrations, await readApplied(transaction))
  if (next) await apply(transaction, next)
  return next
}

async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name, index) => {
      const number = Number(/^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1])
      if (number !== index + 1) {
        throw new StoreStartError(
          `The migration ${name} should be numbered ${String(index + 1).padStart(4, '0')}_name.sql.`,
        )
      }
      const text = await readFile(join(folder, name), 'utf8')
      const checksum = createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex')
      return { number, name, checksum, text }
    }),
  )
}

/** The lock is freed with the transaction, also when this process dies. */
async function takeTurn(transaction: Transaction<Tables>): Promise<void> {
  await sql`select set_config('lock_timeout', ${String(migrationWaitMs)}, true)`.execute(
    transaction,
  )
  await sql`select pg_advisory_xact_lock(${migrationLock})`.execute(transaction)
  await sql`select set_config('lock_timeout', ${String(migrationLockTimeoutMs)}, true)`.execute(
    transaction,
  )
  await sql`
    create table if not exists schema_migration (
      number int4 primary key,
      name text not null unique,
      checksum text not null,
      applied_at timestamptz not null default clock_timestamp()
    )`.execute(transaction)
}

function readApplied(db: Kysely<Tables>): Promise<readonly Applied[]> {
  return db
    .selectFrom('schema_migration')
    .select(['number', 'name', 'checksum'])
    .orderBy('number')
    .execute()
}

/** The first file that was not applied yet. */
function nextMigration(
  migrations: readonly Migration[],
  applied: readonly Applied[],
): Migration | undefined {
  for (const [index, was] of applied.entries()) {
    const is = migrations[index]
    if (is === undefined) {
      throw new StoreStartError(
        `The database has the migration ${was.name}, which this release does not know. Start the newer release that made it.`,
      )
    }
    if (is.name !== was.name || is.checksum !== was.checksum) {
      throw new StoreStartError(
        `The migration ${is.name} is not the one that was applied to this database (${was.name}, other content). Applied migrations must never be edited: restore the file and put the change into a new one.`,
      )
    }
  }
  return migrations[applied.length]
}

async function apply(transaction: Transaction<Tables>, migration: Migration): Promise<void> {
  const { number, name, checksum, text } = migration
  try {
    await sql.raw(text).execute(transaction)
  } catch (error) {
    throw new StoreStartError(
      `The migration ${name} failed: ${reasonOf(error)}. Nothing of it was kept.`,
      { cause: error },
    )
  }
  await transaction.insertInto('schema_migration').values({ number, name, checksum }).execute()
}

/** What the server said, where our own words stand before it. */
function reasonOf(error: unknown): string {
  if (error instanceof StoreUnavailable && error.cause !== undefined) return reasonOf(error.cause)
  return error instanceof Error ? error.message : String(error)
}
