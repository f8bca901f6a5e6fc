import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { AccountId, GenerationId, LeaseId } from '#domain/identifiers.ts'
import { settleBatchChargesMax } from '#domain/limits.ts'
import { nanoUsd } from '#domain/money.ts'

import type { AccountState } from './accounts.ts'
import { effectsOf } from './effects.ts'
import type { LeaseState } from './leases.ts'
import { assertBatch, type Charge, groupCharges, settle } from './settling.ts'

function idOf(number: number): GenerationId {
  return `gen-1700000000-${String(number).padStart(20, '0')}`
}

function charge(number: number, cost: bigint, overrides: Partial<Charge> = {}): Charge {
  return {
    chargeId: idOf(number),
    accountId: 'acct_1',
    leaseId: 'lease_1',
    costNanoUsd: nanoUsd(cost),
    ...overrides,
  }
}

function account(id: AccountId, grants: readonly bigint[]): AccountState {
  return {
    accountId: id,
    availableNanoUsd: nanoUsd(0n),
    heldNanoUsd: nanoUsd(0n),
    grants: grants.map((remaining, index) => ({
      id: `grant_${id}${index}`,
      priority: index,
      expiresAt: null,
      createdAt: new Date(0),
      remainingNanoUsd: nanoUsd(remaining),
    })),
  }
}

function lease(id: LeaseId, rest: bigint, overrides: Partial<LeaseState> = {}): LeaseState {
  return {
    id,
    accountId: 'acct_1',
    nodeId: 'node_1',
    epoch: 1,
    status: 'open',
    grantedNanoUsd: nanoUsd(rest + 15n),
    settledNanoUsd: nanoUsd(10n),
    returnedNanoUsd: nanoUsd(5n),
    ...overrides,
  }
}

function known(accounts: readonly AccountState[], leases: readonly LeaseState[]) {
  return {
    accounts: new Map(accounts.map((one) => [one.accountId, one])),
    leases: new Map(leases.map((one) => [one.id, one])),
  }
}

describe('a batch', () => {
  test('has at most its limit, names of charges, and no cost below zero', () => {
    const full = Array.from({ length: settleBatchChargesMax }, (_, number) => charge(number, 1n))
    expect(() => assertBatch(full)).not.toThrow()
    expect(() => assertBatch([...full, charge(-1, 1n)])).toThrow(/2001 charges is too large/)
    expect(() => assertBatch([charge(1, -1n)])).toThrow(/is below zero/)
    expect(() => assertBatch([charge(1, 1n, { chargeId: 'gen-1' })])).toThrow(/named gen-1/)
  })
})

