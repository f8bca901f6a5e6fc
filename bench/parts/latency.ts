import type { Contender } from '#bench/contenders/contender.ts'
import type { OpenLoopJob } from '#bench/load/jobs.ts'
import type { Sample } from '#bench/report/sample.ts'

import { judgeFailures, type Bench } from './measuring.ts'
import { warmUp } from './warm-up.ts'

const ratePerSecond = 500
const connections = 256
/** At its own rate too: a loop that was busy before is not what is measured. */
const warmUpMs = 1000

/** Whole answers at 500 a second, whether the contender keeps up or not: latency from the due moment. */
export async function measureLatency(
  bench: Bench,
  contender: Contender,
): Promise<Pick<Sample, 'values' | 'failed' | 'reason'>> {
  const { load, effort } = bench
  const job = (durationMs: number): OpenLoopJob => ({
    kind: 'open_loop',
    target: contender.target('answer'),
    ratePerSecond,
    connections,
    durationMs,
  })
  await warmUp(bench, contender, 'answer')
  await load.run(job(warmUpMs))
  await contender.databaseCpuMs()
  const report = await load.run(job(effort.latencyMs))
  const { usable, failed, reason } = judgeFailures({ ...report, quiet: true })
  if (!usable) return { values: {}, failed, reason }
  return {
    values: { open_loop_p50_ms: report.p50Ms, open_loop_p99_ms: report.p99Ms },
    failed,
    reason,
  }
}
