import type { ContenderName } from '#bench/contenders/contender.ts'
import type { PartName } from '#bench/options.ts'

import type { Measurements, MetricName } from './sample.ts'
import { spread, type Spread } from './statistics.ts'

/** A number that was measured, or the reason why there is none. */
export type Finding =
  | { readonly kind: 'measured'; readonly spread: Spread }
  | { readonly kind: 'unmeasured'; readonly reason: string }

/** Which number of which contender. */
export interface Question {
  readonly part: PartName
  readonly contender: ContenderName
  readonly metric: MetricName
}

/** One metric of one contender over all alternations. */
export function find(measurements: Measurements, question: Question): Finding {
  const values = [...valuesByAlternation(measurements, question).values()]
  const found = spread(values)
  if (found) return { kind: 'measured', spread: found }
  return { kind: 'unmeasured', reason: whyMissing(measurements, question) }
}

/**
 * Two numbers taken in the same alternation, combined, over all alternations: what the machine did in
 * between two alternations therefore touches neither ratio nor difference.
 */
export function compare(
  measurements: Measurements,
  questions: readonly [Question, Question],
  combine: (left: number, right: number) => number,
): Finding {
  const [left, right] = questions
  const leftValues = valuesByAlternation(measurements, left)
  const rightValues = valuesByAlternation(measurements, right)
  const combined: number[] = []
  for (const [alternation, value] of leftValues) {
    const other = rightValues.get(alternation)
    if (other !== undefined) combined.push(combine(value, other))
  }
  const found = spread(combined.filter(Number.isFinite))
  if (found) return { kind: 'measured', spread: found }
  const missing = [left, right].filter((_, index) => [leftValues, rightValues][index]?.size === 0)
  const reasons = missing.map((question) => whyMissing(measurements, question))
  return {
    kind: 'unmeasured',
    reason: [...new Set(reasons)].join('; ') || 'never measured in the same alternation',
  }
}

function valuesByAlternation(
  { samples }: Measurements,
  { part, contender, metric }: Question,
): ReadonlyMap<number, number> {
  const values = new Map<number, number>()
  for (const sample of samples) {
    const value = sample.values[metric]
    if (sample.part !== part || sample.contender !== contender) continue
    if (value !== undefined && value !== null) values.set(sample.alternation, value)
  }
  return values
}

function whyMissing(measurements: Measurements, { part, contender }: Question): string {
  const absence = measurements.absences.find(
    (candidate) =>
      candidate.contender === contender && (candidate.part === null || candidate.part === part),
  )
  if (absence) return `${contender}: ${absence.reason}`
  const sample = measurements.samples.find(
    (candidate) =>
      candidate.contender === contender && candidate.part === part && candidate.reason !== null,
  )
  return `${contender}: ${sample?.reason ?? 'not in this run'}`
}
