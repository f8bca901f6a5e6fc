import { describe, expect, test } from 'vitest'

import { nanoUsd, picoUsd } from './money.ts'
import { makeSheet } from './price-sheets.ts'
import { type ChargedUsage, rerateCharge } from './rerating.ts'
import { zeroUsage } from './usage.ts'

const version = {
  id: 'price_a',
  sheet: makeSheet({ base: { prompt: picoUsd(1001n), completion: picoUsd(2000n) }, tiers: [] }),
} as const

const charge: ChargedUsage = {
  id: 'gen-1764000000-AAAAAAAAAAAAAAAAAAAA',
  createdAtMs: 1_764_000_000_000,
  usage: { ...zeroUsage, promptTokens: 3, completionTokens: 1 },
  usageSource: 'upstream',
  costNanoUsd: nanoUsd(6n),
  priceVersionId: 'price_a',
}

describe('a charge that is computed again', () => {
  test('is the same to the pico-dollar, and after its one rounding to the nano-dollar', () => {
    expect(rerateCharge(charge, version)).toEqual({ kind: 'same', exact: 5003n, rounded: 6n })
    expect(rerateCharge({ ...charge, usageSource: 'estimated' }, version).kind).toBe('same')
  })

  test.each([5n, 7n])('differs when %d was charged instead', (cost) => {
    const wrong = { ...charge, costNanoUsd: nanoUsd(cost) }
    expect(rerateCharge(wrong, version)).toMatchObject({ kind: 'different', rounded: 6n })
  })

  test('is not guessed when its price is not known', () => {
    expect(rerateCharge(charge, undefined)).toEqual({ kind: 'no_version' })
  })

  test('of a node that died is set apart: its tokens are not known', () => {
    expect(rerateCharge({ ...charge, usageSource: 'orphan' }, version)).toEqual({ kind: 'orphan' })
  })

  test('is nothing where nothing was delivered, whatever the price', () => {
    const nothing = { ...charge, usage: zeroUsage, usageSource: 'none' } as const
    expect(rerateCharge(nothing, undefined)).toMatchObject({ kind: 'different', rounded: 0n })
    const free = { ...nothing, costNanoUsd: nanoUsd(0n) }
    expect(rerateCharge(free, undefined)).toMatchObject({ kind: 'same', exact: 0n })
  })
})
