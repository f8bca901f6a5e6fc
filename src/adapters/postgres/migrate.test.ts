import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { databaseKinds, useDatabase } from '#test/database/database-fixture.ts'

import { migrate } from './migrate.ts'
import { StoreStartError } from './start-error.ts'

describe.each(databaseKinds)('migrations on the %s database', (kind) => {
  const opened = useDatabase(kind)
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'codelace-migrations-'))
    // From here on this database knows of no migration; the tables of the test have names of their own.
    await sql`drop table if exists schema_migration, first_thing, second_thing`.execute(opened().db)
  })

  afterEach(() => rm(folder, { recursive: true }))

  const write = (name: string, text: string) => writeFile(join(folder, name), text)

  async function appliedNames(): Promise<readonly string[]> {
    const rows = await opened().db.selectFrom('schema_migration').select('name').execute()
    return rows.map(({ name }) => name).sort()
  }

  const exists = async (table: string) => {
    const { rows } = await sql<{ found: string | null }>`
      select to_regclass(${table})::text as found`.execute(opened().db)
    return rows[0]?.found === table
  }

  test('each file is applied once, in order, with all its statements', async () => {
    await write(
      '0001_first.sql',
      'create table first_thing (a int); insert into first_thing values (1);',
    )
    await write(
      '0002_second.sql',
      'create table second_thing as select a + 1 as b from first_thing;',
    )
    await write('README.md', 'not a migration')
    expect(await migrate(opened(), folder)).toEqual(['0001_first.sql', '0002_second.sql'])
    expect(await migrate(opened(), folder)).toEqual([])
    expect((await sql`select b from second_thing`.execute(opened().db)).rows).toEqual([{ b: 2 }])
  })

  test('a file that comes later is applied alone', async () => {
    await write('0001_first.sql', 'create table first_thing (a int)')
    await migrate(opened(), folder)
    await write('0002_second.sql', 'create table second_thing (a int)')
    expect(await migrate(opened(), folder)).toEqual(['0002_second.sql'])
  })

  test('processes that start together apply each file once', async () => {
    await write('0001_first.sql', 'create table first_thing (a int)')
    await write('0002_second.sql', 'create table second_thing (a int)')
    const applied = await Promise.all([1, 2, 3].map(() => migrate(opened(), folder)))
    expect(applied.flat().sort()).toEqual(['0001_first.sql', '0002_second.sql'])
  })

  test('a file that fails leaves nothing behind, and those before it stay', async () => {
    await write('0001_first.sql', 'create table first_thing (a int)')
    await write('0002_second.sql', 'create table second_thing (a int); select 1 / 0;')
    await expect(migrate(opened(), folder)).rejects.toThrow(
      /^The migration 0002_second.sql failed: division by zero\. Nothing of it was kept\.$/,
    )
    expect(await exists('second_thing')).toBe(false)
    expect(await appliedNames()).toEqual(['0001_first.sql'])
  })

  test('an applied file that was edited stops the start, whatever else there is to do', async () => {
    await write('0001_first.sql', 'create table first_thing (a int)')
    await migrate(opened(), folder)
    await write('0001_first.sql', 'create table first_thing (a int8)')
    await write('0002_second.sql', 'create table second_thing (a int)')
    const migrating = migrate(opened(), folder)
    await expect(migrating).rejects.toBeInstanceOf(StoreStartError)
    await expect(migrating).rejects.toThrow(/0001_first\.sql is not the one that was applied/)
    expect(await exists('second_thing')).toBe(false)
  })

  test('line ends of another system are no edit', async () => {
    await write('0001_first.sql', 'create table first_thing (\n  a int\n)\n')
    await migrate(opened(), folder)
    await write('0001_first.sql', 'create table first_thing (\r\n  a int\r\n)\r\n')
    expect(await migrate(opened(), folder)).toEqual([])
  })

  test('a database of a newer release is refused', async () => {
    await write('0001_first.sql', 'create table first_thing (a int)')
    await write('0002_second.sql', 'create table second_thing (a int)')
    await migrate(opened(), folder)
    await rm(join(folder, '0002_second.sql'))
    await expect(migrate(opened(), folder)).rejects.toThrow(
      /has the migration 0002_second.sql, which this release does not know/,
    )
  })

  test.each(['0002_first.sql', '1_first.sql', '0001-first.sql', '0001_First.sql'])(
    'a file that is misnamed (%s) is found before anything is applied',
    async (name) => {
      await write(name, 'create table first_thing (a int)')
      await expect(migrate(opened(), folder)).rejects.toThrow(/should be numbered 0001_name\.sql/)
      expect(await exists('first_thing')).toBe(false)
    },
  )
})

describe('migrations on a PostgreSQL server in use', () => {
  const opened = useDatabase('server')

  test('a table that stays locked stops the migration instead of the traffic behind it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'codelace-migrations-'))
    await writeFile(join(folder, '0001_first.sql'), 'alter table account add column extra int')
    const { db } = opened()
    await sql`drop table schema_migration`.execute(db)
    await db.transaction().execute(async (transaction) => {
      await sql`select from account`.execute(transaction)
      await expect(migrate(opened(), folder)).rejects.toThrow(/failed: .*lock timeout/)
    })
    expect(await migrate(opened(), folder)).toEqual(['0001_first.sql'])
    await rm(folder, { recursive: true })
  })
})
