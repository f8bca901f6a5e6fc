import OpenAI from 'openai'
import { expect, test } from 'vitest'

import { freeSheet } from '#domain/price-sheets.ts'
import { costOf } from '#domain/pricing.ts'
import { zeroUsage } from '#domain/usage.ts'
import { foldDeltas } from '#gateway/canonical/answer.ts'
import type { Delta } from '#gateway/canonical/delta.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import { refusalOf } from '#test/gateway/refusal.ts'

import { completionsProtocol, encodeNativeCompletion } from './completions-protocol.ts'

const read = (body: JsonObject) => completionsProtocol.read({ body, headers: {}, address: null })

const deltas: readonly Delta[] = [
  { kind: 'start', upstreamId: 'x', model: 'm', createdAtSeconds: 1 },
  { kind: 'text', text: ' upon' },
  { kind: 'text', text: ' a time' },
  { kind: 'finish', reason: 'length', native: 'max_tokens', stopSequence: null },
]
const usage = { ...zeroUsage, promptTokens: 2, completionTokens: 3 }
const closing = {
  usage,
  cost: costOf(usage, freeSheet),
  warnings: [{ param: 'prompt', detail: 'x' }],
}

function factsOf(body: JsonObject) {
  const { request } = read(body)
  return { id: 'gen-1', model: 'a/b', provider: 'P', createdAtSeconds: 1, request, body }
}

test('over a chat model, a prompt is the message of a user, and a warning says so', () => {
  const { request, model } = read({
    model: 'a/b',
    prompt: ['Once'],
    max_tokens: 7,
    suffix: 'end',
    best_of: 1,
    logprobs: 2,
    stop: ['.'],
  })
  expect(model).toBe('a/b')
  expect(request).toMatchObject({
    messages: [{ role: 'user', parts: [{ kind: 'text', text: 'Once' }] }],
    maxOutputTokens: 7,
    sampling: { stop: ['.'], logprobs: null },
  })
  expect(request.leftovers.map(({ param }) => param)).toEqual(['prompt', 'suffix', 'logprobs'])
})

test('the official client reads the stream and the whole answer alike, echo included', async () => {
  const body = { model: 'a/b', prompt: 'Once', echo: true }
  const facts = factsOf(body)
  const stream = completionsProtocol.openStream(facts)
  const events = deltas.map((delta) => stream.push(delta)).join('') + stream.end(closing)
  const whole = completionsProtocol.writeWhole(foldDeltas(deltas), facts, closing)
  const clientFor = (text: string, type: string) =>
    new OpenAI({
      apiKey: 'k',
      baseURL: 'http://127.0.0.1:9/v1',
      fetch: () => Promise.resolve(new Response(text, { headers: { 'content-type': type } })),
    })
  const asked = { model: 'a/b', prompt: 'Once' }
  const answer = await clientFor(whole, 'application/json').completions.create(asked)
  expect(answer.choices).toMatchObject([{ text: 'Once upon a time', finish_reason: 'length' }])
  expect(answer.usage).toMatchObject({ prompt_tokens: 2, completion_tokens: 3, cost: 0 })
  let text = ''
  const finishes: unknown[] = []
  const chunks = await clientFor(events, 'text/event-stream').completions.create({
    ...asked,
    stream: true,
  })
  for await (const chunk of chunks) {
    text += chunk.choices[0]?.text ?? ''
    if (chunk.choices[0]?.finish_reason) finishes.push(chunk.choices[0].finish_reason)
  }
  expect({ text, finishes }).toEqual({ text: 'Once upon a time', finishes: ['length'] })
  expect(events.endsWith('data: [DONE]\n\n')).toBe(true)
})

test('a provider with completions of its own gets the request as it was written', () => {
  const body = {
    model: 'a/b',
    prompt: [[1, 2]],
    suffix: 'x',
    provider: { only: ['p'] },
    stream: true,
  }
  const target = {
    provider: 'openai',
    upstreamModel: 'davinci-002',
    maxOutputTokens: 9,
    maxTokens: 5,
    baseUrl: 'https://api.openai.com/v1',
  }
  expect(encodeNativeCompletion(body, target)).toMatchObject({
    url: 'https://api.openai.com/v1/completions',
    body: {
      model: 'davinci-002',
      prompt: [[1, 2]],
      suffix: 'x',
      max_tokens: 5,
      stream_options: { include_usage: true },
    },
  })
})

test.each<[JsonObject, string]>([
  [{}, 'prompt'],
  [{ prompt: ['a', 1] }, 'prompt[1]'],
  [{ prompt: 'a', temperature: 'x' }, 'temperature'],
])('%j is refused at %s', (body, param) => {
  expect(refusalOf(() => read(body))).toBe(param)
})

test.each<JsonObject>([{ prompt: ['a', 'b'] }, { prompt: [1, 2] }, { prompt: [[1], [2]] }])(
  '%j is read, and refused over a chat model alone',
  (body) => {
    expect(read(body).model).toBeNull()
    expect(refusalOf(() => completionsProtocol.refuseTranslation?.(body))).toBe('prompt')
  },
)

test('every answer that is written is counted: prompts times the best of several', () => {
  const { request } = read({ prompt: ['a', 'b'], n: 2, best_of: 3 })
  expect(request.sampling.choiceCount).toBe(6)
})
