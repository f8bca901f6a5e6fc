import { expect, test } from 'vitest'

import { freeSheet } from '#domain/price-sheets.ts'
import { costOf } from '#domain/pricing.ts'
import { zeroUsage } from '#domain/usage.ts'
import type { FormField } from '#gateway/canonical/plain-protocol.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import { refusalOf } from '#test/gateway/refusal.ts'

import { imageEditsProtocol, imagesProtocol } from './images-protocol.ts'

const read = (body: JsonObject) => imagesProtocol.read({ kind: 'json', body })
const target = (upstreamModel: string, baseUrl = 'https://x/v1') => ({
  provider: 'p',
  upstreamModel,
  maxOutputTokens: 0,
  maxTokens: null,
  baseUrl,
})
const answer = (body: unknown) => ({ body, bytes: new Uint8Array(), contentType: '', headers: {} })
const { asked } = read({
  prompt: 'a cat',
  n: 2,
  size: '1024x1536',
  quality: 'high',
  response_format: 'b64_json',
})

test('each kind of provider is asked in its own way', () => {
  expect(imagesProtocol.encode(asked, 'openai', target('gpt-image-1'))).toMatchObject({
    calls: [
      {
        url: 'https://x/v1/images/generations',
        message: { body: { model: 'gpt-image-1', prompt: 'a cat', n: 2, quality: 'high' } },
      },
    ],
  })
  expect(
    JSON.stringify(imagesProtocol.encode(asked, 'openai', target('gpt-image-1'))),
  ).not.toContain('response_format')
  expect(imagesProtocol.encode(asked, 'openai', target('dall-e-3'))).toMatchObject({
    calls: [{ message: { body: { response_format: 'b64_json' } } }],
  })
  expect(imagesProtocol.encode(asked, 'gemini', target('gemini-3-image'))).toMatchObject({
    calls: [
      { message: { body: { generationConfig: { imageConfig: { aspectRatio: '2:3' } } } } },
      {},
    ],
    warnings: [{ param: 'quality' }],
  })
  expect(imagesProtocol.encode(asked, 'gemini', target('imagen-4'))).toMatchObject({
    calls: [
      {
        url: 'https://x/v1/models/imagen-4:predict',
        message: { body: { parameters: { sampleCount: 2 } } },
      },
    ],
  })
  expect(imagesProtocol.encode(asked, 'bedrock', target('amazon.nova-canvas-v1:0'))).toMatchObject({
    calls: [
      {
        message: {
          body: {
            taskType: 'TEXT_IMAGE',
            imageGenerationConfig: { numberOfImages: 2, width: 1024 },
          },
        },
      },
    ],
  })
  expect(imagesProtocol.encode(asked, 'anthropic', target('x')).kind).toBe('impossible')
})

test('tokens are billed where they are counted, images where not', () => {
  const openai = {
    data: [{ b64_json: 'AA==', revised_prompt: 'r' }],
    usage: { input_tokens: 5, output_tokens: 100, input_tokens_details: { image_tokens: 2 } },
  }
  expect(imagesProtocol.decode([answer(openai)], asked)).toMatchObject({
    usage: {
      prompt_tokens: 5,
      completion_tokens: 100,
      completion_tokens_details: { image_tokens: 100 },
    },
  })
  const inline = {
    candidates: [
      {
        content: {
          parts: [{ text: 'Here' }, { inlineData: { mimeType: 'image/png', data: 'AA==' } }],
        },
      },
    ],
  }
  const gemini = { ...inline, usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 1290 } }
  expect(imagesProtocol.decode([answer(gemini), answer(gemini)], asked)).toMatchObject({
    value: [{ base64: 'AA==' }, { base64: 'AA==' }],
    usage: { prompt_tokens: 6, completion_tokens: 2580 },
  })
  expect(imagesProtocol.decode([answer({ images: ['AA==', 'AA=='] })], asked)).toMatchObject({
    usage: {
      prompt_tokens: 0,
      completion_tokens: 2,
      completion_tokens_details: { image_tokens: 2 },
    },
  })
  expect(imagesProtocol.decode([answer({ data: [] })], asked).kind).toBe('unreadable')
})

test('the client gets data or an address as it asked, with usage and cost', () => {
  const decoded = imagesProtocol.decode([answer({ data: [{ b64_json: 'AA==' }] })], asked)
  if (decoded.kind !== 'answer') throw new Error(decoded.kind)
  const closing = {
    usage: { ...zeroUsage, completionTokens: 1 },
    cost: costOf(zeroUsage, freeSheet),
    warnings: [],
  }
  const facts = { id: 'gen-1', model: 'a/b', provider: 'P', createdAtSeconds: 7 }
  const written = (responseFormat: 'url' | null): unknown =>
    JSON.parse(
      String(
        imagesProtocol.write(
          { value: decoded.value, asked: { ...asked, responseFormat } },
          facts,
          closing,
        ).body,
      ),
    )
  expect(written(null)).toMatchObject({
    created: 7,
    data: [{ b64_json: 'AA==' }],
    usage: { output_tokens: 1, cost: 0 },
  })
  expect(written('url')).toMatchObject({ data: [{ url: 'data:image/png;base64,AA==' }] })
})

test('images to be changed come and go as a form', () => {
  const image: FormField = {
    kind: 'file',
    name: 'image',
    fileName: 'a.png',
    mediaType: 'image/png',
    bytes: new Uint8Array([1]),
  }
  const fields: FormField[] = [image, { kind: 'text', name: 'prompt', value: 'a hat' }]
  const edit = imageEditsProtocol.read({ kind: 'form', fields }).asked
  expect(imageEditsProtocol.encode(edit, 'openai', target('gpt-image-1'))).toMatchObject({
    calls: [
      {
        url: 'https://x/v1/images/edits',
        message: {
          kind: 'form',
          fields: [{ name: 'model' }, { name: 'prompt' }, { name: 'n' }, { name: 'image' }],
        },
      },
    ],
  })
  expect(imageEditsProtocol.encode(edit, 'gemini', target('gemini-3-image'))).toMatchObject({
    calls: [
      {
        message: {
          body: { contents: [{ parts: [{ inlineData: { data: 'AQ==' } }, { text: 'a hat' }] }] },
        },
      },
    ],
  })
  expect(imageEditsProtocol.bound(edit, 'tokens')).toMatchObject({
    imagePrompt: true,
    imageCompletion: true,
  })
  expect(refusalOf(() => imageEditsProtocol.read({ kind: 'form', fields: fields.slice(1) }))).toBe(
    'image',
  )
})

test.each<[JsonObject, string]>([
  [{}, 'prompt'],
  [{ prompt: 'x', n: 11 }, 'n'],
  [{ prompt: 'x', stream: true }, 'stream'],
  [{ prompt: 'x', response_format: 'gif' }, 'response_format'],
])('%j is refused at %s', (body, param) => {
  expect(refusalOf(() => read(body))).toBe(param)
})
