import { describe, expect, test } from 'vitest'

import { buildCatalogue, type Model } from '#domain/catalogue.ts'

import { anthropicModelList, geminiModelList } from './model-lists.ts'

const model = (id: string, createdAtSeconds: number): Model => ({
  id,
  name: id.toUpperCase(),
  description: `About ${id}.`,
  createdAtSeconds,
  contextLength: 1000,
  maxOutput: 100,
  aliases: [],
  inputModalities: ['text'],
  outputModalities: ['text'],
  endpoints: [
    {
      upstreamModel: 'm',
      price: { id: 'p', source: 'config', effectiveAt: new Date(0), sheet: null as never } as never,
      provider: {
        slug: 's',
        name: 'S',
        kind: 'model',
        protocol: 'openai',
        baseUrl: 'https://s.example',
        apiKey: null,
        dataPolicy: { retentionDays: null, trains: null, region: null },
      },
    },
  ],
})

const models = [model('a/old', 1), model('a/new', 1_700_000_000)]
const catalogue = buildCatalogue({ providers: [], models })

describe('lists of models', () => {
  test("Anthropic's clients get a page with the newest model first", () => {
    expect(anthropicModelList(catalogue)).toMatchObject({
      has_more: false,
      first_id: 'a/new',
      last_id: 'a/old',
      data: [
        {
          type: 'model',
          id: 'a/new',
          display_name: 'A/NEW',
          created_at: '2023-11-14T22:13:20.000Z',
        },
        { id: 'a/old' },
      ],
    })
  })

  test("Google's clients get names that they can ask for", () => {
    expect(geminiModelList(catalogue)).toMatchObject({
      models: [
        { name: 'models/a/new', inputTokenLimit: 1000, outputTokenLimit: 100 },
        { name: 'models/a/old' },
      ],
    })
  })
})
