import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { nanoUsd } from '#domain/money.ts'

import { debtOf } from './accounts.ts'
import { grantTransaction } from './granting.ts'
import type { GrantKind } from './grants.ts'

const accountId = 'acct_1'

function grant(amount: bigint, kind: GrantKind = 'paid') {
  return {
    id: 'grant_1',
    accountId,
    kind,
    amountNanoUsd: nanoUsd(amount),
    priority: 1,
    expiresAt: null,
    effectKey: 'topup:1',
  } as const
}

function account(available: bigint, held: bigint) {
  return { accountId, availableNanoUsd: nanoUsd(available), heldNanoUsd: nanoUsd(held) } as const
}

describe('a grant', () => {
  test.each([
    ['paid', 'stripe_clearing'],
    ['promotional', 'promo_expense'],
    ['trial', 'promo_expense'],
  ] as const)('of kind %s is paid by the book %s', (kind, book) => {
    expect(grantTransaction(grant(500n, kind), account(0n, 0n))).toEqual({
      effectKey: 'topup:1',
      kind: 'grant',
      accountId,
      leaseId: null,
      entries: [
        { book, amountNanoUsd: -500n, grantId: null },
        { book: 'available', amountNanoUsd: 500n, grantId: 'grant_1' },
      ],
    })
  })

  test('pays what is owed first, and only the rest is the grant’s', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 100n }),
        fc.bigInt({ min: -100n, max: 100n }),
        fc.bigInt({ min: 0n, max: 100n }),
        (amount, available, held) => {
          const { entries } = grantTransaction(grant(amount), account(available, held))
          const of = (grantId: string | null) =>
            entries
              .filter((entry) => entry.book === 'available' && entry.grantId === grantId)
              .reduce((sum, entry) => sum + entry.amountNanoUsd, 0n)
          const debt = available + held < 0n ? -(available + held) : 0n
          expect(of(null)).toBe(amount < debt ? amount : debt)
          expect(of(null) + of('grant_1')).toBe(amount)
        },
      ),
    )
  })

  test('that has a mistake is our own mistake', () => {
    expect(() => grantTransaction(grant(0n), account(0n, 0n))).toThrow(/above zero/)
  })
})

describe('debt', () => {
  test('is what was spent beyond everything granted; credit that is held counts against it', () => {
    expect(debtOf(account(-30n, 0n))).toBe(30n)
    expect(debtOf(account(-30n, 20n))).toBe(10n)
    expect(debtOf(account(-30n, 40n))).toBe(0n)
    expect(debtOf(account(30n, 0n))).toBe(0n)
  })
})
