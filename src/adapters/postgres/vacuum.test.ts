import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { embeddedImage } from '#test/database/database-fixture.ts'

import { type EmbeddedServer, startEmbedded } from './embedded.ts'
import { vacuumAll } from './vacuum.ts'

let server: EmbeddedServer
let pool: Pool

beforeAll(async () => {
  server = await startEmbedded({ kind: 'memory', image: embeddedImage() }, () => undefined)
  pool = new Pool({ host: server.socketFolder, user: 'postgres', database: 'postgres', max: 1 })
})

afterAll(async () => {
  await pool.end()
  await server.close()
})

async function pagesOf(table: string): Promise<number> {
  const { rows } = await pool.query<{ bytes: number }>(
    `select pg_relation_size('${table}')::int4 as bytes`,
  )
  return (rows[0]?.bytes ?? 0) / 8192
}

test('the room of old row versions is used again, and the planner knows how many rows there are', async () => {
  await pool.query(
    'create table "Busy table" as select v as id, 0 as n from generate_series(1, 500) v',
  )
  const churn = () => pool.query('update "Busy table" set n = n + 1')
  await churn()
  await churn()
  await vacuumAll(pool, () => false)
  const before = await pagesOf('"Busy table"')
  for (let round = 0; round < 10; round += 1) {
    await churn()
    await vacuumAll(pool, () => false)
  }
  expect(await pagesOf('"Busy table"')).toBeLessThanOrEqual(before + 1)
  const { rows } = await pool.query(`select reltuples from pg_class where relname = 'Busy table'`)
  expect(rows).toEqual([{ reltuples: 500 }])
})

test('it stops before the next table when it is told to', async () => {
  await pool.query('create table untouched as select 1 as a')
  await vacuumAll(pool, () => true)
  const { rows } = await pool.query(`select reltuples from pg_class where relname = 'untouched'`)
  expect(rows).toEqual([{ reltuples: -1 }])
})
