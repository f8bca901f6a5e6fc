import { describe, expect, test } from 'vitest'

import type { ModelAnswer } from '#gateway/canonical/answer.ts'
import { foldDeltas } from '#gateway/canonical/answer.ts'
import type { Delta } from '#gateway/canonical/delta.ts'
import type { DecodingContext } from '#gateway/canonical/provider-protocol.ts'
import type { Tool } from '#gateway/canonical/request.ts'
import { asked } from '#test/gateway/asked.ts'

import { decodeGeminiWhole, openGeminiDecoder } from './decode.ts'

describe('a stream', () => {
  test('is text in pieces, with the last counts and the reason why it ended', () => {
    const answer = foldDeltas(
      stream([
        { ...chunkOf([{ text: 'Hel' }]), responseId: 'r1', modelVersion: 'gemini-3-flash' },
        {
          ...chunkOf([{ text: 'lo' }]),
          usageMetadata: { promptTokenCount: 5, totalTokenCount: 6 },
        },
        {
          ...chunkOf([{ text: '' }], 'STOP'),
          usageMetadata: {
            promptTokenCount: 5,
            toolUsePromptTokenCount: 2,
            candidatesTokenCount: 3,
            thoughtsTokenCount: 4,
            cachedContentTokenCount: 1,
            totalTokenCount: 14,
            promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 2 }],
          },
        },
      ]),
    )
    expect(answer).toEqual({
      upstreamId: 'r1',
      model: 'gemini-3-flash',
      createdAtSeconds: null,
      items: [{ kind: 'text', text: 'Hello', citations: [] }],
      finish: 'stop',
      nativeFinish: 'STOP',
      stopSequence: null,
      usage: {
        prompt_tokens: 7,
        completion_tokens: 7,
        total_tokens: 14,
        prompt_tokens_details: { cached_tokens: 1, audio_tokens: 2 },
        completion_tokens_details: { reasoning_tokens: 4 },
      },
    })
  })

  test('without a reason for its end is cut off', () => {
    expect(stream([chunkOf([{ text: 'Hel' }])]).some(({ kind }) => kind === 'finish')).toBe(false)
  })

  test('that reports an error says so and names the status', () => {
    expect(stream([{ error: { code: 503, message: 'busy', status: 'UNAVAILABLE' } }])).toEqual([
      {
        kind: 'error',
        body: {
          error: { message: 'busy', type: 'UNAVAILABLE', code: 'UNAVAILABLE', status_code: 503 },
        },
      },
    ])
  })

  test('of anything at all never throws', () => {
    const rubbish = [null, 5, 'x', [], [null], {}, { candidates: 5 }, { candidates: [null] }]
    const parts = [
      [null, 5, {}, { text: 5 }, { functionCall: [] }, { functionCall: {} }],
      'x',
      null,
    ]
    const odd = parts.map((some) => ({ candidates: [{ content: { parts: some } }] }))
    const calls = [{ jsonPath: '$.__proto__.x', stringValue: 'y' }, { jsonPath: '$[' }, null, {}]
    const call = { functionCall: { name: 'f', partialArgs: calls, willContinue: true } }
    expect(() => stream([...rubbish, ...odd, chunkOf([call])])).not.toThrow()
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
    const decoder = openGeminiDecoder(contextOf([]))
    expect(decoder.take({ name: null, data: '{"cut', isException: false })).toEqual([])
  })
})

describe('thoughts', () => {
  test('that follow each other are one block until one is signed', () => {
    const answer = whole([
      { text: 'I ', thought: true },
      { text: 'see', thought: true, thoughtSignature: 'T=' },
      { text: 'more', thought: true },
      { text: 'so', thoughtSignature: 'U=' },
    ])
    expect(answer.items).toEqual([
      reasoning({ text: 'I see', signature: 'T=' }),
      reasoning({ text: 'more' }),
      { kind: 'text', text: 'so', citations: [] },
      reasoning({ form: 'encrypted', data: 'U=' }),
    ])
  })

  test('of a call are signed with the id of the call, before it', () => {
    const answer = whole([{ functionCall: { name: 'f', args: { a: 1 } }, thoughtSignature: 'S=' }])
    expect(answer.items).toEqual([
      reasoning({ form: 'encrypted', data: 'S=', callId: 'call_xyz0' }),
      { kind: 'tool_call', id: 'call_xyz0', name: 'f', arguments: '{"a":1}', isCustom: false },
    ])
    expect(answer.finish).toBe('tool_calls')
  })
})

describe('calls', () => {
  test('without an id get one each; without arguments they have none', () => {
    const answer = whole([
      { functionCall: { name: 'f' } },
      { functionCall: { name: 'f', id: 'their-own', args: {} } },
      { functionCall: { name: 'f' } },
    ])
    expect(answer.items).toMatchObject([
      { id: 'call_xyz0', arguments: '{}' },
      { id: 'their-own', arguments: '{}' },
      { id: 'call_xyz2', arguments: '{}' },
    ])
  })

  test('whose arguments come in pieces are put together, nested and continued', () => {
    const call = (piece: Record<string, unknown>) => chunkOf([{ functionCall: piece }])
    const more = { willContinue: true }
    const answer = foldDeltas(
      stream([
        call({ name: 'f', ...more }),
        call({ partialArgs: [{ jsonPath: '$.a[0].b', stringValue: 'Bos', ...more }], ...more }),
        call({ partialArgs: [{ jsonPath: '$.a[0].b', stringValue: 'ton' }], ...more }),
        call({ partialArgs: [{ jsonPath: "$['c d']", numberValue: 0.5 }], ...more }),
        call({
          partialArgs: [
            { jsonPath: '$.n', nullValue: 'NULL_VALUE' },
            { jsonPath: '$.t', boolValue: false },
          ],
        }),
        call({ name: 'g', ...more }),
        call({ partialArgs: [{ jsonPath: '$.list[0]', stringValue: 'x' }], ...more }),
        chunkOf([{ text: '' }], 'STOP'),
      ]),
    )
    expect(answer.items).toMatchObject([
      { name: 'f', arguments: '{"a":[{"b":"Boston"}],"c d":0.5,"n":null,"t":false}' },
      { name: 'g', arguments: '{"list":["x"]}' },
    ])
    expect(answer.finish).toBe('tool_calls')
  })

  test('of a custom tool give its plain input', () => {
    const tool: Tool = { kind: 'custom', name: 'patch', description: null, format: null }
    const answer = whole(
      [{ functionCall: { name: 'patch', args: { input: '*** Begin' } } }],
      [tool],
    )
    expect(answer.items).toMatchObject([{ name: 'patch', arguments: '*** Begin', isCustom: true }])
  })
})

