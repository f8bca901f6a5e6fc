import type { AccountId, LeaseId, NodeId } from '#domain/identifiers.ts'
import { type NanoUsd, nanoUsd, smallerNanoUsd } from '#domain/money.ts'

import { effectKeys, type LedgerTransaction, makeTransaction, plainEntry } from './transactions.ts'

/** `open`: its node may spend it. `closed`: the node ended it. `reclaimed`: the store took it back. */
export type LeaseStatus = 'open' | 'closed' | 'reclaimed'

/** Who ends a lease. */
export type LeaseEnd = 'close' | 'reclaim'

/** The life of a lease: it ends once, and how it ended stays. */
export const leaseStatusAfter: Readonly<Record<LeaseStatus, Record<LeaseEnd, LeaseStatus>>> = {
  open: { close: 'closed', reclaim: 'reclaimed' },
  closed: { close: 'closed', reclaim: 'closed' },
  reclaimed: { close: 'reclaimed', reclaim: 'reclaimed' },
}

/** A slice of one account's credit in the hands of one life of one node. Amounts are sums since its start. */
export interface LeaseState {
  readonly id: LeaseId
  readonly accountId: AccountId
  readonly nodeId: NodeId
  readonly epoch: number
  readonly status: LeaseStatus
  readonly grantedNanoUsd: NanoUsd
  readonly settledNanoUsd: NanoUsd
  readonly returnedNanoUsd: NanoUsd
}

/** What the node still holds: granted, not settled, not returned. */
export function leaseRest(
  lease: Pick<LeaseState, 'grantedNanoUsd' | 'settledNanoUsd' | 'returnedNanoUsd'>,
): NanoUsd {
  return nanoUsd(lease.grantedNanoUsd - lease.settledNanoUsd - lease.returnedNanoUsd)
}

/** One life of one node, as it names itself, beside the epoch that the store knows. */
export interface NodeClaim {
  readonly nodeId: NodeId
  readonly epoch: number
  /** Undefined: the store has never heard of the node. */
  readonly currentEpoch: number | undefined
}

/** True when the lease is open and belongs to this very life of this node, which is its newest. */
export function mayUseLease(
  lease: Pick<LeaseState, 'status' | 'nodeId' | 'epoch'>,
  claim: NodeClaim,
): boolean {
  return (
    claim.currentEpoch === claim.epoch &&
    lease.status === 'open' &&
    lease.nodeId === claim.nodeId &&
    lease.epoch === claim.epoch
  )
}

/** Returns part of a lease to `available`, at most its rest; undefined when that is nothing. */
export function giveBackTransaction(
  lease: LeaseState,
  part: { readonly amountNanoUsd: NanoUsd; readonly returnNumber: number },
): LedgerTransaction | undefined {
  const amount = smallerNanoUsd(part.amountNanoUsd, leaseRest(lease))
  const effectKey = effectKeys.giveBack(lease.id, part.returnNumber)
  return returnTransaction(lease, { amount, effectKey, kind: 'give_back' })
}

/** Returns the whole rest of a lease that ends; undefined when there is none. */
export function endTransaction(lease: LeaseState, end: LeaseEnd): LedgerTransaction | undefined {
  return returnTransaction(lease, {
    amount: leaseRest(lease),
    effectKey: end === 'close' ? effectKeys.close(lease.id) : effectKeys.reclaim(lease.id),
    kind: end === 'close' ? 'give_back' : 'reclaim',
  })
}

function returnTransaction(
  lease: LeaseState,
  back: { amount: NanoUsd; effectKey: string; kind: 'give_back' | 'reclaim' },
): LedgerTransaction | undefined {
  if (back.amount <= 0n) return undefined
  return makeTransaction({
    effectKey: back.effectKey,
    kind: back.kind,
    accountId: lease.accountId,
    leaseId: lease.id,
    entries: [plainEntry('held', -back.amount), plainEntry('available', back.amount)],
  })
}
