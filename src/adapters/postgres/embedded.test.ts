import { existsSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Kysely, PostgresDialect, sql } from 'kysely'
import { Pool, type PoolClient } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'

import { StoreUnavailable } from '#ports/store-error.ts'
import { embeddedImage } from '#test/database/database-fixture.ts'

import { type EmbeddedServer, startEmbedded } from './embedded.ts'
import { guardPool } from './pool.ts'

let server: EmbeddedServer
let pool: Pool
let db: Kysely<unknown>

beforeAll(async () => {
  server = await startEmbedded({ kind: 'memory', image: embeddedImage() }, () => undefined)
})

afterAll(async () => {
  await server.close()
  expect(existsSync(server.socketFolder)).toBe(false)
})

beforeEach(async () => {
  const place = { host: server.socketFolder, user: 'postgres', database: 'postgres' }
  pool = new Pool({ ...place, max: 1, connectionTimeoutMillis: 10_000 })
  pool.on('error', () => undefined)
  db = new Kysely({ dialect: new PostgresDialect({ pool: guardPool(pool, 100) }) })
  await sql`create table mark (a int)`.execute(db)
})

afterEach(async () => {
  await sql`drop table mark`.execute(db)
  await pool.end()
})

async function marks(): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int4 as n from mark`.execute(db)
  return rows[0]?.n ?? 0
}

test('a transaction whose statement takes too long leaves nothing behind, and the next one is whole', async () => {
  const slow = db.transaction().execute(async (transaction) => {
    await sql`insert into mark values (1)`.execute(transaction)
    await sql`select pg_sleep(2)`.execute(transaction)
  })
  await expect(slow).rejects.toBeInstanceOf(StoreUnavailable)
  await vi.waitFor(async () => expect(await marks()).toBe(0), 10_000)
  await db.transaction().execute(async (transaction) => {
    await sql`insert into mark values (2)`.execute(transaction)
  })
  expect(await marks()).toBe(1)
})

test('a connection that is lost between two statements takes its transaction with it', async () => {
  const client = Promise.withResolvers<PoolClient>()
  pool.once('acquire', client.resolve)
  const lost = db.transaction().execute(async (transaction) => {
    await sql`insert into mark values (1)`.execute(transaction)
    const { connection } = await client.promise
    connection.stream.destroy()
    await sql`insert into mark values (2)`.execute(transaction)
  })
  await expect(lost).rejects.toBeInstanceOf(StoreUnavailable)
  expect(await marks()).toBe(0)
})

test('a large statement goes through the socket in one piece', async () => {
  const text = 'x'.repeat(5_000_000)
  const bytes = Buffer.alloc(5_000_000, 7)
  const patient = new Kysely({ dialect: new PostgresDialect({ pool: guardPool(pool, 15_000) }) })
  const { rows } = await sql<{ text: string; bytes: Buffer }>`
    select ${text}::text as text, ${bytes}::bytea as bytes`.execute(patient)
  expect(rows[0]?.text === text).toBe(true)
  expect(rows[0]?.bytes.equals(bytes)).toBe(true)
})

test('the socket can be reached by its owner alone', () => {
  expect(statSync(server.socketFolder).mode & 0o777).toBe(0o700)
  expect(existsSync(join(server.socketFolder, '.s.PGSQL.5432'))).toBe(true)
})

test('the socket of a database in a folder lies beside it, or elsewhere when the path is too long', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'codelace-embedded-'))
  const near = await startEmbedded({ kind: 'folder', folder: join(parent, 'database') }, () => {})
  expect(near.socketFolder).toBe(join(parent, 'database.socket'))
  expect(statSync(near.socketFolder).mode & 0o777).toBe(0o700)
  await near.close()
  expect(existsSync(near.socketFolder)).toBe(false)

  const deep = join(parent, 'd'.repeat(120))
  await mkdir(deep)
  await rename(join(parent, 'database'), join(deep, 'database'))
  const far = await startEmbedded({ kind: 'folder', folder: join(deep, 'database') }, () => {})
  expect(far.socketFolder.startsWith(deep)).toBe(false)
  await far.close()
  await rm(parent, { recursive: true })
}, 60_000)
