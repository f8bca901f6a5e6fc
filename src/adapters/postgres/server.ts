import type { Pool } from 'pg'

import { StoreStartError } from './start-error.ts'

const oldestVersion = 150_000

/**
 * How a server is named in messages (`database codelace at db.example:5432`), never with its password.
 * Throws `StoreStartError` when the text is not a PostgreSQL address.
 */
export function describeServer(url: string): string {
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
    throw new StoreStartError(
      'DATABASE_URL is not a PostgreSQL address; it should look like postgres://user:password@host:5432/database.',
    )
  }
  const { hostname, port, pathname } = new URL(url)
  const host = hostname === '' ? 'the local socket' : `${hostname}:${port === '' ? '5432' : port}`
  return `database "${decodeURIComponent(pathname.slice(1))}" at ${host}`
}

/** Throws `StoreStartError` when the server cannot be reached, refuses us, or is older than version 15. */
export async function requireServer(pool: Pool, description: string): Promise<void> {
  const version = await readVersion(pool, description)
  if (version < oldestVersion) {
    throw new StoreStartError(
      `PostgreSQL 15 or later is needed; the ${description} is version ${Math.floor(version / 10_000)}.`,
    )
  }
}

async function readVersion(pool: Pool, description: string): Promise<number> {
  try {
    const result = await pool.query<{ version: number }>(
      "select current_setting('server_version_num')::int4 as version",
    )
    return result.rows[0]?.version ?? 0
  } catch (error) {
    throw new StoreStartError(
      `The ${description} cannot be used: ${reasonOf(error)}. Check DATABASE_URL and that the server runs.`,
      { cause: error },
    )
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
