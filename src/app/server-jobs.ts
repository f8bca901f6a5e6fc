import type { Clock } from '#ports/clock.ts'

import { purgeIdempotentAnswers } from './idempotency-jobs.ts'
import type { Job } from './jobs.ts'
import { ledgerJobs } from './ledger-jobs.ts'
import type { Log } from './log.ts'
import { purgeStoredResponses } from './stored-response-jobs.ts'
import type { Stores } from './stores.ts'
import { forgetEndpointTraffic } from './traffic-jobs.ts'

/** Everything that a running server has to do again and again. */
export function serverJobs(
  stores: Stores,
  { clock, log }: { clock: Clock; log: Log },
): readonly Job[] {
  return [
    ...ledgerJobs(stores.ledger, log),
    purgeIdempotentAnswers(stores.idempotency),
    forgetEndpointTraffic(stores.usage, clock),
    purgeStoredResponses(stores.responses, clock),
  ]
}
