/**
 * Money, in the only two units the product knows.
 *
 * Balances, holds, charges and ledger entries are whole nano-dollars (1e-9 USD). Prices are whole
 * pico-dollars (1e-12 USD) per token or per request. Both are branded `bigint`, so neither can be
 * mixed with the other, with a plain number or with a float without the compiler saying so.
 */

declare const nanoUsdBrand: unique symbol
declare const picoUsdBrand: unique symbol

/** A whole number of nano-dollars (1e-9 USD). May be negative: a debit. */
export type NanoUsd = bigint & { readonly [nanoUsdBrand]: true }

/** A whole number of pico-dollars (1e-12 USD). Prices, and sums of price times quantity. */
export type PicoUsd = bigint & { readonly [picoUsdBrand]: true }

/** 1 USD in nano-dollars. */
export const nanoUsdPerUsd = 1_000_000_000n
const picoPerNano = 1000n

/** The largest amount the ledger stores: the signed 64-bit limit of the database. */
export const nanoUsdMax = nanoUsd(9_223_372_036_854_775_807n)

/** Brands a whole number of nano-dollars. The caller guarantees the unit. */
export function nanoUsd(value: bigint): NanoUsd {
  return value as NanoUsd
}

/** Brands a whole number of pico-dollars. The caller guarantees the unit. */
export function picoUsd(value: bigint): PicoUsd {
  return value as PicoUsd
}

/** No money. */
export const zeroNanoUsd = nanoUsd(0n)

/**
 * Rounds pico-dollars up to whole nano-dollars: a fraction is charged, never given away. Used once per
 * request, on the exact sum. Refuses negative sums by returning zero: a charge is never a credit.
 */
export function roundUpToNanoUsd(amount: PicoUsd): NanoUsd {
  if (amount <= 0n) return zeroNanoUsd
  return nanoUsd((amount + picoPerNano - 1n) / picoPerNano)
}

/**
 * Reads a plain decimal number ("5", "0.25", "-3") exactly as a whole number of `10^-scale` units.
 * Returns undefined for exponents, signs other than a leading minus, empty text, or more significant
 * decimals than the scale holds. No float is ever involved.
 */
export function parseDecimal(text: string, scale: number): bigint | undefined {
  const match = /^(-?)(\d{1,18})(?:\.(\d{1,24}))?$/.exec(text)
  if (!match) return undefined
  const [, sign = '', whole = '0', fraction = ''] = match
  if (/[1-9]/.test(fraction.slice(scale))) return undefined
  const units = BigInt(whole + fraction.slice(0, scale).padEnd(scale, '0'))
  return sign === '-' ? -units : units
}

/** Reads a decimal amount of US dollars exactly; undefined when it is not one, or finer than a nano-dollar. */
export function parseUsd(text: string): NanoUsd | undefined {
  const units = parseDecimal(text, 9)
  return units === undefined ? undefined : nanoUsd(units)
}

const zeroDigit = 0x30

/** Writes a whole number of `10^-scale` units as a plain decimal without trailing zeros ("0.000213"). */
export function formatDecimal(units: bigint, scale: number): string {
  const sign = units < 0n ? '-' : ''
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  const point = digits.length - scale
  let end = digits.length
  while (end > point && digits.charCodeAt(end - 1) === zeroDigit) end -= 1
  const whole = sign + digits.slice(0, point)
  return end === point ? whole : `${whole}.${digits.slice(point, end)}`
}

/** Writes an amount of US dollars exactly, without a currency sign ("4.999787"). */
export function formatUsd(amount: NanoUsd): string {
  return formatDecimal(amount, 9)
}

/** Writes an amount for people: "$5.00", "$0.000213": at least two decimals, as many as matter. */
export function formatUsdForPeople(amount: NanoUsd): string {
  const text = formatUsd(amount < 0n ? nanoUsd(-amount) : amount)
  const [whole = '0', fraction = ''] = text.split('.')
  return `${amount < 0n ? '-' : ''}$${whole}.${fraction.padEnd(2, '0')}`
}

/**
 * The JSON number of an amount in US dollars, for wire formats that demand a number (`usage.cost`).
 * It is parsed from the exact decimal text, so it is the nearest double; never calculate with it.
 */
export function usdNumberForWire(amount: NanoUsd): number {
  return Number(formatUsd(amount))
}

/** The smaller of two amounts. */
export function smallerNanoUsd(left: NanoUsd, right: NanoUsd): NanoUsd {
  return left < right ? left : right
}

/** The larger of two amounts. */
export function largerNanoUsd(left: NanoUsd, right: NanoUsd): NanoUsd {
  return left > right ? left : right
}
