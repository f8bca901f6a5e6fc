import type { BudgetId, BudgetLeaseProposal, SpendOwner } from '#domain/budgets.ts'
import type { LeaseId, NodeId } from '#domain/identifiers.ts'
import type { NanoUsd } from '#domain/money.ts'
import type { UtcDay, WindowAmounts, WindowStanding } from '#domain/spend-windows.ts'

/** A node asks for a slice of a budget: a new one, or more on one it has. */
export interface BudgetLeaseRequest extends BudgetLeaseProposal {
  readonly ttlMs: number
}

/**
 * `granted`: `addedNanoUsd` more on this slice, which now lives `ttlMs` from the store's receipt.
 * `insufficient`: nothing moved; `elsewhereNanoUsd` is what others hold and could return (other nodes, and
 * this one for other days). `standing` is how the tightest limit stood before; null: nothing is limited.
 * `fenced`: this node's epoch is over, or the slice has ended or is another's.
 */
export type BudgetLeaseResult =
  | {
      readonly kind: 'granted'
      readonly addedNanoUsd: NanoUsd
      readonly leftNanoUsd: NanoUsd
      readonly standing: WindowStanding | null
    }
  | {
      readonly kind: 'insufficient'
      readonly standing: WindowStanding
      readonly elsewhereNanoUsd: NanoUsd
    }
  | { readonly kind: 'fenced' }
  | { readonly kind: 'owner_unknown' }

/**
 * Where spend limits are kept exactly, across nodes and restarts. What an owner has spent is summed by the
 * ledger's `settle`, in the transaction that records a charge; nodes hold slices of what is left, and
 * settlement moves what a charge cost from its slice to what is spent, once. So what is spent and what is
 * held together never exceed a limit, but for charges that were admitted before the limit was set.
 *
 * All operations may throw `StoreUnavailable`, and may be repeated then; a repeated `lease` may add twice
 * (the excess comes back when the slice is closed).
 */
export interface BudgetStore {
  readonly lease: (request: BudgetLeaseRequest) => Promise<BudgetLeaseResult>
  /** Extends the life of the slices given; returns those that have ended or are fenced. */
  readonly renew: (request: {
    nodeId: NodeId
    epoch: number
    leaseIds: readonly LeaseId[]
    ttlMs: number
  }) => Promise<readonly LeaseId[]>
  /**
   * Gives back what is unused, as `LedgerStore.giveBack` does: at most the slice's rest, once for each
   * rising `returnNumber`; with `close` everything, and the slice ends.
   */
  readonly giveBack: (request: {
    leaseId: LeaseId
    nodeId: NodeId
    epoch: number
    returnNumber: number
    amountNanoUsd: NanoUsd
    close: boolean
  }) => Promise<void>
  /** Asks every node, once, to give back what is idle of this owner's budgets. Delivery is not certain. */
  readonly requestRecall: (budgetId: BudgetId) => Promise<void>
  /** Ends slices of earlier epochs of this node, whose charges have all been settled. */
  readonly closeOldLeases: (nodeId: NodeId, epoch: number) => Promise<number>
  /** Ends slices that expired more than `graceMs` ago, on any node, and forgets those long ended. */
  readonly reclaimExpired: (graceMs: number) => Promise<number>
  /** What was spent in the windows that this day falls into; zero for an unknown owner. */
  readonly spent: (ownerId: SpendOwner, day: UtcDay) => Promise<WindowAmounts>
}
