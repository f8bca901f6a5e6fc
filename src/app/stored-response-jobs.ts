import { retentionPeriods } from '#domain/data-map/data-rule.ts'
import { storedResponsesPurgeIntervalMs } from '#domain/limits.ts'
import type { Clock } from '#ports/clock.ts'
import type { StoredResponseStore } from '#ports/stored-responses.ts'

import type { Job } from './jobs.ts'

const dayMs = 24 * 60 * 60_000

/** Removes stored responses when content may not be kept any longer. */
export function purgeStoredResponses(
  store: Pick<StoredResponseStore, 'removeOlderThan'>,
  clock: Pick<Clock, 'nowMs'>,
): Job {
  return {
    name: 'purge_stored_responses',
    everyMs: storedResponsesPurgeIntervalMs,
    run: async () => {
      const { days } = retentionPeriods.content
      if (days !== null) await store.removeOlderThan(clock.nowMs() - days * dayMs)
    },
  }
}
