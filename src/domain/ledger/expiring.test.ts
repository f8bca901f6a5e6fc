import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { GrantId } from '#domain/identifiers.ts'
import { nanoUsd } from '#domain/money.ts'

import { expiryTransactions } from './expiring.ts'
import { compareGrants, type GrantState, isExpired } from './grants.ts'

const accountId = 'acct_1'
const nowMs = 1_000

function grant(id: GrantId, remaining: bigint, overrides: Partial<GrantState> = {}): GrantState {
  return {
    id,
    priority: 1,
    expiresAt: null,
    createdAt: new Date(0),
    remainingNanoUsd: nanoUsd(remaining),
    ...overrides,
  }
}

/** What the rules read of an account whose grants have this much left, and whose nodes hold `held`. */
function account(grants: readonly GrantState[], held: bigint) {
  const left = grants.reduce((sum, one) => sum + one.remainingNanoUsd, 0n)
  return {
    accountId,
    availableNanoUsd: nanoUsd(left - held),
    heldNanoUsd: nanoUsd(held),
    grants,
  } as const
}

const over = { expiresAt: new Date(nowMs) }

describe('expiry', () => {
  test('moves what is left from available to breakage', () => {
    expect(expiryTransactions(account([grant('grant_1', 50n, over)], 0n), nowMs)).toEqual([
      {
        effectKey: 'expire:grant_1:0',
        kind: 'expiry',
        accountId,
        leaseId: null,
        entries: [
          { book: 'available', amountNanoUsd: -50n, grantId: 'grant_1' },
          { book: 'breakage', amountNanoUsd: 50n, grantId: null },
        ],
      },
    ])
  })

  test('leaves alone what is not over, and what nobody has', () => {
    const grants = [
      grant('grant_1', 50n),
      grant('grant_2', 50n, { expiresAt: new Date(nowMs + 1) }),
    ]
    expect(expiryTransactions(account(grants, 0n), nowMs)).toEqual([])
    expect(expiryTransactions(account([grant('grant_1', 0n, over)], 0n), nowMs)).toEqual([])
  })

  test('leaves what nodes hold of it, under a key that the rest will not use again', () => {
    const [transaction] = expiryTransactions(account([grant('grant_1', 50n, over)], 20n), nowMs)
    expect(transaction).toMatchObject({ effectKey: 'expire:grant_1:20' })
    expect(transaction?.entries[1]).toMatchObject({ amountNanoUsd: 30n })
  })

  test('counts held credit against the first grants in order, whichever are over', () => {
    const first = grant('grant_1', 50n, { priority: 0 })
    const second = grant('grant_2', 50n, { ...over, priority: 2 })
    const [transaction] = expiryTransactions(account([second, first], 60n), nowMs)
    expect(transaction).toMatchObject({ effectKey: 'expire:grant_2:10' })
  })

  test('never takes more than available, and leaves every grant that is not over whole', () => {
    const someGrants = fc.array(
      fc.record({
        remaining: fc.bigInt({ min: 0n, max: 50n }),
        priority: fc.integer({ min: 0, max: 2 }),
        isOver: fc.boolean(),
      }),
      { maxLength: 8 },
    )
    fc.assert(
      fc.property(someGrants, fc.nat(100), (drafts, heldPercent) => {
        const grants = drafts.map(({ remaining, priority, isOver }, index) =>
          grant(`grant_${index}`, remaining, {
            priority,
            expiresAt: isOver ? new Date(nowMs - index) : null,
          }),
        )
        const left = grants.reduce((sum, one) => sum + one.remainingNanoUsd, 0n)
        const held = (left * BigInt(heldPercent)) / 100n
        const state = account(grants, held)
        const transactions = expiryTransactions(state, nowMs)
        const taken = new Map(
          transactions.map(({ entries }) => [
            entries[0]?.grantId,
            -(entries[0]?.amountNanoUsd ?? 0n),
          ]),
        )
        const sum = [...taken.values()].reduce((total, amount) => total + amount, 0n)
        expect(sum).toBeLessThanOrEqual(state.availableNanoUsd)

        let heldBeyond = held
        for (const one of grants.toSorted(compareGrants)) {
          const covered = heldBeyond < one.remainingNanoUsd ? heldBeyond : one.remainingNanoUsd
          heldBeyond -= covered
          const expected = isExpired(one, nowMs) ? one.remainingNanoUsd - covered : 0n
          expect(taken.get(one.id) ?? 0n).toBe(expected)
        }
      }),
    )
  })
})
