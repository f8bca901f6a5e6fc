import { assert, unreachable } from '#domain/faults.ts'
import type { AccountId, LeaseId, NodeId } from '#domain/identifiers.ts'
import { effectsOf } from '#domain/ledger/effects.ts'
import { expiryTransactions } from '#domain/ledger/expiring.ts'
import { grantTransaction } from '#domain/ledger/granting.ts'
import { compareGrants, isExpired } from '#domain/ledger/grants.ts'
import {
  endTransaction,
  giveBackTransaction,
  type LeaseEnd,
  leaseRest,
  leaseStatusAfter,
  mayUseLease,
} from '#domain/ledger/leases.ts'
import { decideLease } from '#domain/ledger/leasing.ts'
import { assertBatch, groupCharges, settle } from '#domain/ledger/settling.ts'
import { effectKeys } from '#domain/ledger/transactions.ts'
import { type NanoUsd, nanoUsd, zeroNanoUsd } from '#domain/money.ts'
import type {
  Balance,
  ChargeRecord,
  Grant,
  GrantResult,
  LeaseRequest,
  LeaseResult,
  LedgerStore,
  NewGrant,
  SettleReport,
  StatementLine,
} from '#ports/ledger-store.ts'

import { countUsage } from './budgets.ts'
import { findDifferences } from './ledger-check.ts'
import {
  accountStateOf,
  type LedgerState,
  type LedgerWorld,
  makeLedgerState,
  post,
  type StoredLease,
} from './ledger-state.ts'

/** The ledger's operations without promises: each happens whole, in one step of the program. */
export type LedgerOperations = {
  readonly [Name in keyof LedgerStore]: (
    ...request: Parameters<LedgerStore[Name]>
  ) => Awaited<ReturnType<LedgerStore[Name]>>
}

/** The ledger as plain data and plain functions: the database of tests and of the simulation. */
export interface LedgerModel extends LedgerOperations {
  /** Everything it remembers, for a checker to read; whoever writes to it corrupts the ledger. */
  readonly state: LedgerState
}

/** An empty ledger in memory. It obeys the same rules as the database, one operation after another. */
export function makeLedgerModel(world: LedgerWorld): LedgerModel {
  const state = makeLedgerState(world)
  return {
    state,
    raiseEpoch: (nodeId) => raiseEpoch(state, nodeId),
    lease: (request) => lease(state, request),
    renew: (request) => renew(state, request),
    giveBack: (request) => giveBack(state, request),
    requestRecall: (accountId) => state.world.onRecall(accountId),
    settle: (charges) => settleBatch(state, charges),
    closeOldLeases: (nodeId, epoch) =>
      reclaim(state, (held) => held.nodeId === nodeId && held.epoch < epoch),
    reclaimExpired: (graceMs) =>
      reclaim(state, (held) => held.expiresAtMs + graceMs < state.world.nowMs()),
    grant: (proposal) => grant(state, proposal),
    expireGrants: () => expireGrants(state),
    grants: (accountId) => grants(state, accountId),
    balance: (accountId) => balance(state, accountId),
    statement: (accountId, limit) => statement(state, accountId, limit),
    verify: () => findDifferences(state),
  }
}

function raiseEpoch(state: LedgerState, nodeId: NodeId): number {
  const epoch = (state.epochs.get(nodeId) ?? 0) + 1
  state.epochs.set(nodeId, epoch)
  return epoch
}

