import type { Kysely } from 'kysely'
import { sql } from 'kysely'

import type { Tables } from '#adapters/postgres/database.ts'
import type { AccountId } from '#domain/identifiers.ts'
import type { AccountState } from '#domain/ledger/accounts.ts'
import { effectsOf } from '#domain/ledger/effects.ts'
import { expiryTransactions } from '#domain/ledger/expiring.ts'
import type { LedgerTransaction } from '#domain/ledger/transactions.ts'

import { post } from './post.ts'
import { lockAccounts } from './read.ts'
import { inLedgerTransaction, type LedgerDb } from './run.ts'

/** `expireGrants` of the port: account by account in the order of their ids, in batches. */
export async function expireGrants(db: Kysely<Tables>, batchMax: number): Promise<number> {
  let ended = 0
  let after = ''
  for (;;) {
    const found = await db
      .selectFrom('credit_grant')
      .select('account_id')
      .distinct()
      .where('is_live', '=', true)
      .where('expires_at', '<=', sql<Date>`now()`)
      .where('account_id', '>', sql<AccountId>`${after}`)
      .orderBy('account_id')
      .limit(batchMax)
      .execute()
    const accountIds = found.map((row) => row.account_id)
    const last = accountIds.at(-1)
    if (last === undefined) return ended
    ended += await expireAccounts(db, accountIds)
    after = last
  }
}

/** Posts what is over of the accounts' expired grants; returns how many of them have nothing left now. */
export function expireAccounts(
  db: Kysely<Tables>,
  accountIds: readonly AccountId[],
): Promise<number> {
  return inLedgerTransaction(db, async (transaction) => {
    const accounts = [...(await lockAccounts(transaction, accountIds)).values()]
    const expiry = await planExpiry(transaction, accounts)
    await post(transaction, expiry)
    const { grants: changes } = effectsOf(expiry)
    return accounts
      .flatMap((account) => account.grants)
      .filter((grant) => grant.remainingNanoUsd + (changes.get(grant.id) ?? 0n) === 0n).length
  })
}

/** What is over of the expired grants of accounts that are locked, ready to be posted. */
export async function readExpiry(
  db: LedgerDb,
  accountIds: readonly AccountId[],
): Promise<LedgerTransaction[]> {
  return planExpiry(db, [...(await lockAccounts(db, accountIds)).values()])
}

async function planExpiry(
  db: LedgerDb,
  accounts: readonly AccountState[],
): Promise<LedgerTransaction[]> {
  const { rows } = await sql<{ now: Date }>`select now() as now`.execute(db)
  const nowMs = rows[0]?.now.getTime() ?? 0
  return accounts.flatMap((account) => expiryTransactions(account, nowMs))
}
