import type {
  AccountId,
  GenerationId,
  GrantId,
  KeyId,
  LeaseId,
  NodeId,
  PriceVersionId,
} from '#domain/identifiers.ts'
import type { GrantKind } from '#domain/ledger/grants.ts'
import type { NanoUsd } from '#domain/money.ts'
import type { UsageSource } from '#domain/usage.ts'

/**
 * Credit to be added to an account. Credit is spent in the order of priority, expiry (never last), time
 * of the grant. `findGrantMistake` of the domain says what else a grant must be; a store takes no other.
 */
export interface NewGrant {
  readonly id: GrantId
  readonly accountId: AccountId
  readonly kind: GrantKind
  readonly amountNanoUsd: NanoUsd
  /** Lower is spent first. */
  readonly priority: number
  readonly expiresAt: Date | null
  /** Makes the grant happen at most once: a second one with the same key changes nothing. */
  readonly effectKey: string
  readonly note: string | null
}

/** Credit that was added, and what is left of it. */
export interface Grant {
  readonly id: GrantId
  readonly accountId: AccountId
  readonly kind: GrantKind
  readonly amountNanoUsd: NanoUsd
  readonly remainingNanoUsd: NanoUsd
  readonly priority: number
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly note: string | null
}

/**
 * `duplicate`: this effect key was used before; `grant` is the one it made then, whose account may be
 * another one. Any account that exists can be granted credit, whatever its status.
 */
export type GrantResult =
  | { readonly kind: 'granted'; readonly grant: Grant }
  | { readonly kind: 'duplicate'; readonly grant: Grant }
  | { readonly kind: 'account_unknown' }

/** What an account has. `available + held` is what it can still spend; expired credit is not in it. */
export interface Balance {
  /** Below zero only by overruns and late settlements; the next grant pays that first. */
  readonly availableNanoUsd: NanoUsd
  /** In the hands of nodes, for requests under way. */
  readonly heldNanoUsd: NanoUsd
  /** Everything ever charged. */
  readonly spentNanoUsd: NanoUsd
  /** Everything ever granted. */
  readonly grantedNanoUsd: NanoUsd
}

/** A node asks for credit to spend: a new lease, or more of one it has. */
export interface LeaseRequest {
  readonly leaseId: LeaseId
  readonly accountId: AccountId
  readonly nodeId: NodeId
  readonly epoch: number
  /** Less than this is of no use. Above zero. */
  readonly minimumNanoUsd: NanoUsd
  /** As much of this as there is, at least the minimum. */
  readonly wantedNanoUsd: NanoUsd
  readonly ttlMs: number
}

/**
 * `granted`: `addedNanoUsd` more on this lease, which now lives `ttlMs` from the store's receipt.
 * `insufficient`: nothing moved; `elsewhereNanoUsd` is what other nodes hold and could return. An account
 * that is not active is lent nothing: `insufficient` with zero available and zero elsewhere.
 * `fenced`: this node's epoch is over, or the lease was closed or is another's; it must not be used again.
 */
export type LeaseResult =
  | {
      readonly kind: 'granted'
      readonly addedNanoUsd: NanoUsd
      readonly availableNanoUsd: NanoUsd
    }
  | {
      readonly kind: 'insufficient'
      readonly availableNanoUsd: NanoUsd
      readonly elsewhereNanoUsd: NanoUsd
    }
  | { readonly kind: 'fenced' }
  | { readonly kind: 'account_unknown' }

/** One charge, ready to be settled. A cost of zero is recorded too. */
export interface ChargeRecord {
  readonly chargeId: GenerationId
  readonly accountId: AccountId
  /** Null: nothing was held for it (a free model). A cost it has all the same is an overrun. */
  readonly leaseId: LeaseId | null
  readonly nodeId: NodeId
  readonly costNanoUsd: NanoUsd
  readonly priceVersionId: PriceVersionId
  readonly usageSource: UsageSource
  /** Whose request it was: its key's sums of the day and the hour are moved with the charge. */
  readonly keyId: KeyId
  /** The model and the provider it is counted under; null: nobody knows. */
  readonly model: string | null
  readonly provider: string | null
  readonly promptTokens: number
  readonly completionTokens: number
  readonly cachedTokens: number
  readonly reasoningTokens: number
  /** The slices of spend limits it was admitted on: its cost counts as spent from now on, not as held. */
  readonly budgetLeaseIds: readonly LeaseId[]
}

