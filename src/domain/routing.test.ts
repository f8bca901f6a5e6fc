import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { DataPolicy, Endpoint, Model, ProviderKind } from './catalogue.ts'
import { picoUsd } from './money.ts'
import type { PriceRates } from './prices.ts'
import {
  attemptsMax,
  namesForRouter,
  noPreferences,
  planAttempts,
  type RoutingPreferences,
} from './routing.ts'

interface Wish {
  readonly kind?: ProviderKind
  readonly price?: bigint
  readonly policy?: Partial<DataPolicy>
  /** From 1,000 tokens on. */
  readonly longPrice?: bigint
}

function ratesAt(price: bigint): PriceRates {
  const rate = picoUsd(price)
  const none = picoUsd(0n)
  return {
    ...{ prompt: rate, completion: rate, cacheRead: none, cacheWrite: none, cacheWrite1h: none },
    ...{ reasoning: none, audioPrompt: none, audioCompletion: none, imagePrompt: none },
    ...{ imageCompletion: none, request: rate },
  }
}

function endpoint(slug: string, wish: Wish = {}): Endpoint {
  const { kind = 'model', price = 1n, policy = {}, longPrice } = wish
  const tiers =
    longPrice === undefined ? [] : [{ minPromptTokens: 1_000, rates: ratesAt(longPrice) }]
  return {
    provider: {
      ...{ slug, name: slug, kind, protocol: 'openai', baseUrl: 'https://a.example', apiKey: null },
      dataPolicy: { retentionDays: null, trains: null, region: null, ...policy },
    },
    upstreamModel: slug,
    price: { id: `price_${slug}`, sheet: { base: ratesAt(price), tiers } },
  }
}

function model(id: string, endpoints: readonly Endpoint[]): Model {
  return {
    ...{ id, name: id, description: '', createdAtSeconds: 0, contextLength: 1, maxOutput: 1 },
    ...{ aliases: [], inputModalities: [], outputModalities: [], endpoints },
  }
}

/** The providers that are asked, in order; or the wishes that leave nobody. */
function plan(
  endpoints: readonly Endpoint[],
  wishes: Partial<RoutingPreferences> = {},
  promptTokensMax = 0,
) {
  const preferences = { ...noPreferences, ...wishes }
  const result = planAttempts({ models: [model('a/b', endpoints)], preferences, promptTokensMax })
  return result.kind === 'attempts'
    ? result.attempts.map((attempt) => attempt.endpoint.provider.slug)
    : result
}

const abc = [endpoint('a'), endpoint('b'), endpoint('c')]

describe('without wishes', () => {
  test("the catalogue's order holds, up to the most attempts", () => {
    expect(plan([...abc, endpoint('d')])).toEqual(['a', 'b', 'c'])
  })

  test('the next model follows the last endpoint of the one before', () => {
    const result = planAttempts({
      models: [model('a/b', [endpoint('a')]), model('a/c', [endpoint('b'), endpoint('c')])],
      preferences: noPreferences,
      promptTokensMax: 0,
    })
    expect(result).toMatchObject({
      attempts: [{ model: { id: 'a/b' } }, { model: { id: 'a/c' } }, { model: { id: 'a/c' } }],
    })
  })
})

describe('names', () => {
  test('order puts its names first, the rest follow', () => {
    expect(plan(abc, { order: ['c', 'b'] })).toEqual(['c', 'b', 'a'])
    expect(plan(abc, { order: ['c'], allowFallbacks: false })).toEqual(['c'])
    expect(plan(abc, { order: ['c', 'a'], allowFallbacks: false })).toEqual(['c', 'a'])
  })

  test('only leaves only them, ignore takes them out', () => {
    expect(plan(abc, { only: ['b'] })).toEqual(['b'])
    expect(plan(abc, { ignore: ['b'] })).toEqual(['a', 'c'])
    expect(plan(abc, { only: ['b'], ignore: ['b'] })).toEqual({
      ...{ kind: 'nobody_left', excludedBy: ['allowed_providers'] },
    })
  })

  test('a variant is its provider', () => {
    expect(plan(abc, { only: ['b/turbo'] })).toEqual(['b'])
  })

  test('without fallbacks only the first is asked', () => {
    expect(plan(abc, { allowFallbacks: false })).toEqual(['a'])
  })

  test('a provider that routes further stands for names that are none of ours', () => {
    const endpoints = [endpoint('a'), endpoint('router', { kind: 'routing' })]
    expect(plan(endpoints, { only: ['elsewhere'] })).toEqual(['router'])
    expect(plan(endpoints, { only: ['a'] })).toEqual(['a'])
    expect(plan(endpoints, { order: ['elsewhere'], allowFallbacks: false })).toEqual(['router'])
    expect(namesForRouter(['a', 'elsewhere', 'router'], model('x/y', endpoints))).toEqual([
      'elsewhere',
    ])
    expect(namesForRouter(['a'], model('x/y', endpoints))).toBeUndefined()
    expect(namesForRouter(null, model('x/y', endpoints))).toBeUndefined()
  })
})

