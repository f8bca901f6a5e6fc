import { describe, expect, test } from 'vitest'

import type { AnswerStream, ClientProtocol } from '#gateway/canonical/client-protocol.ts'
import { chatProtocol } from '#gateway/clients/chat/chat-protocol.ts'
import { geminiClient } from '#gateway/clients/gemini/gemini-protocol.ts'
import { responsesProtocol } from '#gateway/clients/responses/responses-protocol.ts'
import { anthropicProtocol } from '#gateway/providers/anthropic/anthropic-protocol.ts'
import { geminiProvider } from '#gateway/providers/gemini/gemini-protocol.ts'
import { openaiResponsesProtocol } from '#gateway/providers/openai-responses/openai-responses-protocol.ts'
import { openaiProtocol } from '#gateway/providers/openai/openai-protocol.ts'
import { sseFramer } from '#gateway/translate/sse-events.ts'
import { closingFor, factsFor } from '#test/fixtures/answer-facts.ts'
import { asked } from '#test/gateway/asked.ts'

import { type ModelAnswer, foldDeltas } from './answer.ts'
import type { Delta } from './delta.ts'
import { logprobsIn, type TokenLogprob } from './logprobs.ts'
import type { ProviderProtocol } from './provider-protocol.ts'
import { noSampling } from './request.ts'

const tokens: readonly TokenLogprob[] = [
  { token: 'Ä', logprob: -0.25, top: [{ token: 'Ä', logprob: -0.25 }] },
  { token: ' $& b', logprob: -1.5, top: [] },
]
const deltas: readonly Delta[] = [
  { kind: 'start', upstreamId: 'u', model: 'm', createdAtSeconds: 1 },
  { kind: 'text', text: 'Ä', logprobs: tokens.slice(0, 1) },
  { kind: 'text', text: ' $& b', logprobs: tokens.slice(1) },
  { kind: 'finish', reason: 'stop', native: null, stopSequence: null },
]
const facts = factsFor(asked(), {})
const closing = closingFor(deltas)

const pairs: readonly (readonly [ClientProtocol, ProviderProtocol])[] = [
  [chatProtocol, openaiProtocol],
  [responsesProtocol, openaiResponsesProtocol],
  [geminiClient, geminiProvider],
]

describe.each(pairs)('probabilities of tokens', (client, provider) => {
  const context = { request: asked(), callIdPrefix: 'x' }

  test('come through in a stream', () => {
    const decoder = provider.openDecoder(context)
    const read: Delta[] = []
    const framer = sseFramer((event) => void read.push(...decoder.take(event)), 100_000)
    framer.push(Buffer.from(streamed(client.openStream(facts))))
    framer.end()
    expect(told(foldDeltas([...read, ...decoder.end()]))).toEqual(tokens)
  })

  test('come through in a whole answer', () => {
    const text = client.writeWhole(foldDeltas(deltas), facts, closing)
    const whole = provider.decodeWhole(JSON.parse(text), context)
    expect(whole.kind === 'answer' && told(foldDeltas(whole.deltas))).toEqual(tokens)
  })

  test('are told by nobody where nothing was told', () => {
    const plain = deltas.map((delta) =>
      delta.kind === 'text' ? { kind: 'text' as const, text: delta.text } : delta,
    )
    const text = client.writeWhole(foldDeltas(plain), facts, closing)
    expect(text).not.toMatch(/"logprobs?":(?:-|\{|\[\{)|avgLogprobs|logprobsResult/)
  })
})

function streamed(stream: AnswerStream): string {
  return deltas.map((delta) => stream.push(delta)).join('') + stream.end(closing)
}

function told({ items }: ModelAnswer): readonly TokenLogprob[] {
  return logprobsIn(items)
}

test('Gemini tells their mean of a whole answer', () => {
  const text = geminiClient.writeWhole(foldDeltas(deltas), facts, closing)
  expect(JSON.parse(text)).toMatchObject({ candidates: [{ avgLogprobs: -0.875 }] })
})

describe('probabilities that were asked for', () => {
  const request = asked({ sampling: { ...noSampling, logprobs: true, topLogprobs: 2 } })
  const target = {
    provider: 'elsewhere',
    upstreamModel: 'gpt-4o',
    maxOutputTokens: 1_000,
    maxTokens: null,
    baseUrl: 'https://elsewhere.example/v1',
  }
  const encoded = (protocol: ProviderProtocol, upstreamModel = 'gpt-4o') => {
    const encoding = protocol.encode(request, { ...target, upstreamModel })
    return encoding.kind === 'encoded' ? encoding.encoded : expect.fail(encoding.detail)
  }

  test('are asked of whoever tells them', () => {
    expect(encoded(openaiProtocol).body).toMatchObject({ logprobs: true, top_logprobs: 2 })
    expect(encoded(openaiResponsesProtocol).body).toMatchObject({
      top_logprobs: 2,
      include: expect.arrayContaining(['message.output_text.logprobs']),
    })
    expect(encoded(geminiProvider, 'gemini-2.5-flash').body).toMatchObject({
      generationConfig: { responseLogprobs: true, logprobs: 2 },
    })
  })

  test('are a warning where nobody tells them', () => {
    const warned = encoded(anthropicProtocol, 'claude-sonnet-4-5').warnings
    expect(warned.map(({ param }) => param)).toEqual(
      expect.arrayContaining(['logprobs', 'top_logprobs']),
    )
    const thinker = encoded(openaiResponsesProtocol, 'o3')
    expect(thinker.warnings.map(({ param }) => param)).toContain('logprobs')
    expect(thinker.body).not.toHaveProperty('top_logprobs')
  })
})
