import { describe, expect, test } from 'vitest'

import { nanoUsd } from '#domain/money.ts'

import type { Book, TransactionKind } from './books.ts'
import { effectsOf, zeroBooks } from './effects.ts'
import { type LedgerTransaction, makeTransaction } from './transactions.ts'

function transaction(
  kind: TransactionKind,
  moves: readonly (readonly [Book, bigint, `grant_${string}`?])[],
): LedgerTransaction {
  return makeTransaction({
    effectKey: `${kind}:test`,
    kind,
    accountId: 'acct_1',
    leaseId: 'lease_1',
    entries: moves.map(([book, amount, grantId = null]) => ({
      book,
      amountNanoUsd: nanoUsd(amount),
      grantId,
    })),
  })
}

describe('effects', () => {
  test('nothing has none', () => {
    expect(effectsOf([])).toEqual({ accounts: new Map(), grants: new Map(), leases: new Map() })
    expect(Object.values(zeroBooks())).toEqual(Array.from({ length: 8 }, () => 0n))
  })

  test('a life of one dollar, summed up', () => {
    const effects = effectsOf([
      transaction('grant', [
        ['promo_expense', -100n],
        ['available', 100n, 'grant_1'],
      ]),
      transaction('lease', [
        ['available', -60n],
        ['held', 60n],
      ]),
      transaction('settle', [
        ['held', -25n, 'grant_1'],
        ['revenue', 25n],
      ]),
      transaction('give_back', [
        ['held', -10n],
        ['available', 10n],
      ]),
      transaction('reclaim', [
        ['held', -25n],
        ['available', 25n],
      ]),
      transaction('late', [
        ['available', -5n, 'grant_1'],
        ['revenue', 5n],
      ]),
      transaction('overrun', [
        ['available', -7n, 'grant_1'],
        ['revenue', 7n],
      ]),
      transaction('expiry', [
        ['available', -63n, 'grant_1'],
        ['breakage', 63n],
      ]),
    ])
    expect(effects.accounts.get('acct_1')).toEqual({
      books: { ...zeroBooks(), promo_expense: -100n, revenue: 37n, breakage: 63n },
      labelledNanoUsd: 12n,
    })
    expect(effects.grants.get('grant_1')).toBe(0n)
    expect(effects.leases.get('lease_1')).toEqual({
      grantedNanoUsd: 60n,
      settledNanoUsd: 25n,
      returnedNanoUsd: 35n,
    })
  })

  test('only overruns and late settlements are labelled', () => {
    const kinds: TransactionKind[] = [
      'grant',
      'expiry',
      'lease',
      'give_back',
      'reclaim',
      'settle',
      'overrun',
      'late',
    ]
    const labelled = kinds.filter((kind) => {
      const effects = effectsOf([
        transaction(kind, [
          ['available', -1n],
          ['revenue', 1n],
        ]),
      ])
      return effects.accounts.get('acct_1')?.labelledNanoUsd !== 0n
    })
    expect(labelled).toEqual(['overrun', 'late'])
  })
})
