import { describe, expect, test } from 'vitest'

import { Fault } from '#domain/faults.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import { sealReasoning } from '#gateway/canonical/sealed-reasoning.ts'

import { readMessagesRequest } from './read-request.ts'
import { toolUseId } from './write-blocks.ts'

const least = { model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'a' }] }

function read(members: JsonObject = {}) {
  return readMessagesRequest({ body: { ...least, ...members }, headers: {}, address: null })
}

function faultOf(members: JsonObject): Fault {
  try {
    read(members)
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  return expect.fail('it was read')
}

test('the shortest request is read', () => {
  expect(read()).toMatchObject({
    model: 'm',
    models: null,
    provider: undefined,
    request: {
      maxOutputTokens: 10,
      stream: false,
      messages: [{ role: 'user', parts: [{ kind: 'text', text: 'a' }] }],
      leftovers: [],
    },
  })
})

test('an id of a call that another provider made up comes back as it was', () => {
  const id = toolUseId('functions.f:0')
  expect(id).toMatch(/^[\w-]+$/)
  const { request } = read({
    messages: [
      { role: 'assistant', content: [{ type: 'tool_use', id, name: 'f', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'r' }] },
    ],
  })
  expect(request.messages).toMatchObject([
    { parts: [{ kind: 'tool_call', id: 'functions.f:0' }] },
    { parts: [{ kind: 'tool_result', callId: 'functions.f:0' }] },
  ])
})

test('what a coding agent sends is read, and what only Anthropic knows is a warning', () => {
  const { request } = read({
    system: [{ type: 'text', text: 's', cache_control: { type: 'ephemeral', ttl: '1h' } }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'a' }] },
      { role: 'system', content: [{ type: 'text', text: 'b' }] },
      { role: 'system', content: 'c' },
    ],
    tools: [
      { name: 'Bash', description: 'd', input_schema: { type: 'object' }, defer_loading: true },
      { type: 'bash_20250124', name: 'bash' },
    ],
    tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    thinking: { type: 'adaptive', display: 'omitted' },
    output_config: { effort: 'xhigh', format: null },
    context_management: { edits: [] },
    metadata: { user_id: '{"session":"x"}' },
    unheard_of: true,
    stop_sequences: ['END'],
    stream: true,
  })
  expect(request).toMatchObject({
    messages: [
      { role: 'system', parts: [{ text: 's', cache: { ttl: '1h' } }] },
      { role: 'user' },
      { role: 'system', parts: [{ text: 'b' }] },
      { role: 'system', parts: [{ text: 'c' }] },
    ],
    tools: [
      { kind: 'function', name: 'Bash' },
      { kind: 'provider', type: 'bash_20250124', param: 'tools[1]' },
    ],
    toolChoice: { kind: 'auto' },
    parallelToolCalls: false,
    reasoning: { enabled: true, isAdaptive: true, isHidden: true, effort: 'xhigh' },
    user: '{"session":"x"}',
    sampling: { stop: ['END'] },
    stream: true,
  })
  expect(request.leftovers.map(({ param }) => param)).toEqual([
    'context_management',
    'tools[0].defer_loading',
  ])
})

test('results become messages of tools, before what the user says beside them', () => {
  const { request } = read({
    messages: [
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input: { a: 1 } }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'and?' },
          {
            type: 'tool_result',
            tool_use_id: 't',
            is_error: true,
            content: [
              { type: 'text', text: 'x' },
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aa' } },
              { type: 'search_result', title: 'T', source: 'S', content: [{ text: 'found' }] },
            ],
          },
        ],
      },
    ],
  })
  expect(request.messages).toMatchObject([
    { role: 'assistant', parts: [{ kind: 'tool_call', id: 't', arguments: '{"a":1}' }] },
    {
      role: 'tool',
      parts: [
        {
          callId: 't',
          isError: true,
          content: [
            { text: 'x' },
            { kind: 'image', source: { kind: 'data', base64: 'aa' } },
            { text: 'T (S)\nfound' },
          ],
        },
      ],
    },
    { role: 'user', parts: [{ text: 'and?' }] },
  ])
})

test('thoughts are Claude’s own, or those of others out of their seal', () => {
  const foreign = {
    form: 'summary',
    signature: null,
    data: 'gAAAA',
    id: 'rs_1',
    format: 'openai-responses-v1',
    callId: null,
  } as const
  const { request } = read({
    messages: [
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'own', signature: 'EqQB' },
          { type: 'redacted_thinking', data: 'ErUB' },
          { type: 'thinking', thinking: 'seen', signature: sealReasoning(foreign) },
        ],
      },
    ],
  })
  expect(request.messages[0]?.parts).toEqual([
    expect.objectContaining({ text: 'own', signature: 'EqQB', format: 'anthropic-claude-v1' }),
    expect.objectContaining({ form: 'encrypted', data: 'ErUB', format: 'anthropic-claude-v1' }),
    { kind: 'reasoning', text: 'seen', ...foreign },
  ])
})

