import { assert } from '#domain/faults.ts'
import type { AccountId, GenerationId, GrantId, LeaseId } from '#domain/identifiers.ts'
import { type NanoUsd, nanoUsd } from '#domain/money.ts'

import type { Book, TransactionKind } from './books.ts'

/** One movement in one book. Names the grant whose credit it adds or uses; null where it is none's. */
export interface LedgerEntry {
  readonly book: Book
  readonly amountNanoUsd: NanoUsd
  readonly grantId: GrantId | null
}

/** One event in one account's money: at least two entries that sum to zero, under a key used once, ever. */
export interface LedgerTransaction {
  readonly effectKey: string
  readonly kind: TransactionKind
  readonly accountId: AccountId
  readonly leaseId: LeaseId | null
  readonly entries: readonly LedgerEntry[]
}

/** Builds a transaction, leaving out entries of zero. Asserts that the rest is balanced and not empty. */
export function makeTransaction(transaction: LedgerTransaction): LedgerTransaction {
  const entries = transaction.entries.filter((entry) => entry.amountNanoUsd !== 0n)
  const sum = entries.reduce((total, entry) => total + entry.amountNanoUsd, 0n)
  assert(sum === 0n, `the entries of ${transaction.effectKey} sum to ${sum}, not to zero`)
  assert(entries.length > 0, `${transaction.effectKey} moves nothing`)
  return { ...transaction, entries }
}

/** One entry that is none's grant. */
export function plainEntry(book: Book, amountNanoUsd: bigint): LedgerEntry {
  return { book, amountNanoUsd: nanoUsd(amountNanoUsd), grantId: null }
}

/**
 * The keys of effects that the ledger makes itself. Each names a state that its lease or grant passes
 * through at most once, so the same effect cannot be posted twice, by anyone.
 */
export const effectKeys = {
  /** What a lease was granted in sum only ever rises. */
  lease: (leaseId: LeaseId, grantedAfter: NanoUsd) => `lease:${leaseId}:${grantedAfter}`,
  giveBack: (leaseId: LeaseId, returnNumber: number) => `give_back:${leaseId}:${returnNumber}`,
  close: (leaseId: LeaseId) => `close:${leaseId}`,
  reclaim: (leaseId: LeaseId) => `reclaim:${leaseId}`,
  /** A charge is settled once, so it is the first of one group only. */
  settle: (firstChargeId: GenerationId) => `settle:${firstChargeId}`,
  overrun: (firstChargeId: GenerationId) => `overrun:${firstChargeId}`,
  late: (firstChargeId: GenerationId) => `late:${firstChargeId}`,
  /** What is left of a grant only ever falls. */
  expiry: (grantId: GrantId, remainingAfter: bigint) => `expire:${grantId}:${remainingAfter}`,
} as const

/** True for keys in the form of `effectKeys`, which no caller may choose. */
export function isOwnEffectKey(effectKey: string): boolean {
  return /^(lease|give_back|close|reclaim|settle|overrun|late|expire):/.test(effectKey)
}
