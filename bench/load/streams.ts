import { percentile } from '#bench/report/statistics.ts'

import { failuresMax } from './closed-loop.ts'
import { makeConnection, requestBytes, type Connection } from './connection.ts'
import { makeEventCounter } from './event-counter.ts'
import { makeFailureLog, type FailureLog } from './failure-log.ts'
import type { StreamsJob, StreamsReport } from './jobs.ts'

interface Tally {
  completed: number
  events: number
  readonly firstEventsMs: number[]
  readonly failures: FailureLog
}

/**
 * Runs the job. The first streams begin at evenly spread moments, so that neither their starts nor their
 * chunks come in one burst, which no real set of clients would send.
 */
export async function runStreams(job: StreamsJob): Promise<StreamsReport> {
  const request = requestBytes(job.target)
  const tally: Tally = { completed: 0, events: 0, firstEventsMs: [], failures: makeFailureLog() }
  const startMs = performance.now()
  const connections = Array.from({ length: job.clients }, () => makeConnection(job.target, request))
  await Promise.all(
    connections.map(async (connection, index) => {
      await new Promise((resolve) => setTimeout(resolve, (job.spreadMs * index) / job.clients))
      for (let round = 0; round < job.streamsEach; round++) {
        if (tally.failures.report().failed >= failuresMax) return
        await readOneStream({ connection, job, tally, counted: round > 0 || job.streamsEach === 1 })
      }
    }),
  )
  for (const connection of connections) connection.destroy()
  return {
    completed: tally.completed,
    events: tally.events,
    durationMs: performance.now() - startMs,
    firstEventP50Ms: percentile(tally.firstEventsMs, 50) ?? null,
    firstEventP99Ms: percentile(tally.firstEventsMs, 99) ?? null,
    ...tally.failures.report(),
  }
}

interface OneStream {
  readonly connection: Connection
  readonly job: StreamsJob
  readonly tally: Tally
  /** Whether all clients are streaming by now, so that its time to the first event counts. */
  readonly counted: boolean
}

function readOneStream({ connection, job, tally, counted }: OneStream): Promise<void> {
  return new Promise((resolve) => {
    const counter = makeEventCounter()
    const sentAtMs = performance.now()
    let events = 0
    connection.send({
      onBody: (buffer, start, end) => {
        const more = counter.push(buffer, start, end)
        if (events === 0 && more > 0 && counted) {
          tally.firstEventsMs.push(performance.now() - sentAtMs)
        }
        events += more
      },
      onDone: () => {
        tally.events += events
        if (events >= job.eventsMin) tally.completed++
        else tally.failures.add(`a stream ended after ${events} of ${job.eventsMin} events`)
        resolve()
      },
      onFailed: (reason) => {
        tally.events += events
        tally.failures.add(reason)
        setTimeout(resolve, 10)
      },
    })
  })
}
