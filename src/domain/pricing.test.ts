import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { formatDecimal, picoUsd } from './money.ts'
import type { PriceRates, PriceSheet } from './prices.ts'
import { costOf, isFree, ratesFor } from './pricing.ts'
import type { TokenUsage } from './usage.ts'
import { zeroUsage } from './usage.ts'

const items = [
  'prompt',
  'completion',
  'cacheRead',
  'cacheWrite',
  'cacheWrite1h',
  'reasoning',
  'audioPrompt',
  'audioCompletion',
  'imagePrompt',
  'imageCompletion',
  'request',
] as const satisfies readonly (keyof PriceRates)[]

function rates(some: Partial<Record<keyof PriceRates, bigint>>): PriceRates {
  const entries = items.map((item) => [item, picoUsd(some[item] ?? 0n)] as const)
  return Object.fromEntries(entries) as unknown as PriceRates
}

const arbitraryRates = fc
  .tuple(...items.map(() => fc.bigInt({ min: 0n, max: 600_000_000n })))
  .map((values) => rates(Object.fromEntries(items.map((item, at) => [item, values[at] ?? 0n]))))

const arbitrarySheet: fc.Arbitrary<PriceSheet> = fc
  .tuple(
    arbitraryRates,
    fc.uniqueArray(fc.integer({ min: 1, max: 2_000_000 }), { maxLength: 3 }),
    fc.array(arbitraryRates, { minLength: 3, maxLength: 3 }),
  )
  .map(([base, starts, tierRates]) => ({
    base,
    tiers: starts
      .toSorted((left, right) => left - right)
      .map((minPromptTokens, at) => ({ minPromptTokens, rates: tierRates[at] ?? base })),
  }))

const tokens = fc.integer({ min: 0, max: 3_000_000 })
const arbitraryUsage: fc.Arbitrary<TokenUsage> = fc.record({
  promptTokens: tokens,
  completionTokens: tokens,
  cachedTokens: tokens,
  cacheWriteTokens: tokens,
  cacheWrite1hTokens: tokens,
  reasoningTokens: tokens,
  audioPromptTokens: tokens,
  audioCompletionTokens: tokens,
  imagePromptTokens: tokens,
  imageCompletionTokens: tokens,
})

/** A fraction as a pair: an implementation of its own, in dollars, that shares no step with the product. */
interface Rational {
  top: bigint
  bottom: bigint
}

function fraction(decimalUsdPerMillion: string): Rational {
  const [whole = '0', decimals = ''] = decimalUsdPerMillion.split('.')
  return { top: BigInt(whole + decimals), bottom: 10n ** BigInt(decimals.length) * 1_000_000n }
}

function plus(left: Rational, right: Rational): Rational {
  return {
    top: left.top * right.bottom + right.top * left.bottom,
    bottom: left.bottom * right.bottom,
  }
}

/** Token by token groups: walk the prompt as a line of tokens and paint each class onto what is unpainted. */
function exactCostUsd(usage: TokenUsage, sheet: PriceSheet): Rational {
  const reached = sheet.tiers.filter((tier) => tier.minPromptTokens <= usage.promptTokens)
  const price = (item: keyof PriceRates) =>
    fraction(formatDecimal((reached.at(-1)?.rates ?? sheet.base)[item], 6))
  const paint = (whole: number, classes: readonly [keyof PriceRates, number][]) => {
    let painted = 0
    let total: Rational = { top: 0n, bottom: 1n }
    for (const [item, size] of classes) {
      const end = painted + size < whole ? painted + size : whole
      const { top, bottom } = price(item)
      total = plus(total, { top: top * BigInt(end - painted), bottom })
      painted = end
    }
    return total
  }
  const prompt = paint(usage.promptTokens, [
    ['cacheRead', usage.cachedTokens],
    ['cacheWrite', usage.cacheWriteTokens],
    ['cacheWrite1h', usage.cacheWrite1hTokens],
    ['audioPrompt', usage.audioPromptTokens],
    ['imagePrompt', usage.imagePromptTokens],
    ['prompt', usage.promptTokens],
  ])
  const completion = paint(usage.completionTokens, [
    ['reasoning', usage.reasoningTokens],
    ['audioCompletion', usage.audioCompletionTokens],
    ['imageCompletion', usage.imageCompletionTokens],
    ['completion', usage.completionTokens],
  ])
  const perMillion = price('request')
  const request = { top: perMillion.top * 1_000_000n, bottom: perMillion.bottom * 1_000_000n }
  return plus(plus(prompt, completion), request)
}

