import { Fault } from '#domain/faults.ts'
import { anonymousNetworksCountedMax, anonymousVisitsPerMinuteMax } from '#domain/limits.ts'
import { askerNetwork } from '#domain/networks.ts'
import type { Clock } from '#ports/clock.ts'

import type { Visitor } from './actor.ts'

/** A bound on how often one network may come without any proof of who it is. */
export interface VisitLimit {
  /** Throws `rate_limit_exceeded` when the minute's visits are used up. */
  readonly take: (visitor: Visitor) => void
}

const minuteMs = 60_000

/**
 * Counts visits by network and minute in this process's memory. It protects the store from floods; limits
 * that guard codes are counted in the store.
 */
export function createVisitLimit(clock: Pick<Clock, 'nowMs'>): VisitLimit {
  let minute = 0
  let counts = new Map<string, number>()
  return {
    take: ({ address }) => {
      const now = Math.floor(clock.nowMs() / minuteMs)
      if (now !== minute || counts.size >= anonymousNetworksCountedMax) {
        minute = now
        counts = new Map()
      }
      const network = askerNetwork(address)
      const count = (counts.get(network) ?? 0) + 1
      counts.set(network, count)
      if (count <= anonymousVisitsPerMinuteMax) return
      const retryAfterSeconds = Math.ceil(((now + 1) * minuteMs - clock.nowMs()) / 1000)
      const detail = 'Too many requests came from this network without a key. Wait a minute.'
      throw new Fault('rate_limit_exceeded', { details: { detail }, retryAfterSeconds })
    },
  }
}
