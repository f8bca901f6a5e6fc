import type { ContenderName } from '#bench/contenders/contender.ts'
import type { PartName } from '#bench/options.ts'

/** Everything that is measured, with its unit last. */
export const metricNames = [
  'cpu_us_per_request',
  'database_cpu_us_per_request',
  'requests_per_s',
  'p50_ms',
  'p99_ms',
  'cpu_us_per_chunk',
  'cpu_us_per_event',
  'ttft_p50_ms',
  'ttft_p99_ms',
  'open_loop_p50_ms',
  'open_loop_p99_ms',
  'idle_rss_mb',
  'open_rss_mb',
  'stream_kb',
  'settle_us',
  'settle_db_us',
  'log_us',
  'log_db_us',
] as const

/** The name of a metric, as the results write it. */
export type MetricName = (typeof metricNames)[number]

/** One contender measured once in one part. */
export interface Sample {
  readonly part: PartName
  readonly contender: ContenderName
  /** From 1. */
  readonly alternation: number
  readonly values: Readonly<Partial<Record<MetricName, number | null>>>
  /** Requests or streams that failed; above one in a thousand no value is given. */
  readonly failed: number
  /** Why values are missing, or what else must be known about them. */
  readonly reason: string | null
}

/** A contender that could not be measured at all in one part, or in any (`part` null). */
export interface Absence {
  readonly part: PartName | null
  readonly contender: ContenderName
  readonly reason: string
}

/** All that a run has seen. */
export interface Measurements {
  readonly samples: readonly Sample[]
  readonly absences: readonly Absence[]
}
