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

type Measured = Pick<Sample, 'values' | 'failed' | 'reason'>

/** 200 clients that read streams of 200 chunks, one every 20 ms: processor time each, and the first. */
export async function measureStreams(bench: Bench, contender: Contender): Promise<Measured> {
  const measured = await readStreams(bench, contender, 'stream')
  const { report, cpuUsEach, usable, failed, reason } = measured
  const values = {
    cpu_us_per_chunk: cpuUsEach,
    ttft_p50_ms: report.firstEventP50Ms,
    ttft_p99_ms: report.firstEventP99Ms,
  }
  return { failed, reason, values: usable ? values : {} }
}

/** The same streams from an upstream that speaks Anthropic's protocol, to clients that speak OpenAI's. */
export async function measureTranslated(bench: Bench, contender: Contender): Promise<Measured> {
  const { cpuUsEach, usable, failed, reason } = await readStreams(
    bench,
    contender,
    'translated_stream',
  )
  return { failed, reason, values: usable ? { cpu_us_per_event: cpuUsEach } : {} }
}

async function readStreams(
  bench: Bench,
  contender: Contender,
  kind: 'stream' | 'translated_stream',
) {
  const { load, effort, patience } = bench
  await warmUp(bench, contender, kind)
  const { report, cpuMs, quiet } = await measureWork(contender, patience, () =>
    load.run({
      kind: 'streams',
      target: contender.target(kind),
      clients,
      streamsEach: effort.streamsEach,
      spreadMs,
      eventsMin: streamPace.chunks,
    }),
  )
  const cpuUsEach = microsecondsEach(cpuMs, report.completed * streamPace.chunks)
  return { report, cpuUsEach, ...judgeFailures({ ...report, quiet }) }
}
