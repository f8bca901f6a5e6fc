import { Worker } from 'node:worker_threads'

import { failuresMax, latencyReport } from './closed-loop.ts'
import { makeConnection, requestBytes, type Connection } from './connection.ts'
import { makeFailureLog } from './failure-log.ts'
import type { OpenLoopJob, RequestsReport } from './jobs.ts'
import type { MetronomeSettings } from './metronome.ts'

/** The first beat lies this far ahead, so that the metronome's thread is awake by then. */
const leadMs = 200
const nanosecondsPerMs = 1_000_000

/**
 * Runs the job. A request that finds every connection busy waits for one, and the wait is part of its
 * latency, because its user would have waited too.
 */
export async function runOpenLoop(job: OpenLoopJob): Promise<RequestsReport> {
  const request = requestBytes(job.target)
  const intervalMs = 1000 / job.ratePerSecond
  const beats = Math.round(job.durationMs / intervalMs)
  const startMs = performance.now() + leadMs
  const firstBeatNs = process.hrtime.bigint() + BigInt(leadMs * nanosecondsPerMs)
  const failures = makeFailureLog()
  const latenciesMs: number[] = []
  const idle = Array.from({ length: job.connections }, () => makeConnection(job.target, request))
  const all = [...idle]
  const waiting: number[] = []
  let unanswered = beats

  const settings: MetronomeSettings = { beats, intervalMs, firstBeatNs }
  const metronome = new Worker(new URL('metronome.ts', import.meta.url), { workerData: settings })
  await new Promise<void>((resolve) => {
    const ask = (connection: Connection, dueMs: number): void => {
      const done = (): void => {
        unanswered--
        const nextDueMs = waiting.shift()
        if (nextDueMs !== undefined) ask(connection, nextDueMs)
        else idle.push(connection)
        if (unanswered === 0 || failures.report().failed >= failuresMax) resolve()
      }
      connection.send({
        onBody: () => {},
        onDone: () => {
          latenciesMs.push(performance.now() - dueMs)
          done()
        },
        onFailed: (reason) => {
          failures.add(reason)
          done()
        },
      })
    }
    metronome.on('message', (beat: number) => {
      const dueMs = startMs + beat * intervalMs
      const connection = idle.pop()
      if (connection) ask(connection, dueMs)
      else waiting.push(dueMs)
    })
    metronome.on('error', (error) => {
      failures.add(String(error))
      resolve()
    })
  })
  const durationMs = performance.now() - startMs
  await metronome.terminate()
  for (const connection of all) connection.destroy()
  return { ...latencyReport(latenciesMs), durationMs, ...failures.report() }
}
