import { expect, test } from 'vitest'

import { makeGenerationId } from '#domain/identifiers.ts'
import { nanoUsd } from '#domain/money.ts'

import { addUsage, type HourlyCharge, noUsage, usageHoursOf } from './usage-hours.ts'

let count = 0
function charge(moment: string, cost: bigint, more: Partial<HourlyCharge> = {}): HourlyCharge {
  count += 1
  return {
    chargeId: makeGenerationId(Date.parse(moment), (length) => new Uint8Array(length).fill(count)),
    accountId: 'acct_a',
    keyId: 'key_a',
    model: 'acme/fast',
    provider: 'acme',
    costNanoUsd: nanoUsd(cost),
    promptTokens: 10,
    completionTokens: 3,
    cachedTokens: 4,
    reasoningTokens: 2,
    ...more,
  }
}

test('a charge counts for the UTC hour in which its request began', () => {
  const hours = usageHoursOf([
    charge('2026-11-22T23:59:59.999Z', 5n),
    charge('2026-11-22T23:00:00.000Z', 0n),
    charge('2026-11-23T00:00:00.000Z', 7n),
  ])
  expect(hours).toEqual([
    {
      ...{ accountId: 'acct_a', keyId: 'key_a', model: 'acme/fast', provider: 'acme' },
      ...{ hourMs: Date.parse('2026-11-22T23:00:00Z'), costNanoUsd: 5n, requestCount: 2 },
      ...{ promptTokens: 20, completionTokens: 6, cachedTokens: 8, reasoningTokens: 4 },
    },
    {
      ...{ accountId: 'acct_a', keyId: 'key_a', model: 'acme/fast', provider: 'acme' },
      ...{ hourMs: Date.parse('2026-11-23T00:00:00Z'), costNanoUsd: 7n, requestCount: 1 },
      ...{ promptTokens: 10, completionTokens: 3, cachedTokens: 4, reasoningTokens: 2 },
    },
  ])
})

test('every key, model and provider has its own sums, unknown ones included', () => {
  const at = '2026-11-22T12:00:00Z'
  const hours = usageHoursOf([
    charge(at, 1n, { keyId: 'key_b' }),
    charge(at, 2n, { model: 'acme/slow' }),
    charge(at, 3n, { provider: 'other' }),
    charge(at, 4n, { provider: null, model: null }),
    charge(at, 5n),
  ])
  expect(hours.map((one) => [one.keyId, one.model, one.provider, one.costNanoUsd])).toEqual([
    ['key_a', '', '', 4n],
    ['key_a', 'acme/fast', 'acme', 5n],
    ['key_a', 'acme/fast', 'other', 3n],
    ['key_a', 'acme/slow', 'acme', 2n],
    ['key_b', 'acme/fast', 'acme', 1n],
  ])
})

test('rows come in one order, however the charges came', () => {
  const charges = ['2026-11-22T12:00:00Z', '2026-11-22T13:00:00Z', '2026-11-21T12:00:00Z'].map(
    (moment, place) => charge(moment, 1n, { keyId: `key_${place}` }),
  )
  expect(usageHoursOf(charges.toReversed())).toEqual(usageHoursOf(charges))
})

test('the sums of the parts are the sum of the whole', () => {
  const charges = Array.from({ length: 50 }, (_, place) =>
    charge(`2026-11-22T${String(place % 24).padStart(2, '0')}:00:00Z`, BigInt(place ** 5), {
      keyId: `key_${place % 3}`,
    }),
  )
  const total = usageHoursOf(charges).reduce(addUsage, noUsage)
  expect(total.costNanoUsd).toBe(charges.reduce((sum, one) => sum + one.costNanoUsd, 0n))
  expect(total.requestCount).toBe(50)
})
