import type { Contender } from '#bench/contenders/contender.ts'
import { streamPace } from '#bench/contenders/targets.ts'
import type { Sample } from '#bench/report/sample.ts'

import { judgeFailures, measureWork, microsecondsEach, type Bench } from './measuring.ts'
import { warmUp } from './warm-up.ts'

const clients = 200

/**
 * The starts are spread over the length of one stream and a little more, so that the chunks of different
 * streams fall evenly between each other and not all into the same instant of every 20 ms.
 */
const spreadMs = streamPace.intervalMs * (streamPace.chunks + 1)

/** 200 clients that read streams of 200 chunks, one every 20 ms: processor time each, and the first. */
export async function measureStreams(
  bench: Bench,
  contender: Contender,
): Promise<Pick<Sample, 'values' | 'failed' | 'reason'>> {
  const { load, effort, patience } = bench
  await warmUp(bench, contender, 'stream')
  const { report, cpuMs, quiet } = await measureWork(contender, patience, () =>
    load.run({
      kind: 'streams',
      target: contender.target('stream'),
      clients,
      streamsEach: effort.streamsEach,
      spreadMs,
      eventsMin: streamPace.chunks,
    }),
  )
  const { usable, failed, reason } = judgeFailures({ ...report, quiet })
  if (!usable) return { values: {}, failed, reason }
  return {
    values: {
      cpu_us_per_chunk: microsecondsEach(cpuMs, report.completed * streamPace.chunks),
      ttft_p50_ms: report.firstEventP50Ms,
      ttft_p99_ms: report.firstEventP99Ms,
    },
    failed,
    reason,
  }
}