describe('privacy', () => {
  const policies: readonly (readonly [string, Partial<DataPolicy>])[] = [
    ['unknown', {}],
    ['trains', { trains: true, retentionDays: 0 }],
    ['keeps', { trains: false, retentionDays: 30 }],
    ['maybe-keeps', { trains: false }],
    ['strict', { trains: false, retentionDays: 0 }],
  ]
  const endpoints = policies.map(([slug, policy]) => endpoint(slug, { policy }))

  test('what is unknown counts as the worst', () => {
    expect(plan(endpoints, { denyDataCollection: true })).toEqual([
      'keeps',
      'maybe-keeps',
      'strict',
    ])
    expect(plan(endpoints, { zeroDataRetention: true })).toEqual(['strict'])
  })

  test('with nobody left there is no fallback, and the reason is told', () => {
    expect(plan(endpoints.slice(0, 4), { zeroDataRetention: true })).toEqual({
      ...{ kind: 'nobody_left', excludedBy: ['data_policy:zdr'] },
    })
  })

  test('no plan ever has an endpoint that breaks a wish, whatever the table of providers', () => {
    const policy = fc.record({
      retentionDays: fc.constantFrom(null, 0, 30),
      trains: fc.constantFrom(null, true, false),
      region: fc.constant(null),
    })
    const table = fc.array(fc.record({ policy, price: fc.bigInt(0n, 5n) }), { maxLength: 8 })
    fc.assert(
      fc.property(table, fc.boolean(), fc.boolean(), (rows, deny, zero) => {
        const result = planAttempts({
          models: [
            model(
              'a/b',
              rows.map((row, index) => endpoint(`p${index}`, row)),
            ),
          ],
          preferences: {
            ...noPreferences,
            ...{ denyDataCollection: deny, zeroDataRetention: zero, sortByPrice: true },
            maxPrice: { prompt: picoUsd(3n), completion: null, request: null },
          },
          promptTokensMax: 0,
        })
        if (result.kind === 'nobody_left') return
        expect(result.attempts.length).toBeLessThanOrEqual(attemptsMax)
        for (const { endpoint: chosen } of result.attempts) {
          const { trains, retentionDays } = chosen.provider.dataPolicy
          if (deny || zero) expect(trains).toBe(false)
          if (zero) expect(retentionDays).toBe(0)
          expect(chosen.price.sheet.base.prompt <= 3n).toBe(true)
        }
      }),
    )
  })
})

describe('price', () => {
  const endpoints = [
    endpoint('dear', { price: 9n }),
    endpoint('cheap', { price: 2n }),
    endpoint('long', { price: 1n, longPrice: 9n }),
  ]
  const atMost = (price: bigint) => ({
    maxPrice: { prompt: picoUsd(price), completion: null, request: null },
  })

  test('nobody above the wish, in any tier that the prompt may reach', () => {
    expect(plan(endpoints, atMost(3n))).toEqual(['cheap', 'long'])
    expect(plan(endpoints, atMost(3n), 2_000)).toEqual(['cheap'])
    expect(plan(endpoints, atMost(0n))).toEqual({ kind: 'nobody_left', excludedBy: ['max_price'] })
  })

  test('the cheapest first', () => {
    expect(plan(endpoints, { sortByPrice: true })).toEqual(['long', 'cheap', 'dear'])
  })
})
