import { nanoUsd, type NanoUsd, smallerNanoUsd, zeroNanoUsd } from '#domain/money.ts'

import { comingBackFrom, freeOf, type Lease } from './lease.ts'
import type { CreditPolicy } from './policy.ts'

/** How an attempt to reserve ended. */
export type Reservation<Owner extends string = string> =
  | { readonly kind: 'reserved'; readonly lease: Lease<Owner> }
  | { readonly kind: 'insufficient'; readonly availableNanoUsd: NanoUsd }
  | { readonly kind: 'unavailable' }

/** A request that waits for the store. */
export interface Waiter<Owner extends string = string> {
  readonly boundNanoUsd: NanoUsd
  readonly sinceMs: number
  readonly answer: (reservation: Reservation<Owner>) => void
}

/** What this node has of one account, or of one budget: of whatever it leases slices of. */
export interface AccountCredit<Owner extends string = string> {
  readonly id: Owner
  current: Lease<Owner> | null
  /** Leases that still have something under way, or could not be closed yet. */
  retired: Lease<Owner>[]
  waiters: Waiter<Owner>[]
  /** One call to the store at a time. */
  isBusy: boolean
  /** Another node asked for what is idle here. */
  isRecalled: boolean
  /** What the store had left when it last said; null before that. */
  availableNanoUsd: NanoUsd | null
  recallAskedAtMs: number
  /** How many more times a refusal may wait for other nodes. */
  recallWaitsLeft: number
  /** Below this, more is asked for ahead of need. */
  lowWaterNanoUsd: NanoUsd
  /** Charges since the last tick. */
  spentNanoUsd: NanoUsd
  /** Nano-dollars per millisecond, smoothed. An estimate for sizing; never money. */
  spendRate: number
  lastTickMs: number
  /** What is free and not needed: it is to go back. */
  surplusNanoUsd: NanoUsd
  /** When something was last admitted on it. */
  usedAtMs: number
  /** The least that was free in this window. */
  leastFreeNanoUsd: NanoUsd
  windowStartMs: number
}

/** An account of which this node has nothing. */
export function makeAccountCredit<Owner extends string>(
  id: Owner,
  nowMs: number,
): AccountCredit<Owner> {
  return {
    id,
    current: null,
    retired: [],
    waiters: [],
    isBusy: false,
    isRecalled: false,
    availableNanoUsd: null,
    recallAskedAtMs: -Infinity,
    recallWaitsLeft: 0,
    lowWaterNanoUsd: zeroNanoUsd,
    spentNanoUsd: zeroNanoUsd,
    spendRate: 0,
    lastTickMs: nowMs,
    leastFreeNanoUsd: zeroNanoUsd,
    surplusNanoUsd: zeroNanoUsd,
    usedAtMs: nowMs,
    windowStartMs: nowMs,
  }
}

/** Every lease of the account that this node still minds. */
export function leasesOf<Owner extends string>(
  account: AccountCredit<Owner>,
): readonly Lease<Owner>[] {
  return account.current === null ? account.retired : [account.current, ...account.retired]
}

/** Nothing was admitted on it for a while: what it has free is not needed. */
export function isIdle(
  account: Pick<AccountCredit, 'usedAtMs'>,
  nowMs: number,
  policy: CreditPolicy,
): boolean {
  return nowMs - account.usedAtMs >= policy.leaseIdleMs
}

/** What the account could spend on one request right now: what is free here, and what the store has. */
export function spendableOf<Owner extends string>(account: AccountCredit<Owner>): NanoUsd {
  const free = account.current === null ? zeroNanoUsd : freeOf(account.current)
  return nanoUsd((free > 0n ? free : 0n) + (account.availableNanoUsd ?? 0n))
}

/** What is on its way back to the account, or may be: a refusal must not be based on its absence. */
export function comingBackTo<Owner extends string>(account: AccountCredit<Owner>): NanoUsd {
  return nanoUsd(leasesOf(account).reduce((sum, lease) => sum + comingBackFrom(lease), 0n))
}

/** How much ahead of need is worth having, before looking at what this node has already. */
export function aheadOf<Owner extends string>(
  account: AccountCredit<Owner>,
  policy: CreditPolicy,
): NanoUsd {
  if (account.availableNanoUsd === null || account.availableNanoUsd <= 0n) return zeroNanoUsd
  const cap = smallerNanoUsd(
    policy.leaseAheadNanoUsdMax,
    nanoUsd(account.availableNanoUsd / policy.leaseAheadFraction),
  )
  const atThisRate = nanoUsd(BigInt(Math.ceil(account.spendRate * policy.leaseHorizonMs)))
  return smallerNanoUsd(cap, atThisRate)
}

/**
 * How much to ask for. `needNanoUsd` is what the requests at hand lack, at least. Near zero it is exactly that,
 * so that nodes do not hold each other's last cents; otherwise it grows with the spending, and doubles
 * with what is under way, up to the cap.
 */
export function wantedOf<Owner extends string>(
  account: AccountCredit<Owner>,
  { needNanoUsd, largestBoundNanoUsd }: { needNanoUsd: NanoUsd; largestBoundNanoUsd: NanoUsd },
  policy: CreditPolicy,
): NanoUsd {
  const { availableNanoUsd } = account
  if (availableNanoUsd === null) return needNanoUsd
  if (availableNanoUsd < policy.leaseNearZeroBounds * largestBoundNanoUsd) return needNanoUsd
  const cap = smallerNanoUsd(
    policy.leaseAheadNanoUsdMax,
    nanoUsd(availableNanoUsd / policy.leaseAheadFraction),
  )
  const underWay = account.current?.reservedNanoUsd ?? zeroNanoUsd
  const ahead = aheadOf(account, policy)
  const wanted = smallerNanoUsd(cap, ahead > underWay ? ahead : underWay)
  return wanted > needNanoUsd ? wanted : needNanoUsd
}

/** Follows the spending of an account; called at every tick. */
export function followSpending<Owner extends string>(
  account: AccountCredit<Owner>,
  nowMs: number,
  policy: CreditPolicy,
): void {
  const elapsedMs = nowMs - account.lastTickMs
  if (elapsedMs <= 0) return
  const rate = Number(account.spentNanoUsd) / elapsedMs
  const weight = Math.min(1, elapsedMs / 5_000)
  account.spendRate += (rate - account.spendRate) * (rate > account.spendRate ? 1 : weight)
  account.spentNanoUsd = zeroNanoUsd
  account.lastTickMs = nowMs
  account.lowWaterNanoUsd = nanoUsd(aheadOf(account, policy) / 2n)
}
