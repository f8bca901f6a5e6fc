import Anthropic from '@anthropic-ai/sdk'
import { describe, expect, test } from 'vitest'

import { Fault } from '#domain/faults.ts'
import { zeroUsage } from '#domain/usage.ts'
import type { Closing } from '#gateway/canonical/client-protocol.ts'
import type { Delta } from '#gateway/canonical/delta.ts'
import { openReasoning } from '#gateway/canonical/sealed-reasoning.ts'
import { closingFor, factsFor } from '#test/fixtures/answer-facts.ts'
import { readEvents } from '#test/fixtures/stored-exchanges.ts'
import { asked } from '#test/gateway/asked.ts'

import { messagesProtocol } from './messages-protocol.ts'

const facts = factsFor(asked(), {})
const usage: Delta = {
  kind: 'usage',
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
}

const start: Delta = { kind: 'start', upstreamId: 'u', model: 'm', createdAtSeconds: null }
const finish = (reason: 'stop' | 'tool_calls', stopSequence: string | null = null): Delta => {
  return { kind: 'finish', reason, native: null, stopSequence }
}
const call = (call: number, id: string): Delta => {
  return { kind: 'tool_call', call, id, name: `f${call}`, isCustom: false }
}
const args = (call: number, text: string): Delta => ({ kind: 'tool_arguments', call, text })
const text = (words: string): Delta => ({ kind: 'text', text: words })

function streamed(deltas: readonly Delta[], closing: Closing = closingFor(deltas)): string {
  const stream = messagesProtocol.openStream(facts)
  return deltas.map((delta) => stream.push(delta)).join('') + stream.end(closing)
}

function valuesOf(text: string): unknown[] {
  return readEvents(text).map(({ data }): unknown => JSON.parse(data))
}

function finalMessage(body: string): Promise<Anthropic.Message> {
  const client = new Anthropic({
    apiKey: 'k',
    maxRetries: 0,
    fetch: () =>
      Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } })),
  })
  const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'a' }]
  return client.messages.stream({ model: 'm', max_tokens: 9, messages }).finalMessage()
}

test('one answer is a message of blocks, one after the other, with counts and cost at its end', () => {
  const events = valuesOf(streamed([start, text('Hi'), text('!'), usage, finish('stop', 'END')]))
  expect(events.map((event) => Object(event).type)).toEqual([
    ...['message_start', 'ping', 'content_block_start', 'content_block_delta'],
    ...['content_block_delta', 'content_block_stop', 'message_delta', 'message_stop'],
  ])
  expect(events[0]).toMatchObject({ message: { id: facts.id, model: facts.model, content: [] } })
  expect(events.at(-2)).toEqual({
    type: 'message_delta',
    delta: {
      stop_reason: 'stop_sequence',
      stop_sequence: 'END',
      stop_details: null,
      container: null,
    },
    usage: {
      input_tokens: 10,
      cache_creation_input_tokens: 30,
      cache_read_input_tokens: 60,
      cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 10 },
      output_tokens: 7,
      output_tokens_details: { thinking_tokens: 3 },
      cost: 0.000288001,
      is_byok: false,
      cost_details: expect.any(Object),
    },
  })
})

test('calls whose pieces are mixed come out one after the other, each whole', async () => {
  const deltas = [
    start,
    text('Look:'),
    call(0, 'a'),
    args(0, '{"x":'),
    call(1, 'b'),
    args(1, '{"y":"'),
    args(0, '1'),
    args(1, '}"'),
    args(0, '}'),
    args(1, '}'),
    text('after'),
    usage,
    finish('tool_calls'),
  ]
  const message = await finalMessage(streamed(deltas))
  expect(message.content).toMatchObject([
    { type: 'text', text: 'Look:' },
    { type: 'tool_use', id: 'a', name: 'f0', input: { x: 1 } },
    { type: 'tool_use', id: 'b', name: 'f1', input: { y: '}' } },
    { type: 'text', text: 'after' },
  ])
  expect(message.stop_reason).toBe('tool_use')
})

test('a call of one chunk is not kept back, and one without arguments is an empty object', async () => {
  const stream = messagesProtocol.openStream(facts)
  stream.push(start)
  expect(stream.push(call(0, 'a'))).toContain('tool_use')
  expect(stream.push(args(0, '{"x":1}'))).toContain('input_json_delta')
  expect(stream.push(call(1, 'b'))).toContain('content_block_stop')
  expect(stream.push(call(2, 'c'))).toBe('')
  const rest = stream.end(closingFor([usage]))
  expect(rest.match(/content_block_stop/g)).toHaveLength(4)
  const deltas = [start, call(0, 'a'), call(1, 'b'), args(1, '{}'), usage, finish('stop')]
  const message = await finalMessage(streamed(deltas))
  expect(message.content).toMatchObject([
    { id: 'a', input: {} },
    { id: 'b', input: {} },
  ])
  expect(message.stop_reason).toBe('tool_use')
})

