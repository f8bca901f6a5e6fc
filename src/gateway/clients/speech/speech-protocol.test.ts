import { expect, test } from 'vitest'

import type { JsonObject } from '#gateway/canonical/request.ts'
import { refusalOf } from '#test/gateway/refusal.ts'

import { speechProtocol } from './speech-protocol.ts'

const ask = (body: JsonObject) => speechProtocol.read({ kind: 'json', body }).asked
const target = {
  provider: 'p',
  upstreamModel: 'tts',
  maxOutputTokens: 0,
  maxTokens: null,
  baseUrl: 'https://x/v1',
}
const asked = ask({ input: 'Hällo', voice: 'alloy', response_format: 'wav', speed: 2 })

test('a voice is asked for as the provider knows it, and what it cannot do is said', () => {
  expect(speechProtocol.encode(asked, 'openai', target)).toMatchObject({
    calls: [
      {
        url: 'https://x/v1/audio/speech',
        message: { body: { input: 'Hällo', voice: 'alloy', response_format: 'wav', speed: 2 } },
      },
    ],
  })
  expect(speechProtocol.encode(asked, 'gemini', target)).toMatchObject({
    calls: [{ message: { body: { generationConfig: { responseModalities: ['AUDIO'] } } } }],
    warnings: [{ param: 'speed' }, { param: 'voice' }],
  })
  const mp3 = ask({ input: 'x', voice: 'Kore', response_format: 'mp3' })
  expect(speechProtocol.encode(mp3, 'gemini', target)).toMatchObject({
    kind: 'impossible',
    param: 'response_format',
  })
})

test('sound without a count is billed by the character, and passed on byte for byte', () => {
  const bytes = new Uint8Array([1, 2, 3])
  const answer = { body: undefined, bytes, contentType: 'audio/wav', headers: {} }
  expect(speechProtocol.decode([answer], asked)).toEqual({
    kind: 'answer',
    value: { bytes, contentType: 'audio/wav' },
    usage: { prompt_tokens: 5, completion_tokens: 0 },
  })
  expect(speechProtocol.decode([{ ...answer, bytes: new Uint8Array() }], asked).kind).toBe(
    'unreadable',
  )
})

test('bare samples become a sound file that says how fast they are', () => {
  const inlineData = { mimeType: 'audio/L16;codec=pcm;rate=16000', data: 'AAEC' }
  const body = {
    candidates: [{ content: { parts: [{ inlineData }] } }],
    usageMetadata: { promptTokenCount: 2, candidatesTokenCount: 9 },
  }
  const decoded = speechProtocol.decode(
    [{ body, bytes: new Uint8Array(), contentType: '', headers: {} }],
    asked,
  )
  if (decoded.kind !== 'answer') throw new Error(decoded.kind)
  const bytes = Buffer.from(decoded.value.bytes)
  expect(bytes.length).toBe(47)
  expect(bytes.toString('latin1', 0, 4)).toBe('RIFF')
  expect(bytes.readUInt32LE(24)).toBe(16_000)
  expect(decoded.usage).toMatchObject({
    completion_tokens: 9,
    completion_tokens_details: { audio_tokens: 9 },
  })
})

test.each<[JsonObject, string]>([
  [{ voice: 'x' }, 'input'],
  [{ input: 'x' }, 'voice'],
  [{ input: 'x', voice: 'x', speed: 9 }, 'speed'],
  [{ input: 'x', voice: 'x', response_format: 'midi' }, 'response_format'],
  [{ input: 'x', voice: 'x', stream_format: 'sse' }, 'stream_format'],
])('%j is refused at %s', (body, param) => {
  expect(refusalOf(() => ask(body))).toBe(param)
})
