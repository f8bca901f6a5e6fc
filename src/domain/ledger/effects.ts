import { unreachable } from '#domain/faults.ts'
import type { AccountId, GrantId, LeaseId } from '#domain/identifiers.ts'
import { type NanoUsd, nanoUsd, zeroNanoUsd } from '#domain/money.ts'

import { type Book, books, isLabelled } from './books.ts'
import type { LedgerTransaction } from './transactions.ts'

/** One amount for each book. */
export type BookAmounts = Record<Book, NanoUsd>

/** By how much an account's projection changes. */
export interface AccountEffect {
  readonly books: BookAmounts
  /** What labelled transactions took from `available`: how far it may be below zero at most. */
  labelledNanoUsd: NanoUsd
}

/** By how much a lease's sums change. */
export interface LeaseEffect {
  grantedNanoUsd: NanoUsd
  settledNanoUsd: NanoUsd
  returnedNanoUsd: NanoUsd
}

/** What transactions do to every projection of the ledger. */
export interface LedgerEffects {
  readonly accounts: ReadonlyMap<AccountId, AccountEffect>
  /** Change of what is left of each grant. */
  readonly grants: ReadonlyMap<GrantId, NanoUsd>
  readonly leases: ReadonlyMap<LeaseId, LeaseEffect>
}

/** No money in any book. */
export function zeroBooks(): BookAmounts {
  const amounts: Partial<BookAmounts> = {}
  for (const book of books) amounts[book] = zeroNanoUsd
  return amounts as BookAmounts
}

/**
 * Computes every projection from entries alone. Stores apply exactly this when they post, and the check
 * compares exactly this with what they hold, so a projection has one definition.
 */
export function effectsOf(transactions: readonly LedgerTransaction[]): LedgerEffects {
  const accounts = new Map<AccountId, AccountEffect>()
  const grants = new Map<GrantId, NanoUsd>()
  const leases = new Map<LeaseId, LeaseEffect>()
  for (const transaction of transactions) {
    const account = accounts.get(transaction.accountId) ?? {
      books: zeroBooks(),
      labelledNanoUsd: zeroNanoUsd,
    }
    accounts.set(transaction.accountId, account)
    for (const { book, amountNanoUsd, grantId } of transaction.entries) {
      account.books[book] = nanoUsd(account.books[book] + amountNanoUsd)
      if (book === 'available' && isLabelled[transaction.kind]) {
        account.labelledNanoUsd = nanoUsd(account.labelledNanoUsd - amountNanoUsd)
      }
      if (grantId) grants.set(grantId, nanoUsd((grants.get(grantId) ?? 0n) + amountNanoUsd))
    }
    addLeaseEffect(leases, transaction)
  }
  return { accounts, grants, leases }
}

function addLeaseEffect(leases: Map<LeaseId, LeaseEffect>, transaction: LedgerTransaction): void {
  const sum = leaseSumOf(transaction)
  if (sum === undefined || transaction.leaseId === null) return
  const lease = leases.get(transaction.leaseId) ?? {
    grantedNanoUsd: zeroNanoUsd,
    settledNanoUsd: zeroNanoUsd,
    returnedNanoUsd: zeroNanoUsd,
  }
  leases.set(transaction.leaseId, lease)
  for (const { book, amountNanoUsd } of transaction.entries) {
    if (book !== 'held') continue
    const change = sum === 'grantedNanoUsd' ? amountNanoUsd : -amountNanoUsd
    lease[sum] = nanoUsd(lease[sum] + change)
  }
}

/** The sum of its lease that a transaction changes by what it moves in `held`. */
function leaseSumOf({ kind }: LedgerTransaction): keyof LeaseEffect | undefined {
  switch (kind) {
    case 'lease':
      return 'grantedNanoUsd'
    case 'settle':
      return 'settledNanoUsd'
    case 'give_back':
    case 'reclaim':
      return 'returnedNanoUsd'
    case 'grant':
    case 'expiry':
    case 'overrun':
    case 'late':
      return undefined
    default:
      return unreachable(kind)
  }
}
