import { assert } from './faults.ts'
import type { AccountId, KeyId, LeaseId, NodeId, ProjectId } from './identifiers.ts'
import { leaseRest, type LeaseStatus, mayUseLease } from './ledger/leases.ts'
import { type NanoUsd, nanoUsd, nanoUsdMax, smallerNanoUsd, zeroNanoUsd } from './money.ts'
import {
  type SpendLimits,
  spendWindows,
  tightestWindow,
  type UtcDay,
  type WindowAmounts,
  type WindowStanding,
} from './spend-windows.ts'

/** Whose spending is limited. */
export type SpendOwner = KeyId | ProjectId | AccountId

/**
 * What the spend limits of an owner leave for charges of one UTC day. Each day is a budget of its own, since
 * a charge counts in the windows of the day on which its request began, whenever it is settled.
 */
export interface Budget {
  readonly ownerId: SpendOwner
  readonly day: UtcDay
}

/** The name of a budget. */
export type BudgetId = `${SpendOwner}@${UtcDay}`

/** Names a budget. */
export function budgetIdOf({ ownerId, day }: Budget): BudgetId {
  return `${ownerId}@${day}`
}

/** Reads the name of a budget. */
export function readBudgetId(id: BudgetId): Budget {
  const at = id.lastIndexOf('@')
  assert(at > 0, `${id} names no budget`)
  return { ownerId: id.slice(0, at) as SpendOwner, day: id.slice(at + 1) as UtcDay }
}

/** A slice of a budget in the hands of one life of one node. Amounts are sums since its start. */
export interface BudgetLeaseState extends Budget {
  readonly id: LeaseId
  readonly nodeId: NodeId
  readonly epoch: number
  readonly status: LeaseStatus
  readonly grantedNanoUsd: NanoUsd
  readonly settledNanoUsd: NanoUsd
  readonly returnedNanoUsd: NanoUsd
}

/** What a node asks for. */
export interface BudgetLeaseProposal {
  readonly leaseId: LeaseId
  readonly budgetId: BudgetId
  readonly nodeId: NodeId
  readonly epoch: number
  readonly minimumNanoUsd: NanoUsd
  readonly wantedNanoUsd: NanoUsd
}

/** What the store knows when it decides, read while nobody else decides about the same owner. */
export interface BudgetFacts {
  readonly limits: SpendLimits
  /** Charges that were recorded. */
  readonly spent: WindowAmounts
  /** What open slices still hold. */
  readonly held: WindowAmounts
  readonly currentEpoch: number | undefined
  /** The slice of this id, whoever's it is; undefined when it would be new. */
  readonly lease: BudgetLeaseState | undefined
}

/** The decision. `standing` is how the tightest limit stood before it; null when nothing is limited. */
export type BudgetDecision =
  | {
      readonly kind: 'granted'
      readonly addedNanoUsd: NanoUsd
      readonly standing: WindowStanding | null
    }
  | { readonly kind: 'insufficient'; readonly standing: WindowStanding }
  | { readonly kind: 'fenced' }

/**
 * Lends as much of what the limits leave as is wanted and there, if that is at least the minimum. What is
 * spent and held together never goes beyond a limit by this.
 */
export function decideBudgetLease(
  proposal: BudgetLeaseProposal,
  facts: BudgetFacts,
): BudgetDecision {
  const { minimumNanoUsd, wantedNanoUsd } = proposal
  assert(minimumNanoUsd > 0n && wantedNanoUsd >= minimumNanoUsd, 'a slice wants its minimum')
  if (isFenced(proposal, facts)) return { kind: 'fenced' }
  const standing = tightestWindow(facts.limits, sumOf(facts.spent, facts.held))
  if (standing === undefined)
    return { kind: 'granted', addedNanoUsd: wantedNanoUsd, standing: null }
  const added = smallerNanoUsd(wantedNanoUsd, standing.leftNanoUsd)
  if (added < minimumNanoUsd) return { kind: 'insufficient', standing }
  return { kind: 'granted', addedNanoUsd: added, standing }
}

/** What could still be lent after a decision. */
export function leftAfter(decision: Exclude<BudgetDecision, { kind: 'fenced' }>): NanoUsd {
  const { standing } = decision
  if (standing === null) return nanoUsdMax
  const added = decision.kind === 'granted' ? decision.addedNanoUsd : zeroNanoUsd
  return nanoUsd(standing.leftNanoUsd - added)
}

/** What of a charge's cost its slice still holds: as much as the slice has left. */
export function coveredBySlice(lease: BudgetLeaseState, costNanoUsd: NanoUsd): NanoUsd {
  return lease.status === 'open' ? smallerNanoUsd(costNanoUsd, leaseRest(lease)) : zeroNanoUsd
}

/** One sum for each window. */
export function sumOf(left: WindowAmounts, right: WindowAmounts): WindowAmounts {
  const sums: Partial<Record<(typeof spendWindows)[number], NanoUsd>> = {}
  for (const window of spendWindows) sums[window] = nanoUsd(left[window] + right[window])
  return sums as WindowAmounts
}

function isFenced(proposal: BudgetLeaseProposal, { lease, currentEpoch }: BudgetFacts): boolean {
  const { nodeId, epoch, budgetId } = proposal
  if (lease === undefined) return currentEpoch !== epoch
  return budgetIdOf(lease) !== budgetId || !mayUseLease(lease, { nodeId, epoch, currentEpoch })
}
