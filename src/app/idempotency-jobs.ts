import { idempotencyPurgeIntervalMs } from '#domain/limits.ts'
import type { IdempotencyStore } from '#ports/idempotency.ts'

import type { Job } from './jobs.ts'

/** Removes answers that are not given again any more. */
export function purgeIdempotentAnswers(store: Pick<IdempotencyStore, 'removeExpired'>): Job {
  return {
    name: 'purge_idempotent_answers',
    everyMs: idempotencyPurgeIntervalMs,
    run: async () => {
      await store.removeExpired()
    },
  }
}
