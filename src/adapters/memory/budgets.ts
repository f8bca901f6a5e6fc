import {
  coveredBySlice,
  decideBudgetLease,
  leftAfter,
  readBudgetId,
  type SpendOwner,
} from '#domain/budgets.ts'
import { leaseRest, mayUseLease } from '#domain/ledger/leases.ts'
import { type CountedCharge, spentBySlice, usageDaysOf } from '#domain/ledger/usage-days.ts'
import {
  addUsage,
  type HourlyCharge,
  nameOfHour,
  noUsage,
  usageHoursOf,
} from '#domain/ledger/usage-hours.ts'
import { endedBudgetLeaseKeptMs } from '#domain/limits.ts'
import { nanoUsd, smallerNanoUsd, zeroNanoUsd } from '#domain/money.ts'
import { sumByWindow, type UtcDay, type WindowAmounts } from '#domain/spend-windows.ts'
import type { BudgetLeaseRequest, BudgetLeaseResult, BudgetStore } from '#ports/budget-store.ts'

import type { LedgerState, StoredBudgetLease } from './ledger-state.ts'

/** Spend limits over the state of a ledger in memory: each call happens at once and whole. */
export function makeMemoryBudgetStore({ state }: { readonly state: LedgerState }): BudgetStore {
  return {
    lease: async (request) => lend(state, request),
    renew: async ({ nodeId, epoch, leaseIds, ttlMs }) => {
      const claim = { nodeId, epoch, currentEpoch: state.epochs.get(nodeId) }
      const expiresAtMs = state.world.nowMs() + ttlMs
      return leaseIds.filter((id) => {
        const lease = state.budgetLeases.get(id)
        if (!lease || !mayUseLease(lease, claim)) return true
        state.budgetLeases.set(id, { ...lease, expiresAtMs })
        return false
      })
    },
    giveBack: async (request) => giveBack(state, request),
    requestRecall: async (budgetId) => state.world.onBudgetRecall?.(budgetId),
    closeOldLeases: async (nodeId, epoch) =>
      end(state, (lease) => lease.nodeId === nodeId && lease.epoch < epoch),
    reclaimExpired: async (graceMs) => {
      const nowMs = state.world.nowMs()
      const count = end(state, ({ expiresAtMs }) => expiresAtMs + graceMs < nowMs)
      for (const [id, { status, expiresAtMs }] of state.budgetLeases) {
        const isOld = expiresAtMs + graceMs + endedBudgetLeaseKeptMs < nowMs
        if (status !== 'open' && isOld) state.budgetLeases.delete(id)
      }
      return count
    },
    spent: async (ownerId, day) => spentOf(state, ownerId, day),
  }
}

/** What the database does in the transaction that records charges: see the port. */
export function countUsage(
  state: LedgerState,
  charges: readonly (CountedCharge & HourlyCharge)[],
): void {
  for (const added of usageHoursOf(charges)) {
    const name = nameOfHour(added)
    const before = state.usageHours.get(name)
    state.usageHours.set(name, { ...added, ...addUsage(added, before ?? noUsage) })
  }
  for (const added of usageDaysOf(charges)) {
    const name = `${added.keyId}@${added.day}`
    const before = state.usageDays.get(name)
    state.usageDays.set(name, {
      ...added,
      costNanoUsd: nanoUsd(added.costNanoUsd + (before?.costNanoUsd ?? 0n)),
      requestCount: added.requestCount + (before?.requestCount ?? 0),
      promptTokens: added.promptTokens + (before?.promptTokens ?? 0),
      completionTokens: added.completionTokens + (before?.completionTokens ?? 0),
    })
  }
  for (const { leaseId, costNanoUsd } of spentBySlice(charges)) {
    const lease = state.budgetLeases.get(leaseId)
    if (lease === undefined) continue
    const covered = coveredBySlice(lease, costNanoUsd)
    const settledNanoUsd = nanoUsd(lease.settledNanoUsd + covered)
    state.budgetLeases.set(leaseId, { ...lease, settledNanoUsd })
  }
}

