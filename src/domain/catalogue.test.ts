import { describe, expect, it } from 'vitest'

import type { Model, Provider } from './catalogue.ts'
import { buildCatalogue, endpointName, pricesOf, resolveModel } from './catalogue.ts'
import { freeSheet } from './price-sheets.ts'

const provider: Provider = {
  slug: 'up',
  name: 'Up',
  kind: 'model',
  protocol: 'openai',
  baseUrl: 'https://up.example/v1',
  apiKey: null,
  dataPolicy: { retentionDays: null, trains: null, region: null },
}

function model(id: string, special: Partial<Model> = {}): Model {
  return {
    id,
    name: id,
    description: '',
    createdAtSeconds: 0,
    contextLength: 8192,
    maxOutput: 1024,
    aliases: [],
    inputModalities: ['text'],
    outputModalities: ['text'],
    endpoints: [{ provider, upstreamModel: id, price: { id: `price_${id}`, sheet: freeSheet } }],
    ...special,
  }
}

describe('a catalogue', () => {
  const first = model('a/b', { aliases: ['b', 'old'] })
  const catalogue = buildCatalogue({ providers: [provider], models: [first, model('a/c')] })

  it('finds a model by its id and by each alias, exactly as written', () => {
    expect(resolveModel(catalogue, 'a/b')).toBe(first)
    expect(resolveModel(catalogue, 'old')).toBe(first)
    expect(resolveModel(catalogue, 'A/B')).toBeUndefined()
    expect(resolveModel(catalogue, '__proto__')).toBeUndefined()
  })

  it('names the price of every endpoint', () => {
    expect(pricesOf(catalogue).map(({ endpoint }) => endpoint)).toEqual(['a/b@up', 'a/c@up'])
    const [endpoint] = first.endpoints
    expect(endpoint && endpointName(first, endpoint)).toBe('a/b@up')
  })

  it('is not made with a name twice, a provider twice, or a model that nobody serves', () => {
    const twice = [...first.endpoints, ...first.endpoints]
    for (const models of [
      [first, model('a/b')],
      [first, model('old')],
      [model('a/d', { endpoints: twice })],
      [model('a/d', { endpoints: [] })],
    ]) {
      expect(() => buildCatalogue({ providers: [provider], models })).toThrow(/a\/|old/)
    }
  })
})
