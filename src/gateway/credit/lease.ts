import type { LeaseId } from '#domain/identifiers.ts'
import { largerNanoUsd, nanoUsd, type NanoUsd, zeroNanoUsd } from '#domain/money.ts'
import type { Clock } from '#ports/clock.ts'

/** A return that the store has not confirmed: the same number and amount are sent until it does. */
export interface PendingReturn {
  readonly returnNumber: number
  readonly amountNanoUsd: NanoUsd
}

/**
 * `open`: requests are admitted on it. `retired`: none are any more; it is closed once nothing of it is
 * under way. `ended`: the store has closed it; it is kept only until what was under way is settled.
 */
export type LeaseStatus = 'open' | 'retired' | 'ended'

/** One lease as its node sees it. Amounts are sums since its start. */
export interface Lease<Owner extends string = string> {
  readonly id: LeaseId
  /** The account whose credit it is a slice of, or the budget. */
  readonly ownerId: Owner
  status: LeaseStatus
  /** What the store confirmed, less what was given back. */
  grantedNanoUsd: NanoUsd
  /** Charges of requests that ended. */
  usedNanoUsd: NanoUsd
  /** Bounds of requests that are under way. */
  reservedNanoUsd: NanoUsd
  /** Requests that are under way. */
  underWayCount: number
  /** Charges that the store does not have yet. */
  unsettledCount: number
  /** Not to be used behind either of these; both are counted from before the request was sent. */
  validUntilMonotonicMs: number
  validUntilWallMs: number
  renewedAtMs: number
  /** What the store may have added without this node hearing of it. Only closing brings it back. */
  strayNanoUsd: NanoUsd
  /** Until then a call whose outcome is unknown may still take effect. */
  strayUntilMs: number
  returnCount: number
  pendingReturn: PendingReturn | null
}

/** A lease that the store has not granted yet: it allows nothing. */
export function makeLease<Owner extends string>(id: LeaseId, ownerId: Owner): Lease<Owner> {
  return {
    id,
    ownerId,
    status: 'open',
    grantedNanoUsd: zeroNanoUsd,
    usedNanoUsd: zeroNanoUsd,
    reservedNanoUsd: zeroNanoUsd,
    underWayCount: 0,
    unsettledCount: 0,
    validUntilMonotonicMs: -Infinity,
    validUntilWallMs: -Infinity,
    renewedAtMs: -Infinity,
    strayNanoUsd: zeroNanoUsd,
    strayUntilMs: -Infinity,
    returnCount: 0,
    pendingReturn: null,
  }
}

/** What can still be reserved; below zero when a request cost more than its bound. */
export function freeOf(lease: Lease): NanoUsd {
  return nanoUsd(lease.grantedNanoUsd - lease.usedNanoUsd - lease.reservedNanoUsd)
}

/** The moment before a request for a lease is sent: its life is counted from here, never from the reply. */
export interface SentAt {
  readonly monotonicMs: number
  readonly wallMs: number
}

/** Reads both clocks. */
export function readSentAt(clock: Clock): SentAt {
  return { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() }
}

/** The store confirmed the lease: it may be used until `ttlMs` after it was asked, less the margin. */
export function confirm(
  lease: Lease,
  { sentAt, ttlMs, marginMs }: { sentAt: SentAt; ttlMs: number; marginMs: number },
): void {
  const lifeMs = ttlMs - marginMs
  const validUntilMs = sentAt.monotonicMs + lifeMs
  if (validUntilMs < lease.validUntilMonotonicMs) return
  lease.validUntilMonotonicMs = validUntilMs
  lease.validUntilWallMs = sentAt.wallMs + lifeMs
  lease.renewedAtMs = sentAt.monotonicMs
}

/**
 * True while the store cannot have reclaimed the lease. The monotonic clock decides; the wall clock can
 * only shorten it, because a machine that was suspended wakes with a monotonic clock that stood still.
 */
export function isUsable(lease: Lease, clock: Clock): boolean {
  return (
    lease.status === 'open' &&
    clock.monotonicMs() < lease.validUntilMonotonicMs &&
    clock.nowMs() < lease.validUntilWallMs
  )
}

/** Nothing of the lease is under way any more, and no call about it can still take effect. */
export function isQuiet(lease: Lease, monotonicMs: number): boolean {
  return (
    lease.underWayCount === 0 && lease.unsettledCount === 0 && monotonicMs >= lease.strayUntilMs
  )
}

/** What will come back to the account from a lease beyond what can be reserved on it. */
export function comingBackFrom(lease: Lease): NanoUsd {
  const idle = lease.status === 'retired' ? largerNanoUsd(freeOf(lease), zeroNanoUsd) : 0n
  const returning = lease.pendingReturn?.amountNanoUsd ?? 0n
  return nanoUsd(idle + returning + lease.strayNanoUsd)
}
