import type { AccountStatus } from '#domain/accounts.ts'
import type { BudgetId, BudgetLeaseState, SpendOwner } from '#domain/budgets.ts'
import { assert } from '#domain/faults.ts'
import type {
  AccountId,
  GenerationId,
  GrantId,
  KeyId,
  LeaseId,
  NodeId,
  ProjectId,
} from '#domain/identifiers.ts'
import type { AccountState } from '#domain/ledger/accounts.ts'
import { type AccountEffect, effectsOf, zeroBooks } from '#domain/ledger/effects.ts'
import { leaseRest, type LeaseState } from '#domain/ledger/leases.ts'
import type { LedgerTransaction } from '#domain/ledger/transactions.ts'
import type { UsageDay } from '#domain/ledger/usage-days.ts'
import type { UsageHour } from '#domain/ledger/usage-hours.ts'
import { nanoUsd, zeroNanoUsd } from '#domain/money.ts'
import type { SpendLimits } from '#domain/spend-windows.ts'
import type { ChargeRecord, Grant } from '#ports/ledger-store.ts'

/** What the model needs of the world around it. Nothing in it waits, so nothing in it can interleave. */
export interface LedgerWorld {
  readonly nowMs: () => number
  /** Undefined: there is no such account. */
  readonly findAccountStatus: (id: AccountId) => AccountStatus | undefined
  /** Called at once by `requestRecall`. */
  readonly onRecall: (id: AccountId) => void
  /** Undefined: there is no such key or account. Absent: nobody has spend limits. */
  readonly findSpendLimits?: (id: SpendOwner) => SpendLimits | undefined
  /** The project of a key. Absent: there are no projects. */
  readonly findProject?: (id: KeyId) => ProjectId | null
  /** Called at once by `requestRecall` of a budget. */
  readonly onBudgetRecall?: (id: BudgetId) => void
}

/** A lease with the time it lives to. */
export type StoredLease = LeaseState & { readonly expiresAtMs: number }

/** A slice of a spend limit with the time it lives to, and the number of its last return. */
export type StoredBudgetLease = BudgetLeaseState & {
  readonly expiresAtMs: number
  readonly returnNumber: number
}

/** A transaction with its place in history. */
export type StoredTransaction = LedgerTransaction & { readonly number: number; readonly at: Date }

/** Everything the ledger remembers. Transactions are kept in the order they were posted. */
export interface LedgerState {
  readonly world: LedgerWorld
  readonly epochs: Map<NodeId, number>
  readonly accounts: Map<AccountId, AccountEffect>
  readonly grants: Map<GrantId, Grant>
  /** Which grant each effect key made. */
  readonly grantsByEffect: Map<string, GrantId>
  readonly leases: Map<LeaseId, StoredLease>
  readonly charges: Map<GenerationId, ChargeRecord>
  /** By key and day. */
  readonly usageDays: Map<string, UsageDay>
  /** By `nameOfHour`. */
  readonly usageHours: Map<string, UsageHour>
  readonly budgetLeases: Map<LeaseId, StoredBudgetLease>
  readonly transactions: Map<string, StoredTransaction>
}

/** A ledger in which nothing ever happened. */
export function makeLedgerState(world: LedgerWorld): LedgerState {
  return {
    world,
    epochs: new Map(),
    accounts: new Map(),
    grants: new Map(),
    grantsByEffect: new Map(),
    leases: new Map(),
    charges: new Map(),
    usageDays: new Map(),
    usageHours: new Map(),
    budgetLeases: new Map(),
    transactions: new Map(),
  }
}

/** What the rules need to know of an account; all zero before its first transaction. */
export function accountStateOf(state: LedgerState, accountId: AccountId): AccountState {
  const books = state.accounts.get(accountId)?.books ?? zeroBooks()
  return {
    accountId,
    availableNanoUsd: books.available,
    heldNanoUsd: books.held,
    grants: [...state.grants.values()].filter(
      (grant) => grant.accountId === accountId && grant.remainingNanoUsd > 0n,
    ),
  }
}

/**
 * Appends transactions and moves every projection with them. Asserts what the database refuses by
 * constraint: a used effect key, an overdraft without its label, a book, lease or grant below zero.
 */
export function post(state: LedgerState, transactions: readonly LedgerTransaction[]): void {
  for (const transaction of transactions) {
    const { effectKey } = transaction
    assert(!state.transactions.has(effectKey), `the effect ${effectKey} was posted before`)
    const at = new Date(state.world.nowMs())
    state.transactions.set(effectKey, { ...transaction, number: state.transactions.size + 1, at })
  }
  const effects = effectsOf(transactions)
  for (const [id, effect] of effects.accounts) moveAccount(state, id, effect)
  for (const [id, change] of effects.grants) {
    const grant = state.grants.get(id)
    assert(grant, `no grant ${id}`)
    const remainingNanoUsd = nanoUsd(grant.remainingNanoUsd + change)
    assert(
      remainingNanoUsd >= 0n && remainingNanoUsd <= grant.amountNanoUsd,
      `grant ${id} has ${remainingNanoUsd} left`,
    )
    state.grants.set(id, { ...grant, remainingNanoUsd })
  }
  for (const [id, effect] of effects.leases) {
    const lease = state.leases.get(id)
    assert(lease?.status === 'open', `lease ${id} is not open`)
    const moved = {
      ...lease,
      grantedNanoUsd: nanoUsd(lease.grantedNanoUsd + effect.grantedNanoUsd),
      settledNanoUsd: nanoUsd(lease.settledNanoUsd + effect.settledNanoUsd),
      returnedNanoUsd: nanoUsd(lease.returnedNanoUsd + effect.returnedNanoUsd),
    }
    assert(leaseRest(moved) >= 0n, `lease ${id} gave more than it had`)
    state.leases.set(id, moved)
  }
}

function moveAccount(state: LedgerState, id: AccountId, effect: AccountEffect): void {
  const before = state.accounts.get(id) ?? { books: zeroBooks(), labelledNanoUsd: zeroNanoUsd }
  const books = zeroBooks()
  for (const book of Object.keys(books) as (keyof typeof books)[]) {
    books[book] = nanoUsd(before.books[book] + effect.books[book])
  }
  const floor = before.books.available < 0n ? before.books.available : 0n
  assert(
    books.available >= floor - effect.labelledNanoUsd,
    `account ${id} would go to ${books.available} without a label`,
  )
  assert(books.held >= 0n, `account ${id} would hold ${books.held}`)
  const labelledNanoUsd = nanoUsd(before.labelledNanoUsd + effect.labelledNanoUsd)
  state.accounts.set(id, { books, labelledNanoUsd })
}
