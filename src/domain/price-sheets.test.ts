import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { picoUsd } from './money.ts'
import {
  canonicalSheetText,
  completeRates,
  freeSheet,
  makeSheet,
  priceItems,
} from './price-sheets.ts'
import { isFree } from './pricing.ts'

const pico = (value: bigint) => picoUsd(value)

describe('a sheet', () => {
  it('has a rate for every kind of token, however little was given', () => {
    expect(completeRates({ prompt: pico(10n), completion: pico(40n) })).toEqual({
      prompt: 10n,
      completion: 40n,
      cacheRead: 10n,
      cacheWrite: 10n,
      cacheWrite1h: 10n,
      reasoning: 40n,
      audioPrompt: 10n,
      audioCompletion: 40n,
      imagePrompt: 10n,
      imageCompletion: 40n,
      request: 0n,
    })
  })

  it('takes a one-hour cache write as a five-minute one where only that is known', () => {
    const rates = completeRates({ prompt: pico(10n), completion: pico(40n), cacheWrite: pico(12n) })
    expect(rates).toMatchObject({ cacheWrite: 12n, cacheWrite1h: 12n })
  })

  it('keeps in a tier what the base gave, and follows the tier’s own rates elsewhere', () => {
    const { tiers } = makeSheet({
      base: { prompt: pico(10n), completion: pico(40n), cacheRead: pico(1n), request: pico(5n) },
      tiers: [
        { minPromptTokens: 200, rates: { prompt: pico(20n), completion: pico(60n) } },
        { minPromptTokens: 100, rates: { prompt: pico(15n) } },
      ],
    })
    expect(tiers.map(({ minPromptTokens }) => minPromptTokens)).toEqual([100, 200])
    expect(tiers[1]?.rates).toMatchObject({
      prompt: 20n,
      cacheRead: 1n,
      cacheWrite: 20n,
      reasoning: 60n,
      request: 5n,
    })
    expect(tiers[0]?.rates).toMatchObject({ prompt: 15n, completion: 40n })
  })

  it('that is free is free in everything', () => {
    expect(isFree(freeSheet)).toBe(true)
  })
})

describe('the text of a sheet', () => {
  const rate = fc.bigInt({ min: 0n, max: 3n }).map(picoUsd)
  const sheet = fc
    .tuple(
      fc.array(rate, { minLength: 11, maxLength: 11 }),
      fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), rate), { maxLength: 2 }),
    )
    .map(([values, tiers]) => {
      const given = Object.fromEntries(priceItems.map((item, at) => [item, values[at] ?? pico(0n)]))
      return makeSheet({
        base: { prompt: pico(0n), completion: pico(0n), ...given },
        tiers: tiers.map(([minPromptTokens, prompt]) => ({ minPromptTokens, rates: { prompt } })),
      })
    })

  it('is equal for equal sheets and for no others', () => {
    fc.assert(
      fc.property(sheet, sheet, (left, right) => {
        const sameText = canonicalSheetText(left) === canonicalSheetText(right)
        expect(sameText).toBe(sameRates(left, right))
      }),
      { numRuns: 2000 },
    )
  })

  it('does not change with the code: it is hashed into ids that are stored', () => {
    const small = makeSheet({
      base: { prompt: pico(150_000n), completion: pico(600_000n), cacheRead: pico(75_000n) },
      tiers: [{ minPromptTokens: 200_000, rates: { prompt: pico(300_000n) } }],
    })
    expect(canonicalSheetText(small)).toBe(
      'base prompt=150000 completion=600000 cacheRead=75000 cacheWrite=150000 ' +
        'cacheWrite1h=150000 reasoning=600000 audioPrompt=150000 audioCompletion=600000 ' +
        'imagePrompt=150000 imageCompletion=600000 request=0\n' +
        '200000 prompt=300000 completion=600000 cacheRead=75000 cacheWrite=300000 ' +
        'cacheWrite1h=300000 reasoning=600000 audioPrompt=300000 audioCompletion=600000 ' +
        'imagePrompt=300000 imageCompletion=600000 request=0',
    )
  })
})

function sameRates(left: unknown, right: unknown): boolean {
  const text = (value: unknown) =>
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'bigint' ? inner.toString() : inner,
    )
  return text(left) === text(right)
}
