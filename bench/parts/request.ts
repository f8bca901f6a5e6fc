import type { Contender } from '#bench/contenders/contender.ts'
import type { Sample } from '#bench/report/sample.ts'

import { judgeFailures, measureWork, microsecondsEach, type Bench } from './measuring.ts'
import { warmUp } from './warm-up.ts'

const connections = 32

/** Whole answers in a closed loop over 32 connections: processor time each, throughput, latency. */
export async function measureRequests(
  bench: Bench,
  contender: Contender,
): Promise<Pick<Sample, 'values' | 'failed' | 'reason'>> {
  const { load, effort, patience } = bench
  await warmUp(bench, contender, 'answer')
  const { report, cpuMs, databaseCpuMs, quiet } = await measureWork(contender, patience, () =>
    load.run({
      kind: 'closed_loop',
      target: contender.target('answer'),
      connections,
      durationMs: effort.requestMs,
    }),
  )
  const { usable, failed, reason } = judgeFailures({ ...report, quiet })
  if (!usable) return { values: {}, failed, reason }
  return {
    values: {
      cpu_us_per_request: microsecondsEach(cpuMs, report.completed),
      database_cpu_us_per_request: microsecondsEach(databaseCpuMs, report.completed),
      requests_per_s: (report.completed * 1000) / report.durationMs,
      p50_ms: report.p50Ms,
      p99_ms: report.p99Ms,
    },
    failed,
    reason,
  }
}
