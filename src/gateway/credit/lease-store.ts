import type { AccountId, LeaseId, NodeId } from '#domain/identifiers.ts'
import type { NanoUsd } from '#domain/money.ts'
import type { LeaseResult, LedgerStore } from '#ports/ledger-store.ts'

/**
 * Where slices come from: of an account's credit, or of what a spend limit leaves. An owner is whatever the
 * store lends of; everything else is what `LedgerStore` says of operations with these names.
 */
export interface LeaseStore<Owner extends string> {
  readonly lease: (request: {
    leaseId: LeaseId
    ownerId: Owner
    nodeId: NodeId
    epoch: number
    minimumNanoUsd: NanoUsd
    wantedNanoUsd: NanoUsd
    ttlMs: number
  }) => Promise<LeaseResult>
  readonly renew: LedgerStore['renew']
  readonly giveBack: LedgerStore['giveBack']
  readonly requestRecall: (ownerId: Owner) => Promise<void>
  readonly reclaimExpired: LedgerStore['reclaimExpired']
}

/** The ledger, which lends of the credit of accounts. */
export function creditOf(ledger: LedgerStore): LeaseStore<AccountId> {
  return {
    lease: ({ ownerId, ...request }) => ledger.lease({ accountId: ownerId, ...request }),
    renew: (request) => ledger.renew(request),
    giveBack: (request) => ledger.giveBack(request),
    requestRecall: (accountId) => ledger.requestRecall(accountId),
    reclaimExpired: (graceMs) => ledger.reclaimExpired(graceMs),
  }
}
