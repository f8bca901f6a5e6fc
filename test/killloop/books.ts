import { sql } from 'kysely'

import type { Database } from '#adapters/postgres/database.ts'
import { makePostgresLedgerStore } from '#adapters/postgres/ledger/store.ts'

import type { Acknowledged } from './clients.ts'

/** What the books say after everything, held against what the clients were told. */
export interface BooksReport {
  readonly chargeCount: number
  /** Answers that a client has whole and the books do not. */
  readonly lost: readonly string[]
  /** Answers that were charged another amount than the client was told. */
  readonly wrong: readonly string[]
  /** Charges that stand in the books more than once. */
  readonly doubled: readonly string[]
  /** Nano-dollars by which revenue differs from the sum of all charges. */
  readonly revenueDifference: bigint
  readonly openLeaseCount: number
  /** What the ledger's own verification found. */
  readonly differences: readonly string[]
}

/** Reads the books of a server that has stopped. */
export async function readBooks(
  database: Database,
  acknowledged: readonly Acknowledged[],
): Promise<BooksReport> {
  const { db } = database
  const charges = await db
    .selectFrom('usage_charge')
    .select(['charge_id', 'cost_nano_usd'])
    .execute()
  const costs = new Map<string, bigint>()
  const doubled: string[] = []
  for (const { charge_id, cost_nano_usd } of charges) {
    if (costs.has(charge_id)) doubled.push(charge_id)
    costs.set(charge_id, cost_nano_usd)
  }
  const revenue = await sql<{ difference: bigint }>`
    select (
      coalesce((select sum(amount_nano_usd) from ledger_entry where book = 'revenue'), 0)
      - coalesce((select sum(cost_nano_usd) from usage_charge), 0)
    )::int8 as difference`.execute(db)
  const leases = await sql<{ count: bigint }>`
    select count(*) as count from lease where status = 'open'`.execute(db)
  const differences = await makePostgresLedgerStore(database).verify()
  return {
    chargeCount: charges.length,
    lost: acknowledged.filter(({ id }) => !costs.has(id)).map(({ id }) => id),
    wrong: acknowledged
      .filter(({ id, costNanoUsd }) => costs.has(id) && costs.get(id) !== costNanoUsd)
      .map(({ id }) => id),
    doubled,
    revenueDifference: revenue.rows[0]?.difference ?? 0n,
    openLeaseCount: Number(leases.rows[0]?.count ?? 0n),
    differences: differences.map(({ invariant, detail }) => `${invariant}: ${detail}`),
  }
}
