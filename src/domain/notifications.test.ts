import { describe, expect, test } from 'vitest'

import { nanoUsd, zeroNanoUsd } from './money.ts'
import {
  type AccountStanding,
  conditionsOf,
  type NotificationSettings,
  usualSettings,
} from './notifications.ts'
import { noSpendLimits } from './usage-limits.ts'

const quiet: AccountStanding = {
  day: '2026-11-26',
  leftNanoUsd: nanoUsd(10n),
  hasCredit: true,
  budgets: [],
  lately: { requestCount: 0, errorCount: 0 },
  before: { requestCount: 0, errorCount: 0 },
}
const all: NotificationSettings = {
  lowBalanceNanoUsd: nanoUsd(10n),
  budgetPercents: [50, 80, 100],
  errorSpikes: true,
  byMail: true,
}
const keysOf = (standing: Partial<AccountStanding>, settings: Partial<NotificationSettings> = {}) =>
  conditionsOf({ ...quiet, ...standing }, { ...all, ...settings }).map(({ effectKey }) => effectKey)

describe('a low balance', () => {
  test('is one below the threshold, to the nano-dollar', () => {
    expect(keysOf({ leftNanoUsd: nanoUsd(10n) })).toEqual([])
    expect(keysOf({ leftNanoUsd: nanoUsd(9n) })).toEqual(['low_balance'])
    expect(keysOf({ leftNanoUsd: nanoUsd(-1n) })).toEqual(['low_balance'])
  })

  test('is nothing to whoever does not ask, nor of an account that never had credit', () => {
    expect(keysOf({ leftNanoUsd: zeroNanoUsd }, { lowBalanceNanoUsd: null })).toEqual([])
    expect(keysOf({ leftNanoUsd: zeroNanoUsd, hasCredit: false })).toEqual([])
  })
})

describe('a budget', () => {
  const budget = (spent: bigint, limit: bigint) => ({
    budgets: [
      {
        owner: { id: 'key_1' as const, name: 'laptop' },
        limits: { ...noSpendLimits, month: nanoUsd(limit) },
        spent: {
          ...{ day: nanoUsd(spent), week: nanoUsd(spent) },
          ...{ month: nanoUsd(spent), total: nanoUsd(spent) },
        },
      },
    ],
  })
  const name = 'budget key_1 month 2026-11-01'

  test.each([
    [0n, []],
    [49n, []],
    [50n, [`${name} 50`]],
    [79n, [`${name} 50`]],
    [80n, [`${name} 80`]],
    [99n, [`${name} 80`]],
    [100n, [`${name} 100`]],
    [250n, [`${name} 100`]],
  ] as const)(
    'of which %d of 100 is spent is told by its largest part alone',
    (spent, expected) => {
      expect(keysOf(budget(spent, 100n))).toEqual(expected)
    },
  )

  test('is told at the parts that were asked for, and no others', () => {
    expect(keysOf(budget(90n, 100n), { budgetPercents: [50, 100] })).toEqual([`${name} 50`])
    expect(keysOf(budget(100n, 100n), { budgetPercents: [] })).toEqual([])
  })

  test('of a window that begins anew is another one', () => {
    expect(keysOf({ ...budget(80n, 100n), day: '2026-12-01' })).toEqual([
      'budget key_1 month 2026-12-01 80',
    ])
  })

  test('of nothing, of which nothing was spent, is no news', () => {
    expect(keysOf(budget(0n, 0n))).toEqual([])
  })
})

describe('a spike of errors', () => {
  test.each([
    ['few errors', { requestCount: 19, errorCount: 19 }, { requestCount: 0, errorCount: 0 }, false],
    ['many', { requestCount: 100, errorCount: 20 }, { requestCount: 100, errorCount: 0 }, true],
    [
      'a small part',
      { requestCount: 101, errorCount: 20 },
      { requestCount: 0, errorCount: 0 },
      false,
    ],
    [
      'as usual',
      { requestCount: 100, errorCount: 30 },
      { requestCount: 100, errorCount: 11 },
      false,
    ],
    [
      'thrice the usual',
      { requestCount: 100, errorCount: 30 },
      { requestCount: 100, errorCount: 10 },
      true,
    ],
  ])('%s', (_, lately, before, isSpike) => {
    expect(keysOf({ lately, before })).toEqual(isSpike ? ['error_spike'] : [])
    expect(keysOf({ lately, before }, { errorSpikes: false })).toEqual([])
  })
})

test('before they choose, those who pay hear of money, and those who build of errors', () => {
  expect(usualSettings('owner')).toMatchObject({ budgetPercents: [50, 80, 100], errorSpikes: true })
  expect(usualSettings('billing')).toMatchObject({ errorSpikes: false })
  expect(usualSettings('billing').lowBalanceNanoUsd).not.toBeNull()
  expect(usualSettings('developer')).toMatchObject({
    ...{ lowBalanceNanoUsd: null, budgetPercents: [], errorSpikes: true },
  })
  expect(usualSettings('viewer')).toMatchObject({ budgetPercents: [], errorSpikes: false })
})