test('reasoning of other makers is sealed into the signature, Claude’s own is not touched', async () => {
  const thought = {
    kind: 'reasoning',
    signature: null,
    data: null,
    id: null,
    callId: null,
  } as const
  const foreign = { ...thought, block: 1, form: 'summary', format: 'openai-responses-v1' } as const
  const deltas: Delta[] = [
    start,
    { ...thought, block: 0, form: 'text', format: 'anthropic-claude-v1', text: 'own' },
    {
      ...thought,
      block: 0,
      form: 'text',
      format: 'anthropic-claude-v1',
      text: '',
      signature: 'EqQB==',
    },
    { ...foreign, text: 'sum', id: 'rs_1' },
    { ...foreign, text: 'med', data: 'gAAAA' },
    { ...thought, block: 2, form: 'encrypted', format: 'google-gemini-v1', text: '', data: 'x' },
    text('done'),
    usage,
    finish('stop'),
  ]
  const { content } = await finalMessage(streamed(deltas))
  expect(content).toMatchObject([
    { type: 'thinking', thinking: 'own', signature: 'EqQB==' },
    { type: 'thinking', thinking: 'summed' },
    { type: 'redacted_thinking' },
    { type: 'text', text: 'done' },
  ])
  expect(openReasoning(Object(content[1]).signature)).toMatchObject({ id: 'rs_1', data: 'gAAAA' })
  expect(openReasoning(Object(content[2]).data)).toMatchObject({ data: 'x' })
})

test('sources and pictures have a place in the text', async () => {
  const source = { url: 'https://a.b', title: 'T', quote: 'q', startIndex: 0, endIndex: 2 }
  const { content } = await finalMessage(
    streamed([
      start,
      text('hi'),
      { kind: 'citation', citation: source },
      { kind: 'citation', citation: { ...source, url: null } },
      { kind: 'media', mediaType: 'image/png', base64: 'aa' },
      usage,
      finish('stop'),
    ]),
  )
  expect(content).toMatchObject([
    {
      text: 'hi![image/png](data:image/png;base64,aa)',
      citations: [
        { type: 'web_search_result_location', url: 'https://a.b', cited_text: 'q' },
        { type: 'char_location', document_title: 'T' },
      ],
    },
  ])
})

test('warnings are told with the end, and an answer of nothing is still a message', async () => {
  const warnings = [{ param: 'seed', detail: 'No.' }]
  const closing = { ...closingFor([]), usage: zeroUsage, warnings }
  const body = streamed([], closing)
  expect(valuesOf(body).at(-1)).toEqual({
    type: 'message_stop',
    codelace_metadata: { warnings },
  })
  expect((await finalMessage(body)).content).toEqual([])
})

describe('an answer that breaks', () => {
  test('ends in an error that the official client throws', async () => {
    const stream = messagesProtocol.openStream(facts)
    const fault = new Fault('provider_timeout', { details: { provider: 'P' } })
    const body = stream.push(start) + stream.push(text('a')) + stream.fail(fault)
    expect(body).not.toContain('message_stop')
    await expect(finalMessage(body)).rejects.toMatchObject({
      error: { type: 'error', error: { type: 'timeout_error' }, request_id: facts.id },
    })
  })

  test.each([
    ['invalid_api_key', 'authentication_error'],
    ['insufficient_credits', 'billing_error'],
    ['permission_denied', 'permission_error'],
    ['model_not_found', 'not_found_error'],
    ['payload_too_large', 'request_too_large'],
    ['rate_limit_exceeded', 'rate_limit_error'],
    ['service_unavailable', 'overloaded_error'],
    ['provider_timeout', 'timeout_error'],
    ['invalid_request', 'invalid_request_error'],
    ['context_length_exceeded', 'invalid_request_error'],
    ['provider_error', 'api_error'],
    ['internal', 'api_error'],
  ] as const)('%s is %s', (code, type) => {
    const envelope: unknown = JSON.parse(messagesProtocol.writeFault(new Fault(code), null))
    expect(envelope).toMatchObject({ type: 'error', error: { type, code }, request_id: null })
  })
})
