import { percentileOfSorted } from '#bench/report/statistics.ts'

import { makeConnection, requestBytes, type Connection } from './connection.ts'
import { makeFailureLog, type FailureLog } from './failure-log.ts'
import type { ClosedLoopJob, RequestsReport } from './jobs.ts'

/** With this many failures a contender does not work; going on would measure its error path. */
export const failuresMax = 1000

/**
 * Runs the job. Every request that was begun is waited for and counted, so that the work the contender
 * did and the requests it did it for are the same. `nowMs` is a clock that never goes back.
 */
export async function runClosedLoop(
  job: ClosedLoopJob,
  nowMs: () => number,
): Promise<RequestsReport> {
  const request = requestBytes(job.target)
  const failures = makeFailureLog()
  const latenciesMs: number[] = []
  const startMs = nowMs()
  const endMs = startMs + job.durationMs
  const connections = Array.from({ length: job.connections }, () =>
    makeConnection(job.target, request),
  )
  await Promise.all(
    connections.map((connection) => loop({ connection, nowMs, endMs, latenciesMs, failures })),
  )
  const durationMs = nowMs() - startMs
  for (const connection of connections) connection.destroy()
  return { ...latencyReport(latenciesMs), durationMs, ...failures.report() }
}

/** What latencies in milliseconds say, in the form of a report. */
export function latencyReport(
  latenciesMs: readonly number[],
): Pick<RequestsReport, 'completed' | 'p50Ms' | 'p99Ms' | 'maxMs'> {
  const sorted = Float64Array.from(latenciesMs).sort()
  return {
    completed: sorted.length,
    p50Ms: percentileOfSorted(sorted, 50) ?? null,
    p99Ms: percentileOfSorted(sorted, 99) ?? null,
    maxMs: percentileOfSorted(sorted, 100) ?? null,
  }
}

interface Loop {
  readonly connection: Connection
  readonly nowMs: () => number
  readonly endMs: number
  readonly latenciesMs: number[]
  readonly failures: FailureLog
}

function loop({ connection, nowMs, endMs, latenciesMs, failures }: Loop): Promise<void> {
  return new Promise((resolve) => {
    let sentAtMs = 0
    let bodyBytes = 0
    const listener = {
      onBody: (_: Buffer, start: number, end: number) => {
        bodyBytes += end - start
      },
      onDone: () => {
        const doneAtMs = nowMs()
        if (bodyBytes > 0) latenciesMs.push(doneAtMs - sentAtMs)
        else failures.add('an answer without a body')
        next(doneAtMs)
      },
      onFailed: (reason: string) => {
        failures.add(reason)
        // A refused connection fails at once: without a pause the loop would only count refusals.
        setTimeout(() => next(nowMs()), 10)
      },
    }
    function next(atMs: number): void {
      if (atMs >= endMs || failures.report().failed >= failuresMax) return resolve()
      sentAtMs = atMs
      bodyBytes = 0
      connection.send(listener)
    }
    next(nowMs())
  })
}
