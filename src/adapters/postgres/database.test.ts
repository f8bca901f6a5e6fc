import { existsSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { sql } from 'kysely'
import { Client } from 'pg'
import { afterEach, assert, describe, expect, test, vi } from 'vitest'

import { StoreUnavailable } from '#ports/store-error.ts'
import {
  databaseKinds,
  makeDatabase,
  type TestDatabase,
  useDatabase,
} from '#test/database/database-fixture.ts'

import { openDatabase } from './database.ts'
import { StoreStartError } from './start-error.ts'
import { violates } from './store-errors.ts'

const makeListener = () => vi.fn<(payload: string | null) => void>()

describe.each(databaseKinds)('the %s database', (kind) => {
  const opened = useDatabase(kind)

  test('whole numbers of 64 bits are bigint, in columns, arrays, counts and sums cast in SQL', async () => {
    const { rows } = await sql`
      select 1::int8 as small, 9007199254740993::int8 as large, array[1, null]::int8[] as list,
        '{}'::int8[] as empty, count(*) as counted, sum(v::int8)::int8 as summed, 7::int4 as int
      from (values (4611686018427387904), (4611686018427387903)) as given (v)`.execute(opened().db)
    expect(rows).toEqual([
      {
        small: 1n,
        large: 9007199254740993n,
        list: [1n, null],
        empty: [],
        counted: 2n,
        summed: 9223372036854775807n,
        int: 7,
      },
    ])
  })

  test('days have no time zone, moments keep their milliseconds, bytes stay bytes', async () => {
    const moment = new Date('2031-02-03T23:59:59.987Z')
    const { rows } = await sql<Record<string, unknown>>`
      select '2031-02-03'::date as day, ${moment}::timestamptz as moment,
        (${moment}::timestamptz)::date as day_of_moment, ${Buffer.from([0, 255])}::bytea as bytes
    `.execute(opened().db)
    expect(rows).toEqual([
      {
        day: '2031-02-03',
        moment,
        day_of_moment: '2031-02-03',
        bytes: Buffer.from([0, 255]),
      },
    ])
  })

  test('a broken promise of the schema is named, and is not taken for an outage', async () => {
    const insert = sql`insert into price_change (endpoint, version_id) values ('a/b@c', 'price_x')`
    const failed = insert.execute(opened().db)
    await expect(failed).rejects.not.toBeInstanceOf(StoreUnavailable)
    const error: unknown = await failed.catch((reason: unknown) => reason)
    expect(violates(error, 'price_change_version_id_fkey')).toBe(true)
    expect(violates(error, 'price_change_pkey')).toBe(false)
  })

  test('a transaction that throws leaves nothing behind, and the connection is as before', async () => {
    const { db } = opened()
    const abandoned = db.transaction().execute(async (transaction) => {
      await sql`create table left_behind (a int)`.execute(transaction)
      throw new RangeError('changed my mind')
    })
    await expect(abandoned).rejects.toThrow('changed my mind')
    const { rows } = await sql`select to_regclass('left_behind') as found`.execute(db)
    expect(rows).toEqual([{ found: null }])
  })

  test('transactions that want the same row take turns', async () => {
    const { db } = opened()
    await sql`create table counter (n int8 not null)`.execute(db)
    await sql`insert into counter values (0)`.execute(db)
    const increment = () =>
      db.transaction().execute(async (transaction) => {
        const { rows } = await sql<{ n: bigint }>`select n from counter for update`.execute(
          transaction,
        )
        await sql`update counter set n = ${(rows[0]?.n ?? 0n) + 1n}`.execute(transaction)
      })
    await Promise.all(Array.from({ length: 20 }, increment))
    expect((await sql`select n from counter`.execute(db)).rows).toEqual([{ n: 20n }])
  })

  test('a notification reaches every listener of its channel, and no other', async () => {
    const { db, listen } = opened()
    const [first, second, other] = [makeListener(), makeListener(), makeListener()]
    await listen('codelace_directory', first)
    await listen('codelace_directory', second)
    await listen('codelace_leases', other)
    await sql`select pg_notify('codelace_directory', 'hello')`.execute(db)
    await vi.waitFor(() => expect(second).toHaveBeenCalledWith('hello'))
    expect(first).toHaveBeenCalledWith('hello')
    expect(other).not.toHaveBeenCalledWith('hello')
  })

  test('maintenance and requests see the same data', async () => {
    const { db, patientDb } = opened()
    await sql`create table seen (a int)`.execute(patientDb)
    await sql`insert into seen values (1)`.execute(db)
    expect((await sql`select a from seen`.execute(patientDb)).rows).toEqual([{ a: 1 }])
  })
})

describe('a database that is closed', () => {
  let made: TestDatabase | undefined
  afterEach(() => made?.drop())

  test.each(databaseKinds)('%s: everything after is refused as unavailable', async (kind) => {
    made = await makeDatabase(kind)
    const { db, close } = made.database
    await sql`select 1`.execute(db)
    await close()
    await expect(sql`select 1`.execute(db)).rejects.toBeInstanceOf(StoreUnavailable)
  })
})

describe('a database that is closed in the middle of work', () => {
  test('a statement that does not end is broken off, and closing ends', async () => {
    const made = await makeDatabase('server')
    const slow = sql`select pg_sleep(60)`.execute(made.database.patientDb)
    const ended = slow.catch((error: unknown) => error)
    await vi.waitFor(async () => {
      const { rows } = await sql`
        select from pg_stat_activity where query like 'select pg_sleep(60)%' and state = 'active'
          and datname = current_database()`.execute(made.database.db)
      expect(rows).toHaveLength(1)
    })
    await made.drop()
    expect(await ended).toBeInstanceOf(StoreUnavailable)
  })
})

describe('the embedded database', () => {
  const opened = useDatabase('embedded')

  test('computes without keeping this thread from its work', async () => {
    let turns = 0
    let isDone = false
    const query = sql`select count(*) from generate_series(1, 1000000)`
      .execute(opened().db)
      .finally(() => {
        isDone = true
      })
    while (!isDone) {
      await nextTurn()
      turns += 1
    }
    await query
    expect(turns).toBeGreaterThan(1_000)
  })

  test('says in one sentence why it cannot start', async () => {
    const folder = '/dev/null/database'
    const opening = openDatabase({ kind: 'folder', folder })
    await expect(opening).rejects.toBeInstanceOf(StoreStartError)
    await expect(opening).rejects.toThrow(
      /^The embedded database in \S+ could not be started: .+\.$/,
    )
    expect(existsSync(folder)).toBe(false)
  })
})

describe('a PostgreSQL server', () => {
  let made: TestDatabase | undefined
  afterEach(() => made?.drop())

  test.each([
    ['not an address', /^DATABASE_URL is not a PostgreSQL address; it should look like postgres:/],
    ['mysql://localhost/x', /^DATABASE_URL is not a PostgreSQL address/],
    [
      'postgres://who:secret@127.0.0.1:1/shop',
      /^The database "shop" at 127.0.0.1:1 cannot be used/,
    ],
  ])('%s is refused with one sentence that holds no password', async (url, sentence) => {
    const opening = openDatabase({ kind: 'server', url })
    await expect(opening).rejects.toBeInstanceOf(StoreStartError)
    await expect(opening).rejects.toThrow(sentence)
    await expect(opening).rejects.not.toThrow(/secret/)
  })

  test('a listener hears again after its connection was lost, and is told that it missed something', async () => {
    made = await makeDatabase('server')
    const { database, url } = made
    const heard: (string | null)[] = []
    await database.listen('codelace_directory', (payload) => heard.push(payload))
    assert(url)
    const admin = new Client({ connectionString: url })
    await admin.connect()
    const others = `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`
    await admin.query(others)
    await vi.waitFor(() => expect(heard).toEqual([null, null]), 5_000)
    await admin.query("notify codelace_directory, 'again'")
    await vi.waitFor(() => expect(heard).toEqual([null, null, 'again']), 5_000)
    await admin.end()
  })
})
