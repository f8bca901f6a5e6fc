import type { AccountStatus } from '#domain/accounts.ts'
import { assert } from '#domain/faults.ts'
import type { AccountId, LeaseId, NodeId } from '#domain/identifiers.ts'
import { type NanoUsd, nanoUsd, smallerNanoUsd } from '#domain/money.ts'

import { type LeaseState, mayUseLease } from './leases.ts'
import { effectKeys, type LedgerTransaction, makeTransaction, plainEntry } from './transactions.ts'

/** What a node asks for: see `LeaseRequest` of the port. */
export interface LeaseProposal {
  readonly leaseId: LeaseId
  readonly accountId: AccountId
  readonly nodeId: NodeId
  readonly epoch: number
  readonly minimumNanoUsd: NanoUsd
  readonly wantedNanoUsd: NanoUsd
  readonly ttlMs: number
}

/** What the store knows when it decides, read under the account's lock, after expiry was posted. */
export interface LeaseFacts {
  /** Undefined: there is no such account. */
  readonly accountStatus: AccountStatus | undefined
  readonly currentEpoch: number | undefined
  /** The lease of this id, whoever's it is; undefined when it would be new. */
  readonly lease: LeaseState | undefined
  readonly availableNanoUsd: NanoUsd
}

/** The decision, with the transaction to post when credit is lent. */
export type LeaseDecision =
  | {
      readonly kind: 'granted'
      readonly addedNanoUsd: NanoUsd
      readonly transaction: LedgerTransaction
    }
  | { readonly kind: 'insufficient' }
  | { readonly kind: 'not_active' }
  | { readonly kind: 'fenced' }
  | { readonly kind: 'account_unknown' }

/** Lends as much as is wanted and there, if that is at least the minimum; never more than is there. */
export function decideLease(proposal: LeaseProposal, facts: LeaseFacts): LeaseDecision {
  const { minimumNanoUsd, wantedNanoUsd, ttlMs } = proposal
  assert(minimumNanoUsd > 0n && wantedNanoUsd >= minimumNanoUsd, 'a lease wants its minimum')
  assert(Number.isSafeInteger(ttlMs) && ttlMs > 0, 'a lease lives for whole milliseconds')
  if (facts.accountStatus === undefined) return { kind: 'account_unknown' }
  if (isFenced(proposal, facts)) return { kind: 'fenced' }
  if (facts.accountStatus !== 'active') return { kind: 'not_active' }
  const added = smallerNanoUsd(wantedNanoUsd, facts.availableNanoUsd)
  if (added < minimumNanoUsd) return { kind: 'insufficient' }
  const grantedAfter = nanoUsd((facts.lease?.grantedNanoUsd ?? 0n) + added)
  return {
    kind: 'granted',
    addedNanoUsd: added,
    transaction: makeTransaction({
      effectKey: effectKeys.lease(proposal.leaseId, grantedAfter),
      kind: 'lease',
      accountId: proposal.accountId,
      leaseId: proposal.leaseId,
      entries: [plainEntry('available', -added), plainEntry('held', added)],
    }),
  }
}

function isFenced(proposal: LeaseProposal, { lease, currentEpoch }: LeaseFacts): boolean {
  if (lease === undefined) return currentEpoch !== proposal.epoch
  if (lease.accountId !== proposal.accountId) return true
  return !mayUseLease(lease, { nodeId: proposal.nodeId, epoch: proposal.epoch, currentEpoch })
}
