import type { Contender } from '#bench/contenders/contender.ts'
import type { LoadGenerator } from '#bench/load/generator.ts'
import type { Failures } from '#bench/load/jobs.ts'
import type { Effort } from '#bench/options.ts'
import { waitUntilQuiet, type QuietPatience } from '#bench/processes/quiet.ts'
import type { Sample } from '#bench/report/sample.ts'

/** What every part measures with. */
export interface Bench {
  readonly load: LoadGenerator
  readonly effort: Effort
  /** How long to wait, before and after a measurement, for work that was put off. */
  readonly patience: QuietPatience
  /** One line for whoever waits. */
  readonly say: (line: string) => void
}

/** Quiet for longer than the interval of any batch of codelace's. */
export const fullPatience: QuietPatience = { quietForMs: 2000, timeoutMs: 30_000 }

/** Above this share of failures a number would be that of an error path. */
const failedShareMax = 0.001

/** The processor time of one piece of work, with everything that was put off until after it. */
export interface Worked<Report> {
  readonly report: Report
  /** Null for a contender without a process. */
  readonly cpuMs: number | null
  readonly databaseCpuMs: number | null
  /** False: the contender was still busy when patience ended, so that `cpuMs` is too small. */
  readonly quiet: boolean
}

/** Runs `work` between two moments at which the contender is idle. */
export async function measureWork<Report>(
  contender: Contender,
  patience: QuietPatience,
  work: () => Promise<Report>,
): Promise<Worked<Report>> {
  if (contender.pid === null) {
    return { report: await work(), cpuMs: null, databaseCpuMs: null, quiet: true }
  }
  const before = await waitUntilQuiet(contender.pid, patience)
  const databaseBeforeMs = await contender.databaseCpuMs()
  const report = await work()
  const after = await waitUntilQuiet(contender.pid, patience)
  const databaseAfterMs = await contender.databaseCpuMs()
  return {
    report,
    cpuMs: after.cpuMs - before.cpuMs,
    databaseCpuMs:
      databaseBeforeMs === null || databaseAfterMs === null
        ? null
        : databaseAfterMs - databaseBeforeMs,
    quiet: before.quiet && after.quiet,
  }
}

/** What a sample says about what went wrong: its reason, and whether its values may be used at all. */
export function judgeFailures(
  outcome: Failures & { readonly completed: number; readonly quiet: boolean },
): Pick<Sample, 'failed' | 'reason'> & { readonly usable: boolean } {
  const { completed, failed, failureExample, quiet } = outcome
  const attempted = completed + failed
  const usable = completed > 0 && failed <= attempted * failedShareMax
  const reasons = [
    ...(failed > 0 ? [`${failed} of ${attempted} failed: ${failureExample ?? 'unknown'}`] : []),
    ...(quiet ? [] : ['still busy long after the load had ended: its CPU is counted too low']),
  ]
  return { failed, usable, reason: reasons.length > 0 ? reasons.join('; ') : null }
}

/** Microseconds each, out of milliseconds in all; null when either is missing. */
export function microsecondsEach(totalMs: number | null, count: number): number | null {
  return totalMs === null || count === 0 ? null : (totalMs * 1000) / count
}
