import type { Options } from '#bench/options.ts'
import type { Machine } from '#bench/processes/machine.ts'

import type { Finding } from './comparisons.ts'
import { headlineOf, type FigureName, type RatioName } from './headline.ts'
import type { Measurements } from './sample.ts'

/** What a run is, apart from its numbers. */
export interface RunFacts {
  readonly startedAt: Date
  readonly finishedAt: Date
  /** Short hash of the commit that ran. */
  readonly commit: string
  /** True when the tree differed from that commit. */
  readonly uncommittedChanges: boolean
  readonly machine: Machine
  readonly versions: Readonly<Record<string, string>>
  readonly options: Options
  /** Everything a reader must know to judge the numbers. */
  readonly notes: readonly string[]
}

/** Numbers under their names; null where there is none, with the reason under the same name. */
interface Numbers<Name extends string> {
  readonly values: Readonly<Record<Name, number | null>>
  readonly reasons: Readonly<Partial<Record<Name, string>>>
  readonly spreads: Readonly<Partial<Record<Name, { min: number; max: number; count: number }>>>
}

/** Takes findings apart into values, reasons and spreads. Values keep four significant digits. */
function numbersOf<Name extends string>(findings: Readonly<Record<Name, Finding>>): Numbers<Name> {
  const names = Object.keys(findings) as Name[]
  const values = {} as Record<Name, number | null>
  const reasons: Partial<Record<Name, string>> = {}
  const spreads: Partial<Record<Name, { min: number; max: number; count: number }>> = {}
  for (const name of names) {
    const finding = findings[name]
    if (finding.kind === 'unmeasured') {
      values[name] = null
      reasons[name] = finding.reason
      continue
    }
    const { median, min, max, count } = finding.spread
    values[name] = rounded(median)
    spreads[name] = { min: rounded(min), max: rounded(max), count }
  }
  return { values, reasons, spreads }
}

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}

/**
 * The content of a results file. `ratios` and `figures` have exactly the names that the goals have; a
 * value that could not be measured is null, and its reason stands under the same name beside it.
 */
export function resultOf(facts: RunFacts, measurements: Measurements): object {
  const metadata = headlineOf(measurements, 'codelace-metadata')
  const full = headlineOf(measurements, 'codelace-full')
  const ratios = numbersOf<RatioName>(metadata.ratios)
  const figures = numbersOf<FigureName>(metadata.figures)
  const withContent = numbersOf({
    cpu_chunk_vs_nginx: full.ratios.cpu_chunk_vs_nginx,
    added_p50_ms: full.figures.added_p50_ms,
    added_p99_ms: full.figures.added_p99_ms,
    ttft_added_p50_ms: full.figures.ttft_added_p50_ms,
    idle_rss_mb: full.figures.idle_rss_mb,
    stream_kb: full.figures.stream_kb,
  })
  const { options } = facts
  return {
    form: 1,
    complete: options.complete,
    started_at: facts.startedAt.toISOString(),
    finished_at: facts.finishedAt.toISOString(),
    commit: facts.commit,
    uncommitted_changes: facts.uncommittedChanges,
    machine: facts.machine,
    versions: facts.versions,
    options: {
      parts: options.parts,
      contenders: options.contenders,
      quick: options.quick,
      ...options.effort,
    },
    notes: facts.notes,
    ratios: ratios.values,
    ratios_reasons: ratios.reasons,
    ratios_spreads: ratios.spreads,
    figures: figures.values,
    figures_reasons: figures.reasons,
    figures_spreads: figures.spreads,
    with_content: withContent.values,
    with_content_reasons: withContent.reasons,
    with_content_spreads: withContent.spreads,
    absences: measurements.absences,
    samples: measurements.samples,
  }
}

/**
 * The name of a results file: `<date>-<commit>.json`, in UTC. A run that left something out says so in
 * the name, so that it never stands where a whole one is looked for.
 */
export function resultFileName(facts: Pick<RunFacts, 'startedAt' | 'commit' | 'options'>): string {
  const date = facts.startedAt.toISOString().slice(0, 10)
  return `${date}-${facts.commit}${facts.options.complete ? '' : '-partial'}.json`
}
