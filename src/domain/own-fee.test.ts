import { randomInt } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { boundRequest, type RequestBound } from './bound.ts'
import { nanoUsd, picoUsd } from './money.ts'
import {
  affordableMaxTokensAt,
  boundCharge,
  chargeOf,
  feeOf,
  type ChargingEndpoint,
} from './own-fee.ts'
import { freeSheet } from './price-sheets.ts'
import type { PriceSheet } from './prices.ts'
import { costOf } from './pricing.ts'
import { rerateCharge } from './rerating.ts'
import { zeroUsage } from './usage.ts'

const sheetOf = (prompt: bigint, completion: bigint): PriceSheet => ({
  base: {
    ...freeSheet.base,
    ...{ prompt: picoUsd(prompt), completion: picoUsd(completion) },
    ...{ reasoning: picoUsd(completion), cacheRead: picoUsd(prompt) },
  },
  tiers: [],
})

const endpointOf = (sheet: PriceSheet, feePartsPerMillion?: number): ChargingEndpoint => ({
  price: { id: 'price_test', sheet },
  ...(feePartsPerMillion === undefined ? {} : { feePartsPerMillion }),
})

describe('the fee on a list price', () => {
  test.each([
    // Exactly one nano-dollar of list price, at 5 %: a twentieth of one is charged as a whole one.
    [1_000n, 50_000, 1n],
    [1_000_000n, 50_000, 50n],
    [1_000_001n, 50_000, 51n],
    [1_000_000n, 0, 0n],
    [1n, 1, 1n],
    [0n, 1_000_000, 0n],
    [1_999n, 1_000_000, 2n],
    [10n ** 18n, 55_000, 55_000_000_000_000n],
  ])('%s pico-dollars at %s parts in a million is %s nano-dollars', (list, parts, fee) => {
    expect(feeOf(picoUsd(list), parts)).toBe(fee)
  })

  test('is rounded once, on the exact sum, and never down: against exact rationals', () => {
    const seed = randomInt(2 ** 31)
    let state = seed
    const next = (most: number) => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) % most
    for (let round = 0; round < 2_000; round += 1) {
      const sheet = sheetOf(BigInt(next(9_999_999)), BigInt(next(99_999_999)))
      const parts = next(1_000_001)
      const usage = { ...zeroUsage, promptTokens: next(200_000), completionTokens: next(90_000) }
      const { base } = sheet
      const exact =
        BigInt(usage.promptTokens) * base.prompt + BigInt(usage.completionTokens) * base.completion
      const cost = chargeOf(usage, endpointOf(sheet, parts))
      const scaled = exact * BigInt(parts)
      const charged = cost.costNanoUsd * 1_000_000_000n
      expect(charged >= scaled && charged - scaled < 1_000_000_000n, `seed ${seed}`).toBe(true)
      expect(cost.own?.upstreamNanoUsd).toBe(costOf(usage, sheet).costNanoUsd)
    }
  })
})

test('without an own credential the list price is charged, and nothing says otherwise', () => {
  const usage = { ...zeroUsage, promptTokens: 7, completionTokens: 3 }
  const sheet = sheetOf(1_001n, 2_003n)
  expect(chargeOf(usage, endpointOf(sheet))).toEqual(costOf(usage, sheet))
})

test('no usage within the bound is charged more than the bound, with a fee or without', () => {
  const seed = randomInt(2 ** 31)
  let state = seed
  const next = (most: number) => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) % most
  for (let round = 0; round < 2_000; round += 1) {
    const sheet = sheetOf(BigInt(next(9_999)), BigInt(next(99_999)))
    const endpoint = endpointOf(sheet, ...(next(4) === 0 ? [] : [next(1_000_001)]))
    const bound = boundOf(next(100_000), next(10_000))
    const usage = {
      ...zeroUsage,
      promptTokens: next(bound.promptTokens + 1),
      completionTokens: next(bound.completionTokens + 1),
    }
    const { costNanoUsd } = chargeOf(usage, endpoint)
    expect(costNanoUsd <= boundCharge(bound, endpoint), `seed ${seed}`).toBe(true)
  }
})

test('the answer that is affordable is bound by what there is, and one token more is not', () => {
  const sheet = sheetOf(3_000n, 15_000n)
  for (const parts of [1, 999, 25_000, 50_000, 1_000_000]) {
    const endpoint = endpointOf(sheet, parts)
    const bound = boundOf(2_000, 1_000_000)
    const whole = boundCharge(bound, endpoint)
    const availableNanoUsd = nanoUsd(whole / 3n)
    const most = affordableMaxTokensAt({ availableNanoUsd, bound, endpoint })
    const chargeAt = (completionTokens: number) =>
      boundCharge({ ...bound, completionTokens }, endpoint)
    expect(chargeAt(most)).toBeLessThanOrEqual(availableNanoUsd)
    // Both roundings together may keep back less than two nano-dollars of the fee.
    const slack = Math.ceil((2_000 * 1_000_000) / parts / 15) + 1
    expect(chargeAt(most + slack)).toBeGreaterThan(availableNanoUsd)
  }
})

test('where nothing is charged, any answer is affordable', () => {
  const endpoint = endpointOf(sheetOf(3_000n, 15_000n), 0)
  const bound = boundOf(2_000, 4_096)
  expect(boundCharge(bound, endpoint)).toBe(0n)
  expect(affordableMaxTokensAt({ availableNanoUsd: nanoUsd(0n), bound, endpoint })).toBe(4_096)
})

test('a charge with a fee is computed again to the nano-dollar, and a wrong one is found', () => {
  const usage = { ...zeroUsage, promptTokens: 1_234, completionTokens: 567 }
  const price = { id: 'price_test' as const, sheet: sheetOf(150_001n, 600_007n) }
  const { costNanoUsd, own } = chargeOf(usage, { price, feePartsPerMillion: 55_000 })
  const charge = {
    ...{ id: 'gen-1' as const, createdAtMs: 0, usage, usageSource: 'upstream' as const },
    ...{ costNanoUsd, priceVersionId: price.id },
    own: { credentialId: 'cred_1' as const, ...(own ?? expect.fail()) },
  }
  expect(rerateCharge(charge, price)).toMatchObject({ kind: 'same', rounded: costNanoUsd })
  const dearer = { ...charge, costNanoUsd: nanoUsd(costNanoUsd + 1n) }
  expect(rerateCharge(dearer, price).kind).toBe('different')
})

function boundOf(promptTokens: number, completionTokens: number): RequestBound {
  const model = { contextLength: 2_000_000, maxOutput: 2_000_000, outputModalities: ['text'] }
  const bound = boundRequest({ body: {}, bodyByteLength: 0, model })
  return { ...bound, promptTokens, completionTokens }
}