function lease(state: LedgerState, request: LeaseRequest): LeaseResult {
  const { leaseId, accountId, nodeId } = request
  const account = accountStateOf(state, accountId)
  const expiry = expiryTransactions(account, state.world.nowMs())
  const overSince = effectsOf(expiry).accounts.get(accountId)?.books.available ?? 0n
  const availableNanoUsd = nanoUsd(account.availableNanoUsd + overSince)
  const decision = decideLease(request, {
    accountStatus: state.world.findAccountStatus(accountId),
    currentEpoch: state.epochs.get(nodeId),
    lease: state.leases.get(leaseId),
    availableNanoUsd,
  })
  switch (decision.kind) {
    case 'granted':
      keepLease(state, request)
      post(state, [...expiry, decision.transaction])
      return {
        kind: 'granted',
        addedNanoUsd: decision.addedNanoUsd,
        availableNanoUsd: nanoUsd(availableNanoUsd - decision.addedNanoUsd),
      }
    case 'insufficient':
      post(state, expiry)
      return { kind: 'insufficient', availableNanoUsd, elsewhereNanoUsd: elsewhere(state, request) }
    case 'not_active':
      return { kind: 'insufficient', availableNanoUsd: zeroNanoUsd, elsewhereNanoUsd: zeroNanoUsd }
    case 'fenced':
    case 'account_unknown':
      return decision
    default:
      return unreachable(decision)
  }
}

/** Makes the lease, with nothing in it yet, or lets it live longer. */
function keepLease(state: LedgerState, request: LeaseRequest): void {
  const { leaseId: id, accountId, nodeId, epoch } = request
  const known = state.leases.get(id) ?? {
    id,
    accountId,
    nodeId,
    epoch,
    status: 'open',
    grantedNanoUsd: zeroNanoUsd,
    settledNanoUsd: zeroNanoUsd,
    returnedNanoUsd: zeroNanoUsd,
  }
  state.leases.set(id, { ...known, expiresAtMs: state.world.nowMs() + request.ttlMs })
}

/** What other nodes still hold of the account's credit. */
function elsewhere(state: LedgerState, { accountId, nodeId }: LeaseRequest): NanoUsd {
  const rests = [...state.leases.values()]
    .filter((held) => held.accountId === accountId && held.nodeId !== nodeId)
    .map(leaseRest)
  return nanoUsd(rests.reduce((sum, rest) => sum + rest, 0n))
}

function renew(
  state: LedgerState,
  request: { nodeId: NodeId; epoch: number; leaseIds: readonly LeaseId[]; ttlMs: number },
): readonly LeaseId[] {
  const claim = { ...request, currentEpoch: state.epochs.get(request.nodeId) }
  const expiresAtMs = state.world.nowMs() + request.ttlMs
  return request.leaseIds.filter((id) => {
    const held = state.leases.get(id)
    if (!held || !mayUseLease(held, claim)) return true
    state.leases.set(id, { ...held, expiresAtMs })
    return false
  })
}

function giveBack(state: LedgerState, request: Parameters<LedgerStore['giveBack']>[0]): void {
  const held = state.leases.get(request.leaseId)
  const currentEpoch = state.epochs.get(request.nodeId)
  if (!held || !mayUseLease(held, { ...request, currentEpoch })) return
  if (request.close) {
    endLease(state, held, 'close')
    return
  }
  if (state.transactions.has(effectKeys.giveBack(held.id, request.returnNumber))) return
  const transaction = giveBackTransaction(held, request)
  if (transaction) post(state, [transaction])
}

function endLease(state: LedgerState, held: StoredLease, end: LeaseEnd): void {
  const transaction = endTransaction(held, end)
  if (transaction) post(state, [transaction])
  const last = state.leases.get(held.id) ?? held
  state.leases.set(held.id, { ...last, status: leaseStatusAfter[last.status][end] })
}

function reclaim(state: LedgerState, isOver: (held: StoredLease) => boolean): number {
  const over = [...state.leases.values()].filter((held) => held.status === 'open' && isOver(held))
  for (const held of over) endLease(state, held, 'reclaim')
  return over.length
}

