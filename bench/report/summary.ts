import type { ContenderName } from '#bench/contenders/contender.ts'
import type { PartName } from '#bench/options.ts'

import { compare, find, type Finding } from './comparisons.ts'
import { figureNames, goals, headlineOf, ratioNames } from './headline.ts'
import type { Measurements, MetricName } from './sample.ts'
import { noiseOf } from './statistics.ts'
import { drawTable, threeDigits } from './table.ts'

interface Line {
  readonly part: PartName
  readonly metric: MetricName
  readonly label: string
  /** Whether a line with the ratio to nginx follows. */
  readonly compared: boolean
}

const lines: readonly Line[] = [
  { part: 'request', metric: 'cpu_us_per_request', label: 'CPU us/request', compared: true },
  {
    part: 'request',
    metric: 'database_cpu_us_per_request',
    label: 'database CPU us/request',
    compared: false,
  },
  { part: 'request', metric: 'requests_per_s', label: 'requests/s', compared: false },
  { part: 'request', metric: 'p50_ms', label: 'p50 ms, 32 connections', compared: false },
  { part: 'request', metric: 'p99_ms', label: 'p99 ms, 32 connections', compared: false },
  { part: 'stream', metric: 'cpu_us_per_chunk', label: 'CPU us/chunk', compared: true },
  { part: 'translated', metric: 'cpu_us_per_event', label: 'CPU us/translated', compared: false },
  { part: 'stream', metric: 'ttft_p50_ms', label: 'TTFT p50 ms, 200 streams', compared: false },
  { part: 'stream', metric: 'ttft_p99_ms', label: 'TTFT p99 ms, 200 streams', compared: false },
  { part: 'latency', metric: 'open_loop_p50_ms', label: 'p50 ms at 500/s', compared: false },
  { part: 'latency', metric: 'open_loop_p99_ms', label: 'p99 ms at 500/s', compared: false },
  { part: 'memory', metric: 'idle_rss_mb', label: 'idle RSS MB', compared: false },
  { part: 'memory', metric: 'stream_kb', label: 'KB per open stream', compared: false },
  { part: 'settlement', metric: 'settle_us', label: 'settlement us/request', compared: false },
  { part: 'settlement', metric: 'settle_db_us', label: '  in the database', compared: false },
  { part: 'settlement', metric: 'log_us', label: 'request log us/request', compared: false },
  { part: 'settlement', metric: 'log_db_us', label: '  in the database', compared: false },
]

/** The table of everything that was measured: a line for each metric, a column for each contender. */
export function measuredTable(
  measurements: Measurements,
  contenders: readonly ContenderName[],
): string {
  const rows: string[][] = [['median (least-greatest)', ...contenders]]
  for (const { part, metric, label, compared } of lines) {
    const cells = contenders.map((contender) =>
      cell(find(measurements, { part, contender, metric })),
    )
    if (cells.every((text) => text === '')) continue
    rows.push([label, ...cells])
    if (!compared) continue
    const ratios = contenders.map((contender) =>
      cell(
        compare(
          measurements,
          [
            { part, contender, metric },
            { part, contender: 'nginx', metric },
          ],
          (left, right) => left / right,
        ),
      ),
    )
    rows.push(['  x nginx', ...ratios])
  }
  return drawTable(rows)
}

function cell(finding: Finding): string {
  if (finding.kind === 'unmeasured') return ''
  const { median, min, max, count } = finding.spread
  const middle = threeDigits(median)
  return count === 1 ? middle : `${middle} (${threeDigits(min)}-${threeDigits(max)})`
}

/** The table of ratios and figures beside their goals, in both content modes. */
export function headlineTable(measurements: Measurements): string {
  const metadata = headlineOf(measurements, 'codelace-metadata')
  const full = headlineOf(measurements, 'codelace-full')
  const rows: string[][] = [
    ['codelace', 'goal', 'metadata', 'noise', '', 'with content', 'noise', ''],
  ]
  for (const name of [...ratioNames, ...figureNames]) {
    const both = [metadata, full].map(
      (headline) => ({ ...headline.ratios, ...headline.figures })[name],
    )
    const goal = goals[name]
    rows.push([name, `<= ${threeDigits(goal)}`, ...both.flatMap((one) => judged(one, goal))])
  }
  return drawTable(rows)
}

function judged(finding: Finding, goal: number): readonly string[] {
  if (finding.kind === 'unmeasured') return ['-', '', '']
  const { median, count } = finding.spread
  // One sample says nothing about noise.
  const noise = count === 1 ? '?' : `${Math.round(noiseOf(finding.spread) * 100)} %`
  return [threeDigits(median), noise, median <= goal ? 'reached' : 'missed']
}

/** Why numbers are missing, and what else must be known, one sentence a line. */
export function remarks(measurements: Measurements): readonly string[] {
  const absent = measurements.absences.map(
    ({ part, contender, reason }) => `${contender}${part ? `, ${part}` : ''}: ${reason}`,
  )
  const partial = measurements.samples
    .filter((sample) => sample.reason !== null)
    .map((sample) => `${sample.contender}, ${sample.part}: ${sample.reason ?? ''}`)
  return [...new Set([...absent, ...partial])]
}
