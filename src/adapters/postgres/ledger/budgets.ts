import { type Kysely, type RawBuilder, sql } from 'kysely'

import type { Database, Tables } from '#adapters/postgres/database.ts'
import { limitsFromJson } from '#adapters/postgres/limits-json.ts'
import {
  type BudgetFacts,
  type BudgetLeaseState,
  decideBudgetLease,
  leftAfter,
  readBudgetId,
  type SpendOwner,
} from '#domain/budgets.ts'
import { assert } from '#domain/faults.ts'
import type { LeaseId, NodeId } from '#domain/identifiers.ts'
import { mayUseLease } from '#domain/ledger/leases.ts'
import { endedBudgetLeaseKeptMs } from '#domain/limits.ts'
import { nanoUsd, zeroNanoUsd } from '#domain/money.ts'
import {
  spanOf,
  type SpendWindow,
  spendWindows,
  type UtcDay,
  type WindowAmounts,
} from '#domain/spend-windows.ts'
import { noSpendLimits } from '#domain/usage-limits.ts'
import type { BudgetLeaseRequest, BudgetLeaseResult, BudgetStore } from '#ports/budget-store.ts'

import { textArray } from './arrays.ts'
import { requestRecall } from './nodes.ts'
import { pinEpoch } from './read.ts'
import { inLedgerTransaction, type LedgerDb } from './run.ts'

/** Spend limits in PostgreSQL, embedded or not. Each operation owns its transaction. */
export function makePostgresBudgetStore({ db }: Pick<Database, 'db'>): BudgetStore {
  return {
    lease: (request) => inLedgerTransaction(db, (transaction) => lend(transaction, request)),
    renew: (request) => renew(db, request),
    giveBack: (request) => giveBack(db, request),
    requestRecall: (budgetId) => requestRecall(db, budgetId),
    closeOldLeases: (nodeId, epoch) =>
      end(db, sql<boolean>`node_id = ${nodeId} and epoch < ${epoch}`),
    reclaimExpired: (graceMs) => reclaimExpired(db, graceMs),
    spent: (ownerId, day) => readSpent(db, ownerId, day),
  }
}

/**
 * Lends under a lock on the owner's row, so that nobody else decides about the same owner meanwhile. What
 * is spent and what is held are read by one statement: settlement moves amounts from one to the other in
 * one transaction, so their sum is never seen in between.
 */
async function lend(db: LedgerDb, request: BudgetLeaseRequest): Promise<BudgetLeaseResult> {
  const { ownerId, day } = readBudgetId(request.budgetId)
  const currentEpoch = await pinEpoch(db, request.nodeId)
  const stored = await lockLimits(db, ownerId)
  if (stored === undefined) return { kind: 'owner_unknown' }
  const limits = limitsFromJson(stored.limits)?.spendNanoUsd ?? noSpendLimits
  const lease = await findLease(db, request.leaseId)
  const { spent, held } = await readWindows(db, ownerId, day)
  const facts: BudgetFacts = { limits, spent, held, currentEpoch, lease }
  const decision = decideBudgetLease(request, facts)
  switch (decision.kind) {
    case 'granted': {
      await keepLease(db, request, decision.addedNanoUsd)
      return { ...decision, leftNanoUsd: leftAfter(decision) }
    }
    case 'insufficient': {
      const elsewhereNanoUsd = await readElsewhere(db, request)
      return { ...decision, elsewhereNanoUsd }
    }
    case 'fenced':
      return decision
  }
}

async function lockLimits(
  db: LedgerDb,
  ownerId: SpendOwner,
): Promise<{ limits: unknown } | undefined> {
  const table = tables[kindOf(ownerId)]
  return db
    .selectFrom(table)
    .select('limits')
    .where(sql<boolean>`id = ${ownerId}`)
    .forNoKeyUpdate()
    .executeTakeFirst()
}

type OwnerKind = 'key' | 'project' | 'account'

function kindOf(id: SpendOwner): OwnerKind {
  if (id.startsWith('key_')) return 'key'
  return id.startsWith('proj_') ? 'project' : 'account'
}

