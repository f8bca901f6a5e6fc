import type { Clock } from '#ports/clock.ts'
import { StoreUnavailable } from '#ports/store-error.ts'

import type { Log } from './log.ts'

/** Something that has to be done again and again. */
export interface Job {
  readonly name: string
  readonly everyMs: number
  readonly run: () => Promise<void>
}

/** Jobs that run until they are stopped. */
export interface RunningJobs {
  /** Begins no run any more; resolves when those under way have ended. */
  readonly stop: () => Promise<void>
}

/**
 * Runs each job every so often, counted from the end of its last run, so that a slow one never overlaps
 * with itself. A run that fails is logged and tried again at the next time.
 */
export function startJobs(
  jobs: readonly Job[],
  { clock, log }: { clock: Clock; log: Log },
): RunningJobs {
  const cancels = new Map<Job, () => void>()
  const runs = new Map<Job, Promise<void>>()
  let stopped = false

  const schedule = (job: Job): void => {
    if (!stopped)
      cancels.set(
        job,
        clock.after(job.everyMs, () => begin(job)),
      )
  }
  const begin = (job: Job): void => {
    runs.set(
      job,
      runOnce(job, log).then(() => schedule(job)),
    )
  }
  for (const job of jobs) schedule(job)

  return {
    stop: async () => {
      stopped = true
      for (const cancel of cancels.values()) cancel()
      await Promise.all(runs.values())
    },
  }
}

async function runOnce({ name, run }: Job, log: Log): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (error instanceof StoreUnavailable) log.warn('job_postponed', { job: name, error })
    else log.alarm('job_failed', { job: name, error })
  }
}
