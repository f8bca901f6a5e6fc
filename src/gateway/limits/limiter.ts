import type { UsageLimits } from '#domain/usage-limits.ts'
import type { KeyWithAccount } from '#ports/api-keys.ts'
import type { Clock } from '#ports/clock.ts'

import { Allowance } from './allowance.ts'
import { isUnlimited, type LimitHolder, limitsOf } from './holders.ts'
import { makeMeterBook, type OwnerMeter } from './meter-book.ts'
import { RateWindow, slotOf } from './rate-window.ts'

/** A limit that counts, by its public name. */
export type RateLimitName = 'requests_per_minute' | 'tokens_per_minute' | 'concurrent_requests'

/** Which limit a request does not fit into. */
export interface RateRefusal {
  readonly holder: LimitHolder
  readonly limit: RateLimitName
  readonly allowed: number
  /** How much of it is left now. */
  readonly left: number
  readonly retryAfterMs: number
}

/** One holder's limits as this node keeps them, with what it has counted. */
export interface LimitedOwner {
  readonly holder: LimitHolder
  readonly requestsMax: number | null
  readonly tokensMax: number | null
  readonly concurrentMax: number | null
  readonly meter: OwnerMeter
}

/** Counts requests, tokens and concurrency of this node against the limits of keys and accounts. */
export interface Limiter {
  /** Why a request of this caller cannot begin now, whatever it asks for. Counts nothing. */
  readonly look: (caller: KeyWithAccount) => RateRefusal | undefined
  /**
   * Counts a request that may use so many tokens, against the key and its account, or against neither. Null
   * when nothing of this caller is counted. Nothing can come between the look and the count.
   */
  readonly take: (caller: KeyWithAccount, tokens: number) => Allowance | RateRefusal | null
  /** The holders whose limits count for this caller, with what was counted. */
  readonly ownersOf: (caller: KeyWithAccount) => readonly LimitedOwner[]
  /** How many holders are counted at the moment. */
  readonly size: () => number
}

/**
 * A limiter for this node alone. Where several nodes share the load, each keeps its share of every limit:
 * the whole divided by `nodeCount`, and never less than one.
 */
export function createLimiter(parts: {
  clock: Pick<Clock, 'monotonicMs'>
  nodeCount: number
}): Limiter {
  const { clock, nodeCount } = parts
  const book = makeMeterBook()

  function ownersOf(caller: KeyWithAccount, nowMs: number): LimitedOwner[] {
    const owners: LimitedOwner[] = []
    for (const { holder, id, limits } of limitsOf(caller)) {
      if (!isCounted(limits)) continue
      owners.push({
        holder,
        requestsMax: shareOf(limits.requestsPerMinute, nodeCount),
        tokensMax: shareOf(limits.tokensPerMinute, nodeCount),
        concurrentMax: shareOf(limits.concurrentRequests, nodeCount),
        meter: book.meterOf(id, nowMs),
      })
    }
    return owners
  }

  return {
    look: (caller) => {
      if (isUnlimited(caller)) return undefined
      const nowMs = clock.monotonicMs()
      return findRefusal(ownersOf(caller, nowMs), 0, nowMs)
    },
    take: (caller, tokens) => {
      if (isUnlimited(caller)) return null
      const nowMs = clock.monotonicMs()
      const owners = ownersOf(caller, nowMs)
      if (owners.length === 0) return null
      const refusal = findRefusal(owners, tokens, nowMs)
      if (refusal !== undefined) return refusal
      const slot = slotOf(nowMs)
      for (const { meter, requestsMax, tokensMax } of owners) {
        if (requestsMax !== null) (meter.requests ??= new RateWindow()).add(slot, 1)
        if (tokensMax !== null) (meter.tokens ??= new RateWindow()).add(slot, tokens)
        meter.underWayCount += 1
      }
      return new Allowance({ owners, slot, tokens })
    },
    ownersOf: (caller) => ownersOf(caller, clock.monotonicMs()),
    size: () => book.size(),
  }
}

function isCounted(limits: UsageLimits): boolean {
  return (
    limits.requestsPerMinute !== null ||
    limits.tokensPerMinute !== null ||
    limits.concurrentRequests !== null
  )
}

function shareOf(limit: number | null, nodeCount: number): number | null {
  return limit === null ? null : Math.max(1, Math.floor(limit / nodeCount))
}

function findRefusal(
  owners: readonly LimitedOwner[],
  tokens: number,
  nowMs: number,
): RateRefusal | undefined {
  const slot = slotOf(nowMs)
  for (const { holder, meter, requestsMax, tokensMax, concurrentMax } of owners) {
    if (requestsMax !== null) {
      const left = requestsMax - (meter.requests?.sumAt(slot) ?? 0)
      if (left < 1) {
        const retryAfterMs = meter.requests?.msUntil(requestsMax - 1, nowMs) ?? 0
        const limit = 'requests_per_minute'
        return { holder, limit, allowed: requestsMax, left: Math.max(0, left), retryAfterMs }
      }
    }
    if (tokensMax !== null) {
      const left = tokensMax - (meter.tokens?.sumAt(slot) ?? 0)
      if (left < tokens) {
        const retryAfterMs = meter.tokens?.msUntil(tokensMax - tokens, nowMs) ?? 0
        const limit = 'tokens_per_minute'
        return { holder, limit, allowed: tokensMax, left: Math.max(0, left), retryAfterMs }
      }
    }
    if (concurrentMax !== null && meter.underWayCount >= concurrentMax) {
      const limit = 'concurrent_requests'
      return { holder, limit, allowed: concurrentMax, left: 0, retryAfterMs: 0 }
    }
  }
  return undefined
}