function lend(state: LedgerState, request: BudgetLeaseRequest): BudgetLeaseResult {
  const { leaseId, nodeId, epoch } = request
  const { ownerId, day } = readBudgetId(request.budgetId)
  const limits = state.world.findSpendLimits?.(ownerId)
  if (limits === undefined) return { kind: 'owner_unknown' }
  const lease = state.budgetLeases.get(leaseId)
  const decision = decideBudgetLease(request, {
    limits,
    spent: spentOf(state, ownerId, day),
    held: heldOf(state, ownerId, day),
    currentEpoch: state.epochs.get(nodeId),
    lease,
  })
  switch (decision.kind) {
    case 'granted': {
      const expiresAtMs = state.world.nowMs() + request.ttlMs
      const opened: StoredBudgetLease = {
        ...{ id: leaseId, ownerId, day, nodeId, epoch, status: 'open', returnNumber: 0 },
        ...{ grantedNanoUsd: zeroNanoUsd, settledNanoUsd: zeroNanoUsd },
        ...{ returnedNanoUsd: zeroNanoUsd, expiresAtMs },
      }
      const before = lease ?? opened
      const grantedNanoUsd = nanoUsd(before.grantedNanoUsd + decision.addedNanoUsd)
      state.budgetLeases.set(leaseId, { ...before, grantedNanoUsd, expiresAtMs })
      return { ...decision, leftNanoUsd: leftAfter(decision) }
    }
    case 'insufficient': {
      const elsewhere = [...state.budgetLeases.values()].filter(
        (other) =>
          other.ownerId === ownerId &&
          other.status === 'open' &&
          (other.nodeId !== nodeId || other.day !== day),
      )
      const elsewhereNanoUsd = nanoUsd(elsewhere.reduce((sum, one) => sum + leaseRest(one), 0n))
      return { ...decision, elsewhereNanoUsd }
    }
    case 'fenced':
      return decision
  }
}

function spentOf(state: LedgerState, ownerId: SpendOwner, day: UtcDay): WindowAmounts {
  const days = [...state.usageDays.values()].filter(
    ({ keyId, accountId }) =>
      keyId === ownerId || accountId === ownerId || state.world.findProject?.(keyId) === ownerId,
  )
  return sumByWindow(
    day,
    days.map((one) => ({ day: one.day, amountNanoUsd: one.costNanoUsd })),
  )
}

function heldOf(state: LedgerState, ownerId: SpendOwner, day: UtcDay): WindowAmounts {
  const open = [...state.budgetLeases.values()].filter(
    (lease) => lease.ownerId === ownerId && lease.status === 'open',
  )
  return sumByWindow(
    day,
    open.map((lease) => ({ day: lease.day, amountNanoUsd: leaseRest(lease) })),
  )
}

function giveBack(state: LedgerState, request: Parameters<BudgetStore['giveBack']>[0]): void {
  const { leaseId, nodeId, epoch, returnNumber, amountNanoUsd, close } = request
  const lease = state.budgetLeases.get(leaseId)
  const currentEpoch = state.epochs.get(nodeId)
  if (!lease || !mayUseLease(lease, { nodeId, epoch, currentEpoch })) return
  if (close) {
    state.budgetLeases.set(leaseId, { ...lease, status: 'closed' })
    return
  }
  if (returnNumber <= lease.returnNumber) return
  const back = smallerNanoUsd(amountNanoUsd > 0n ? amountNanoUsd : zeroNanoUsd, leaseRest(lease))
  const returnedNanoUsd = nanoUsd(lease.returnedNanoUsd + back)
  state.budgetLeases.set(leaseId, { ...lease, returnedNanoUsd, returnNumber })
}

function end(state: LedgerState, isOver: (lease: StoredBudgetLease) => boolean): number {
  let count = 0
  for (const [id, lease] of state.budgetLeases) {
    if (lease.status !== 'open' || !isOver(lease)) continue
    state.budgetLeases.set(id, { ...lease, status: 'reclaimed' })
    count += 1
  }
  return count
}
