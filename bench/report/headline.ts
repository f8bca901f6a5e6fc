import type { ContenderName } from '#bench/contenders/contender.ts'

import { compare, find, type Finding, type Question } from './comparisons.ts'
import type { Measurements, MetricName } from './sample.ts'

/** The ratios that every run reports. */
export const ratioNames = [
  'cpu_request_metadata_vs_nginx',
  'cpu_request_full_vs_nginx',
  'cpu_request_metadata_vs_portkey',
  'cpu_chunk_vs_nginx',
  'cpu_translated_event_vs_chunk',
] as const

/** The figures that every run reports, with the unit last. */
export const figureNames = [
  'added_p50_ms',
  'added_p99_ms',
  'ttft_added_p50_ms',
  'idle_rss_mb',
  'stream_kb',
  'settle_db_us',
] as const

/** The name of a ratio. */
export type RatioName = (typeof ratioNames)[number]
/** The name of a figure. */
export type FigureName = (typeof figureNames)[number]

/** The numbers that a run is read by. */
export interface Headline {
  readonly ratios: Readonly<Record<RatioName, Finding>>
  readonly figures: Readonly<Record<FigureName, Finding>>
}

/** The greatest value that is good enough, for each ratio and figure. */
export const goals: Readonly<Record<RatioName | FigureName, number>> = {
  cpu_request_metadata_vs_nginx: 4,
  cpu_request_full_vs_nginx: 6,
  cpu_request_metadata_vs_portkey: 1 / 8,
  cpu_chunk_vs_nginx: 2.5,
  cpu_translated_event_vs_chunk: 3,
  added_p50_ms: 0.6,
  added_p99_ms: 3,
  ttft_added_p50_ms: 1,
  idle_rss_mb: 180,
  stream_kb: 60,
  settle_db_us: 40,
}

const ratio = (left: number, right: number): number => left / right
const difference = (left: number, right: number): number => left - right

/**
 * Works the headline out. Where a number is not about a content mode by its name, it is that of
 * `codelace`, the contender given.
 */
export function headlineOf(
  measurements: Measurements,
  codelace: 'codelace-metadata' | 'codelace-full',
): Headline {
  const request = (contender: ContenderName): Question => ({
    part: 'request',
    contender,
    metric: 'cpu_us_per_request',
  })
  const stream = (contender: ContenderName, metric: MetricName): Question => ({
    part: 'stream',
    contender,
    metric,
  })
  const latency = (contender: ContenderName, metric: MetricName): Question => ({
    part: 'latency',
    contender,
    metric,
  })
  const memory = (metric: MetricName): Question => ({ part: 'memory', contender: codelace, metric })
  const compared = (
    left: Question,
    right: Question,
    combine: (left: number, right: number) => number,
  ): Finding => compare(measurements, [left, right], combine)
  const added = (metric: MetricName): Finding =>
    compared(latency(codelace, metric), latency('direct', metric), difference)
  return {
    ratios: {
      cpu_request_metadata_vs_nginx: compared(
        request('codelace-metadata'),
        request('nginx'),
        ratio,
      ),
      cpu_request_full_vs_nginx: compared(request('codelace-full'), request('nginx'), ratio),
      cpu_request_metadata_vs_portkey: compared(
        request('codelace-metadata'),
        request('portkey'),
        ratio,
      ),
      cpu_chunk_vs_nginx: compared(
        stream(codelace, 'cpu_us_per_chunk'),
        stream('nginx', 'cpu_us_per_chunk'),
        ratio,
      ),
      cpu_translated_event_vs_chunk: compared(
        { part: 'translated', contender: codelace, metric: 'cpu_us_per_event' },
        stream(codelace, 'cpu_us_per_chunk'),
        ratio,
      ),
    },
    figures: {
      added_p50_ms: added('open_loop_p50_ms'),
      added_p99_ms: added('open_loop_p99_ms'),
      ttft_added_p50_ms: compared(
        stream(codelace, 'ttft_p50_ms'),
        stream('direct', 'ttft_p50_ms'),
        difference,
      ),
      idle_rss_mb: find(measurements, memory('idle_rss_mb')),
      stream_kb: find(measurements, memory('stream_kb')),
      settle_db_us: find(measurements, {
        part: 'settlement',
        contender: 'codelace-metadata',
        metric: 'settle_db_us',
      }),
    },
  }
}
