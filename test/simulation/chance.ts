import type { RandomBytes } from '#domain/identifiers.ts'

/** Chance from a seed: the same seed gives the same run. Never use another source in a simulation. */
export interface Chance {
  /** In [0, 1). */
  readonly number: () => number
  readonly bytes: RandomBytes
  readonly happens: (probability: number) => boolean
  /** A whole number from `low` to `high`, both included. */
  readonly between: (low: number, high: number) => number
  readonly pick: <Value>(values: readonly Value[]) => Value
  /** Another chance that depends on this one only by its seed, so that adding a draw here changes nothing there. */
  readonly fork: () => Chance
}

/** Mulberry32: small, fast, and good enough to choose faults with. */
export function makeChance(seed: number): Chance {
  let state = seed >>> 0
  const number = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (low: number, high: number): number =>
    low + Math.floor(number() * (high - low + 1))
  return {
    number,
    bytes: (length) => Uint8Array.from({ length }, () => Math.floor(number() * 256)),
    happens: (probability) => number() < probability,
    between,
    pick: (values) => {
      const value = values[between(0, values.length - 1)]
      if (value === undefined) throw new RangeError('nothing to pick from')
      return value
    },
    fork: () => makeChance(Math.floor(number() * 2 ** 32)),
  }
}
