import { expect, test } from 'vitest'

import { freeSheet } from '#domain/price-sheets.ts'
import { costOf } from '#domain/pricing.ts'
import { zeroUsage } from '#domain/usage.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import { refusalOf } from '#test/gateway/refusal.ts'

import { rerankProtocol } from './rerank-protocol.ts'

const ask = (body: JsonObject) => rerankProtocol.read({ kind: 'json', body }).asked
const target = (baseUrl: string) => ({
  provider: 'p',
  upstreamModel: 'r:1',
  maxOutputTokens: 0,
  maxTokens: null,
  baseUrl,
})
const answer = (body: unknown) => ({
  body,
  bytes: new Uint8Array(),
  contentType: 'application/json',
  headers: {},
})

const asked = ask({ query: 'q', documents: ['a', { text: 'b' }], top_n: 1, return_documents: true })

test('documents are asked about under the names of each server', () => {
  expect(rerankProtocol.encode(asked, 'openai', target('https://api.cohere.com/v2'))).toMatchObject(
    {
      calls: [
        {
          url: 'https://api.cohere.com/v2/rerank',
          message: { body: { model: 'r:1', query: 'q', documents: ['a', 'b'], top_n: 1 } },
        },
      ],
    },
  )
  expect(
    rerankProtocol.encode(asked, 'openai', target('https://api.voyageai.com/v1')),
  ).toMatchObject({
    calls: [{ message: { body: { top_k: 1 } } }],
  })
  expect(rerankProtocol.encode(asked, 'bedrock', target('https://b'))).toMatchObject({
    calls: [{ url: 'https://b/model/r%3A1/invoke', message: { body: { api_version: 2 } } }],
  })
  expect(rerankProtocol.encode(asked, 'gemini', target('https://b')).kind).toBe('impossible')
})

test('the best come first, as many as were asked for, with their text where it was asked for', () => {
  const results = [
    { index: 0, relevance_score: 0.1 },
    { index: 1, relevance_score: 0.9 },
  ]
  const decoded = rerankProtocol.decode(
    [answer({ results, meta: { billed_units: { search_units: 1 } } })],
    asked,
  )
  expect(decoded).toMatchObject({
    kind: 'answer',
    usage: { prompt_tokens: 1, completion_tokens: 0 },
  })
  if (decoded.kind !== 'answer') return
  const closing = {
    usage: { ...zeroUsage, promptTokens: 1 },
    cost: costOf(zeroUsage, freeSheet),
    warnings: [],
  }
  const facts = { id: 'gen-1', model: 'a/b', provider: 'P', createdAtSeconds: 1 }
  const { body } = rerankProtocol.write({ value: decoded.value, asked }, facts, closing)
  expect(JSON.parse(String(body))).toMatchObject({
    id: 'gen-1',
    model: 'a/b',
    results: [{ index: 1, relevance_score: 0.9, document: { text: 'b' } }],
    usage: { prompt_tokens: 1, cost: 0 },
  })
})

test('Voyage and Jina count tokens, and what was not asked about is not passed on', () => {
  const data = [{ index: 1, relevance_score: 0.5 }]
  expect(
    rerankProtocol.decode([answer({ data, usage: { total_tokens: 26 } })], asked),
  ).toMatchObject({ usage: { prompt_tokens: 26 } })
  expect(rerankProtocol.decode([answer({ results: data })], asked)).toMatchObject({ usage: null })
  const foreign = { results: [{ index: 7, relevance_score: 1 }] }
  expect(rerankProtocol.decode([answer(foreign)], asked).kind).toBe('unreadable')
})

test.each<[JsonObject, string]>([
  [{ documents: ['a'] }, 'query'],
  [{ query: 'q' }, 'documents'],
  [{ query: 'q', documents: ['a', 1] }, 'documents[1]'],
])('%j is refused at %s', (body, param) => {
  expect(refusalOf(() => ask(body))).toBe(param)
})
