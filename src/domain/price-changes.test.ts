import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { picoUsd } from './money.ts'
import { diffPrices, rerate } from './price-changes.ts'
import { makeSheet } from './price-sheets.ts'
import type { PriceVersion } from './prices.ts'
import { costOf } from './pricing.ts'
import { zeroUsage } from './usage.ts'

function version(name: string, prompt: bigint, tierPrompt?: bigint): PriceVersion {
  const base = { prompt: picoUsd(prompt), completion: picoUsd(9n), cacheRead: picoUsd(1n) }
  const rates = { prompt: picoUsd(tierPrompt ?? 0n), cacheWrite: picoUsd(0n), request: picoUsd(0n) }
  const tiers = tierPrompt === undefined ? [] : [{ minPromptTokens: 100, rates }]
  return { id: `price_${name}`, sheet: makeSheet({ base, tiers }) }
}

describe('the difference of two price lists', () => {
  const cheap = version('cheap', 5n)
  const dear = version('dear', 7n)

  it('names what came, what went and what changed, and is silent about the rest', () => {
    const before = [
      { endpoint: 'a/same@p', version: cheap },
      { endpoint: 'a/changed@p', version: cheap },
      { endpoint: 'a/gone@p', version: cheap },
    ]
    const after = [
      { endpoint: 'a/new@p', version: dear },
      { endpoint: 'a/changed@p', version: dear },
      { endpoint: 'a/same@p', version: version('same', 5n) },
    ]
    const found = diffPrices(before, after)
    expect(found.map(({ kind, endpoint }) => `${kind} ${endpoint}`)).toEqual([
      'changed a/changed@p',
      'removed a/gone@p',
      'added a/new@p',
    ])
  })

  it('lists each rate that is not what it was, tier by tier', () => {
    const after = [{ endpoint: 'a/b@p', version: version('tiered', 5n, 8n) }]
    const [found] = diffPrices([{ endpoint: 'a/b@p', version: cheap }], after)
    expect(found?.kind === 'changed' && found.rates).toContainEqual({
      item: 'prompt',
      minPromptTokens: 100,
      beforePicoUsd: null,
      afterPicoUsd: 8n,
    })
    const [back] = diffPrices(
      [{ endpoint: 'a/b@p', version: cheap }],
      [{ endpoint: 'a/b@p', version: dear }],
    )
    expect(back?.kind === 'changed' && back.rates.map(({ item }) => item)).toEqual([
      'prompt',
      'cacheWrite',
      'cacheWrite1h',
      'audioPrompt',
      'imagePrompt',
    ])
  })

  it('of a list with itself is empty', () => {
    const prices = [{ endpoint: 'a/b@p', version: cheap }]
    expect(diffPrices(prices, prices)).toEqual([])
  })
})

describe('rating again', () => {
  it('under the version of the charge gives the same pico-dollars', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat({ max: 1000 }), (prompt, completion, rate) => {
        const usage = { ...zeroUsage, promptTokens: prompt, completionTokens: completion }
        const price = version('any', BigInt(rate), BigInt(rate) + 1n)
        expect(rerate(usage, price)).toEqual(costOf(usage, price.sheet))
      }),
    )
  })
})