function settleBatch(state: LedgerState, charges: readonly ChargeRecord[]): SettleReport {
  assertBatch(charges)
  const fresh: ChargeRecord[] = []
  for (const charge of charges) {
    if (state.charges.has(charge.chargeId)) continue
    state.charges.set(charge.chargeId, charge)
    fresh.push(charge)
  }
  const groups = groupCharges(fresh)
  const accounts = new Map(
    groups.map(({ accountId }) => [accountId, accountStateOf(state, accountId)]),
  )
  const settlement = settle(groups, { accounts, leases: state.leases })
  post(state, settlement.transactions)
  countUsage(state, fresh)
  return {
    settledCount: fresh.length,
    duplicateCount: charges.length - fresh.length,
    overrunNanoUsd: settlement.overrunNanoUsd,
    lateNanoUsd: settlement.lateNanoUsd,
  }
}

function grant(state: LedgerState, proposal: NewGrant): GrantResult {
  const { effectKey, ...rest } = proposal
  const before = findGrant(state, effectKey)
  if (before) return { kind: 'duplicate', grant: before }
  if (state.world.findAccountStatus(proposal.accountId) === undefined) {
    return { kind: 'account_unknown' }
  }
  const transaction = grantTransaction(proposal, accountStateOf(state, proposal.accountId))
  assert(!state.grants.has(proposal.id), `grant ${proposal.id} exists`)
  const createdAt = new Date(state.world.nowMs())
  state.grants.set(proposal.id, { ...rest, remainingNanoUsd: zeroNanoUsd, createdAt })
  state.grantsByEffect.set(effectKey, proposal.id)
  post(state, [transaction])
  const granted = findGrant(state, effectKey)
  assert(granted, 'a grant that was just made is there')
  return { kind: 'granted', grant: granted }
}

function findGrant(state: LedgerState, effectKey: string): Grant | undefined {
  const id = state.grantsByEffect.get(effectKey)
  return id && state.grants.get(id)
}

function expireAccount(state: LedgerState, accountId: AccountId): void {
  post(state, expiryTransactions(accountStateOf(state, accountId), state.world.nowMs()))
}

function expireGrants(state: LedgerState): number {
  const isLive = (one: Grant) => one.remainingNanoUsd > 0n
  const live = [...state.grants.values()].filter(isLive)
  for (const accountId of new Set(live.map((one) => one.accountId))) expireAccount(state, accountId)
  return live.length - [...state.grants.values()].filter(isLive).length
}

function grants(state: LedgerState, accountId: AccountId): readonly Grant[] {
  const nowMs = state.world.nowMs()
  const isOver = (one: Grant) => (one.remainingNanoUsd === 0n || isExpired(one, nowMs) ? 1 : 0)
  return [...state.grants.values()]
    .filter((one) => one.accountId === accountId)
    .toSorted((left, right) => isOver(left) - isOver(right) || compareGrants(left, right))
}

function balance(state: LedgerState, accountId: AccountId): Balance | undefined {
  if (state.world.findAccountStatus(accountId) === undefined) return undefined
  expireAccount(state, accountId)
  const account = accountStateOf(state, accountId)
  const granted = [...state.grants.values()].filter((one) => one.accountId === accountId)
  return {
    availableNanoUsd: account.availableNanoUsd,
    heldNanoUsd: account.heldNanoUsd,
    spentNanoUsd: state.accounts.get(accountId)?.books.revenue ?? zeroNanoUsd,
    grantedNanoUsd: nanoUsd(granted.reduce((sum, one) => sum + one.amountNanoUsd, 0n)),
  }
}

function statement(
  state: LedgerState,
  accountId: AccountId,
  limit: number,
): readonly StatementLine[] {
  return [...state.transactions.values()]
    .filter((transaction) => transaction.accountId === accountId)
    .toReversed()
    .slice(0, limit)
    .map(({ number, at, kind, effectKey, entries }) => {
      const sumOf = (book: string) =>
        nanoUsd(
          entries
            .filter((entry) => entry.book === book)
            .reduce((sum, entry) => sum + entry.amountNanoUsd, 0n),
        )
      return {
        transactionId: String(number),
        at,
        kind,
        effectKey,
        availableNanoUsd: sumOf('available'),
        heldNanoUsd: sumOf('held'),
      }
    })
}
