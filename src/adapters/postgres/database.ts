import { Kysely, PostgresDialect } from 'kysely'
import { type ClientBase, Pool, type PoolClient, type PoolConfig } from 'pg'

import {
  databaseConnectionsMax,
  databaseConnectTimeoutMs,
  databaseIdleInTransactionTimeoutMs,
  databasePatientConnectionsMax,
  databasePatientTimeoutMs,
  databaseStatementTimeoutMs,
} from '#domain/limits.ts'

import { type EmbeddedPlace, startEmbedded } from './embedded.ts'
import type { IdentityTables } from './identity/tables.ts'
import type { LedgerTables } from './ledger/tables.ts'
import { type Channel, type ChannelListener, makeListenerTable } from './listener.ts'
import { guardPool } from './pool.ts'
import { keepListening } from './remote-listener.ts'
import { describeServer, requireServer } from './server.ts'
import type { CoreTables } from './tables.ts'
import { vacuumRegularly } from './vacuum.ts'
import { makeValueTypes } from './value-types.ts'

/** Every table of the database. */
export type Tables = CoreTables & LedgerTables & IdentityTables

/** Where the database is: a PostgreSQL server of version 15 or later, or the embedded one. */
export type DatabasePlace = { readonly kind: 'server'; readonly url: string } | EmbeddedPlace

/**
 * An open database. Whatever may pass (a server that is down, slow, full or restarting, a broken
 * connection, too many callers) is thrown as `StoreUnavailable`, from every statement; after it, the
 * result of a statement or commit that was under way is unknown.
 */
export interface Database {
  readonly kind: 'server' | 'embedded'
  /** For requests: a statement that takes longer than `databaseStatementTimeoutMs` is given up. */
  readonly db: Kysely<Tables>
  /** For maintenance: statements may take up to `databasePatientTimeoutMs`. */
  readonly patientDb: Kysely<Tables>
  /**
   * Hears `NOTIFY` on a channel, from any process. Delivery is fast and not guaranteed: a payload of
   * null says that messages may have been missed. Never rejects because the database is away.
   */
  readonly listen: (channel: Channel, listener: ChannelListener) => Promise<void>
  /** Lets running statements end for a few seconds, then closes everything. Again changes nothing. */
  readonly close: () => Promise<void>
}

/** Time for running statements to end when the database is closed. */
const closeGraceMs = databaseStatementTimeoutMs
/** A connection that is silent for this long is asked for a sign of life by the operating system. */
const keepAliveInitialDelayMillis = 10_000

/**
 * Opens the database; it does not migrate it. Throws `StoreStartError`, whose message is for people,
 * when it cannot be reached, is too old, or (embedded) cannot be opened. `report` receives sentences for
 * the person who runs the installation, such as that the embedded database crashed and was started again.
 */
export function openDatabase(
  place: DatabasePlace,
  report: (text: string) => void = () => undefined,
): Promise<Database> {
  return place.kind === 'server' ? openServer(place.url) : openEmbedded(place, report)
}

async function openServer(url: string): Promise<Database> {
  const connection = describeServer(url)
  const base = {
    connectionString: url,
    keepAlive: true,
    keepAliveInitialDelayMillis,
    ...commonConfig(),
  }
  const listener = keepListening(base)
  const pool = makePool({ ...base, max: databaseConnectionsMax }, (client) =>
    client.query(sessionSettings(databaseStatementTimeoutMs)),
  )
  const patientPool = makePool({ ...base, max: databasePatientConnectionsMax }, (client) =>
    client.query(sessionSettings(databasePatientTimeoutMs)),
  )
  const close = onlyOnce(async () => {
    await Promise.all([listener.close(), closePool(pool), closePool(patientPool)])
  })
  try {
    await requireServer(pool, connection)
  } catch (error) {
    await close()
    throw error
  }
  return {
    kind: 'server',
    db: makeDb(pool, databaseStatementTimeoutMs),
    patientDb: makeDb(patientPool, databasePatientTimeoutMs),
    listen: listener.listen,
    close,
  }
}

/**
 * The embedded database has one session, so there is one connection, which listens too. It has no
 * timers either: its statement timeouts are kept by this side alone.
 */
async function openEmbedded(
  place: EmbeddedPlace,
  report: (text: string) => void,
): Promise<Database> {
  const server = await startEmbedded(place, report)
  const listeners = makeListenerTable()
  const config = {
    host: server.socketFolder,
    user: 'postgres',
    database: 'postgres',
    max: 1,
    idleTimeoutMillis: 0,
  }
  const pool = makePool({ ...commonConfig(), ...config }, async (client) => {
    await client.query("set timezone = 'UTC'")
    await listeners.attach(client)
  })
  const stopVacuum = vacuumRegularly(pool)
  return {
    kind: 'embedded',
    db: makeDb(pool, databaseStatementTimeoutMs),
    patientDb: makeDb(pool, databasePatientTimeoutMs),
    listen: async (channel, listener) => {
      const first = listeners.add(channel, listener)
      // When this fails, the next connection listens: `attach` knows the channel by now.
      if (first) await pool.query(`listen ${channel}`).catch(() => undefined)
    },
    close: onlyOnce(async () => {
      await stopVacuum()
      await closePool(pool)
      await server.close()
    }),
  }
}

function commonConfig(): PoolConfig {
  return {
    application_name: 'codelace',
    connectionTimeoutMillis: databaseConnectTimeoutMs,
    types: makeValueTypes(),
  }
}

function sessionSettings(statementTimeoutMs: number): string {
  return [
    "set timezone = 'UTC'",
    `set statement_timeout = ${statementTimeoutMs}`,
    `set idle_in_transaction_session_timeout = ${databaseIdleInTransactionTimeoutMs}`,
  ].join(';')
}

const connectionsOf = new WeakMap<Pool, ReadonlySet<PoolClient>>()

/** A new connection is handed out when `prepare` is done with it. */
function makePool(config: PoolConfig, prepare: (client: ClientBase) => Promise<unknown>): Pool {
  // oxlint-disable-next-line typescript/no-misused-promises -- the pool waits for it, its types do not say so
  const pool = new Pool({ ...config, onConnect: prepare })
  const clients = new Set<PoolClient>()
  connectionsOf.set(pool, clients)
  pool.on('connect', (client) => clients.add(client))
  pool.on('remove', (client) => clients.delete(client))
  // An idle connection that breaks is replaced by the next caller; there is nobody to tell.
  pool.on('error', () => undefined)
  return pool
}

function makeDb(pool: Pool, statementTimeoutMs: number): Kysely<Tables> {
  return new Kysely({ dialect: new PostgresDialect({ pool: guardPool(pool, statementTimeoutMs) }) })
}

function onlyOnce(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => (done ??= action())
}

/** Connections that are still busy after the grace are broken off, or they would keep the process alive. */
async function closePool(pool: Pool): Promise<void> {
  const clients = connectionsOf.get(pool) ?? new Set()
  const timer = setTimeout(() => {
    for (const client of clients) client.connection.stream.destroy()
  }, closeGraceMs)
  await pool.end()
  clearTimeout(timer)
}
