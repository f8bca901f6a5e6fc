/** The sum, or the first value that is no count: the meter judges it. Undefined when nothing is there. */
export function sumOf(values: readonly unknown[]): unknown {
  let sum: number | undefined
  for (const value of values) {
    if (value === undefined || value === null) continue
    // A count below zero must not hide in a sum.
    if (typeof value !== 'number' || value < 0) return value
    sum = (sum ?? 0) + value
  }
  return sum
}