/** What a batch did. Charges that were known already moved nothing. */
export interface SettleReport {
  readonly settledCount: number
  readonly duplicateCount: number
  /** Charged to `available` because the lease did not cover it, although it was open. */
  readonly overrunNanoUsd: NanoUsd
  /** Charged to `available` because the lease had been reclaimed. */
  readonly lateNanoUsd: NanoUsd
}

/** One disagreement between what is stored and what the entries say. */
export interface LedgerDifference {
  /** Which promise is broken, by the name in the criteria: `I1` conservation … `I9` grants. */
  readonly invariant: string
  readonly accountId: AccountId | null
  readonly detail: string
  readonly differenceNanoUsd: NanoUsd
}

/** One transaction as an account's owner may read it, with the effect on their own books. */
export interface StatementLine {
  readonly transactionId: string
  readonly at: Date
  readonly kind: string
  readonly effectKey: string
  readonly availableNanoUsd: NanoUsd
  readonly heldNanoUsd: NanoUsd
}

/**
 * Where money is true. Double entry: every transaction sums to zero; entries are append-only; every
 * effect has a unique key; balances are projections that change in the same transaction.
 *
 * All operations may throw `StoreUnavailable`. After that the caller may repeat the same call: each is
 * idempotent by lease state, effect key, return number or charge id, except `lease`, whose repeated call
 * may add twice (the excess comes back when the lease is closed; nothing is lost).
 */
export interface LedgerStore {
  /** Starts a new life of a node: leases of earlier lives can no longer be extended or renewed. */
  readonly raiseEpoch: (nodeId: NodeId) => Promise<number>
  readonly lease: (request: LeaseRequest) => Promise<LeaseResult>
  /** Extends the life of the leases given; returns those that are closed or fenced. */
  readonly renew: (request: {
    nodeId: NodeId
    epoch: number
    leaseIds: readonly LeaseId[]
    ttlMs: number
  }) => Promise<readonly LeaseId[]>
  /**
   * Gives unused credit back. The amount never includes what is reserved or spent but not settled; never
   * more than the lease's rest goes back. With `close`, the whole unsettled rest goes back, whatever the
   * amount, and the lease ends. Does nothing when the lease is closed, another's, or of an earlier epoch.
   *
   * `returnNumber` counts the node's returns on this lease (1, 2, 3, …): the same number again moves
   * nothing, so that a call whose answer was lost can be repeated.
   */
  readonly giveBack: (request: {
    leaseId: LeaseId
    nodeId: NodeId
    epoch: number
    returnNumber: number
    amountNanoUsd: NanoUsd
    close: boolean
  }) => Promise<void>
  /** Asks every node, once, to give back idle rests of this account's leases. Delivery is not certain. */
  readonly requestRecall: (accountId: AccountId) => Promise<void>
  /**
   * One database transaction; each charge id counts once, ever. At most `settleBatchChargesMax` charges,
   * none below zero. Never refuses: what a lease does not cover is charged to `available`, labelled, even
   * for an account that is suspended or unknown.
   */
  readonly settle: (charges: readonly ChargeRecord[]) => Promise<SettleReport>
  /** Closes leases of earlier epochs of this node, whose charges have all been settled. */
  readonly closeOldLeases: (nodeId: NodeId, epoch: number) => Promise<number>
  /** Closes leases that expired more than `graceMs` ago, on any node; returns how many. */
  readonly reclaimExpired: (graceMs: number) => Promise<number>
  readonly grant: (grant: NewGrant) => Promise<GrantResult>
  /**
   * Posts what is left of expired grants to breakage, once; returns how many ended. What nodes hold is
   * spent from the grants in their order; the part of an expired grant that is so held stays until it is
   * spent or given back.
   */
  readonly expireGrants: () => Promise<number>
  /** In the order they will be spent; spent and expired ones last. */
  readonly grants: (accountId: AccountId) => Promise<readonly Grant[]>
  /** Undefined when there is no such account. */
  readonly balance: (accountId: AccountId) => Promise<Balance | undefined>
  /** Newest first. */
  readonly statement: (accountId: AccountId, limit: number) => Promise<readonly StatementLine[]>
  /** Recomputes everything from the entries; an empty list means not one nano-dollar is astray. */
  readonly verify: () => Promise<readonly LedgerDifference[]>
}
