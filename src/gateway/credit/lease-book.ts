import type { AccountId } from '#domain/identifiers.ts'
import { nanoUsd, type NanoUsd } from '#domain/money.ts'
import type { Clock } from '#ports/clock.ts'

import { type AccountCredit, makeAccountCredit, type Reservation } from './account-credit.ts'
import { freeOf, isUsable, type Lease } from './lease.ts'

/**
 * What this node holds, and the only place where it is reserved. Everything here is synchronous: nothing
 * can come between the check of a lease and its reservation. `onNeed` is called when an account needs
 * the store.
 */
export class LeaseBook<Owner extends string = AccountId> {
  readonly #clock: Clock
  readonly #accounts = new Map<Owner, AccountCredit<Owner>>()
  #onNeed: (account: AccountCredit<Owner>) => void = () => {}
  #isClosed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get accounts(): Iterable<AccountCredit<Owner>> {
    return this.#accounts.values()
  }

  onNeed(onNeed: (account: AccountCredit<Owner>) => void): void {
    this.#onNeed = onNeed
  }

  /** From now on nothing is reserved; those who wait are told to come back. */
  close(): void {
    this.#isClosed = true
    for (const account of this.#accounts.values()) {
      this.answerWaiters(account, () => ({ kind: 'unavailable' }))
    }
  }

  /** Reserves when this node holds enough; undefined when the store must be asked. */
  reserve(ownerId: Owner, boundNanoUsd: NanoUsd): Lease<Owner> | undefined {
    const account = this.#accounts.get(ownerId)
    if (account === undefined) return undefined
    const lease = this.#reserveOn(account, boundNanoUsd)
    if (lease !== undefined && !account.isBusy && freeOf(lease) < account.lowWaterNanoUsd) {
      this.#onNeed(account)
    }
    return lease
  }

  /** Waits until the store was asked. */
  acquire(ownerId: Owner, boundNanoUsd: NanoUsd): Promise<Reservation<Owner>> {
    if (this.#isClosed) return Promise.resolve({ kind: 'unavailable' })
    const account = this.accountOf(ownerId)
    return new Promise((answer) => {
      account.waiters.push({ boundNanoUsd, sinceMs: this.#clock.monotonicMs(), answer })
      this.#onNeed(account)
    })
  }

  /** A request ended: its bound is free again, its cost is used and waits to be settled. */
  release(lease: Lease<Owner>, amounts: { boundNanoUsd: NanoUsd; costNanoUsd: NanoUsd }): void {
    lease.reservedNanoUsd = nanoUsd(lease.reservedNanoUsd - amounts.boundNanoUsd)
    lease.usedNanoUsd = nanoUsd(lease.usedNanoUsd + amounts.costNanoUsd)
    lease.underWayCount -= 1
    lease.unsettledCount += 1
    const account = this.accountOf(lease.ownerId)
    account.spentNanoUsd = nanoUsd(account.spentNanoUsd + amounts.costNanoUsd)
    if (account.current === lease && freeOf(lease) < 0n) this.retire(account)
    if (account.waiters.length > 0) this.answerWaiters(account, () => undefined)
  }

  /** A request ended before it began: its bound is free again, and no charge will follow. */
  cancel(lease: Lease<Owner>, boundNanoUsd: NanoUsd): void {
    lease.reservedNanoUsd = nanoUsd(lease.reservedNanoUsd - boundNanoUsd)
    lease.underWayCount -= 1
    const account = this.accountOf(lease.ownerId)
    if (account.waiters.length > 0) this.answerWaiters(account, () => undefined)
  }

  /** Reserves for those who fit, first come first served; the rest get `otherwise`, or wait on. */
  answerWaiters(
    account: AccountCredit<Owner>,
    otherwise: (boundNanoUsd: NanoUsd) => Reservation<Owner> | undefined,
  ): void {
    account.waiters = account.waiters.filter((waiter) => {
      const lease = this.#reserveOn(account, waiter.boundNanoUsd)
      const answer = lease ? ({ kind: 'reserved', lease } as const) : otherwise(waiter.boundNanoUsd)
      if (answer === undefined) return true
      waiter.answer(answer)
      return false
    })
  }

  /** Nothing more is admitted on the account's lease; it is closed when it is quiet. */
  retire(account: AccountCredit<Owner>): void {
    const { current } = account
    if (current === null) return
    current.status = 'retired'
    account.current = null
    account.retired.push(current)
  }

  /** The store has closed this lease. */
  end(lease: Lease<Owner>): void {
    const account = this.accountOf(lease.ownerId)
    if (account.current === lease) this.retire(account)
    lease.status = 'ended'
  }

  /** Forgets the account: nothing of it may be left. */
  forget(account: AccountCredit<Owner>): void {
    this.#accounts.delete(account.id)
  }

  /** The account, known or new. */
  accountOf(ownerId: Owner): AccountCredit<Owner> {
    const known = this.#accounts.get(ownerId)
    if (known !== undefined) return known
    const account = makeAccountCredit(ownerId, this.#clock.monotonicMs())
    this.#accounts.set(ownerId, account)
    return account
  }

  /** The account, when this node has anything of it. */
  find(ownerId: Owner): AccountCredit<Owner> | undefined {
    return this.#accounts.get(ownerId)
  }

  #reserveOn(account: AccountCredit<Owner>, boundNanoUsd: NanoUsd): Lease<Owner> | undefined {
    const lease = account.current
    if (lease === null || this.#isClosed || !isUsable(lease, this.#clock)) return undefined
    const left = nanoUsd(freeOf(lease) - boundNanoUsd)
    if (left < 0n) return undefined
    lease.reservedNanoUsd = nanoUsd(lease.reservedNanoUsd + boundNanoUsd)
    lease.underWayCount += 1
    account.usedAtMs = this.#clock.monotonicMs()
    if (left < account.leastFreeNanoUsd) account.leastFreeNanoUsd = left
    return lease
  }
}
