import { rateWindowMs } from '#domain/limits.ts'
import type { House } from '#gateway/house.ts'
import type { Life } from '#gateway/life.ts'

import { isUnlimited } from './holders.ts'
import type { LimitedOwner } from './limiter.ts'
import { type RateWindow, slotOf } from './rate-window.ts'

/** One limit on the wire. */
interface Shown {
  readonly max: number
  readonly left: number
  /** Until nothing is counted any more. */
  readonly resetSeconds: number
}

/**
 * How the limits of a caller stand, as header names and values that alternate; none where nothing of it is
 * counted. The `x-ratelimit` fields are OpenAI's, the other two are the IETF's.
 */
export function rateHeaders({ limiter, clock }: House, { caller }: Life): readonly string[] {
  if (caller === null || isUnlimited(caller)) return []
  const nowMs = clock.monotonicMs()
  const owners = limiter.ownersOf(caller)
  if (owners.length === 0) return []
  const headers: string[] = []
  let policy = ''
  let state = ''
  for (const name of windowNames) {
    const shown = tightestWindowOf(owners, name, nowMs)
    if (shown === undefined) continue
    const { max, left, resetSeconds } = shown
    headers.push(
      ...[`x-ratelimit-limit-${name}`, `${max}`, `x-ratelimit-remaining-${name}`, `${left}`],
      ...[`x-ratelimit-reset-${name}`, `${resetSeconds}s`],
    )
    policy += `${policy === '' ? '' : ', '}"${name}";q=${max};w=${windowSeconds}`
    state += `${state === '' ? '' : ', '}"${name}";r=${left};t=${resetSeconds}`
  }
  const concurrency = tightestConcurrency(owners)
  if (concurrency !== undefined) {
    const { max, left } = concurrency
    policy += `${policy === '' ? '' : ', '}"concurrency";q=${max};qu="concurrent-requests"`
    state += `${state === '' ? '' : ', '}"concurrency";r=${left}`
  }
  headers.push('ratelimit-policy', policy, 'ratelimit', state)
  return headers
}

const windowNames = ['requests', 'tokens'] as const
const windowSeconds = rateWindowMs / 1_000

/** Of the key and its account, the one that leaves less. */
function tightestWindowOf(
  owners: readonly LimitedOwner[],
  name: (typeof windowNames)[number],
  nowMs: number,
): Shown | undefined {
  let found: { max: number; left: number; window: RateWindow | null } | undefined
  for (const owner of owners) {
    const max = name === 'requests' ? owner.requestsMax : owner.tokensMax
    if (max === null) continue
    const window = owner.meter[name]
    const left = Math.max(0, max - (window?.sumAt(slotOf(nowMs)) ?? 0))
    if (found === undefined || left < found.left) found = { max, left, window }
  }
  if (found === undefined) return undefined
  const { max, left, window } = found
  return { max, left, resetSeconds: Math.ceil((window?.msUntilEmpty(nowMs) ?? 0) / 1_000) }
}

function tightestConcurrency(
  owners: readonly LimitedOwner[],
): Pick<Shown, 'max' | 'left'> | undefined {
  let found: Pick<Shown, 'max' | 'left'> | undefined
  for (const { concurrentMax, meter } of owners) {
    if (concurrentMax === null) continue
    const left = Math.max(0, concurrentMax - meter.underWayCount)
    if (found === undefined || left < found.left) found = { max: concurrentMax, left }
  }
  return found
}
