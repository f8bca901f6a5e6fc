import fastCheck from 'fast-check'
import { describe, expect, test } from 'vitest'

import { nanoUsd } from '#domain/money.ts'

import { exactUsd, readableUsd, sumUsd } from './amounts.ts'

describe('an amount for the eye', () => {
  test.each([
    [0n, '$0.00'],
    [213_000n, '$0.000213'],
    [1n, '$0.000000001'],
    [999_999_999n, '$1.00'],
    [12_345_678_901n, '$12.35'],
    [1_234_567_000_000_000n, '$1,234,567.00'],
    [-4_500_000n, '−$0.0045'],
    [50_000_000n, '$0.05'],
    [123_456_789n, '$0.123'],
  ])('%s nano-dollars read %s', (amount, text) => {
    expect(readableUsd(nanoUsd(amount))).toBe(text)
  })

  test('what is not nothing is never shown as nothing', () => {
    fastCheck.assert(
      fastCheck.property(fastCheck.bigInt({ min: 1n, max: 10n ** 15n }), (amount) => {
        expect(readableUsd(nanoUsd(amount))).toMatch(/[1-9]/)
      }),
    )
  })
})

describe('the exact amount', () => {
  test('has every nano-dollar', () => {
    expect(exactUsd(nanoUsd(213_000n))).toBe('$0.000 213 000')
    expect(exactUsd(nanoUsd(-1_234_000_000_001n))).toBe('−$1,234.000 000 001')
  })

  test('reads back as the same amount', () => {
    fastCheck.assert(
      fastCheck.property(fastCheck.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), (amount) => {
        const text = exactUsd(nanoUsd(amount))
        expect(BigInt(text.replace('−', '-').replace(/[$., ]/g, ''))).toBe(amount)
      }),
    )
  })
})

test('a sum is exact', () => {
  expect(sumUsd(['0.1', '0.2', '0.000000001'])).toBe(300_000_001n)
})
