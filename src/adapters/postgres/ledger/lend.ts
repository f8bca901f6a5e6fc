import type { Kysely } from 'kysely'
import { sql } from 'kysely'

import type { Tables } from '#adapters/postgres/database.ts'
import { assert, unreachable } from '#domain/faults.ts'
import type { LeaseId, NodeId } from '#domain/identifiers.ts'
import { effectsOf } from '#domain/ledger/effects.ts'
import { type LeaseState, mayUseLease } from '#domain/ledger/leases.ts'
import { decideLease, type LeaseFacts } from '#domain/ledger/leasing.ts'
import { type NanoUsd, nanoUsd, zeroNanoUsd } from '#domain/money.ts'
import type { LeaseRequest, LeaseResult } from '#ports/ledger-store.ts'

import { textArray } from './arrays.ts'
import { readExpiry } from './expiry.ts'
import { post } from './post.ts'
import {
  leaseColumns,
  type LeaseRow,
  leaseState,
  lockBalances,
  lockLeases,
  pinEpoch,
} from './read.ts'
import { inLedgerTransaction, type LedgerDb } from './run.ts'

/** `lease` of the port: expiry first, then the decision, then one posting, under the account's lock. */
export function lend(db: Kysely<Tables>, request: LeaseRequest): Promise<LeaseResult> {
  return inLedgerTransaction(db, (transaction) => lendIn(transaction, request))
}

async function lendIn(db: LedgerDb, request: LeaseRequest): Promise<LeaseResult> {
  const { accountStatus, currentEpoch } = await readParties(db, request)
  if (accountStatus === undefined) return { kind: 'account_unknown' }
  const [balance] = await lockBalances(db, [request.accountId])
  assert(balance, 'a locked account has a balance')
  const { lease, hasExpired } = await readLease(db, request)
  const expiry = hasExpired ? await readExpiry(db, [request.accountId]) : []
  const overSince = effectsOf(expiry).accounts.get(request.accountId)?.books.available ?? 0n
  const available = balance.available_nano_usd + overSince
  const decision = decideLease(request, {
    accountStatus,
    currentEpoch,
    lease,
    availableNanoUsd: nanoUsd(available),
  })
  switch (decision.kind) {
    case 'granted':
      await keepLease(db, request)
      await post(db, [...expiry, decision.transaction])
      return {
        kind: 'granted',
        addedNanoUsd: decision.addedNanoUsd,
        availableNanoUsd: nanoUsd(available - decision.addedNanoUsd),
      }
    case 'insufficient':
      await post(db, expiry)
      return {
        kind: 'insufficient',
        availableNanoUsd: nanoUsd(available),
        elsewhereNanoUsd: await readElsewhere(db, request),
      }
    case 'not_active':
      return { kind: 'insufficient', availableNanoUsd: zeroNanoUsd, elsewhereNanoUsd: zeroNanoUsd }
    case 'fenced':
    case 'account_unknown':
      return decision
    default:
      return unreachable(decision)
  }
}

/** Who lends to whom. The epoch cannot be raised before this transaction ends. */
async function readParties(
  db: LedgerDb,
  { accountId, nodeId }: LeaseRequest,
): Promise<Pick<LeaseFacts, 'accountStatus' | 'currentEpoch'>> {
  const both = await db
    .selectFrom('node')
    .innerJoin('account', (join) => join.onTrue())
    .select(['account.status', 'node.epoch'])
    .where('node.id', '=', nodeId)
    .where('account.id', '=', accountId)
    .forShare('node')
    .executeTakeFirst()
  if (both) return { accountStatus: both.status, currentEpoch: both.epoch }
  const account = await db
    .selectFrom('account')
    .select('status')
    .where('id', '=', accountId)
    .executeTakeFirst()
  return { accountStatus: account?.status, currentEpoch: await pinEpoch(db, nodeId) }
}

type LeaseProbe = { has_expired: boolean } & (LeaseRow | { id: null })

/** The lease of this id, whoever's it is, and whether the account has expired credit to be posted. */
async function readLease(
  db: LedgerDb,
  { leaseId, accountId }: LeaseRequest,
): Promise<{ lease: LeaseState | undefined; hasExpired: boolean }> {
  const { rows } = await sql<LeaseProbe>`
    select ${sql.join(leaseColumns.map((column) => sql.ref(`lease.${column}`)))}, credit.has_expired
    from (
      select exists (
        select from credit_grant
        where account_id = ${accountId} and is_live and expires_at <= now()
      ) as has_expired
    ) as credit
    left join lease on lease.id = ${leaseId}`.execute(db)
  const [row] = rows
  assert(row, 'a select of one value returns one row')
  return { lease: row.id === null ? undefined : leaseState(row), hasExpired: row.has_expired }
}

/** What other nodes still hold of the account's credit. */
async function readElsewhere(db: LedgerDb, { accountId, nodeId }: LeaseRequest): Promise<NanoUsd> {
  const { rows } = await sql<{ rest: bigint }>`
    select coalesce(sum(granted_nano_usd - settled_nano_usd - returned_nano_usd), 0)::int8 as rest
    from lease
    where account_id = ${accountId} and status = 'open' and node_id <> ${nodeId}`.execute(db)
  return nanoUsd(rows[0]?.rest ?? 0n)
}

/** Makes the lease, with nothing in it yet, or lets it live longer. */
async function keepLease(db: LedgerDb, request: LeaseRequest): Promise<void> {
  await db
    .insertInto('lease')
    .values({
      id: request.leaseId,
      account_id: request.accountId,
      node_id: request.nodeId,
      epoch: request.epoch,
      expires_at: fromNow(request.ttlMs),
    })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({ expires_at: fromNow(request.ttlMs) }),
    )
    .execute()
}

function fromNow(ttlMs: number) {
  return sql<Date>`now() + ${ttlMs}::int8 * interval '1 millisecond'`
}

/** `renew` of the port. Takes leases without their accounts, in the order of their ids. */
export function renew(
  db: Kysely<Tables>,
  request: { nodeId: NodeId; epoch: number; leaseIds: readonly LeaseId[]; ttlMs: number },
): Promise<readonly LeaseId[]> {
  if (request.leaseIds.length === 0) return Promise.resolve([])
  return inLedgerTransaction(db, async (transaction) => {
    const currentEpoch = await pinEpoch(transaction, request.nodeId)
    const leases = await lockLeases(transaction, request.leaseIds)
    const mayRenew = (id: LeaseId) => {
      const lease = leases.get(id)
      return lease !== undefined && mayUseLease(lease, { ...request, currentEpoch })
    }
    const renewed = request.leaseIds.filter(mayRenew)
    if (renewed.length > 0) {
      await transaction
        .updateTable('lease')
        .set({ expires_at: fromNow(request.ttlMs) })
        .where('id', '=', sql<LeaseId>`any(${textArray(renewed)})`)
        .execute()
    }
    return request.leaseIds.filter((id) => !mayRenew(id))
  })
}