describe('grouping', () => {
  test('sums by account and lease under the smallest id, without charges of zero', () => {
    const other = { accountId: 'acct_2', leaseId: null } as const
    expect(
      groupCharges([
        charge(5, 10n),
        charge(9, 1n, other),
        charge(3, 20n),
        charge(1, 0n),
        charge(4, 30n),
        charge(2, 0n, other),
        charge(8, 2n, { leaseId: 'lease_2' }),
      ]),
    ).toEqual([
      { firstChargeId: idOf(3), accountId: 'acct_1', leaseId: 'lease_1', costNanoUsd: 60n },
      { firstChargeId: idOf(8), accountId: 'acct_1', leaseId: 'lease_2', costNanoUsd: 2n },
      { firstChargeId: idOf(9), ...other, costNanoUsd: 1n },
    ])
  })

  test('is the same for every order of the batch', () => {
    const some = fc.array(
      fc.record({ cost: fc.bigInt({ min: 0n, max: 9n }), lease: fc.integer({ min: 1, max: 3 }) }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(some, (drafts) => {
        const batch = drafts.map((draft, number) =>
          charge(number, draft.cost, { leaseId: `lease_${draft.lease}` }),
        )
        expect(groupCharges(batch.toReversed())).toEqual(groupCharges(batch))
      }),
    )
  })
})

describe('settling', () => {
  test('pays from held, and spends the grants in their order', () => {
    const settlement = settle(
      groupCharges([charge(1, 70n)]),
      known([account('acct_1', [50n, 100n])], [lease('lease_1', 80n)]),
    )
    expect(settlement).toEqual({
      transactions: [
        {
          effectKey: `settle:${idOf(1)}`,
          kind: 'settle',
          accountId: 'acct_1',
          leaseId: 'lease_1',
          entries: [
            { book: 'held', amountNanoUsd: -50n, grantId: 'grant_acct_10' },
            { book: 'held', amountNanoUsd: -20n, grantId: 'grant_acct_11' },
            { book: 'revenue', amountNanoUsd: 70n, grantId: null },
          ],
        },
      ],
      overrunNanoUsd: 0n,
      lateNanoUsd: 0n,
    })
  })

  test('charges what an open lease does not cover to available, as an overrun', () => {
    const settlement = settle(
      groupCharges([charge(1, 70n)]),
      known([account('acct_1', [100n])], [lease('lease_1', 40n)]),
    )
    expect(settlement).toMatchObject({ overrunNanoUsd: 30n, lateNanoUsd: 0n })
    expect(settlement.transactions.map((one) => [one.kind, one.entries[0]])).toEqual([
      ['settle', { book: 'held', amountNanoUsd: -40n, grantId: 'grant_acct_10' }],
      ['overrun', { book: 'available', amountNanoUsd: -30n, grantId: 'grant_acct_10' }],
    ])
  })

  test.each([
    ['was closed', [lease('lease_1', 0n, { status: 'closed' })]],
    ['was reclaimed', [lease('lease_1', 0n, { status: 'reclaimed' })]],
    ['is unknown', []],
    ['is another account’s', [lease('lease_1', 900n, { accountId: 'acct_2' })]],
  ])('charges to available, as late, when the lease %s', (_, leases) => {
    const settlement = settle(
      groupCharges([charge(1, 70n)]),
      known([account('acct_1', [100n])], leases),
    )
    expect(settlement).toMatchObject({ overrunNanoUsd: 0n, lateNanoUsd: 70n })
    expect(settlement.transactions).toMatchObject([
      { kind: 'late', effectKey: `late:${idOf(1)}`, leaseId: 'lease_1' },
    ])
  })

  test('without a lease everything is an overrun; without grants everything is debt', () => {
    const settlement = settle(
      groupCharges([charge(1, 70n, { leaseId: null })]),
      known([account('acct_1', [])], []),
    )
    expect(settlement.overrunNanoUsd).toBe(70n)
    expect(settlement.transactions[0]?.entries).toEqual([
      { book: 'available', amountNanoUsd: -70n, grantId: null },
      { book: 'revenue', amountNanoUsd: 70n, grantId: null },
    ])
  })

  test('charges exactly the sum of costs, never more to a lease than its rest', () => {
    const drafts = fc.array(
      fc.record({
        cost: fc.bigInt({ min: 0n, max: 90n }),
        lease: fc.integer({ min: 0, max: 3 }),
      }),
      { maxLength: 12 },
    )
    const rests = fc.array(fc.bigInt({ min: 0n, max: 150n }), { minLength: 3, maxLength: 3 })
    const left = fc.array(fc.bigInt({ min: 1n, max: 99n }), { maxLength: 4 })
    fc.assert(
      fc.property(drafts, rests, left, (costs, restOfLeases, grants) => {
        const batch = costs.map((draft, number) =>
          charge(number, draft.cost, { leaseId: draft.lease ? `lease_${draft.lease}` : null }),
        )
        const leases = restOfLeases.map((rest, index) => lease(`lease_${index + 1}`, rest))
        const accounts = [account('acct_1', grants)]
        const settlement = settle(groupCharges(batch), known(accounts, leases))
        const effects = effectsOf(settlement.transactions)
        const { books, labelledNanoUsd } = effects.accounts.get('acct_1') ?? {}
        const sum = batch.reduce((total, one) => total + one.costNanoUsd, 0n)
        expect(books?.revenue ?? 0n).toBe(sum)
        expect(labelledNanoUsd ?? 0n).toBe(settlement.overrunNanoUsd + settlement.lateNanoUsd)
        expect(-(books?.available ?? 0n)).toBe(labelledNanoUsd ?? 0n)
        for (const [index, rest] of restOfLeases.entries()) {
          const cost = batch
            .filter((one) => one.leaseId === `lease_${index + 1}`)
            .reduce((total, one) => total + one.costNanoUsd, 0n)
          const settled = effects.leases.get(`lease_${index + 1}`)?.settledNanoUsd ?? 0n
          expect(settled).toBe(cost < rest ? cost : rest)
        }
        const granted = grants.reduce((total, one) => total + one, 0n)
        const drawn = [...effects.grants.values()].reduce((total, one) => total - one, 0n)
        expect(drawn).toBe(sum < granted ? sum : granted)
      }),
    )
  })

  test('an account that was not read is our own mistake', () => {
    expect(() => settle(groupCharges([charge(1, 1n)]), known([], []))).toThrow(/was not read/)
  })
})
