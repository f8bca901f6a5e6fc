import { describe, expect, test } from 'vitest'

import {
  type BudgetFacts,
  budgetIdOf,
  type BudgetLeaseProposal,
  type BudgetLeaseState,
  coveredBySlice,
  decideBudgetLease,
  leftAfter,
  readBudgetId,
} from './budgets.ts'
import { nanoUsd, nanoUsdMax } from './money.ts'
import { noSpendLimits } from './usage-limits.ts'

const zero = { day: nanoUsd(0n), week: nanoUsd(0n), month: nanoUsd(0n), total: nanoUsd(0n) }
const budget = { ownerId: 'key_a', day: '2026-11-22' } as const
const proposal: BudgetLeaseProposal = {
  leaseId: 'lease_a',
  budgetId: budgetIdOf(budget),
  nodeId: 'node_a',
  epoch: 3,
  minimumNanoUsd: nanoUsd(10n),
  wantedNanoUsd: nanoUsd(50n),
}
const facts: BudgetFacts = {
  limits: { ...noSpendLimits, day: nanoUsd(100n) },
  spent: { ...zero, day: nanoUsd(40n) },
  held: { ...zero, day: nanoUsd(25n) },
  currentEpoch: 3,
  lease: undefined,
}
const slice: BudgetLeaseState = {
  ...budget,
  id: 'lease_a',
  nodeId: 'node_a',
  epoch: 3,
  status: 'open',
  grantedNanoUsd: nanoUsd(25n),
  settledNanoUsd: nanoUsd(5n),
  returnedNanoUsd: nanoUsd(8n),
}

describe('a budget', () => {
  test('has a name that says whose it is and of which day', () => {
    expect(budgetIdOf(budget)).toBe('key_a@2026-11-22')
    expect(readBudgetId('key_a@2026-11-22')).toEqual(budget)
    expect(readBudgetId('acct_b@2026-01-01')).toEqual({ ownerId: 'acct_b', day: '2026-01-01' })
  })
})

describe('a slice', () => {
  test('is as large as is wanted and there', () => {
    const decision = decideBudgetLease(proposal, facts)
    expect(decision).toMatchObject({ kind: 'granted', addedNanoUsd: 35n })
    expect(decision.kind === 'granted' && leftAfter(decision)).toBe(0n)
  })

  test('is refused when less than the minimum is there, and the limit says how it stands', () => {
    const held = { ...zero, day: nanoUsd(51n) }
    expect(decideBudgetLease(proposal, { ...facts, held })).toEqual({
      kind: 'insufficient',
      standing: { window: 'day', limitNanoUsd: 100n, takenNanoUsd: 91n, leftNanoUsd: 9n },
    })
  })

  test('of an owner without limits is as large as is wanted', () => {
    const decision = decideBudgetLease(proposal, { ...facts, limits: noSpendLimits })
    expect(decision).toEqual({ kind: 'granted', addedNanoUsd: 50n, standing: null })
    expect(decision.kind === 'granted' && leftAfter(decision)).toBe(nanoUsdMax)
  })

  test.each([
    ['a new one of an earlier life', { currentEpoch: 4 }],
    ['a new one of an unknown node', { currentEpoch: undefined }],
    ['one that has ended', { lease: { ...slice, status: 'closed' } as const }],
    ['one of another node', { lease: { ...slice, nodeId: 'node_b' } as const }],
    ['one of another day', { lease: { ...slice, day: '2026-11-23' } as const }],
    ['one of another owner', { lease: { ...slice, ownerId: 'acct_a' } as const }],
  ])('is fenced: %s', (_, more) => {
    expect(decideBudgetLease(proposal, { ...facts, ...more })).toEqual({ kind: 'fenced' })
  })

  test('covers a charge as far as it goes, and nothing once it has ended', () => {
    expect(coveredBySlice(slice, nanoUsd(7n))).toBe(7n)
    expect(coveredBySlice(slice, nanoUsd(70n))).toBe(12n)
    expect(coveredBySlice({ ...slice, status: 'reclaimed' }, nanoUsd(7n))).toBe(0n)
  })
})