const tables = { key: 'api_key', project: 'project', account: 'account' } as const

/** Whose usage counts: a key stays in its project for life, so a project's is that of its keys. */
function isUsageOf(id: SpendOwner): RawBuilder<boolean> {
  switch (kindOf(id)) {
    case 'key':
      return sql<boolean>`key_id = ${id}`
    case 'project':
      return sql<boolean>`key_id in (select id from api_key where project_id = ${id})`
    case 'account':
      return sql<boolean>`account_id = ${id}`
  }
}

async function findLease(db: LedgerDb, id: LeaseId): Promise<BudgetLeaseState | undefined> {
  const row = await db
    .selectFrom('budget_lease')
    .selectAll()
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return (
    row && {
      id: row.id,
      ownerId: row.owner_id,
      day: row.day as UtcDay,
      nodeId: row.node_id,
      epoch: row.epoch,
      status: row.status,
      grantedNanoUsd: nanoUsd(row.granted_nano_usd),
      settledNanoUsd: nanoUsd(row.settled_nano_usd),
      returnedNanoUsd: nanoUsd(row.returned_nano_usd),
    }
  )
}

type WindowRow = Record<`spent_${SpendWindow}` | `held_${SpendWindow}`, bigint>

/** What is spent and what is held in the windows of a day, at one moment. */
async function readWindows(
  db: Kysely<Tables>,
  ownerId: SpendOwner,
  day: UtcDay,
): Promise<{ spent: WindowAmounts; held: WindowAmounts }> {
  const rest = sql`granted_nano_usd - settled_nano_usd - returned_nano_usd`
  const { rows } = await sql<WindowRow>`
    select spent.*, held.* from
      (
        select ${sql.join(sumsByWindow('spent', sql`cost_nano_usd`, day))}
        from usage_by_key_day where ${isUsageOf(ownerId)}
      ) as spent,
      (
        select ${sql.join(sumsByWindow('held', rest, day))}
        from budget_lease where owner_id = ${ownerId} and status = 'open'
      ) as held`.execute(db)
  const [row] = rows
  assert(row, 'sums are always one row')
  const amountsOf = (side: 'spent' | 'held'): WindowAmounts => ({
    day: nanoUsd(row[`${side}_day`]),
    week: nanoUsd(row[`${side}_week`]),
    month: nanoUsd(row[`${side}_month`]),
    total: nanoUsd(row[`${side}_total`]),
  })
  return { spent: amountsOf('spent'), held: amountsOf('held') }
}

function sumsByWindow(side: 'spent' | 'held', amount: ReturnType<typeof sql>, day: UtcDay) {
  return spendWindows.map((window) => {
    const { from, until } = spanOf(window, day)
    const isWithin = sql`
      (${from}::date is null or day >= ${from}::date)
      and (${until}::date is null or day < ${until}::date)`
    const name = sql.ref(`${side}_${window}`)
    return sql`coalesce(sum(${amount}) filter (where ${isWithin}), 0)::int8 as ${name}`
  })
}

async function readSpent(
  db: Kysely<Tables>,
  ownerId: SpendOwner,
  day: UtcDay,
): Promise<WindowAmounts> {
  return (await readWindows(db, ownerId, day)).spent
}

/** What others hold that counts here: other nodes, and this one for other days. */
async function readElsewhere(db: LedgerDb, { budgetId, nodeId }: BudgetLeaseRequest) {
  const { ownerId, day } = readBudgetId(budgetId)
  const { rows } = await sql<{ rest: bigint }>`
    select coalesce(sum(granted_nano_usd - settled_nano_usd - returned_nano_usd), 0)::int8 as rest
    from budget_lease
    where owner_id = ${ownerId} and status = 'open'
      and (node_id <> ${nodeId} or day <> ${day}::date)`.execute(db)
  return nanoUsd(rows[0]?.rest ?? 0n)
}

