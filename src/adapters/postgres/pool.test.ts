import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

import { Kysely, PostgresDialect, sql } from 'kysely'
import { Client, Pool } from 'pg'
import { afterEach, assert, beforeEach, describe, expect, test } from 'vitest'

import { databaseWaitersMax } from '#domain/limits.ts'
import { StoreUnavailable } from '#ports/store-error.ts'
import { makeDatabase, type TestDatabase } from '#test/database/database-fixture.ts'

import { guardPool } from './pool.ts'

/** A cable between the pool and the server that can be cut, pulled out and plugged in again. */
interface Cable {
  readonly port: number
  /** Bytes go nowhere, and nobody is told. */
  readonly stall: () => void
  /** Every connection breaks, and new ones are refused. */
  readonly cut: () => Promise<void>
  readonly mend: () => Promise<void>
}

async function layCable(target: { host: string; port: number }): Promise<Cable> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((near) => {
    const far = new Client({ host: target.host, port: target.port }).connection.stream
    assert('connect' in far && typeof far.connect === 'function')
    far.connect(target.port, target.host)
    near.pipe(far).pipe(near)
    for (const socket of [near, far as Socket]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        near.destroy()
        far.destroy()
      })
    }
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  return {
    port,
    stall: () => {
      for (const socket of sockets) socket.unpipe().pause()
    },
    cut: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      sockets.clear()
      await closed
    },
    mend: () => listen(port),
  }
}

describe('a guarded pool', () => {
  let made: TestDatabase
  let pool: Pool
  let cable: Cable
  let address: URL

  beforeEach(async () => {
    made = await makeDatabase('server')
    assert(made.url)
    address = new URL(made.url)
    cable = await layCable({ host: address.hostname, port: Number(address.port || 5432) })
    address.hostname = '127.0.0.1'
    address.port = String(cable.port)
  })

  afterEach(async () => {
    await cable.cut().catch(() => undefined)
    await pool.end()
    await made.drop()
  })

  function dbOf(options: {
    max: number
    statementTimeoutMs: number
    waitMs?: number
  }): Kysely<unknown> {
    const { max, statementTimeoutMs, waitMs = 300 } = options
    pool = new Pool({ connectionString: address.href, max, connectionTimeoutMillis: waitMs })
    pool.on('error', () => undefined)
    return new Kysely({
      dialect: new PostgresDialect({ pool: guardPool(pool, statementTimeoutMs) }),
    })
  }

  const one = (db: Kysely<unknown>) => sql<{ one: number }>`select 1 as one`.execute(db)

  test('an outage is unavailable while it lasts, for idle and for new connections', async () => {
    const db = dbOf({ max: 2, statementTimeoutMs: 1_000 })
    await one(db)
    await cable.cut()
    await expect(one(db)).rejects.toBeInstanceOf(StoreUnavailable)
    await expect(one(db)).rejects.toBeInstanceOf(StoreUnavailable)
    await cable.mend()
    expect((await one(db)).rows).toEqual([{ one: 1 }])
  })

  test('a connection that breaks in the middle of a transaction ends the transaction, not the process', async () => {
    const db = dbOf({ max: 1, statementTimeoutMs: 1_000 })
    const transaction = db.transaction().execute(async (inside) => {
      await one(inside)
      await cable.cut()
      await one(inside)
    })
    await expect(transaction).rejects.toBeInstanceOf(StoreUnavailable)
    await cable.mend()
    expect((await one(db)).rows).toEqual([{ one: 1 }])
  })

  test('a backend that an operator terminates is unavailable, and the next call has a new one', async () => {
    const db = dbOf({ max: 1, statementTimeoutMs: 1_000 })
    const suicide = sql`select pg_terminate_backend(pg_backend_pid())`.execute(db)
    await expect(suicide).rejects.toBeInstanceOf(StoreUnavailable)
    expect((await one(db)).rows).toEqual([{ one: 1 }])
  })

  test('a server that falls silent is given up after the statement timeout, and its connection too', async () => {
    const db = dbOf({ max: 1, statementTimeoutMs: 50 })
    await one(db)
    cable.stall()
    await expect(one(db)).rejects.toBeInstanceOf(StoreUnavailable)
    expect(pool.totalCount).toBe(0)
  })

  test("the server's own statement timeout is unavailable, and the connection lives on", async () => {
    const db = dbOf({ max: 1, statementTimeoutMs: 5_000 })
    const slow = db.transaction().execute(async (inside) => {
      await sql`set local statement_timeout = 50`.execute(inside)
      await sql`select pg_sleep(10)`.execute(inside)
    })
    await expect(slow).rejects.toBeInstanceOf(StoreUnavailable)
    expect((await one(db)).rows).toEqual([{ one: 1 }])
    expect(pool.totalCount).toBe(1)
  })

  test('of two transactions in a deadlock, the one that the server ends may be tried again', async () => {
    const db = dbOf({ max: 2, statementTimeoutMs: 5_000 })
    const lock = (inside: Kysely<unknown>, number: number) =>
      sql`select pg_advisory_xact_lock(${number})`.execute(inside)
    const bothHoldOne = Promise.withResolvers<void>()
    let holders = 0
    const cross = (first: number, second: number) =>
      db.transaction().execute(async (inside) => {
        await lock(inside, first)
        holders += 1
        if (holders === 2) bothHoldOne.resolve()
        await bothHoldOne.promise
        await lock(inside, second)
      })
    const ends = await Promise.allSettled([cross(1, 2), cross(2, 1)])
    const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))
    expect(reasons).toEqual([expect.any(StoreUnavailable)])
  })

  test('a caller waits for a connection only so long', async () => {
    const db = dbOf({ max: 1, statementTimeoutMs: 5_000 })
    const done = Promise.withResolvers<void>()
    const busy = db.connection().execute(() => done.promise)
    await expect(one(db)).rejects.toBeInstanceOf(StoreUnavailable)
    done.resolve()
    await busy
    expect((await one(db)).rows).toEqual([{ one: 1 }])
  })

  test('callers beyond the limit are refused at once', async () => {
    const db = dbOf({ max: 1, statementTimeoutMs: 5_000, waitMs: 15_000 })
    const done = Promise.withResolvers<void>()
    const busy = db.connection().execute(() => done.promise)
    const waiting = Array.from({ length: databaseWaitersMax }, () => one(db))
    const answers = Promise.allSettled(waiting)
    await expect(one(db)).rejects.toThrow('too many callers')
    done.resolve()
    await busy
    expect((await answers).every(({ status }) => status === 'fulfilled')).toBe(true)
  })
})
