import { describe, expect, test } from 'vitest'

import { type KeyPower, raisesPower, takesProof } from './key-risk.ts'
import { nanoUsd } from './money.ts'
import type { SpendWindow } from './spend-windows.ts'
import { noLimits, noSpendLimits } from './usage-limits.ts'

const usd = (amount: number) => nanoUsd(BigInt(amount) * 1_000_000_000n)
const limited = (window: SpendWindow, amount: number): KeyPower => ({
  ...{ kind: 'inference', scopes: ['inference', 'read_usage'] },
  limits: { ...noLimits, spendNanoUsd: { ...noSpendLimits, [window]: usd(amount) } },
})
const unlimited: KeyPower = { ...limited('day', 1), limits: null }

describe('a key takes a fresh proof', () => {
  test('without a spend limit, or with one above 50 dollars', () => {
    expect(takesProof(unlimited)).toBe(true)
    expect(takesProof({ ...unlimited, limits: noLimits })).toBe(true)
    expect(takesProof(limited('total', 51))).toBe(true)
  })

  test('not with a limit of at most 50 dollars in some window', () => {
    expect(takesProof(limited('total', 50))).toBe(false)
    expect(takesProof(limited('day', 1))).toBe(false)
  })

  test('whatever its limit, when it manages keys or runs the installation', () => {
    expect(takesProof({ ...limited('day', 1), scopes: ['manage_keys'] })).toBe(true)
    expect(takesProof({ ...limited('day', 1), kind: 'operator', scopes: [] })).toBe(true)
  })

  test('not when it can spend nothing', () => {
    expect(takesProof({ ...unlimited, scopes: ['read_usage'] })).toBe(false)
  })
})

describe('a change of a key takes a fresh proof', () => {
  test.each([
    ['lifting the limit', limited('day', 10), unlimited, true],
    ['raising it beyond 50 dollars', limited('day', 10), limited('day', 60), true],
    ['raising what is above already', limited('day', 60), limited('day', 70), true],
    ['another window without the old limit', limited('day', 60), limited('month', 60), true],
    ['raising it within 50 dollars', limited('day', 10), limited('day', 50), false],
    ['lowering it', limited('day', 90), limited('day', 60), false],
    ['adding one', unlimited, limited('day', 60), false],
    ['nothing', unlimited, unlimited, false],
  ] as const)('%s', (_, before, after, expected) => {
    expect(raisesPower(before, after)).toBe(expected)
  })

  test('a scope that it had not', () => {
    expect(raisesPower(unlimited, { ...unlimited, scopes: ['inference', 'manage_keys'] })).toBe(
      true,
    )
    expect(raisesPower(unlimited, { ...unlimited, scopes: ['read_usage'] })).toBe(false)
  })
})