async function keepLease(
  db: LedgerDb,
  request: BudgetLeaseRequest,
  addedNanoUsd: bigint,
): Promise<void> {
  const { ownerId, day } = readBudgetId(request.budgetId)
  await db
    .insertInto('budget_lease')
    .values({
      id: request.leaseId,
      owner_id: ownerId,
      day,
      node_id: request.nodeId,
      epoch: request.epoch,
      granted_nano_usd: addedNanoUsd,
      expires_at: fromNow(request.ttlMs),
    })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({
        granted_nano_usd: sql`budget_lease.granted_nano_usd + excluded.granted_nano_usd`,
        expires_at: fromNow(request.ttlMs),
      }),
    )
    .execute()
}

function fromNow(ttlMs: number) {
  return sql<Date>`now() + ${ttlMs}::int8 * interval '1 millisecond'`
}

function renew(
  db: Kysely<Tables>,
  request: { nodeId: NodeId; epoch: number; leaseIds: readonly LeaseId[]; ttlMs: number },
): Promise<readonly LeaseId[]> {
  const { nodeId, epoch, leaseIds, ttlMs } = request
  if (leaseIds.length === 0) return Promise.resolve([])
  return inLedgerTransaction(db, async (transaction) => {
    const currentEpoch = await pinEpoch(transaction, nodeId)
    if (currentEpoch !== epoch) return leaseIds
    const { rows } = await sql<{ id: LeaseId }>`
      with locked as (
        select id from budget_lease
        where id = any(${textArray(leaseIds)}) and status = 'open'
          and node_id = ${nodeId} and epoch = ${epoch}
        order by id
        for no key update
      )
      update budget_lease set expires_at = ${fromNow(ttlMs)}
      where id in (select id from locked)
      returning id`.execute(transaction)
    const renewed = new Set(rows.map(({ id }) => id))
    return leaseIds.filter((id) => !renewed.has(id))
  })
}

function giveBack(
  db: Kysely<Tables>,
  request: Parameters<BudgetStore['giveBack']>[0],
): Promise<void> {
  const { leaseId, nodeId, epoch, returnNumber, amountNanoUsd, close } = request
  return inLedgerTransaction(db, async (transaction) => {
    const currentEpoch = await pinEpoch(transaction, nodeId)
    const lease = await findLease(transaction, leaseId)
    if (!lease || !mayUseLease(lease, { nodeId, epoch, currentEpoch })) return
    if (close) {
      await transaction
        .updateTable('budget_lease')
        .set({ status: 'closed', ended_at: sql<Date>`now()` })
        .where('id', '=', leaseId)
        .execute()
      return
    }
    const amount = amountNanoUsd > 0n ? amountNanoUsd : zeroNanoUsd
    await transaction
      .updateTable('budget_lease')
      .set({
        return_number: returnNumber,
        returned_nano_usd: sql`returned_nano_usd + least(
          ${amount}::int8, granted_nano_usd - settled_nano_usd - returned_nano_usd
        )`,
      })
      .where('id', '=', leaseId)
      .where('return_number', '<', returnNumber)
      .execute()
  })
}

/** Ends slices: what they held is free again. */
async function end(db: Kysely<Tables>, isOver: ReturnType<typeof sql<boolean>>): Promise<number> {
  return inLedgerTransaction(db, async (transaction) => {
    const { rows } = await sql<{ id: LeaseId }>`
      with locked as (
        select id from budget_lease where status = 'open' and ${isOver}
        order by id
        for no key update
      )
      update budget_lease set status = 'reclaimed', ended_at = now()
      where id in (select id from locked)
      returning id`.execute(transaction)
    return rows.length
  })
}

async function reclaimExpired(db: Kysely<Tables>, graceMs: number): Promise<number> {
  const grace = sql`${graceMs}::int8 * interval '1 millisecond'`
  const count = await end(db, sql<boolean>`expires_at + ${grace} < now()`)
  await sql`
    delete from budget_lease
    where status <> 'open'
      and ended_at < now() - ${endedBudgetLeaseKeptMs}::int8 * interval '1 millisecond'
  `.execute(db)
  return count
}
