import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { randomBase62 } from '#domain/identifiers.ts'
import { picoUsd } from '#domain/money.ts'
import type { PriceRates, PriceVersion } from '#domain/prices.ts'

import type { PriceBookStore } from './price-book.ts'

function ratesFrom(first: bigint): PriceRates {
  const rate = (offset: bigint) => picoUsd(first + offset)
  return {
    prompt: rate(0n),
    completion: rate(1n),
    cacheRead: rate(2n),
    cacheWrite: rate(3n),
    cacheWrite1h: rate(4n),
    reasoning: rate(5n),
    audioPrompt: rate(6n),
    audioCompletion: rate(7n),
    imagePrompt: rate(8n),
    imageCompletion: rate(9n),
    request: rate(10n),
  }
}

/** A price version with a fresh id and a tier. */
export function newPriceVersion(): PriceVersion {
  return {
    id: `price_${randomBase62(20, randomBytes)}`,
    sheet: {
      base: ratesFrom(0n),
      // Beyond what a JSON number holds exactly.
      tiers: [{ minPromptTokens: 200_000, rates: ratesFrom(9_007_199_254_740_993n) }],
    },
  }
}

const newEndpoint = () => `acme/${randomBase62(12, randomBytes)}@acme`

/** What every price book promises. The store may hold prices already. */
export function priceBookConformance(name: string, makeStore: () => Promise<PriceBookStore>): void {
  describe(`${name}: price book`, () => {
    test('a price that was ever charged is found, exact to the last pico-dollar', async () => {
      const store = await makeStore()
      const version = newPriceVersion()
      await store.record([{ endpoint: newEndpoint(), version }])
      expect(await store.find(version.id)).toEqual(version)
      expect(await store.find(newPriceVersion().id)).toBeUndefined()
    })

    test('recording the same prices again changes nothing', async () => {
      const store = await makeStore()
      const endpoint = newEndpoint()
      const version = newPriceVersion()
      const [change] = await store.record([{ endpoint, version }])
      expect(change).toEqual({ endpoint, versionId: version.id, effectiveFrom: expect.any(Date) })
      expect(await store.record([{ endpoint, version }])).toEqual([])
      expect(await store.record([])).toEqual([])
      expect(await store.history(endpoint)).toEqual([change])
    })

    test('a changed price is a new change, and going back to an old price is one too', async () => {
      const store = await makeStore()
      const endpoint = newEndpoint()
      const [first, second] = [newPriceVersion(), newPriceVersion()]
      for (const version of [first, second, first]) {
        expect(await store.record([{ endpoint, version }])).toHaveLength(1)
      }
      const history = await store.history(endpoint)
      expect(history.map(({ versionId }) => versionId)).toEqual([first.id, second.id, first.id])
    })

    test('only the endpoints whose price differs change', async () => {
      const store = await makeStore()
      const [same, changed] = [newEndpoint(), newEndpoint()]
      const [old, next] = [newPriceVersion(), newPriceVersion()]
      await store.record([same, changed].map((endpoint) => ({ endpoint, version: old })))
      const changes = await store.record([
        { endpoint: same, version: old },
        { endpoint: changed, version: next },
      ])
      expect(changes.map(({ endpoint }) => endpoint)).toEqual([changed])
    })

    test('a version never changes once it is stored', async () => {
      const store = await makeStore()
      const version = newPriceVersion()
      await store.record([{ endpoint: newEndpoint(), version }])
      const forged = { ...version, sheet: { ...version.sheet, tiers: [] } }
      await store.record([{ endpoint: newEndpoint(), version: forged }])
      expect(await store.find(version.id)).toEqual(version)
    })

    test('the history of all endpoints is newest first', async () => {
      const store = await makeStore()
      const endpoints = [newEndpoint(), newEndpoint(), newEndpoint()]
      for (const endpoint of endpoints)
        await store.record([{ endpoint, version: newPriceVersion() }])
      const history = await store.history(null)
      const listed = history.map(({ endpoint }) => endpoint)
      expect(listed.filter((endpoint) => endpoints.includes(endpoint))).toEqual(
        endpoints.toReversed(),
      )
    })

    test('nodes that start together record a change once', async () => {
      const store = await makeStore()
      const price = { endpoint: newEndpoint(), version: newPriceVersion() }
      const changes = await Promise.all(Array.from({ length: 8 }, () => store.record([price])))
      expect(changes.flat()).toHaveLength(1)
      expect(await store.history(price.endpoint)).toHaveLength(1)
    })
  })
}
