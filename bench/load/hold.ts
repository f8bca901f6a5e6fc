import { failuresMax } from './closed-loop.ts'
import { makeConnection, requestBytes, type Connection } from './connection.ts'
import { makeEventCounter } from './event-counter.ts'
import { makeFailureLog } from './failure-log.ts'
import type { HoldJob, HoldReport } from './jobs.ts'

/** Streams that are kept open from one job to a later one. */
export interface HeldStreams {
  /** Opens them; resolves when each has its first event or has failed. */
  readonly hold: (job: HoldJob) => Promise<HoldReport>
  /** Closes all; reports how many were still open until then. */
  readonly release: () => HoldReport
}

/** Makes an empty set of held streams. */
export function makeHeldStreams(): HeldStreams {
  let held = new Set<Connection>()
  let failures = makeFailureLog()

  function open(connection: Connection): Promise<void> {
    return new Promise((resolve) => {
      const counter = makeEventCounter()
      let begun = false
      const lost = (reason: string): void => {
        held.delete(connection)
        failures.add(reason)
        resolve()
      }
      connection.send({
        onBody: (buffer, start, end) => {
          if (begun || counter.push(buffer, start, end) === 0) return
          begun = true
          held.add(connection)
          resolve()
        },
        onDone: () => lost('a stream that should stay open has ended'),
        onFailed: lost,
      })
    })
  }

  return {
    async hold(job) {
      const request = requestBytes(job.target)
      let begun = 0
      const openSome = async (): Promise<void> => {
        while (begun < job.streams && failures.report().failed < failuresMax) {
          begun++
          await open(makeConnection(job.target, request))
        }
      }
      await Promise.all(Array.from({ length: job.openingMax }, openSome))
      return { open: held.size, ...failures.report() }
    },
    release() {
      const report = { open: held.size, ...failures.report() }
      for (const connection of held) connection.destroy()
      held = new Set()
      failures = makeFailureLog()
      return report
    },
  }
}