describe('sources', () => {
  test('are placed by bytes and told in characters', () => {
    const text = 'It is 21°C now. Yes.'
    const segment = { startIndex: 17, endIndex: 21, text: 'Yes.' }
    const candidate = {
      content: { parts: [{ text }] },
      finishReason: 'STOP',
      groundingMetadata: {
        groundingChunks: [{ web: { uri: 'https://a.org', title: 'A' } }, { web: {} }],
        groundingSupports: [{ segment, groundingChunkIndices: [0, 1, 9] }],
      },
      citationMetadata: { citations: [{}, { uri: 'https://b.org' }, { uri: 'https://b.org' }] },
    }
    const [item] = foldDeltas(stream([{ candidates: [candidate] }])).items
    expect(item?.kind === 'text' && item.citations).toEqual([
      { url: 'https://a.org', title: 'A', quote: 'Yes.', startIndex: 16, endIndex: 20 },
      { url: 'https://b.org', title: null, quote: null, startIndex: null, endIndex: null },
    ])
  })
})

describe('a whole answer', () => {
  test('with images gives them', () => {
    const answer = whole([{ inlineData: { mimeType: 'image/png', data: 'AA==' } }])
    expect(answer.items).toEqual([{ kind: 'media', mediaType: 'image/png', base64: 'AA==' }])
  })

  test('that was blocked says so, in its own word', () => {
    const body = { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } }
    expect(decodeGeminiWhole(body, contextOf([]))).toMatchObject({
      kind: 'answer',
      deltas: [
        { kind: 'start' },
        { kind: 'finish', reason: 'content_filter', native: 'PROHIBITED_CONTENT' },
      ],
    })
  })

  test('may be a list of chunks; an error in it is an error; nothing in it cannot be read', () => {
    const list = [chunkOf([{ text: 'a' }]), chunkOf([{ text: 'b' }], 'MAX_TOKENS')]
    const read = decodeGeminiWhole(list, contextOf([]))
    expect(read.kind === 'answer' && foldDeltas(read.deltas)).toMatchObject({
      items: [{ text: 'ab' }],
      finish: 'length',
    })
    const error = [{ error: { code: 400, message: 'no' } }]
    expect(decodeGeminiWhole(error, contextOf([]))).toMatchObject({ kind: 'error' })
    for (const body of [undefined, 'x', {}, { candidates: [] }]) {
      expect(decodeGeminiWhole(body, contextOf([])).kind).toBe('unreadable')
    }
  })

  test.each([
    ['STOP', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['SAFETY', 'content_filter'],
    ['MODEL_ARMOR', 'content_filter'],
    ['IMAGE_SAFETY', 'content_filter'],
    ['MALFORMED_FUNCTION_CALL', 'error'],
    ['SOMETHING_NEW', 'stop'],
  ])('that ends with %s ended with "%s"', (native, reason) => {
    const read = decodeGeminiWhole(chunkOf([{ text: 'a' }], native), contextOf([]))
    expect(read.kind === 'answer' && foldDeltas(read.deltas)).toMatchObject({
      finish: reason,
      nativeFinish: native,
    })
  })
})

test('absurd counts are passed on for the meter to judge', () => {
  const usageMetadata = {
    promptTokenCount: 'many',
    candidatesTokenCount: -1,
    thoughtsTokenCount: 2,
  }
  const [, usage] = stream([{ usageMetadata }])
  expect(usage).toMatchObject({ usage: { prompt_tokens: 'many', completion_tokens: 1 } })
})

function stream(chunks: readonly unknown[], tools: readonly Tool[] = []): Delta[] {
  const decoder = openGeminiDecoder(contextOf(tools))
  const events = chunks.map((chunk) => ({
    name: null,
    data: JSON.stringify(chunk),
    isException: false,
  }))
  return [...events.flatMap((event) => decoder.take(event)), ...decoder.end()]
}

function whole(parts: readonly unknown[], tools: readonly Tool[] = []): ModelAnswer {
  const read = decodeGeminiWhole(chunkOf(parts, 'STOP'), contextOf(tools))
  return read.kind === 'answer' ? foldDeltas(read.deltas) : expect.fail(read.kind)
}

function chunkOf(parts: readonly unknown[], finishReason?: string) {
  return { candidates: [{ content: { role: 'model', parts }, finishReason, index: 0 }] }
}

function reasoning(members: Record<string, unknown>) {
  const none = { text: '', signature: null, data: null, id: null, callId: null }
  return { kind: 'reasoning', form: 'text', format: 'google-gemini-v1', ...none, ...members }
}

function contextOf(tools: readonly Tool[]): DecodingContext {
  const request = asked({ messages: [], tools, stream: true })
  return { request, callIdPrefix: 'xyz' }
}
