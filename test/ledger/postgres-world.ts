import { randomBytes } from 'node:crypto'

import { sql } from 'kysely'

import type { Database } from '#adapters/postgres/database.ts'
import { makePostgresLedgerStore } from '#adapters/postgres/ledger/store.ts'
import { type AccountId, makeAccountId } from '#domain/identifiers.ts'
import type { LedgerUnderTest } from '#ports/ledger/fixture.conformance.ts'

/**
 * The ledger of a database, with the world that its suite needs. Time passes by moving what is stored
 * of its own accounts into the past, so no test waits and none disturbs another.
 */
export function makePostgresLedgerWorld(opened: () => Database): () => Promise<LedgerUnderTest> {
  const recalls: AccountId[] = []
  let listening: Promise<void> | undefined
  return async () => {
    const database = opened()
    listening ??= database.listen('codelace_leases', (payload) => {
      if (payload !== null) recalls.push(payload as AccountId)
    })
    await listening
    const ledger = makePostgresLedgerStore(database)
    // What earlier tests let expire would be counted by this one.
    await ledger.reclaimExpired(0)
    await ledger.expireGrants()
    const accountIds: AccountId[] = []
    return {
      ledger,
      makeAccount: async (status = 'active') => {
        const id = makeAccountId(randomBytes)
        accountIds.push(id)
        await database.db
          .insertInto('account')
          .values({
            id,
            role: 'customer',
            display_name: 'Ada',
            email: null,
            content_mode: 'full',
            status,
          })
          .execute()
        return id
      },
      nowMs: Date.now,
      letTimePass: (ms) => moveIntoThePast(database, accountIds, ms),
      recalls: () => recalls,
    }
  }
}

/** Runs statements that no guard of the database looks at, as a broken disk or a careless hand would. */
export async function withoutGuards(
  database: Database,
  ...statements: ReturnType<typeof sql>[]
): Promise<void> {
  await database.db.transaction().execute(async (transaction) => {
    await sql`set local session_replication_role = replica`.execute(transaction)
    for (const statement of statements) await statement.execute(transaction)
  })
}

function moveIntoThePast(
  database: Database,
  accountIds: readonly AccountId[],
  ms: number,
): Promise<void> {
  const past = sql`${ms}::int8 * interval '1 millisecond'`
  const theirs = sql`account_id = any(${accountIds}::text[])`
  return withoutGuards(
    database,
    sql`
      update lease set opened_at = opened_at - ${past}, expires_at = expires_at - ${past}
      where ${theirs}`,
    sql`
      update credit_grant set created_at = created_at - ${past}, expires_at = expires_at - ${past}
      where ${theirs}`,
  )
}
