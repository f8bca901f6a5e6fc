import { describe, expect, test } from 'vitest'

import { Fault } from '#domain/faults.ts'
import { nanoUsd, picoUsd } from '#domain/money.ts'
import { zeroUsage } from '#domain/usage.ts'
import { foldDeltas } from '#gateway/canonical/answer.ts'
import type { AnswerFacts, Closing } from '#gateway/canonical/client-protocol.ts'
import type { Delta } from '#gateway/canonical/delta.ts'
import { asked } from '#test/gateway/asked.ts'

import { countTokensAnswer } from './count-tokens.ts'
import { geminiClient } from './gemini-protocol.ts'
import { asJsonArray, jsonArrayPing } from './json-array.ts'

const text = (words: string): Delta => ({ kind: 'text', text: words })
const finish = (reason: 'stop' | 'tool_calls' | 'length'): Delta => ({
  kind: 'finish',
  reason,
  native: null,
  stopSequence: null,
})
const call: Delta = { kind: 'tool_call', call: 0, id: 'c', name: 'f', isCustom: false }
const args = (words: string): Delta => ({ kind: 'tool_arguments', call: 0, text: words })

describe('a stream', () => {
  test('is chunks framed as Google frames them, the last with counts, charge and warnings', () => {
    const deltas = [text('Hel'), text('lo'), finish('length')]
    const { pieces, end } = written(deltas)
    expect(pieces[0]).toBe(
      'data: {"candidates":[{"content":{"parts":[{"text":"Hel"}],"role":"model"},"index":0}],' +
        '"modelVersion":"google/gemini","responseId":"gen-1"}\r\n\r\n',
    )
    expect(end).toContain('"cost":0.000000123')
    expect(JSON.parse(end.slice('data: '.length))).toMatchObject({
      candidates: [{ content: { parts: [{ text: '' }] }, finishReason: 'MAX_TOKENS' }],
      usageMetadata: {
        promptTokenCount: 10,
        candidatesTokenCount: 4,
        thoughtsTokenCount: 3,
        cachedContentTokenCount: 2,
        totalTokenCount: 17,
      },
      codelace_metadata: { warnings: closing.warnings },
    })
  })

  test('gives calls whole, when they are over', () => {
    const { pieces } = written([text('a'), call, args('{"x":'), args('1}'), finish('tool_calls')])
    expect(pieces.slice(1, 4)).toEqual(['', '', ''])
    expect(pieces[4]).toContain('{"functionCall":{"id":"c","name":"f","args":{"x":1}}}')
  })

  test('arguments of several lines stay one line of the event', () => {
    const { pieces } = written([call, args('{\n  "x": "a\\nb"\r\n}'), finish('tool_calls')])
    expect(pieces[2]).toContain(String.raw`"args":{   "x": "a\nb" }`)
  })

  test('a call that broke off is not given, and the end says so', () => {
    const { pieces, end } = written([call, args('{"x":'), finish('tool_calls')])
    expect(pieces.join('')).not.toContain('functionCall')
    expect(end).toContain('"finishReason":"MALFORMED_FUNCTION_CALL"')
  })

  test('that broke ends with an error and without an end', () => {
    const stream = geminiClient.openStream(facts)
    const fault = new Fault('provider_unavailable', { details: { provider: 'X' } })
    const event = stream.push(text('a')) + stream.fail(fault)
    expect(event).not.toContain('finishReason')
    expect(event).toMatch(/data: \{"error":\{"code":502,.*"status":"UNAVAILABLE".*\r\n\r\n$/)
  })

  test('without alt=sse is one JSON array in the end, also when it broke', () => {
    const arrayOf = (isBroken: boolean) => {
      const { push, end, fail } = geminiClient.openStream(facts)
      const array = asJsonArray({ next: push, end, fail })
      const pieces = [text('a'), call, args('{}'), finish('tool_calls')].map(array.next)
      const rest = isBroken ? array.fail(new Fault('internal')) : array.end(closing)
      return JSON.parse(jsonArrayPing + pieces.join(jsonArrayPing) + rest) as unknown[]
    }
    expect(arrayOf(false)).toHaveLength(3)
    expect(arrayOf(true).at(-1)).toMatchObject({ error: { code: 500, status: 'INTERNAL' } })
  })
})

describe('reasoning', () => {
  const piece = { kind: 'reasoning', block: 0, signature: null, data: null, id: null } as const

  test('of Gemini stands where it stood, its signatures untouched', () => {
    const own = { ...piece, format: 'google-gemini-v1', callId: null } as const
    const { parts } = written([
      { ...own, form: 'text', text: 'hm', signature: 'T+/=' },
      text('so'),
      { ...own, block: 1, form: 'encrypted', text: '', data: 'U=' },
      { ...own, block: 2, form: 'encrypted', text: '', data: 'S=', callId: 'c' },
      call,
      args('{}'),
      finish('tool_calls'),
    ])
    expect(parts).toEqual([
      { thought: true, text: 'hm', thoughtSignature: 'T+/=' },
      { text: 'so' },
      { text: '', thoughtSignature: 'U=' },
      { functionCall: { id: 'c', name: 'f', args: {} }, thoughtSignature: 'S=' },
    ])
  })

  test('of another maker is shown, and what must go back is sealed at its end', () => {
    const foreign = { ...piece, form: 'text', format: 'anthropic-claude-v1', callId: null } as const
    const deltas: Delta[] = [
      { ...foreign, text: 'Let me ' },
      { ...foreign, text: 'see' },
      { ...foreign, text: '', signature: 'EqoB' },
      text('so'),
      finish('stop'),
    ]
    const { parts } = written(deltas)
    expect(parts.slice(0, 2)).toEqual([
      { thought: true, text: 'Let me ' },
      { thought: true, text: 'see' },
    ])
    const contents = [
      { role: 'user', parts: [{ text: 'go' }] },
      { role: 'model', parts },
    ]
    const { request } = geminiClient.read({ body: { contents }, headers: {}, address: null })
    expect(request.messages[1]?.parts[0]).toEqual({
      kind: 'reasoning',
      form: 'text',
      text: 'Let me see',
      signature: 'EqoB',
      data: null,
      id: null,
      format: 'anthropic-claude-v1',
      callId: null,
    })
  })
})

describe('a whole answer', () => {
  test('has the same parts as the stream, and its sources by bytes', () => {
    const citation = { url: 'https://a.org', title: 'A', quote: null, startIndex: 2, endIndex: 5 }
    const deltas: Delta[] = [text('é so'), { kind: 'citation', citation }, finish('stop')]
    const body: unknown = JSON.parse(geminiClient.writeWhole(foldDeltas(deltas), facts, closing))
    expect(body).toMatchObject({
      candidates: [
        {
          content: { role: 'model', parts: [{ text: 'é so' }] },
          finishReason: 'STOP',
          index: 0,
          groundingMetadata: {
            groundingChunks: [{ web: { uri: 'https://a.org', title: 'A' } }],
            groundingSupports: [
              { segment: { startIndex: 3, endIndex: 5, text: 'so' }, groundingChunkIndices: [0] },
            ],
          },
        },
      ],
      modelVersion: 'google/gemini',
      responseId: 'gen-1',
    })
  })
})

describe("Gemini's own answers", () => {
  const chunk = (members: Record<string, unknown>) => ({
    name: null,
    data: JSON.stringify({ ...members, modelVersion: 'gemini-3', responseId: 'their-own' }),
    isException: false,
  })

  test('pass with our names; the end is held back until it is paid for', () => {
    const native = geminiClient.openNative(facts)
    const odd = { candidates: [{ content: { parts: [{ text: 'a', odd: 1 }] }, safetyRatings: [] }] }
    const last = {
      candidates: [{ finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 1, x: 2 },
    }
    expect(native.pass(chunk(odd))).toBe(
      'data: {"candidates":[{"content":{"parts":[{"text":"a","odd":1}]},"safetyRatings":[]}],' +
        '"modelVersion":"google/gemini","responseId":"gen-1"}\r\n\r\n',
    )
    expect(native.pass(chunk(last))).toBe('')
    const end = native.end(closing)
    expect(end).toContain('"usageMetadata":{"promptTokenCount":1,"x":2,"cost":0.000000123')
    expect(end).toContain('"finishReason":"STOP"')
  })

  test('cannot claim a charge of their own', () => {
    const body = { candidates: [], usageMetadata: { cost: 99 }, codelace_metadata: {} }
    const text = geminiClient.editWhole(body, facts, { ...closing, warnings: [] })
    expect(text).not.toContain('99')
    expect(text).not.toContain('codelace_metadata')
  })
})

test("an error is in Google's envelope, with our code and the wish to wait in its details", () => {
  const fault = new Fault('rate_limit_exceeded', {
    param: 'contents[0]',
    details: { detail: 'Too many.' },
    retryAfterSeconds: 7,
  })
  expect(JSON.parse(geminiClient.writeFault(fault, 'gen-1'))).toEqual({
    error: {
      code: 429,
      message: 'Too many.',
      status: 'RESOURCE_EXHAUSTED',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'RATE_LIMIT_EXCEEDED',
          domain: 'codelace',
          metadata: {
            error_type: 'rate_limit_exceeded',
            param: 'contents[0]',
            generation_id: 'gen-1',
          },
        },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7s' },
      ],
    },
  })
})

test('the answer of countTokens', () => {
  expect(countTokensAnswer(12)).toMatchObject({ totalTokens: 12 })
})

function written(deltas: readonly Delta[]) {
  const stream = geminiClient.openStream(facts)
  const pieces = deltas.map((delta) => stream.push(delta))
  const end = stream.end(closing)
  const events = pieces.join('').split('\r\n\r\n').filter(Boolean)
  const parts = events.flatMap((event): unknown[] => {
    const chunk = JSON.parse(event.slice('data: '.length))
    return chunk.candidates[0].content.parts
  })
  return { pieces, end, parts }
}

const closing: Closing = {
  usage: {
    ...zeroUsage,
    promptTokens: 10,
    completionTokens: 7,
    reasoningTokens: 3,
    cachedTokens: 2,
  },
  cost: {
    costNanoUsd: nanoUsd(123n),
    promptPicoUsd: picoUsd(100_000n),
    completionPicoUsd: picoUsd(23_000n),
    requestPicoUsd: picoUsd(0n),
    lines: [],
  },
  warnings: [{ param: 'logit_bias', detail: 'left out' }],
}

const facts: AnswerFacts = {
  id: 'gen-1',
  model: 'google/gemini',
  provider: 'Google',
  createdAtSeconds: 1,
  body: {},
  request: asked({ messages: [], stream: true }),
}