describe('the cost of a request', () => {
  it('is the sum of tokens times rates, to the pico-dollar, rounded up once', () => {
    const sheet = { base: rates({ prompt: 150_000n, completion: 600_001n }), tiers: [] }
    const cost = costOf({ ...zeroUsage, promptTokens: 7, completionTokens: 3 }, sheet)
    expect(cost.promptPicoUsd).toBe(1_050_000n)
    expect(cost.completionPicoUsd).toBe(1_800_003n)
    expect(cost.costNanoUsd).toBe(2851n)
  })

  it('charges a fraction of a nano-dollar and never gives it away', () => {
    const sheet = { base: rates({ prompt: 1n }), tiers: [] }
    expect(costOf({ ...zeroUsage, promptTokens: 1 }, sheet).costNanoUsd).toBe(1n)
    expect(costOf({ ...zeroUsage, promptTokens: 1000 }, sheet).costNanoUsd).toBe(1n)
    expect(costOf({ ...zeroUsage, promptTokens: 1001 }, sheet).costNanoUsd).toBe(2n)
  })

  it('bills each part of the prompt and the completion at its own rate, and the rest at the plain one', () => {
    const sheet = {
      base: rates({
        prompt: 10n,
        cacheRead: 1n,
        cacheWrite: 12n,
        cacheWrite1h: 20n,
        audioPrompt: 100n,
        imagePrompt: 30n,
        completion: 40n,
        reasoning: 50n,
        audioCompletion: 400n,
        imageCompletion: 300n,
        request: 7n,
      }),
      tiers: [],
    }
    const cost = costOf(
      {
        promptTokens: 100,
        cachedTokens: 10,
        cacheWriteTokens: 5,
        cacheWrite1hTokens: 4,
        audioPromptTokens: 3,
        imagePromptTokens: 2,
        completionTokens: 50,
        reasoningTokens: 20,
        audioCompletionTokens: 2,
        imageCompletionTokens: 1,
      },
      sheet,
    )
    expect(cost.promptPicoUsd).toBe(10n + 60n + 80n + 300n + 60n + 760n)
    expect(cost.completionPicoUsd).toBe(1000n + 800n + 300n + 27n * 40n)
    expect(cost.requestPicoUsd).toBe(7n)
    expect(cost.lines.map((line) => [line.item, line.quantity])).toEqual([
      ['cacheRead', 10],
      ['cacheWrite', 5],
      ['cacheWrite1h', 4],
      ['audioPrompt', 3],
      ['imagePrompt', 2],
      ['prompt', 76],
      ['reasoning', 20],
      ['audioCompletion', 2],
      ['imageCompletion', 1],
      ['completion', 27],
      ['request', 1],
    ])
  })

  it('changes the whole price once the prompt reaches a tier, not a token before', () => {
    const sheet = {
      base: rates({ prompt: 1000n, completion: 5000n }),
      tiers: [
        { minPromptTokens: 200_001, rates: rates({ prompt: 2000n, completion: 7000n }) },
        { minPromptTokens: 500_000, rates: rates({ prompt: 3000n, completion: 9000n }) },
      ],
    }
    const at = (promptTokens: number) =>
      costOf({ ...zeroUsage, promptTokens, completionTokens: 10 }, sheet).costNanoUsd
    expect(at(200_000)).toBe(200_000n + 50n)
    expect(at(200_001)).toBe(400_002n + 70n)
    expect(at(500_000)).toBe(1_500_000n + 90n)
    expect(ratesFor(0, sheet)).toBe(sheet.base)
  })

  it('is nothing for nothing, unless the request itself has a price', () => {
    const perRequest = { base: rates({ request: 5_000_000n }), tiers: [] }
    expect(costOf(zeroUsage, perRequest)).toMatchObject({ costNanoUsd: 5000n })
    expect(costOf(zeroUsage, { base: rates({ prompt: 9n }), tiers: [] })).toMatchObject({
      costNanoUsd: 0n,
      lines: [],
    })
  })

  it('bills overlapping parts once: no more tokens than were counted', () => {
    fc.assert(
      fc.property(arbitraryUsage, arbitrarySheet, (usage, sheet) => {
        const { lines } = costOf(usage, sheet)
        const prompts = ['prompt', 'cacheRead', 'cacheWrite', 'cacheWrite1h', 'audioPrompt']
        const quantity = (of: (item: string) => boolean) =>
          lines.filter((line) => of(line.item)).reduce((sum, line) => sum + line.quantity, 0)
        expect(quantity((item) => [...prompts, 'imagePrompt'].includes(item))).toBe(
          usage.promptTokens,
        )
        expect(quantity((item) => /ompletion|reasoning/.test(item))).toBe(usage.completionTokens)
        for (const line of lines) {
          expect(line.amountPicoUsd).toBe(BigInt(line.quantity) * line.ratePicoUsd)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('agrees with exact fractions in 100,000 random cases: never below, never a nano-dollar above', () => {
    fc.assert(
      fc.property(arbitraryUsage, arbitrarySheet, (usage, sheet) => {
        const cost = costOf(usage, sheet)
        const exact = exactCostUsd(usage, sheet)
        const charged = cost.costNanoUsd * exact.bottom
        const owed = exact.top * 1_000_000_000n
        if (charged < owed) throw new RangeError(`charged too little: ${cost.costNanoUsd}`)
        if (charged - owed >= exact.bottom) throw new RangeError(`too much: ${cost.costNanoUsd}`)
        const parts = cost.promptPicoUsd + cost.completionPicoUsd + cost.requestPicoUsd
        if (parts * exact.bottom !== exact.top * 10n ** 12n) throw new RangeError('not exact')
      }),
      { numRuns: 100_000 },
    )
  }, 120_000)

  it('never falls when more tokens are used within a tier', () => {
    fc.assert(
      fc.property(tokens, tokens, arbitraryRates, (promptTokens, completionTokens, base) => {
        const sheet = { base, tiers: [] }
        const one = costOf({ ...zeroUsage, promptTokens, completionTokens }, sheet)
        const more = costOf(
          { ...zeroUsage, promptTokens: promptTokens + 1, completionTokens: completionTokens + 1 },
          sheet,
        )
        expect(more.costNanoUsd >= one.costNanoUsd).toBe(true)
      }),
    )
  })
})

describe('a free sheet', () => {
  it('is one where every rate of every tier is zero', () => {
    expect(isFree({ base: rates({}), tiers: [] })).toBe(true)
    expect(isFree({ base: rates({ request: 1n }), tiers: [] })).toBe(false)
    const tiers = [{ minPromptTokens: 9, rates: rates({ completion: 1n }) }]
    expect(isFree({ base: rates({}), tiers })).toBe(false)
  })
})
