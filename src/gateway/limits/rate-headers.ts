import { rateWindowMs } from '#domain/limits.ts'
import type { House } from '#gateway/house.ts'
import type { Life } from '#gateway/life.ts'

import type { LimitedOwner } from './limiter.ts'
import { type RateWindow, slotOf } from './rate-window.ts'

/** One limit on the wire: of the key and its account, the one that leaves less. */
interface Shown {
  readonly max: number
  readonly left: number
  /** Seconds until nothing is counted any more. Zero where it does not depend on time. */
  readonly resetSeconds: number
}

/**
 * How the limits of a caller stand, as header names and values that alternate; none where nothing of it is
 * counted. The `x-ratelimit` fields are OpenAI's, the other two are the IETF's.
 */
export function rateHeaders({ limiter, clock }: House, { caller }: Life): readonly string[] {
  if (caller === null || (caller.key.limits === null && caller.account.limits === null)) return []
  const nowMs = clock.monotonicMs()
  const owners = limiter.ownersOf(caller)
  if (owners.length === 0) return []
  const requests = tightest(owners, (owner) =>
    shownWindow(owner.requestsMax, owner.meter.requests, nowMs),
  )
  const tokens = tightest(owners, (owner) =>
    shownWindow(owner.tokensMax, owner.meter.tokens, nowMs),
  )
  const concurrency = tightest(owners, shownConcurrency)
  const policies: string[] = []
  const states: string[] = []
  const headers: string[] = []
  const addWindow = (name: string, { max, left, resetSeconds }: Shown): void => {
    headers.push(`x-ratelimit-limit-${name}`, String(max))
    headers.push(`x-ratelimit-remaining-${name}`, String(left))
    headers.push(`x-ratelimit-reset-${name}`, `${resetSeconds}s`)
    policies.push(`"${name}";q=${max};w=${rateWindowMs / 1_000}`)
    states.push(`"${name}";r=${left};t=${resetSeconds}`)
  }
  if (requests) addWindow('requests', requests)
  if (tokens) addWindow('tokens', tokens)
  if (concurrency) {
    policies.push(`"concurrency";q=${concurrency.max};qu="concurrent-requests"`)
    states.push(`"concurrency";r=${concurrency.left}`)
  }
  headers.push('ratelimit-policy', policies.join(', '), 'ratelimit', states.join(', '))
  return headers
}

function tightest(
  owners: readonly LimitedOwner[],
  read: (owner: LimitedOwner) => Shown | undefined,
): Shown | undefined {
  let found: Shown | undefined
  for (const owner of owners) {
    const shown = read(owner)
    if (shown && (found === undefined || shown.left < found.left)) found = shown
  }
  return found
}

function shownWindow(
  max: number | null,
  window: RateWindow | null,
  nowMs: number,
): Shown | undefined {
  if (max === null) return undefined
  const left = Math.max(0, max - (window?.sumAt(slotOf(nowMs)) ?? 0))
  return { max, left, resetSeconds: Math.ceil((window?.msUntil(0, nowMs) ?? 0) / 1_000) }
}

function shownConcurrency({ concurrentMax, meter }: LimitedOwner): Shown | undefined {
  if (concurrentMax === null) return undefined
  return {
    max: concurrentMax,
    left: Math.max(0, concurrentMax - meter.underWayCount),
    resetSeconds: 0,
  }
}
