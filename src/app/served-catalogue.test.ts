import { beforeEach, describe, expect, test } from 'vitest'

import { makeMemoryPriceBook } from '#adapters/memory/price-book.ts'
import { buildCatalogue, type Catalogue, pricesOf } from '#domain/catalogue.ts'
import type { PriceVersionId } from '#domain/identifiers.ts'
import { picoUsd } from '#domain/money.ts'
import { makeSheet } from '#domain/price-sheets.ts'
import { StoreUnavailable } from '#ports/store-error.ts'

import type { CheckedConfig } from './config/check-config.ts'
import { keepServedCatalogue, type ServedCatalogueParts } from './served-catalogue.ts'

const provider = {
  slug: 'acme',
  name: 'Acme',
  kind: 'model',
  protocol: 'openai',
  baseUrl: 'https://acme.test/v1',
  apiKey: null,
  dataPolicy: { retentionDays: null, trains: null, region: null },
} as const

function catalogueAt(id: PriceVersionId, prompt: bigint): Catalogue {
  const base = { prompt: picoUsd(prompt), completion: picoUsd(2n) }
  const price = { id, sheet: makeSheet({ base, tiers: [] }) }
  const model = {
    id: 'acme/fast',
    name: 'Fast',
    description: '',
    createdAtSeconds: 0,
    contextLength: 1000,
    maxOutput: 1000,
    aliases: [],
    inputModalities: ['text'],
    outputModalities: ['text'],
    endpoints: [{ provider, upstreamModel: 'fast', price }],
  }
  return buildCatalogue({ providers: [provider], models: [model] })
}

const initial = catalogueAt('price_old', 1n)
const next = catalogueAt('price_new', 3n)
const fine = (catalogue: Catalogue): CheckedConfig => ({ problems: [], catalogue })
const wrong: CheckedConfig = {
  catalogue: null,
  problems: ['prompt', 'completion'].map((name) => ({
    file: 'codelace.json',
    line: 3,
    column: 9,
    path: `models[0].endpoints[0].prices.${name}`,
    found: 'nothing',
    expected: 'a price',
    hint: null,
  })),
}

let served: Catalogue[]
let told: number
let events: string[]
let configured: CheckedConfig
beforeEach(() => {
  served = []
  told = 0
  events = []
  configured = fine(next)
})

async function keep(more: Partial<ServedCatalogueParts> = {}) {
  const note = (event: string) => void events.push(event)
  const book = makeMemoryPriceBook(() => 0)
  await book.record(pricesOf(initial))
  const kept = keepServedCatalogue({
    initial,
    read: () => configured,
    prices: book,
    serve: (catalogue) => void served.push(catalogue),
    tellOthers: async () => void (told += 1),
    log: { info: note, warn: note, alarm: note },
    ...more,
  })
  return { kept, book }
}

const idsIn = (prices: readonly { version: { id: string } }[]) =>
  prices.map(({ version }) => version.id)

describe('applying the configuration', () => {
  test('serves it, with its prices in the book, and tells the other nodes', async () => {
    const { kept, book } = await keep()
    const result = await kept.apply()
    expect(result).toMatchObject({
      kind: 'valid',
      differences: [{ kind: 'changed', before: { id: 'price_old' }, after: { id: 'price_new' } }],
    })
    expect(served).toEqual([next])
    expect(idsIn(kept.inForce())).toEqual(['price_new'])
    expect((await book.history(null)).map(({ versionId }) => versionId)).toEqual([
      'price_new',
      'price_old',
    ])
    expect(told).toBe(1)
  })

  test('a preview shows the same and changes nothing', async () => {
    const { kept, book } = await keep()
    const preview = kept.preview()
    expect([served, told, (await book.history(null)).length]).toEqual([[], 0, 1])
    expect(idsIn(kept.inForce())).toEqual(['price_old'])
    expect(await kept.apply()).toEqual(preview)
  })

  test('with mistakes in it changes nothing and names them all', async () => {
    configured = wrong
    const { kept, book } = await keep()
    for (const result of [kept.preview(), await kept.apply()]) {
      expect(result).toMatchObject({
        kind: 'invalid',
        problems: [
          expect.stringContaining('codelace.json:3:9 models[0].endpoints[0].prices.prompt'),
          expect.stringContaining('prices.completion'),
        ],
      })
    }
    expect([served, told, (await book.history(null)).length]).toEqual([[], 0, 1])
  })

  test('serves no price that the book could not take, and can be tried again', async () => {
    const prices = {
      record: async () => {
        throw new StoreUnavailable('away')
      },
    }
    const { kept } = await keep({ prices })
    await expect(kept.apply()).rejects.toThrow(StoreUnavailable)
    await expect(kept.apply()).rejects.toThrow(StoreUnavailable)
    expect([served, told, idsIn(kept.inForce())]).toEqual([[], 0, ['price_old']])
  })

  test('counts when the other nodes cannot be told', async () => {
    const tellOthers = async () => {
      throw new StoreUnavailable('away')
    }
    const { kept } = await keep({ tellOthers })
    expect((await kept.apply()).kind).toBe('valid')
    expect([served, events]).toEqual([[next], ['prices_applied', 'prices_not_announced']])
  })

  test('twice at once is once after the other: the second has nothing to change', async () => {
    const { kept, book } = await keep()
    const [first, second] = await Promise.all([kept.apply(), kept.apply()])
    expect(first).toMatchObject({ differences: [{ kind: 'changed' }] })
    expect(second).toEqual({ kind: 'valid', differences: [] })
    expect(await book.history(null)).toHaveLength(2)
  })
})

describe('following another node', () => {
  test('serves our own configuration, and tells nobody again', async () => {
    const { kept } = await keep()
    await kept.follow()
    expect([served, told]).toEqual([[next], 0])
  })

  test('with a file that is still the old one, takes no newer price out of the book', async () => {
    configured = fine(initial)
    const { kept, book } = await keep()
    await book.record(pricesOf(next))
    await kept.follow()
    expect((await book.history(null))[0]?.versionId).toBe('price_new')
    expect(idsIn(kept.inForce())).toEqual(['price_old'])
  })

  test('raises an alarm when ours has mistakes, or the book is out of reach', async () => {
    configured = wrong
    await (await keep()).kept.follow()
    configured = fine(next)
    const record = async () => {
      throw new StoreUnavailable('away')
    }
    await (await keep({ prices: { record } })).kept.follow()
    expect([events, served]).toEqual([['prices_not_applied', 'prices_not_applied'], []])
  })
})
