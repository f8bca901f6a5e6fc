import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'

import { ledgerAttemptsMax } from '#domain/limits.ts'
import { StoreUnavailable } from '#ports/store-error.ts'
import { databaseKinds, useDatabase } from '#test/database/database-fixture.ts'

import { inLedgerTransaction, type LedgerDb } from './run.ts'

const fail = (db: LedgerDb, state: string) =>
  sql`do ${sql.lit(`begin raise exception 'planted' using errcode = '${state}'; end`)}`.execute(db)

describe.each(databaseKinds)('a ledger transaction on the %s database', (kind) => {
  const opened = useDatabase(kind)

  test.each(['40001', '40P01'])('is tried again when it lost a race (%s)', async (state) => {
    let attempts = 0
    const result = await inLedgerTransaction(opened().db, async (db) => {
      attempts += 1
      await db
        .insertInto('node')
        .values({ id: `node_race${state}`, epoch: attempts })
        .execute()
      if (attempts < ledgerAttemptsMax) await fail(db, state)
      return 'done'
    })
    expect(result).toBe('done')
    const rows = await opened()
      .db.selectFrom('node')
      .select('epoch')
      .where('id', '=', `node_race${state}`)
      .execute()
    expect(rows).toEqual([{ epoch: ledgerAttemptsMax }])
  })

  test('is given up as unavailable when it loses every race', async () => {
    let attempts = 0
    const lost = inLedgerTransaction(opened().db, async (db) => {
      attempts += 1
      await fail(db, '40001')
    })
    await expect(lost).rejects.toThrow(StoreUnavailable)
    expect(attempts).toBe(ledgerAttemptsMax)
  })

  test('is not tried again when the database refused it', async () => {
    let attempts = 0
    const refused = inLedgerTransaction(opened().db, async (db) => {
      attempts += 1
      await fail(db, '23514')
    })
    await expect(refused).rejects.toThrow('planted')
    expect(attempts).toBe(1)
  })

  test('sees what others commit while it runs, whatever the default level is', async () => {
    const level = await inLedgerTransaction(opened().db, (db) =>
      sql<{ level: string }>`select current_setting('transaction_isolation') as level`.execute(db),
    )
    expect(level.rows).toEqual([{ level: 'read committed' }])
  })
})
