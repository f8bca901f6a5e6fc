import { Client, escapeIdentifier } from 'pg'

import { openDatabase } from '#adapters/postgres/database.ts'
import { migrate } from '#adapters/postgres/migrate.ts'

/** The PostgreSQL server that tests may create databases on. */
const serverUrl = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'

/** Databases older than this belong to a run that was killed. */
const leftoverAgeMs = 60 * 60_000

/** The address of another database on the same server. */
export function urlOf(database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}

/** Runs administrative statements, one by one. Throws a sentence that says how to start a server. */
async function administer(...statements: string[]): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: serverUrl, connectionTimeoutMillis: 5_000 })
  try {
    await client.connect()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ServerMissing(
      `These tests need a PostgreSQL server of version 15 or later, and ${new URL(serverUrl).host} did not answer (${reason}). ` +
        'Start one, for example with "sudo service postgresql start" or "docker run -p 5432:5432 -e POSTGRES_HOST_AUTH_METHOD=trust postgres:15", ' +
        'or name another one in TEST_DATABASE_URL.',
      { cause: error },
    )
  }
  try {
    let rows: Record<string, unknown>[] = []
    for (const statement of statements) rows = (await client.query(statement)).rows
    return rows
  } finally {
    await client.end()
  }
}

/** There is no server to test on. */
class ServerMissing extends Error {
  override readonly name = 'ServerMissing'
}

/** Makes a migrated database that others can be copied from. */
export async function makeTemplate(name: string): Promise<void> {
  await administer(`create database ${escapeIdentifier(name)}`)
  const database = await openDatabase({ kind: 'server', url: urlOf(name) })
  try {
    await migrate(database)
  } finally {
    await database.close()
  }
}

/** Makes a database that is a copy of the template. */
export async function copyTemplate(template: string, name: string): Promise<void> {
  await administer(
    `create database ${escapeIdentifier(name)} template ${escapeIdentifier(template)}`,
  )
}

/** Drops a database, whoever is connected to it. */
export async function dropDatabase(name: string): Promise<void> {
  await administer(`drop database if exists ${escapeIdentifier(name)} with (force)`)
}

/** Drops what killed runs left behind. Their names say when they were made. */
export async function sweepLeftovers(): Promise<void> {
  const rows = await administer(
    "select datname from pg_database where datname like 'codelace\\_test\\_%'",
  )
  for (const { datname } of rows) {
    const name = String(datname)
    const madeAtMs = Number(/^codelace_test_(\d+)_/.exec(name)?.[1] ?? 0)
    if (Date.now() - madeAtMs > leftoverAgeMs) await dropDatabase(name)
  }
}
