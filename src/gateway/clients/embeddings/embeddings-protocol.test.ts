import { expect, test } from 'vitest'

import { freeSheet } from '#domain/price-sheets.ts'
import { costOf } from '#domain/pricing.ts'
import { zeroUsage } from '#domain/usage.ts'
import type { PlainAnswer } from '#gateway/canonical/plain-protocol.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import { refusalOf } from '#test/gateway/refusal.ts'

import { embeddingsProtocol } from './embeddings-protocol.ts'

const target = (baseUrl: string, upstreamModel = 'm') => ({
  provider: 'p',
  upstreamModel,
  maxOutputTokens: 0,
  maxTokens: null,
  baseUrl,
})

function ask(body: JsonObject) {
  return embeddingsProtocol.read({ kind: 'json', body }).asked
}

function answer(body: unknown, headers: Record<string, string> = {}): PlainAnswer {
  return { body, bytes: new Uint8Array(), contentType: 'application/json', headers }
}

const facts = { id: 'gen-1', model: 'a/b', provider: 'P', createdAtSeconds: 1 }

function written(body: JsonObject, ...answers: PlainAnswer[]): JsonObject {
  const asked = ask(body)
  const decoded = embeddingsProtocol.decode(answers, asked)
  if (decoded.kind !== 'answer') throw new Error(decoded.kind)
  const usage = { ...zeroUsage, promptTokens: Number(decoded.usage?.['prompt_tokens'] ?? 0) }
  const closing = { usage, cost: costOf(usage, freeSheet), warnings: [] }
  const { body: text } = embeddingsProtocol.write({ value: decoded.value, asked }, facts, closing)
  return JSON.parse(String(text))
}

const base64 = Buffer.from(new Float32Array([0.5, -2]).buffer).toString('base64')

test('vectors come as they were asked for, whichever way the provider gave them', () => {
  const floats = answer({
    data: [{ index: 0, embedding: [0.5, -2] }],
    usage: { prompt_tokens: 3, total_tokens: 3 },
  })
  const texts = answer({ data: [{ index: 0, embedding: base64 }], usage: { total_tokens: 3 } })
  for (const given of [floats, texts]) {
    expect(written({ input: 'x' }, given)).toMatchObject({
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [0.5, -2] }],
      model: 'a/b',
      usage: { prompt_tokens: 3, total_tokens: 3, cost: 0 },
    })
    const encoded = written({ input: ['x'], encoding_format: 'base64' }, given)
    expect(encoded['data']).toMatchObject([{ embedding: base64 }])
  }
})

test('each kind of provider is asked in its own way', () => {
  const asked = ask({
    input: ['a', 'b'],
    dimensions: 2,
    encoding_format: 'base64',
    input_type: 'query',
  })
  expect(embeddingsProtocol.encode(asked, 'openai', target('https://x/v1/'))).toMatchObject({
    calls: [
      {
        url: 'https://x/v1/embeddings',
        message: {
          body: { model: 'm', input: ['a', 'b'], dimensions: 2, encoding_format: 'base64' },
        },
      },
    ],
  })
  expect(
    embeddingsProtocol.encode(asked, 'openai', target('https://api.mistral.ai/v1')),
  ).toMatchObject({
    calls: [{ message: { body: { output_dimension: 2 } } }],
  })
  expect(embeddingsProtocol.encode(asked, 'gemini', target('https://g/v1beta'))).toMatchObject({
    calls: [
      {
        url: 'https://g/v1beta/models/m:batchEmbedContents',
        message: {
          body: { requests: [{ taskType: 'RETRIEVAL_QUERY', outputDimensionality: 2 }, {}] },
        },
      },
    ],
  })
  expect(
    embeddingsProtocol.encode(
      asked,
      'bedrock',
      target('https://b', 'amazon.titan-embed-text-v2:0'),
    ),
  ).toMatchObject({
    calls: [
      {
        url: 'https://b/model/amazon.titan-embed-text-v2%3A0/invoke',
        message: { body: { inputText: 'a', dimensions: 2 } },
      },
      { message: { body: { inputText: 'b' } } },
    ],
  })
  expect(
    embeddingsProtocol.encode(asked, 'bedrock', target('https://b', 'cohere.embed-v4:0')),
  ).toMatchObject({
    calls: [
      { message: { body: { texts: ['a', 'b'], input_type: 'search_query', output_dimension: 2 } } },
    ],
  })
  expect(embeddingsProtocol.encode(asked, 'anthropic', target('https://a')).kind).toBe('impossible')
})

test('answers of Gemini, Titan and Cohere are read, and counted where they count', () => {
  const two = ask({ input: ['a', 'b'] })
  const titan = [1, 2].map((count) => answer({ embedding: [1, 2], inputTextTokenCount: count }))
  expect(embeddingsProtocol.decode(titan, two)).toMatchObject({ usage: { prompt_tokens: 3 } })
  const gemini = answer({ embeddings: [{ values: [1] }, { values: [2] }] })
  expect(embeddingsProtocol.decode([gemini], two)).toMatchObject({ value: [[1], [2]], usage: null })
  const cohere = answer(
    { embeddings: { float: [[1], [2]] } },
    { 'x-amzn-bedrock-input-token-count': '7' },
  )
  expect(embeddingsProtocol.decode([cohere], two)).toMatchObject({
    value: [[1], [2]],
    usage: { prompt_tokens: 7 },
  })
})

test('an answer with too few vectors, or none, is not passed on', () => {
  const two = ask({ input: ['a', 'b'] })
  for (const body of [
    { data: [{ embedding: [1] }] },
    {},
    'no',
    { data: [{ embedding: {} }, {}] },
  ]) {
    expect(embeddingsProtocol.decode([answer(body)], two).kind).toBe('unreadable')
  }
  expect(embeddingsProtocol.decode([answer({ error: { message: 'no' } })], two).kind).toBe('error')
})

test('tokens are passed on where they mean something, and the bound covers all input', () => {
  const asked = ask({ input: [[1, 2, 3], [4]] })
  expect(embeddingsProtocol.encode(asked, 'openai', target('https://x'))).toMatchObject({
    calls: [{ message: { body: { input: [[1, 2, 3], [4]] } } }],
  })
  expect(embeddingsProtocol.encode(asked, 'gemini', target('https://x')).kind).toBe('impossible')
  expect(
    embeddingsProtocol.bound(ask({ input: 'äöü' }), 'tokens').promptTokens,
  ).toBeGreaterThanOrEqual(6)
})

test.each<[JsonObject, string]>([
  [{}, 'input'],
  [{ input: [] }, 'input'],
  [{ input: ['a', ''] }, 'input[1]'],
  [{ input: ['a', 1.5] }, 'input[1]'],
  [{ input: 'a', encoding_format: 'hex' }, 'encoding_format'],
  [{ input: 'a', dimensions: 0 }, 'dimensions'],
])('%j is refused at %s', (body, param) => {
  expect(refusalOf(() => ask(body))).toBe(param)
})
