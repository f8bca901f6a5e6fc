import type { PostgresPool, PostgresPoolClient } from 'kysely'
import type { Pool, PoolClient } from 'pg'

import { databaseWaitersMax } from '#domain/limits.ts'
import { StoreUnavailable } from '#ports/store-error.ts'

import { endsConnection, storeError, unavailable } from './store-errors.ts'

/** Time for the server to report its own timeout before the connection is given up. */
const deadlineSlackMs = 1_000

/**
 * A pool as Kysely wants it, with our guarantees: what may pass is thrown as `StoreUnavailable`; a
 * statement that is still silent a second after `statementTimeoutMs` (a stalled server, a half-open
 * connection) loses its connection; a connection that breaks while in use is thrown away, never reused;
 * callers beyond `databaseWaitersMax` are refused at once instead of queued.
 */
export function guardPool(pool: Pool, statementTimeoutMs: number): PostgresPool {
  return {
    options: {},
    connect: async () => {
      if (pool.waitingCount >= databaseWaitersMax) {
        throw new StoreUnavailable('too many callers wait for a database connection')
      }
      const client = await pool.connect().catch((error: unknown) => {
        throw unavailable(error)
      })
      return guardClient(client, statementTimeoutMs + deadlineSlackMs)
    },
    end: () => pool.end(),
  }
}

function guardClient(client: PoolClient, deadlineMs: number): PostgresPoolClient {
  let broken = false
  const onBroken = () => {
    broken = true
  }
  // Without a listener, a connection that breaks between two statements would end the process.
  client.on('error', onBroken)

  const query = async (text: string, parameters: readonly unknown[]) => {
    const timer = setTimeout(() => {
      broken = true
      client.connection.stream.destroy()
    }, deadlineMs)
    try {
      return await client.query(text, [...parameters])
    } catch (error) {
      broken ||= endsConnection(error)
      throw storeError(error)
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    // Kysely's type also has a form for cursors, which is reached only when a cursor is configured.
    query: query as unknown as PostgresPoolClient['query'],
    release: (destroy) => {
      client.off('error', onBroken)
      client.release(destroy === true || broken)
    },
  }
}
