import { sql } from 'kysely'

import { assert } from '#domain/faults.ts'
import type { AccountId, LeaseId, NodeId } from '#domain/identifiers.ts'
import type { AccountState } from '#domain/ledger/accounts.ts'
import type { GrantState } from '#domain/ledger/grants.ts'
import type { LeaseState, LeaseStatus } from '#domain/ledger/leases.ts'
import { nanoUsd } from '#domain/money.ts'

import { textArray } from './arrays.ts'
import type { LedgerDb } from './run.ts'

interface BalanceRow {
  account_id: AccountId
  available_nano_usd: bigint
  held_nano_usd: bigint
}

/**
 * Takes the locks of the accounts given, always in the order of their ids, so that nodes never wait for
 * each other in a circle; makes the balance of an account that has none yet. Everything else of an
 * account's money (grants, leases) changes under this lock only, and must be read by later statements.
 */
export async function lockBalances(
  db: LedgerDb,
  accountIds: readonly AccountId[],
): Promise<BalanceRow[]> {
  const rows = await lockExisting(db, accountIds)
  if (rows.length === accountIds.length) return rows
  await sql`
    insert into ledger_balance (account_id)
    select id from unnest(${textArray(accountIds)}) as wanted (id) order by id collate "C"
    on conflict (account_id) do nothing`.execute(db)
  const all = await lockExisting(db, accountIds)
  assert(all.length === accountIds.length, 'every account that is locked has a balance')
  return all
}

async function lockExisting(db: LedgerDb, accountIds: readonly AccountId[]): Promise<BalanceRow[]> {
  const { rows } = await sql<BalanceRow>`
    select account_id, available_nano_usd, held_nano_usd from ledger_balance
    where account_id = any(${textArray(accountIds)})
    order by account_id
    for no key update`.execute(db)
  return rows
}

/** Locks accounts and reads what the rules need to know of them. The ids are distinct. */
export async function lockAccounts(
  db: LedgerDb,
  accountIds: readonly AccountId[],
): Promise<Map<AccountId, AccountState>> {
  const balances = await lockBalances(db, accountIds)
  const grants = await readLiveGrants(db, accountIds)
  return new Map(
    balances.map((row) => [
      row.account_id,
      {
        accountId: row.account_id,
        availableNanoUsd: nanoUsd(row.available_nano_usd),
        heldNanoUsd: nanoUsd(row.held_nano_usd),
        grants: grants.get(row.account_id) ?? [],
      },
    ]),
  )
}

/** Grants with something left, by account. */
async function readLiveGrants(
  db: LedgerDb,
  accountIds: readonly AccountId[],
): Promise<Map<AccountId, GrantState[]>> {
  const rows = await db
    .selectFrom('credit_grant')
    .select(['id', 'account_id', 'remaining_nano_usd', 'priority', 'created_at', 'expires_at'])
    .where('account_id', '=', sql<AccountId>`any(${textArray(accountIds)})`)
    .where('is_live', '=', true)
    .execute()
  const grants = new Map<AccountId, GrantState[]>()
  for (const row of rows) {
    const ofAccount = grants.get(row.account_id) ?? []
    grants.set(row.account_id, ofAccount)
    ofAccount.push({
      id: row.id,
      priority: row.priority,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      remainingNanoUsd: nanoUsd(row.remaining_nano_usd),
    })
  }
  return grants
}

/** What the database returns of a lease. */
export interface LeaseRow {
  id: LeaseId
  account_id: AccountId
  node_id: NodeId
  epoch: number
  status: LeaseStatus
  granted_nano_usd: bigint
  settled_nano_usd: bigint
  returned_nano_usd: bigint
}

/** The columns of a lease that the rules need. */
export const leaseColumns = [
  'id',
  'account_id',
  'node_id',
  'epoch',
  'status',
  'granted_nano_usd',
  'settled_nano_usd',
  'returned_nano_usd',
] as const

/** A lease as the rules know it. */
export function leaseState(row: LeaseRow): LeaseState {
  return {
    id: row.id,
    accountId: row.account_id,
    nodeId: row.node_id,
    epoch: row.epoch,
    status: row.status,
    grantedNanoUsd: nanoUsd(row.granted_nano_usd),
    settledNanoUsd: nanoUsd(row.settled_nano_usd),
    returnedNanoUsd: nanoUsd(row.returned_nano_usd),
  }
}

/**
 * Locks the leases that exist, in the order of their ids, and reads them. Their accounts were locked
 * before; this lock is against `renew`, which takes several leases without their accounts.
 */
export async function lockLeases(
  db: LedgerDb,
  leaseIds: readonly LeaseId[],
): Promise<Map<LeaseId, LeaseState>> {
  if (leaseIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('lease')
    .select(leaseColumns)
    .where('id', '=', sql<LeaseId>`any(${textArray(leaseIds)})`)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
  return new Map(rows.map((row) => [row.id, leaseState(row)]))
}

/**
 * The epoch of a node's newest life, which cannot be raised before this transaction ends; undefined when
 * the node is unknown. Taken before any account is locked.
 */
export async function pinEpoch(db: LedgerDb, nodeId: NodeId): Promise<number | undefined> {
  const row = await db
    .selectFrom('node')
    .select('epoch')
    .where('id', '=', nodeId)
    .forShare()
    .executeTakeFirst()
  return row?.epoch
}
