import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { foldDeltas } from '#gateway/canonical/answer.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import { asked, nothingWished } from '#test/gateway/asked.ts'

import { anthropicProtocol } from './anthropic-protocol.ts'

function decode(events: readonly JsonObject[], request = asked()) {
  const decoder = anthropicProtocol.openDecoder({ request, callIdPrefix: 'x' })
  const deltas = events.flatMap((event) =>
    decoder.take({ name: String(event['type']), data: JSON.stringify(event), isException: false }),
  )
  return [...deltas, ...decoder.end()]
}

const start = (index: number, content_block: JsonObject) => {
  return { type: 'content_block_start', index, content_block }
}
const piece = (index: number, delta: JsonObject) => ({ type: 'content_block_delta', index, delta })
const stop = (index: number) => ({ type: 'content_block_stop', index })
const end = (stop_reason: string | null, usage?: JsonObject) => {
  return { type: 'message_delta', delta: { stop_reason }, ...(usage ? { usage } : {}) }
}

test('counts are cumulative: later ones overwrite, and what they leave out stays', () => {
  const deltas = decode([
    {
      type: 'message_start',
      message: {
        id: 'm',
        usage: {
          input_tokens: 10,
          cache_creation_input_tokens: 30,
          cache_read_input_tokens: 60,
          cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 10 },
          output_tokens: 1,
        },
      },
    },
    end('end_turn', {
      input_tokens: null,
      output_tokens: 7,
      output_tokens_details: { thinking_tokens: 3 },
    }),
  ])
  expect(foldDeltas(deltas)).toMatchObject({
    upstreamId: 'm',
    usage: {
      prompt_tokens: 100,
      completion_tokens: 7,
      prompt_tokens_details: {
        cached_tokens: 60,
        cache_write_tokens: 30,
        cache_write_1h_tokens: 10,
      },
      completion_tokens_details: { reasoning_tokens: 3 },
    },
  })
})

test.each([
  [{ input_tokens: 'many', output_tokens: 1 }, 'many'],
  [{ input_tokens: 5, cache_read_input_tokens: -9, output_tokens: 1 }, -9],
])('absurd counts are passed on: %j', (usage, prompt) => {
  expect(foldDeltas(decode([end('end_turn', usage)])).usage?.['prompt_tokens']).toBe(prompt)
})

test.each([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['pause_turn', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
  ['novelty', 'stop'],
])('%s is %s', (native, reason) => {
  expect(decode([end(native)])).toMatchObject([{ kind: 'finish', reason, native }])
})

test('without a reason to stop, the answer was cut off', () => {
  expect(decode([start(0, { type: 'text', text: 'a' }), end(null)])).toEqual([
    { kind: 'text', text: 'a' },
  ])
})

test('the reason of a refusal is told', () => {
  const details = { stop_reason: 'refusal', stop_details: { explanation: 'Not that.' } }
  expect(decode([{ type: 'message_delta', delta: details }])).toMatchObject([
    { kind: 'refusal', text: 'Not that.' },
    { kind: 'finish', reason: 'content_filter' },
  ])
})

test('hidden thoughts keep their signature and lose their text', () => {
  const request = asked({ reasoning: { ...nothingWished, isHidden: true } })
  const deltas = decode(
    [
      start(0, { type: 'thinking', thinking: '', signature: '' }),
      piece(0, { type: 'thinking_delta', thinking: 'secret' }),
      piece(0, { type: 'signature_delta', signature: 'EqQB' }),
      stop(0),
    ],
    request,
  )
  expect(foldDeltas(deltas).items).toMatchObject([{ text: '', signature: 'EqQB' }])
})

test('a citation stands for the text of its block', () => {
  const citation = { type: 'web_search_result_location', url: 'u', title: 't', cited_text: 'q' }
  const deltas = decode([
    start(0, { type: 'text', text: 'See: ' }),
    stop(0),
    start(1, { type: 'text', text: '', citations: [] }),
    piece(1, { type: 'citations_delta', citation }),
    piece(1, { type: 'text_delta', text: 'it is so' }),
    stop(1),
  ])
  expect(deltas.at(-1)).toEqual({
    kind: 'citation',
    citation: { url: 'u', title: 't', quote: 'q', startIndex: 5, endIndex: 13 },
  })
})

test('the answer tool is text as it comes, and beside another call it is both', () => {
  const request = asked({ format: { kind: 'json' } })
  const answer = [
    start(0, { type: 'tool_use', id: 'a', name: 'codelace_answer', input: {} }),
    piece(0, { type: 'input_json_delta', partial_json: '{"a"' }),
    piece(0, { type: 'input_json_delta', partial_json: ':1}' }),
    stop(0),
  ]
  expect(decode([...answer, end('tool_use')], request)).toMatchObject([
    { kind: 'text', text: '{"a"' },
    { kind: 'text', text: ':1}' },
    { kind: 'finish', reason: 'stop', native: 'tool_use' },
  ])
  const other = [start(1, { type: 'tool_use', id: 'b', name: 'f', input: { x: 1 } }), stop(1)]
  expect(foldDeltas(decode([...answer, ...other, end('tool_use')], request))).toMatchObject({
    items: [{ kind: 'text' }, { kind: 'tool_call', id: 'b', arguments: '{"x":1}' }],
    finish: 'tool_calls',
  })
})

describe('errors', () => {
  test('one in the stream has the status it stands for', () => {
    const error = { type: 'overloaded_error', message: 'Overloaded' }
    expect(decode([{ type: 'error', error }])).toEqual([
      { kind: 'error', body: { error: { ...error, status: 529 } } },
    ])
  })

  test('our own empty account is not the client’s mistake', () => {
    const body = {
      type: 'error',
      error: { type: 'invalid_request_error', message: 'Your credit balance is too low to go on.' },
    }
    const read = anthropicProtocol.readError({ status: 400, headers: { 'retry-after': '3' }, body })
    expect(read).toEqual({ status: 402, body, retryAfterSeconds: 3 })
  })

  test('a whole answer may be one, or nothing that can be read', () => {
    const context = { request: asked(), callIdPrefix: 'x' }
    const error = { type: 'error', error: { type: 'api_error', message: 'no' } }
    expect(anthropicProtocol.decodeWhole(error, context)).toMatchObject({ kind: 'error' })
    for (const body of [null, 'x', [], {}]) {
      expect(anthropicProtocol.decodeWhole(body, context)).toMatchObject({ kind: 'unreadable' })
    }
  })
})

test('no JSON makes the decoder throw', () => {
  const types = [
    'message_start',
    'content_block_start',
    'content_block_delta',
    'content_block_stop',
  ]
  const blocks = [
    'text',
    'thinking',
    'tool_use',
    'text_delta',
    'input_json_delta',
    'citations_delta',
  ]
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.record({ type: fc.constantFrom(...blocks) }),
  )
  const event = fc.record({
    type: fc.constantFrom(...types, 'message_delta', 'error', 'ping', 'novelty'),
    index: fc.oneof(fc.nat(2), fc.jsonValue({ maxDepth: 1 })),
    delta: value,
    content_block: value,
    message: value,
    usage: value,
    error: value,
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 12 }), (events) => {
      foldDeltas(decode(events))
    }),
    { numRuns: 200 },
  )
})
