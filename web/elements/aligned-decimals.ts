/**
 * The same decimals, each with as many digits after its point as the longest one has, so that the points of a
 * column stand below each other. No digit is lost.
 */
export function alignedDecimals(decimals: readonly string[]): readonly string[] {
  const digits = Math.max(0, ...decimals.map((decimal) => fractionOf(decimal).length))
  if (digits === 0) return decimals
  return decimals.map((decimal) => {
    const [whole = '0'] = decimal.split('.')
    return `${whole}.${fractionOf(decimal).padEnd(digits, '0')}`
  })
}

function fractionOf(decimal: string): string {
  return decimal.split('.')[1] ?? ''
}
