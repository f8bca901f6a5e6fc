import { expect, test } from 'vitest'

import { freeSheet } from '#domain/price-sheets.ts'
import { costOf } from '#domain/pricing.ts'
import { zeroUsage } from '#domain/usage.ts'
import type { FormField } from '#gateway/canonical/plain-protocol.ts'
import { refusalOf } from '#test/gateway/refusal.ts'

import { transcriptionsProtocol } from './transcriptions-protocol.ts'

const file: FormField = {
  kind: 'file',
  name: 'file',
  fileName: 'a.mp3',
  mediaType: 'audio/mpeg',
  bytes: new Uint8Array([1, 2]),
}

function ask(texts: Record<string, string>) {
  const fields: FormField[] = Object.entries(texts).map(([name, value]) => ({
    kind: 'text',
    name,
    value,
  }))
  return transcriptionsProtocol.read({ kind: 'form', fields: [file, ...fields] }).asked
}

const target = (upstreamModel: string) => ({
  provider: 'p',
  upstreamModel,
  maxOutputTokens: 0,
  maxTokens: null,
  baseUrl: 'https://x/v1',
})
const answer = (body: unknown) => ({ body, bytes: new Uint8Array(), contentType: '', headers: {} })
const facts = { id: 'gen-1', model: 'a/b', provider: 'P', createdAtSeconds: 7 }
const whisper = {
  text: 'Hi there',
  duration: 2.4,
  segments: [{ start: 0, end: 2.4, text: ' Hi there' }],
}

function written(format: string): string {
  const asked = ask({ model: 'm', response_format: format })
  const decoded = transcriptionsProtocol.decode([answer(whisper)], asked)
  if (decoded.kind !== 'answer') throw new Error(decoded.kind)
  const closing = {
    usage: { ...zeroUsage, promptTokens: 3, audioPromptTokens: 3 },
    cost: costOf(zeroUsage, freeSheet),
    warnings: [],
  }
  return String(transcriptionsProtocol.write({ value: decoded.value, asked }, facts, closing).body)
}

test('whisper is always asked how long it was; others are asked for text', () => {
  const formatOf = (model: string) => {
    const encoded = transcriptionsProtocol.encode(
      ask({ model: 'm', response_format: 'text' }),
      'openai',
      target(model),
    )
    const message = encoded.kind === 'encoded' ? encoded.calls[0]?.message : undefined
    const fields = message?.kind === 'form' ? message.fields : []
    return fields.find(({ name }) => name === 'response_format')
  }
  expect(formatOf('whisper-1')).toMatchObject({ value: 'verbose_json' })
  expect(formatOf('gpt-4o-transcribe')).toMatchObject({ value: 'json' })
  const srt = ask({ model: 'm', response_format: 'srt' })
  expect(transcriptionsProtocol.encode(srt, 'openai', target('gpt-4o-transcribe')).kind).toBe(
    'impossible',
  )
  expect(
    transcriptionsProtocol.encode(ask({ model: 'm' }), 'gemini', target('gemini-3')),
  ).toMatchObject({
    calls: [
      { message: { body: { contents: [{ parts: [{ inlineData: { data: 'AQI=' } }, {}] }] } } },
    ],
  })
})

test('seconds are billed as begun, tokens as counted', () => {
  const usageOf = (body: unknown) =>
    transcriptionsProtocol.decode([answer(body)], ask({ model: 'm' }))
  expect(usageOf(whisper)).toMatchObject({
    usage: { prompt_tokens: 3, prompt_tokens_details: { audio_tokens: 3 } },
  })
  expect(usageOf({ text: 'x', usage: { type: 'duration', seconds: 61 } })).toMatchObject({
    usage: { prompt_tokens: 61 },
  })
  const tokens = { input_tokens: 14, input_token_details: { audio_tokens: 10 }, output_tokens: 45 }
  expect(usageOf({ text: 'x', usage: tokens })).toMatchObject({
    usage: {
      prompt_tokens: 14,
      completion_tokens: 45,
      prompt_tokens_details: { audio_tokens: 10 },
    },
  })
  expect(usageOf({ nothing: 1 }).kind).toBe('unreadable')
})

test('the answer has the form that was asked for', () => {
  expect(written('text')).toBe('Hi there\n')
  expect(written('srt')).toBe('1\n00:00:00,000 --> 00:00:02,400\nHi there\n\n')
  expect(written('vtt')).toBe('WEBVTT\n\n00:00:00.000 --> 00:00:02.400\nHi there\n\n')
  expect(JSON.parse(written('json'))).toMatchObject({
    text: 'Hi there',
    usage: { input_tokens: 3, cost: 0 },
  })
  expect(JSON.parse(written('json'))).not.toHaveProperty('segments')
  expect(JSON.parse(written('verbose_json'))).toMatchObject({ duration: 2.4, segments: [{}] })
})

test('what is no form, or has no file, is refused', () => {
  expect(refusalOf(() => transcriptionsProtocol.read({ kind: 'json', body: {} }))).toBe('body')
  expect(refusalOf(() => transcriptionsProtocol.read({ kind: 'form', fields: [] }))).toBe('file')
  expect(refusalOf(() => ask({ response_format: 'xml' }))).toBe('response_format')
  expect(refusalOf(() => ask({ stream: 'true' }))).toBe('stream')
})
