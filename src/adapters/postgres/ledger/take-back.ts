import type { Kysely } from 'kysely'
import { type RawBuilder, sql } from 'kysely'

import type { Tables } from '#adapters/postgres/database.ts'
import type { AccountId, LeaseId, NodeId } from '#domain/identifiers.ts'
import {
  endTransaction,
  giveBackTransaction,
  type LeaseEnd,
  type LeaseState,
  leaseStatusAfter,
  mayUseLease,
} from '#domain/ledger/leases.ts'
import { effectKeys } from '#domain/ledger/transactions.ts'
import type { LedgerStore } from '#ports/ledger-store.ts'

import { textArray } from './arrays.ts'
import { post } from './post.ts'
import { lockBalances, lockLeases, pinEpoch } from './read.ts'
import { inLedgerTransaction, type LedgerDb } from './run.ts'

/** `giveBack` of the port. */
export function giveBack(
  db: Kysely<Tables>,
  request: Parameters<LedgerStore['giveBack']>[0],
): Promise<void> {
  return inLedgerTransaction(db, async (transaction) => {
    const currentEpoch = await pinEpoch(transaction, request.nodeId)
    const accountId = await findAccount(transaction, request.leaseId)
    if (accountId === undefined) return
    await lockBalances(transaction, [accountId])
    const lease = (await lockLeases(transaction, [request.leaseId])).get(request.leaseId)
    if (!lease || !mayUseLease(lease, { ...request, currentEpoch })) return
    if (request.close) {
      await endLeases(transaction, [lease], 'close')
      return
    }
    if (await wasPosted(transaction, effectKeys.giveBack(lease.id, request.returnNumber))) return
    const back = giveBackTransaction(lease, request)
    await post(transaction, back ? [back] : [])
  })
}

/** A lease's account never changes, so it may be read before the account is locked. */
async function findAccount(db: LedgerDb, leaseId: LeaseId): Promise<AccountId | undefined> {
  const row = await db
    .selectFrom('lease')
    .select('account_id')
    .where('id', '=', leaseId)
    .executeTakeFirst()
  return row?.account_id
}

async function wasPosted(db: LedgerDb, effectKey: string): Promise<boolean> {
  const row = await db
    .selectFrom('ledger_transaction')
    .select('id')
    .where('effect_key', '=', effectKey)
    .executeTakeFirst()
  return row !== undefined
}

async function endLeases(
  db: LedgerDb,
  leases: readonly LeaseState[],
  end: LeaseEnd,
): Promise<void> {
  if (leases.length === 0) return
  await post(
    db,
    leases.flatMap((lease) => endTransaction(lease, end) ?? []),
  )
  await db
    .updateTable('lease')
    .set({ status: leaseStatusAfter.open[end], ended_at: sql<Date>`now()` })
    .where('id', '=', sql<LeaseId>`any(${textArray(leases.map((lease) => lease.id))})`)
    .execute()
}

/** `closeOldLeases` of the port, at most `batchMax` leases in one transaction. */
export function closeOldLeases(
  db: Kysely<Tables>,
  { nodeId, epoch, batchMax }: { nodeId: NodeId; epoch: number; batchMax: number },
): Promise<number> {
  const isOver = sql<boolean>`node_id = ${nodeId} and epoch < ${epoch}`
  return reclaimWhere(db, isOver, batchMax)
}

/** `reclaimExpired` of the port, at most `batchMax` leases in one transaction. */
export function reclaimExpired(
  db: Kysely<Tables>,
  { graceMs, batchMax }: { graceMs: number; batchMax: number },
): Promise<number> {
  const grace = sql`${graceMs}::int8 * interval '1 millisecond'`
  return reclaimWhere(db, sql<boolean>`expires_at + ${grace} < now()`, batchMax)
}

/** Ends open leases in batches until none is found. */
async function reclaimWhere(
  db: Kysely<Tables>,
  isOver: RawBuilder<boolean>,
  batchMax: number,
): Promise<number> {
  let closed = 0
  for (;;) {
    const found = await db
      .selectFrom('lease')
      .select(['id', 'account_id'])
      .where('status', '=', 'open')
      .where(isOver)
      .orderBy('account_id')
      .limit(batchMax)
      .execute()
    if (found.length === 0) return closed
    closed += await inLedgerTransaction(db, async (transaction) => {
      const accountIds = [...new Set(found.map((lease) => lease.account_id))]
      await lockBalances(transaction, accountIds)
      const stillOver = await transaction
        .selectFrom('lease')
        .select('id')
        .where('id', '=', sql<LeaseId>`any(${textArray(found.map((lease) => lease.id))})`)
        .where('status', '=', 'open')
        .where(isOver)
        .orderBy('id')
        .forNoKeyUpdate()
        .execute()
      const leases = await lockLeases(
        transaction,
        stillOver.map((lease) => lease.id),
      )
      await endLeases(transaction, [...leases.values()], 'reclaim')
      return leases.size
    })
  }
}
