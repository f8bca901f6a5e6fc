import { type BudgetId, readBudgetId, type SpendOwner } from '#domain/budgets.ts'
import { budgetStandingsKeptMax } from '#domain/limits.ts'
import { largerNanoUsd, type NanoUsd, zeroNanoUsd } from '#domain/money.ts'
import type { WindowStanding } from '#domain/spend-windows.ts'
import type { BudgetStore } from '#ports/budget-store.ts'

import { LeaseBook } from './lease-book.ts'
import { type ErrandParts, serveAccount } from './lease-errands.ts'
import { startRounds } from './lease-rounds.ts'
import type { LeaseStore } from './lease-store.ts'
import type { Lease } from './lease.ts'
import type { ReportProblem } from './problem.ts'

/** What became of an attempt to set a bound aside on budgets. `limited` names the one that has too little. */
export type BudgetTaking =
  | { readonly kind: 'taken'; readonly slices: readonly Lease<BudgetId>[] }
  | {
      readonly kind: 'limited'
      readonly budgetId: BudgetId
      readonly availableNanoUsd: NanoUsd
      readonly standing: WindowStanding | null
    }
  | { readonly kind: 'unavailable' }

/**
 * The spend limits of this node's requests. What a limit leaves is leased in slices, as credit is, and by
 * the same code: reserving on a slice that is large enough takes no promise.
 */
export interface Budgets {
  /** Sets the bound aside on every budget given, or on none of them. */
  readonly take: (
    ids: readonly BudgetId[],
    boundNanoUsd: NanoUsd,
  ) => BudgetTaking | Promise<BudgetTaking>
  /** What was set aside is not needed: no charge will follow. */
  readonly cancel: (slices: readonly Lease<BudgetId>[], boundNanoUsd: NanoUsd) => void
  /** A request ended with a charge that waits to be settled. */
  readonly release: (
    slices: readonly Lease<BudgetId>[],
    amounts: { boundNanoUsd: NanoUsd; costNanoUsd: NanoUsd },
  ) => void
  /** What is idle here of this owner's budgets goes back. */
  readonly recall: (ownerId: SpendOwner) => void
  /** From now on nothing is taken. */
  readonly close: () => void
  readonly endRounds: () => void
}

/** What budgets work with. */
export interface BudgetParts extends Omit<ErrandParts<BudgetId>, 'store' | 'book'> {
  readonly budgets: BudgetStore
  readonly report: ReportProblem
}

/** Starts with no slices; they are fetched when they are needed and go back when they are idle. */
export function startBudgets(parts: BudgetParts): Budgets {
  const { clock, report } = parts
  const book = new LeaseBook<BudgetId>(clock)
  const standings = new Map<BudgetId, WindowStanding>()
  const errands = { ...parts, book, store: slicesOf(parts.budgets, standings) }
  book.onNeed((budget) => void serveAccount(errands, budget))

  async function fetchRest(
    ids: readonly BudgetId[],
    slices: Lease<BudgetId>[],
    boundNanoUsd: NanoUsd,
  ): Promise<BudgetTaking> {
    for (const budgetId of ids.slice(slices.length)) {
      const reservation = await book.acquire(budgetId, boundNanoUsd)
      if (reservation.kind === 'reserved') {
        slices.push(reservation.lease)
        continue
      }
      for (const slice of slices) book.cancel(slice, boundNanoUsd)
      if (reservation.kind === 'unavailable') return reservation
      const { availableNanoUsd } = reservation
      const standing = standings.get(budgetId) ?? null
      return { kind: 'limited', budgetId, availableNanoUsd, standing }
    }
    return { kind: 'taken', slices }
  }

  return {
    take: (ids, boundNanoUsd) => {
      const slices: Lease<BudgetId>[] = []
      for (const id of ids) {
        const slice = book.reserve(id, boundNanoUsd)
        if (slice === undefined) return fetchRest(ids, slices, boundNanoUsd)
        slices.push(slice)
      }
      return { kind: 'taken', slices }
    },
    cancel: (slices, boundNanoUsd) => {
      for (const slice of slices) book.cancel(slice, boundNanoUsd)
    },
    release: (slices, amounts) => {
      for (const slice of slices) book.release(slice, amounts)
    },
    recall: (ownerId) => {
      for (const budget of book.accounts) {
        if (readBudgetId(budget.id).ownerId !== ownerId || budget.waiters.length > 0) continue
        budget.isRecalled = true
        void serveAccount(errands, budget)
      }
    },
    close: () => book.close(),
    endRounds: startRounds({ ...errands, report }),
  }
}

/** The store as a place of slices. How limits stood when they were too tight is kept for the refusal. */
function slicesOf(
  budgets: BudgetStore,
  standings: Map<BudgetId, WindowStanding>,
): LeaseStore<BudgetId> {
  return {
    lease: async ({ ownerId: budgetId, ...request }) => {
      const result = await budgets.lease({ budgetId, ...request })
      switch (result.kind) {
        case 'granted': {
          const { addedNanoUsd, leftNanoUsd } = result
          return { kind: 'granted', addedNanoUsd, availableNanoUsd: leftNanoUsd }
        }
        case 'insufficient': {
          const { standing, elsewhereNanoUsd } = result
          if (standings.size >= budgetStandingsKeptMax) standings.clear()
          standings.set(budgetId, standing)
          const availableNanoUsd = largerNanoUsd(standing.leftNanoUsd, zeroNanoUsd)
          return { kind: 'insufficient', availableNanoUsd, elsewhereNanoUsd }
        }
        case 'fenced':
          return result
        case 'owner_unknown':
          return { kind: 'account_unknown' }
      }
    },
    renew: (request) => budgets.renew(request),
    giveBack: (request) => budgets.giveBack(request),
    requestRecall: (budgetId) => budgets.requestRecall(budgetId),
    // Nobody loses money when a slice of a limit is taken back, so nobody is told.
    reclaimExpired: async (graceMs) => {
      await budgets.reclaimExpired(graceMs)
      return 0
    },
  }
}
