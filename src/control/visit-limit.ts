import { Fault } from '#domain/faults.ts'
import { anonymousNetworksCountedMax, anonymousVisitsPerMinuteMax } from '#domain/limits.ts'
import { makeVisitTally } from '#domain/visit-tally.ts'
import type { Clock } from '#ports/clock.ts'

import type { Visitor } from './actor.ts'

/** A bound on how often one network may come without any proof of who it is. */
export interface VisitLimit {
  /** Throws `rate_limit_exceeded` when the minute's visits are used up. */
  readonly take: (visitor: Visitor) => void
}

/** Counts visits by network and minute in this process's memory. */
export function createVisitLimit(clock: Pick<Clock, 'nowMs'>): VisitLimit {
  const tally = makeVisitTally({
    perMinute: anonymousVisitsPerMinuteMax,
    networks: anonymousNetworksCountedMax,
  })
  return {
    take: ({ address }) => {
      const retryAfterSeconds = tally.take(address, clock.nowMs())
      if (retryAfterSeconds === null) return
      const detail = 'Too many requests came from this network without a key. Wait a minute.'
      throw new Fault('rate_limit_exceeded', { details: { detail }, retryAfterSeconds })
    },
  }
}
