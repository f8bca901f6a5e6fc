import type { Kysely } from 'kysely'
import { sql } from 'kysely'

import type { Tables } from '#adapters/postgres/database.ts'
import type { AccountId } from '#domain/identifiers.ts'
import { nanoUsd } from '#domain/money.ts'
import type { Balance, StatementLine } from '#ports/ledger-store.ts'

import { expireAccounts } from './expiry.ts'

interface BalanceRow {
  available: bigint
  held: bigint
  spent: bigint
  granted: bigint
  has_expired: boolean
}

/** `balance` of the port. Expired credit that was not posted yet is posted first. */
export async function readBalance(
  db: Kysely<Tables>,
  accountId: AccountId,
): Promise<Balance | undefined> {
  const row = await readRow(db, accountId)
  if (!row?.has_expired) return row && balanceOf(row)
  await expireAccounts(db, [accountId])
  const current = await readRow(db, accountId)
  return current && balanceOf(current)
}

async function readRow(db: Kysely<Tables>, accountId: AccountId): Promise<BalanceRow | undefined> {
  const { rows } = await sql<BalanceRow>`
    select
      coalesce(balance.available_nano_usd, 0) as available,
      coalesce(balance.held_nano_usd, 0) as held,
      coalesce(balance.revenue_nano_usd, 0) as spent,
      credit.granted,
      credit.has_expired
    from account
    left join ledger_balance as balance on balance.account_id = ${accountId}
    cross join (
      select coalesce(sum(amount_nano_usd), 0)::int8 as granted,
        coalesce(bool_or(is_live and expires_at <= now()), false) as has_expired
      from credit_grant where account_id = ${accountId}
    ) as credit
    where account.id = ${accountId}`.execute(db)
  return rows[0]
}

function balanceOf(row: BalanceRow): Balance {
  return {
    availableNanoUsd: nanoUsd(row.available),
    heldNanoUsd: nanoUsd(row.held),
    spentNanoUsd: nanoUsd(row.spent),
    grantedNanoUsd: nanoUsd(row.granted),
  }
}

/** `statement` of the port. */
export async function readStatement(
  db: Kysely<Tables>,
  accountId: AccountId,
  limit: number,
): Promise<readonly StatementLine[]> {
  const rows = await db
    .with('newest', (query) =>
      query
        .selectFrom('ledger_transaction')
        .selectAll()
        .where('account_id', '=', accountId)
        .orderBy('id', 'desc')
        .limit(limit),
    )
    .selectFrom('newest')
    .innerJoin('ledger_entry as entry', 'entry.transaction_id', 'newest.id')
    .select(['newest.id', 'newest.posted_at', 'newest.kind', 'newest.effect_key'])
    .select(sumOf('available').as('available'))
    .select(sumOf('held').as('held'))
    .groupBy(['newest.id', 'newest.posted_at', 'newest.kind', 'newest.effect_key'])
    .orderBy('newest.id', 'desc')
    .execute()
  return rows.map((row) => ({
    transactionId: String(row.id),
    at: row.posted_at,
    kind: row.kind,
    effectKey: row.effect_key,
    availableNanoUsd: nanoUsd(row.available),
    heldNanoUsd: nanoUsd(row.held),
  }))
}

function sumOf(book: 'available' | 'held') {
  return sql<bigint>`
    coalesce(sum(entry.amount_nano_usd) filter (where entry.book = ${book}), 0)::int8`
}
