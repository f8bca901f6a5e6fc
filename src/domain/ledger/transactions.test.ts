import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { nanoUsd } from '#domain/money.ts'

import { effectKeys, isOwnEffectKey, makeTransaction, plainEntry } from './transactions.ts'

const frame = {
  effectKey: 'test:1',
  kind: 'grant',
  accountId: 'acct_1',
  leaseId: null,
} as const

describe('a transaction', () => {
  test('sums to zero or cannot be made', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: -1_000n, max: 1_000n }), { minLength: 1 }),
        fc.bigInt({ min: -2n, max: 2n }),
        (amounts, error) => {
          const sum = amounts.reduce((total, amount) => total + amount, 0n)
          const entries = [...amounts, error - sum].map((amount) => plainEntry('available', amount))
          const make = () => makeTransaction({ ...frame, entries })
          if (error !== 0n) expect(make).toThrow(/not to zero/)
          else if (amounts.every((amount) => amount === 0n)) expect(make).toThrow(/moves nothing/)
          else expect(make().entries.every((entry) => entry.amountNanoUsd !== 0n)).toBe(true)
        },
      ),
    )
  })

  test('has no entries of zero', () => {
    const entries = [plainEntry('held', 0n), plainEntry('held', -5n), plainEntry('available', 5n)]
    expect(makeTransaction({ ...frame, entries }).entries).toEqual(entries.slice(1))
  })
})

describe('effect keys', () => {
  test('the ledger’s own cannot be chosen by anyone', () => {
    const own = [
      effectKeys.lease('lease_1', nanoUsd(5n)),
      effectKeys.giveBack('lease_1', 1),
      effectKeys.close('lease_1'),
      effectKeys.reclaim('lease_1'),
      effectKeys.settle('gen-1'),
      effectKeys.overrun('gen-1'),
      effectKeys.late('gen-1'),
      effectKeys.expiry('grant_1', 0n),
    ]
    expect(new Set(own).size).toBe(Object.keys(effectKeys).length)
    expect(own.filter((key) => !isOwnEffectKey(key))).toEqual([])
  })

  test('other beginnings are free', () => {
    for (const key of ['topup:pi_1', 'trial:acct_1', 'settlement', 'x:settle:1', '']) {
      expect(isOwnEffectKey(key)).toBe(false)
    }
  })
})