test('documents keep their title, context and citations', () => {
  const { request } = read({
    messages: [
      {
        role: 'user',
        content: [
          {
            type: 'document',
            title: 'T',
            context: 'C',
            citations: { enabled: true },
            source: { type: 'text', media_type: 'text/plain', data: 'ä' },
          },
        ],
      },
    ],
  })
  expect(request.messages[0]?.parts).toEqual([
    {
      kind: 'file',
      name: 'T',
      citations: { citations: { enabled: true }, context: 'C' },
      source: { kind: 'data', mediaType: 'text/plain', base64: 'w6Q=' },
      cache: null,
    },
  ])
})

test('blocks of tools that Anthropic runs itself are a warning elsewhere', () => {
  const { request } = read({
    messages: [
      {
        role: 'assistant',
        content: [
          { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
          { type: 'text', text: 'found' },
        ],
      },
    ],
  })
  expect(request.messages[0]?.parts).toMatchObject([{ text: 'found' }])
  expect(request.leftovers).toMatchObject([{ param: 'messages[0].content[0]' }])
})

test('fallbacks are models to ask next', () => {
  expect(read({ fallbacks: [{ model: 'b' }] }).models).toEqual(['m', 'b'])
  expect(read({ models: ['b', 'c'], provider: { order: ['x'] } })).toMatchObject({
    models: ['b', 'c'],
    provider: { order: ['x'] },
  })
})

const content = (...blocks: unknown[]) => ({ messages: [{ role: 'user', content: blocks }] })
const calls = (...blocks: unknown[]) => ({ messages: [{ role: 'assistant', content: blocks }] })
const use = { type: 'tool_use', id: 'a', name: 'f', input: {} }

describe('a refusal names the member', () => {
  test.each<[string, JsonObject]>([
    ['messages', { messages: 'a' }],
    ['messages[0]', { messages: ['a'] }],
    ['messages[0].role', { messages: [{ role: 'tool', content: 'a' }] }],
    ['messages[0].content', { messages: [{ role: 'user' }] }],
    ['messages[0].content[0]', content('a')],
    ['messages[0].content[0].type', content({ text: 'a' })],
    ['messages[0].content[0].text', content({ type: 'text', text: 1 })],
    ['messages[0].content[0].source', content({ type: 'image' })],
    ['messages[0].content[0].source.type', content({ type: 'image', source: { type: 'x' } })],
    ['messages[0].content[0].source.data', content({ type: 'image', source: { type: 'base64' } })],
    ['messages[0].content[0]', content(use)],
    ['messages[0].content[0]', calls({ type: 'tool_result', tool_use_id: 'a' })],
    ['messages[0].content[0].tool_use_id', content({ type: 'tool_result', tool_use_id: 'a' })],
    ['messages[0].content[1].id', calls(use, use)],
    ['messages[0].content[0].input', calls({ ...use, input: 'a' })],
    [
      'messages[0].content[0].cache_control.ttl',
      content({ type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1d' } }),
    ],
    ['system[0].text', { system: [{ type: 'text' }] }],
    ['tools', { tools: {} }],
    ['tools[0].name', { tools: [{ input_schema: {} }] }],
    ['tools[0].input_schema', { tools: [{ name: 'a' }] }],
    ['tool_choice.type', { tool_choice: { type: 'x' } }],
    ['tool_choice.name', { tool_choice: { type: 'tool' } }],
    ['thinking', { thinking: true }],
    ['thinking.budget_tokens', { thinking: { type: 'enabled', budget_tokens: 1.5 } }],
    ['output_config.format.schema', { output_config: { format: { type: 'json_schema' } } }],
    ['max_tokens', { max_tokens: '10' }],
    ['temperature', { temperature: 'hot' }],
    ['stop_sequences[1]', { stop_sequences: ['a', 1] }],
    ['metadata.user_id', { metadata: { user_id: 1 } }],
    ['stream', { stream: 'yes' }],
    ['models[0]', { models: [1] }],
  ])('%s', (param, members) => {
    const fault = faultOf(members)
    expect(fault).toMatchObject({ code: 'invalid_request', status: 400, param })
    expect(fault.message.startsWith(`${param}: `)).toBe(true)
  })
})
