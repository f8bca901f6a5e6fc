import type { LedgerModel } from '#adapters/memory/ledger-model.ts'
import type { AccountId, GenerationId, GrantId, LeaseId } from '#domain/identifiers.ts'
import { books, type Book } from '#domain/ledger/books.ts'
import type { ChargeRecord } from '#ports/ledger-store.ts'

import { demand } from './violation.ts'

type BookSums = Record<Book, bigint>

interface LeaseSums {
  granted: bigint
  settled: bigint
  returned: bigint
  reclaimed: bigint
  late: bigint
  overrun: bigint
}

/** What the new part of the ledger's history told. */
export interface News {
  readonly charges: readonly ChargeRecord[]
  /** Leases on which a charge came after they had ended. */
  readonly lateLeases: readonly LeaseId[]
  readonly touchedLeases: readonly LeaseId[]
}

/**
 * Follows the ledger's history on its own books, one transaction at a time, and demands after every step
 * that the stored balances, leases and grants are exactly what the history says (I1, I2, I3, I5, I9).
 */
export interface LedgerReplay {
  readonly follow: () => News
  readonly leaseSums: (id: LeaseId) => Readonly<LeaseSums> | undefined
}

/** Begins at the start of the history. */
export function makeLedgerReplay(model: LedgerModel): LedgerReplay {
  const accounts = new Map<AccountId, BookSums>()
  const labelled = new Map<AccountId, bigint>()
  const grants = new Map<GrantId, bigint>()
  const leases = new Map<LeaseId, LeaseSums>()
  const charged = new Map<AccountId, bigint>()
  const transactions = makeTail(() => model.state.transactions)
  const charges = makeTail<GenerationId, ChargeRecord>(() => model.state.charges)

  const follow = (): News => {
    const touchedAccounts = new Set<AccountId>()
    const touchedLeases = new Set<LeaseId>()
    const lateLeases: LeaseId[] = []
    const newCharges = charges.next()
    for (const { accountId, costNanoUsd } of newCharges) {
      charged.set(accountId, (charged.get(accountId) ?? 0n) + costNanoUsd)
      touchedAccounts.add(accountId)
    }
    for (const transaction of transactions.next()) {
      const { accountId, leaseId, kind, entries, effectKey } = transaction
      const sums = accounts.get(accountId) ?? emptyBooks()
      accounts.set(accountId, sums)
      touchedAccounts.add(accountId)
      let total = 0n
      let moved = 0n
      for (const { book, amountNanoUsd, grantId } of entries) {
        total += amountNanoUsd
        sums[book] += amountNanoUsd
        if (amountNanoUsd > 0n) moved += amountNanoUsd
        if (grantId !== null) grants.set(grantId, (grants.get(grantId) ?? 0n) + amountNanoUsd)
      }
      demand(total === 0n, 'I1', () => `${effectKey} sums to ${total}`)
      if (kind === 'late' || kind === 'overrun') {
        labelled.set(accountId, (labelled.get(accountId) ?? 0n) + moved)
      }
      if (leaseId === null) continue
      const lease = leases.get(leaseId) ?? emptyLease()
      leases.set(leaseId, lease)
      touchedLeases.add(leaseId)
      if (kind === 'late') lateLeases.push(leaseId)
      addToLease(lease, kind, moved)
    }
    for (const id of touchedAccounts) compareAccount(id)
    for (const id of touchedLeases) compareLease(id)
    return { charges: newCharges, lateLeases, touchedLeases: [...touchedLeases] }
  }

  const compareAccount = (id: AccountId): void => {
    const sums = accounts.get(id) ?? emptyBooks()
    const stored = model.state.accounts.get(id)?.books
    for (const book of books) {
      const storedSum = stored?.[book] ?? 0n
      demand(
        storedSum === sums[book],
        'I5',
        () => `${book} of ${id}: ${storedSum}, not ${sums[book]}`,
      )
    }
    demand(sums.held >= 0n, 'I3', () => `held of ${id} is ${sums.held}`)
    const debt = labelled.get(id) ?? 0n
    demand(sums.available >= -debt, 'I3', () => `${id} is at ${sums.available}, labelled ${debt}`)
    demand(sums.revenue === (charged.get(id) ?? 0n), 'I2', () => {
      return `revenue of ${id} is ${sums.revenue}, its charges are ${charged.get(id) ?? 0n}`
    })
    let remaining = 0n
    for (const grant of model.state.grants.values()) {
      if (grant.accountId !== id) continue
      remaining += grant.remainingNanoUsd
      demand(grant.remainingNanoUsd === (grants.get(grant.id) ?? 0n), 'I5', () => {
        return `grant ${grant.id} has ${grant.remainingNanoUsd}, not ${grants.get(grant.id)}`
      })
    }
    const spendable = sums.available + sums.held
    const expected = spendable > 0n ? spendable : 0n
    demand(remaining === expected, 'I9', () => `grants of ${id}: ${remaining}, not ${expected}`)
  }

  const compareLease = (id: LeaseId): void => {
    const lease = leases.get(id) ?? emptyLease()
    const stored = model.state.leases.get(id)
    const isSame =
      stored?.grantedNanoUsd === lease.granted &&
      stored.settledNanoUsd === lease.settled &&
      stored.returnedNanoUsd === lease.returned
    demand(isSame, 'I5', () => `lease ${id} is stored otherwise than its history says`)
    const rest = lease.granted - lease.settled - lease.returned
    demand(rest >= 0n, 'I3', () => `lease ${id} paid ${-rest} more than it had`)
  }

  return { follow, leaseSums: (id) => leases.get(id) }
}

function addToLease(lease: LeaseSums, kind: string, moved: bigint): void {
  switch (kind) {
    case 'lease':
      lease.granted += moved
      break
    case 'give_back':
      lease.returned += moved
      break
    case 'reclaim':
      lease.returned += moved
      lease.reclaimed += moved
      break
    case 'settle':
      lease.settled += moved
      break
    case 'late':
      lease.late += moved
      break
    case 'overrun':
      lease.overrun += moved
      break
    default:
  }
}

function emptyBooks(): BookSums {
  return Object.fromEntries(books.map((book) => [book, 0n])) as BookSums
}

function emptyLease(): LeaseSums {
  return { granted: 0n, settled: 0n, returned: 0n, reclaimed: 0n, late: 0n, overrun: 0n }
}

/** Reads what was added to a map since the last time: maps keep their order, and history only grows. */
function makeTail<Key, Value>(
  map: () => ReadonlyMap<Key, Value>,
): { readonly next: () => readonly Value[] } {
  let iterator: IterableIterator<Value> | undefined
  let seenCount = 0
  return {
    next: () => {
      // A map's iterator goes on where it stood, unless it was told that it is done.
      iterator ??= map().values()
      const fresh: Value[] = []
      while (seenCount < map().size) {
        fresh.push(iterator.next().value as Value)
        seenCount += 1
      }
      return fresh
    },
  }
}
