import { createInterface } from 'node:readline'

import { Unmeasurable } from '#bench/unmeasurable.ts'

import { runClosedLoop } from './closed-loop.ts'
import { makeHeldStreams } from './hold.ts'
import type { LoadJob, ReportOf } from './jobs.ts'
import { runOpenLoop } from './open-loop.ts'
import { runStreams } from './streams.ts'

/*
 * The load generator: a process of its own that reads jobs from standard input, one JSON text a line,
 * and answers each with one line. One process serves the whole run, so that every contender meets it
 * equally warm.
 */
const held = makeHeldStreams()

function run(job: LoadJob): Promise<ReportOf[LoadJob['kind']]> | ReportOf['release'] {
  switch (job.kind) {
    case 'closed_loop':
      return runClosedLoop(job, () => performance.now())
    case 'streams':
      return runStreams(job)
    case 'open_loop':
      return runOpenLoop(job)
    case 'hold':
      return held.hold(job)
    case 'release':
      return held.release()
    default:
      throw new Unmeasurable(`no such job: ${JSON.stringify(job satisfies never)}`)
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const report = await run(JSON.parse(line) as LoadJob)
  process.stdout.write(`${JSON.stringify(report)}\n`)
}
