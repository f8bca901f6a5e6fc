import { formatDecimal, type NanoUsd, nanoUsd, parseUsd } from '#domain/money.ts'

/**
 * An amount of US dollars with the digits that matter: two decimals from one dollar on, three significant
 * digits below it. What is not nothing is never shown as nothing. Rounded for the eye only, half up.
 */
export function readableUsd(amount: NanoUsd): string {
  const size = amount < 0n ? -amount : amount
  const sign = amount < 0n ? '−' : ''
  const decimals = decimalsFor(size)
  const unit = 10n ** BigInt(9 - decimals)
  const rounded = (size + unit / 2n) / unit
  const text = formatDecimal(rounded, decimals)
  const [whole = '0', fraction = ''] = text.split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return `${sign}$${grouped}.${fraction.padEnd(2, '0')}`
}

function decimalsFor(size: bigint): number {
  if (size === 0n || size >= 1_000_000_000n) return 2
  // 0.000213: the first digit that is not zero, and two more.
  const firstDigit = 10 - size.toString().length
  return Math.min(9, Math.max(2, firstDigit + 2))
}

/** The same amount to the last nano-dollar, in groups of three: "$0.000 213 000". */
export function exactUsd(amount: NanoUsd): string {
  const size = amount < 0n ? -amount : amount
  const digits = size.toString().padStart(10, '0')
  const whole = digits.slice(0, -9).replace(/\B(?=(\d{3})+$)/g, ',')
  const fraction = digits.slice(-9).replace(/(\d{3})(?=\d)/g, '$1 ')
  return `${amount < 0n ? '−' : ''}$${whole}.${fraction}`
}

/** The sum of amounts that the server wrote; what is no amount counts as nothing. */
export function sumUsd(texts: readonly string[]): NanoUsd {
  return nanoUsd(texts.reduce((sum, text) => sum + (parseUsd(text) ?? 0n), 0n))
}
