/**
 * How often each size of a duration or a speed occurred: one count for each band of sizes, shortest first,
 * without the empty ones at the end. Histograms can be added up, so percentiles of any period come from the
 * histograms of its parts.
 */
export type Histogram = readonly number[]

/** Bands for each doubling: a percentile is off by less than a fifth of itself. */
const bandsPerDoubling = 4

/** Nothing was measured. */
export const emptyHistogram: Histogram = []

/** The histogram with one more measurement. Anything below 1 is in the first band. */
export function measured(histogram: Histogram, value: number): Histogram {
  const band = bandOf(value)
  const counts = histogram.slice()
  while (counts.length <= band) counts.push(0)
  counts[band] = (counts[band] ?? 0) + 1
  return counts
}

/** Both together. Called several times for every request, so it makes no more than the sum. */
export function addHistograms(left: Histogram, right: Histogram): Histogram {
  if (right.length === 0) return left
  if (left.length < right.length) return addHistograms(right, left)
  const sum = left.slice()
  for (let band = 0; band < right.length; band += 1) {
    sum[band] = (sum[band] ?? 0) + (right[band] ?? 0)
  }
  return sum
}

/** How many measurements there are. */
export function countOf(histogram: Histogram): number {
  return histogram.reduce((sum, count) => sum + count, 0)
}

/**
 * The size that this part (above 0, at most 1) of the measurements do not exceed, to within a fifth; null
 * when nothing was measured.
 */
export function percentileOf(histogram: Histogram, part: number): number | null {
  const total = countOf(histogram)
  if (total === 0) return null
  const rank = Math.max(1, Math.ceil(total * part))
  let before = 0
  for (const [band, count] of histogram.entries()) {
    if (before + count >= rank) {
      const [from, until] = boundsOf(band)
      return from + ((until - from) * (rank - before - 0.5)) / count
    }
    before += count
  }
  return null
}

function bandOf(value: number): number {
  return value < 1 ? 0 : 1 + Math.floor(Math.log2(value) * bandsPerDoubling)
}

function boundsOf(band: number): readonly [number, number] {
  if (band === 0) return [0, 1]
  return [2 ** ((band - 1) / bandsPerDoubling), 2 ** (band / bandsPerDoubling)]
}
