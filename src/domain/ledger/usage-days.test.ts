import { expect, test } from 'vitest'

import { makeGenerationId } from '#domain/identifiers.ts'
import { nanoUsd } from '#domain/money.ts'

import { type CountedCharge, spentBySlice, usageDaysOf } from './usage-days.ts'

let count = 0
function charge(moment: string, cost: bigint, more: Partial<CountedCharge> = {}): CountedCharge {
  count += 1
  return {
    chargeId: makeGenerationId(Date.parse(moment), (length) => new Uint8Array(length).fill(count)),
    accountId: 'acct_a',
    keyId: 'key_a',
    costNanoUsd: nanoUsd(cost),
    promptTokens: 10,
    completionTokens: 1,
    budgetLeaseIds: [],
    ...more,
  }
}

test('a charge counts for the day on which its request began, whatever it cost', () => {
  const days = usageDaysOf([
    charge('2026-11-22T23:59:59.999Z', 5n),
    charge('2026-11-23T00:00:00.000Z', 7n),
    charge('2026-11-22T00:00:00.000Z', 0n),
  ])
  expect(days).toEqual([
    {
      ...{ keyId: 'key_a', accountId: 'acct_a', day: '2026-11-22', costNanoUsd: 5n },
      ...{ requestCount: 2, promptTokens: 20, completionTokens: 2 },
    },
    {
      ...{ keyId: 'key_a', accountId: 'acct_a', day: '2026-11-23', costNanoUsd: 7n },
      ...{ requestCount: 1, promptTokens: 10, completionTokens: 1 },
    },
  ])
})

test('days come in the order of key and day, however the charges came', () => {
  const days = usageDaysOf([
    charge('2026-11-23T12:00:00Z', 1n, { keyId: 'key_b' }),
    charge('2026-11-22T12:00:00Z', 1n, { keyId: 'key_b' }),
    charge('2026-11-24T12:00:00Z', 1n, { keyId: 'key_a' }),
  ])
  expect(days.map(({ keyId, day }) => `${keyId} ${day}`)).toEqual([
    'key_a 2026-11-24',
    'key_b 2026-11-22',
    'key_b 2026-11-23',
  ])
})

test('a charge is spent from every slice that it was admitted on', () => {
  const noon = '2026-11-22T12:00:00Z'
  expect(
    spentBySlice([
      charge(noon, 5n, { budgetLeaseIds: ['lease_b', 'lease_a'] }),
      charge(noon, 7n, { budgetLeaseIds: ['lease_b'] }),
      charge(noon, 0n, { budgetLeaseIds: ['lease_c'] }),
      charge(noon, 9n),
    ]),
  ).toEqual([
    { leaseId: 'lease_a', costNanoUsd: 5n },
    { leaseId: 'lease_b', costNanoUsd: 12n },
  ])
})
