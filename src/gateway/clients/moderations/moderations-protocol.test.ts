import { expect, test } from 'vitest'

import { freeSheet } from '#domain/price-sheets.ts'
import { costOf } from '#domain/pricing.ts'
import { zeroUsage } from '#domain/usage.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import { refusalOf } from '#test/gateway/refusal.ts'

import { moderationsProtocol } from './moderations-protocol.ts'

const read = (body: JsonObject) => moderationsProtocol.read({ kind: 'json', body })
const target = {
  provider: 'openai',
  upstreamModel: 'omni-moderation-latest',
  maxOutputTokens: 0,
  maxTokens: null,
  baseUrl: 'https://api.openai.com/v1',
}

test('texts and parts are asked about as they are, by default of the model that OpenAI uses', () => {
  const parts = [
    { type: 'text', text: 'x' },
    { type: 'image_url', image_url: { url: 'https://x/y' } },
  ]
  for (const input of ['x', ['x', 'y'], parts]) {
    const { asked, model } = read({ input })
    expect(model).toBe('omni-moderation-latest')
    expect(moderationsProtocol.encode(asked, 'openai', target)).toMatchObject({
      calls: [{ url: 'https://api.openai.com/v1/moderations', message: { body: { input } } }],
    })
  }
  expect(moderationsProtocol.encode(read({ input: 'x' }).asked, 'anthropic', target).kind).toBe(
    'impossible',
  )
  expect(moderationsProtocol.bound(read({ input: parts }).asked, 'tokens').imagePrompt).toBe(true)
})

test('the judgement is passed on as it came, under our id', () => {
  const { asked } = read({ input: 'x' })
  const results = [
    { flagged: false, categories: { violence: false }, category_scores: { violence: 0.1 } },
  ]
  const answer = {
    body: { id: 'modr-1', model: 'omni', results },
    bytes: new Uint8Array(),
    contentType: '',
    headers: {},
  }
  const decoded = moderationsProtocol.decode([answer], asked)
  expect(decoded).toMatchObject({ kind: 'answer', usage: null })
  if (decoded.kind !== 'answer') return
  const closing = { usage: zeroUsage, cost: costOf(zeroUsage, freeSheet), warnings: [] }
  const facts = { id: 'gen-1', model: 'a/b', provider: 'P', createdAtSeconds: 1 }
  const { body } = moderationsProtocol.write({ value: decoded.value, asked }, facts, closing)
  expect(JSON.parse(String(body))).toMatchObject({
    id: 'gen-1',
    model: 'omni',
    results,
    usage: { cost: 0 },
  })
  expect(moderationsProtocol.decode([{ ...answer, body: {} }], asked).kind).toBe('unreadable')
})

test.each<[JsonObject, string]>([
  [{}, 'input'],
  [{ input: [] }, 'input'],
  [{ input: ['x', {}] }, 'input'],
  [{ input: [{ type: 'smell' }] }, 'input[0].type'],
])('%j is refused at %s', (body, param) => {
  expect(refusalOf(() => read(body))).toBe(param)
})
