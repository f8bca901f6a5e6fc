/** The middle of some samples, and how far they lie apart. All in the samples' own unit. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
  readonly count: number
}

/** The value below which `percent` of the samples lie (nearest rank); undefined without samples. */
export function percentile(samples: readonly number[], percent: number): number | undefined {
  return percentileOfSorted(Float64Array.from(samples).sort(), percent)
}

/** The same for samples that are in rising order already: nothing is copied. */
export function percentileOfSorted(sorted: Float64Array, percent: number): number | undefined {
  if (sorted.length === 0) return undefined
  const rank = Math.ceil((percent / 100) * sorted.length)
  return sorted[Math.min(Math.max(rank, 1), sorted.length) - 1]
}

/** The middle value, or the mean of the two middle ones; undefined without samples. */
export function median(samples: readonly number[]): number | undefined {
  if (samples.length === 0) return undefined
  const sorted = Float64Array.from(samples).sort()
  const upper = sorted[sorted.length >> 1] ?? Number.NaN
  if (sorted.length % 2 === 1) return upper
  return ((sorted[(sorted.length >> 1) - 1] ?? Number.NaN) + upper) / 2
}

/** Median, least and greatest; undefined without samples. */
export function spread(samples: readonly number[]): Spread | undefined {
  const middle = median(samples)
  if (middle === undefined) return undefined
  return {
    median: middle,
    min: Math.min(...samples),
    max: Math.max(...samples),
    count: samples.length,
  }
}

/** How noisy the samples are: the whole range as a share of the median; 0 when there is no median. */
export function noiseOf(samples: Spread): number {
  return samples.median === 0 ? 0 : (samples.max - samples.min) / Math.abs(samples.median)
}
