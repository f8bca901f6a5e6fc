import { askerNetwork } from './networks.ts'

/** A bound on how often one network may come within a minute without any proof of who it is. */
export interface VisitTally {
  /** Counts a visit; how many seconds until the network may come again, or null when it may now. */
  readonly take: (address: string | null, nowMs: number) => number | null
}

const minuteMs = 60_000

/**
 * Counts visits by network and minute in memory. It protects stores from floods; limits that guard secrets
 * are counted in the store.
 */
export function makeVisitTally(most: {
  readonly perMinute: number
  readonly networks: number
}): VisitTally {
  let minute = 0
  let counts = new Map<string, number>()
  return {
    take: (address, nowMs) => {
      const now = Math.floor(nowMs / minuteMs)
      if (now !== minute || counts.size >= most.networks) {
        minute = now
        counts = new Map()
      }
      const network = askerNetwork(address)
      const count = (counts.get(network) ?? 0) + 1
      counts.set(network, count)
      return count <= most.perMinute ? null : Math.ceil(((now + 1) * minuteMs - nowMs) / 1000)
    },
  }
}
