import { describe, expect, test } from 'vitest'

import { foldDeltas } from '#gateway/canonical/answer.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import { asked } from '#test/gateway/asked.ts'

import { bedrockProtocol } from './bedrock-protocol.ts'

function decode(events: readonly (readonly [string, unknown, boolean?])[], request = asked()) {
  const decoder = bedrockProtocol.openDecoder({ request, callIdPrefix: 'x' })
  return events.flatMap(([name, value, isException = false]) =>
    decoder.take({ name, data: JSON.stringify(value), isException }),
  )
}

const delta = (index: number, piece: JsonObject) =>
  ['contentBlockDelta', { contentBlockIndex: index, delta: piece, p: 'abc' }] as const
const stop = (index: number) => ['contentBlockStop', { contentBlockIndex: index }] as const

test('text and thought begin with their first piece, and counts come after the stop', () => {
  const answer = foldDeltas(
    decode([
      ['messageStart', { role: 'assistant', p: 'a' }],
      delta(0, { reasoningContent: { text: 'hm' } }),
      delta(0, { reasoningContent: { signature: 'EqQB' } }),
      stop(0),
      delta(1, { text: 'Hi' }),
      delta(1, { text: '!' }),
      stop(1),
      [
        'contentBlockStart',
        { contentBlockIndex: 2, start: { toolUse: { toolUseId: 't', name: 'f' } } },
      ],
      stop(2),
      ['messageStop', { stopReason: 'tool_use' }],
      [
        'metadata',
        {
          usage: {
            inputTokens: 13,
            cacheReadInputTokens: 1_504,
            cacheWriteInputTokens: 20,
            cacheDetails: [
              { ttl: '1h', inputTokens: 15 },
              { ttl: '5m', inputTokens: 5 },
            ],
            outputTokens: 5,
            totalTokens: 1_542,
          },
        },
      ],
    ]),
  )
  expect(answer).toMatchObject({
    items: [
      { kind: 'reasoning', text: 'hm', signature: 'EqQB', format: 'anthropic-claude-v1' },
      { kind: 'text', text: 'Hi!' },
      { kind: 'tool_call', id: 't', name: 'f', arguments: '{}' },
    ],
    finish: 'tool_calls',
    usage: {
      prompt_tokens: 1_537,
      completion_tokens: 5,
      total_tokens: 1_542,
      prompt_tokens_details: {
        cached_tokens: 1_504,
        cache_write_tokens: 20,
        cache_write_1h_tokens: 15,
      },
    },
  })
})

test.each([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['guardrail_intervened', 'content_filter'],
  ['content_filtered', 'content_filter'],
  ['malformed_tool_use', 'error'],
  ['novelty', 'stop'],
])('%s is %s', (native, reason) => {
  expect(decode([['messageStop', { stopReason: native }]])).toMatchObject([
    { kind: 'finish', reason, native },
  ])
})

test('an exception in the stream is an error with the status it stands for', () => {
  expect(decode([['throttlingException', { message: 'slow down' }, true]])).toEqual([
    {
      kind: 'error',
      body: { error: { type: 'throttlingException', message: 'slow down', status: 429 } },
    },
  ])
})

test('the answer tool is text, and a text tool is given its text', () => {
  const format = { kind: 'json' } as const
  const events = [
    [
      'contentBlockStart',
      { contentBlockIndex: 0, start: { toolUse: { toolUseId: 't', name: 'codelace_answer' } } },
    ],
    delta(0, { toolUse: { input: '{"a"' } }),
    delta(0, { toolUse: { input: ':1}' } }),
    stop(0),
    ['messageStop', { stopReason: 'tool_use' }],
  ] as const
  expect(foldDeltas(decode(events, asked({ format })))).toMatchObject({
    items: [{ kind: 'text', text: '{"a":1}' }],
    finish: 'stop',
  })
  const custom = asked({
    tools: [{ kind: 'custom', name: 'patch', description: null, format: null }],
  })
  const patch = [
    [
      'contentBlockStart',
      { contentBlockIndex: 0, start: { toolUse: { toolUseId: 't', name: 'patch' } } },
    ],
    delta(0, { toolUse: { input: '{"input":"*** ' } }),
    delta(0, { toolUse: { input: 'Begin"}' } }),
    stop(0),
  ] as const
  expect(foldDeltas(decode(patch, custom))).toMatchObject({
    items: [{ kind: 'tool_call', name: 'patch', arguments: '*** Begin', isCustom: true }],
  })
})

test('rubbish is skipped, and an absurd count is passed on as it is', () => {
  const values = [
    null,
    1,
    'x',
    [],
    {},
    { delta: 1 },
    { delta: { text: 5 } },
    { start: { toolUse: 7 } },
  ]
  const names = [
    'messageStart',
    'contentBlockStart',
    'contentBlockDelta',
    'contentBlockStop',
    'messageStop',
  ]
  for (const name of names) for (const value of values) decode([[name, value]])
  const usage = { inputTokens: 'many', outputTokens: -1 }
  expect(decode([['metadata', { usage }]])).toMatchObject([
    { usage: { prompt_tokens: 'many', completion_tokens: -1 } },
  ])
})

describe('an error status', () => {
  test.each([
    ['ValidationException:http://internal.amazon.com/', 400, 400],
    ['AccessDeniedException', 403, 403],
    ['ThrottlingException', 400, 429],
    ['ModelNotReadyException', 429, 429],
    ['ServiceUnavailableException', 503, 503],
    ['', 418, 418],
  ])('%s (%i) stands for %i', (type, status, meant) => {
    const headers = type === '' ? {} : { 'x-amzn-errortype': type }
    const read = bedrockProtocol.readError({ status, headers, body: { message: 'why' } })
    expect(read).toMatchObject({ status: meant, body: { error: { message: 'why' } } })
  })
})
