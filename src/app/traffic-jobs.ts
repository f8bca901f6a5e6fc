import { endpointTrafficKeptMs, endpointTrafficPurgeIntervalMs } from '#domain/limits.ts'
import type { Clock } from '#ports/clock.ts'
import type { UsageStore } from '#ports/usage-store.ts'

import type { Job } from './jobs.ts'

/** Removes how endpoints did long ago; it is about no person, and of no use any more. */
export function forgetEndpointTraffic(
  usage: Pick<UsageStore, 'forgetEndpoints'>,
  clock: Pick<Clock, 'nowMs'>,
): Job {
  return {
    name: 'forget_endpoint_traffic',
    everyMs: endpointTrafficPurgeIntervalMs,
    run: async () => {
      await usage.forgetEndpoints(clock.nowMs() - endpointTrafficKeptMs)
    },
  }
}
