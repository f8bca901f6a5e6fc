/** A count for the eye: 950, 12.4k, 1.05M. Whole where it is whole. */
export function readableCount(count: number): string {
  if (count < 1_000) return String(count)
  if (count < 1_000_000) return `${shortened(count / 1_000)}k`
  if (count < 1_000_000_000) return `${shortened(count / 1_000_000)}M`
  return `${shortened(count / 1_000_000_000)}B`
}

function shortened(value: number): string {
  return String(Number(value.toPrecision(3)))
}

/** The count itself, in groups of three. */
export function exactCount(count: number): string {
  return count.toLocaleString('en-US')
}
