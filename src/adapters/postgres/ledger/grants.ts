import type { Kysely } from 'kysely'
import { type Selectable, sql } from 'kysely'

import type { Tables } from '#adapters/postgres/database.ts'
import { violates } from '#adapters/postgres/store-errors.ts'
import { assert } from '#domain/faults.ts'
import type { AccountId } from '#domain/identifiers.ts'
import { grantTransaction } from '#domain/ledger/granting.ts'
import { compareGrants, isExpired } from '#domain/ledger/grants.ts'
import { nanoUsd } from '#domain/money.ts'
import type { Grant, GrantResult, NewGrant } from '#ports/ledger-store.ts'

import { post } from './post.ts'
import { lockAccounts } from './read.ts'
import { inLedgerTransaction, type LedgerDb } from './run.ts'
import type { CreditGrantTable } from './tables.ts'

const effectKeyConstraint = 'credit_grant_effect_key'

/** `grant` of the port. Of two that race with one effect key, the second finds what the first made. */
export async function grantCredit(db: Kysely<Tables>, grant: NewGrant): Promise<GrantResult> {
  try {
    return await inLedgerTransaction(db, (transaction) => grantIn(transaction, grant))
  } catch (error) {
    if (!violates(error, effectKeyConstraint)) throw error
    return inLedgerTransaction(db, (transaction) => grantIn(transaction, grant))
  }
}

async function grantIn(db: LedgerDb, grant: NewGrant): Promise<GrantResult> {
  const before = await findByEffect(db, grant.effectKey)
  if (before) return { kind: 'duplicate', grant: before }
  const owner = await db
    .selectFrom('account')
    .select('id')
    .where('id', '=', grant.accountId)
    .executeTakeFirst()
  if (owner === undefined) return { kind: 'account_unknown' }
  const account = (await lockAccounts(db, [grant.accountId])).get(grant.accountId)
  assert(account, 'a locked account was read')
  const transaction = grantTransaction(grant, account)
  await db
    .insertInto('credit_grant')
    .values({
      id: grant.id,
      account_id: grant.accountId,
      kind: grant.kind,
      amount_nano_usd: grant.amountNanoUsd,
      remaining_nano_usd: 0n,
      priority: grant.priority,
      expires_at: grant.expiresAt,
      effect_key: grant.effectKey,
      note: grant.note,
    })
    .execute()
  await post(db, [transaction])
  const granted = await findByEffect(db, grant.effectKey)
  assert(granted, 'a grant that was just made is there')
  return { kind: 'granted', grant: granted }
}

async function findByEffect(db: LedgerDb, effectKey: string): Promise<Grant | undefined> {
  const row = await db
    .selectFrom('credit_grant')
    .selectAll()
    .where('effect_key', '=', effectKey)
    .executeTakeFirst()
  return row && grantOf(row)
}

function grantOf(row: Selectable<CreditGrantTable>): Grant {
  return {
    id: row.id,
    accountId: row.account_id,
    kind: row.kind,
    amountNanoUsd: nanoUsd(row.amount_nano_usd),
    remainingNanoUsd: nanoUsd(row.remaining_nano_usd),
    priority: row.priority,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    note: row.note,
  }
}

/** `grants` of the port. */
export async function listGrants(
  db: Kysely<Tables>,
  accountId: AccountId,
): Promise<readonly Grant[]> {
  const rows = await db
    .selectFrom('credit_grant')
    .selectAll()
    .select(sql<Date>`now()`.as('now'))
    .where('account_id', '=', accountId)
    .execute()
  const nowMs = rows[0]?.now.getTime() ?? 0
  const isOver = (one: Grant) => (one.remainingNanoUsd === 0n || isExpired(one, nowMs) ? 1 : 0)
  return rows
    .map(grantOf)
    .toSorted((left, right) => isOver(left) - isOver(right) || compareGrants(left, right))
}
