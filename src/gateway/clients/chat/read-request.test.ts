import { expect, test } from 'vitest'

import { Fault } from '#domain/faults.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

import { readChatRequest } from './read-request.ts'

const user = { role: 'user', content: 'Hi' }
const call = (id: string, name = 'f') => ({
  id,
  type: 'function',
  function: { name, arguments: '{"x":1}' },
})

function read(body: JsonObject) {
  return readChatRequest({ body, headers: {}, address: null })
}

function refusalOf(body: JsonObject): string | null {
  try {
    read(body)
  } catch (error) {
    if (error instanceof Fault && error.code === 'invalid_request') return error.param
    throw error
  }
  throw new Error('it was not refused')
}

test('every member that a model is told of is read, under whichever of its names', () => {
  const { request, model, models, provider } = read({
    model: 'm',
    models: ['a', 'b'],
    provider: { only: ['x'] },
    messages: [user],
    max_tokens: 9,
    max_completion_tokens: 7,
    random_seed: 3,
    stop: 'END',
    temperature: 0.5,
    top_k: 4,
    n: 1,
    logit_bias: { 5: -1 },
    safety_identifier: 'u1',
    service_tier: 'flex',
    metadata: { a: 'b' },
    modalities: ['text', 'image'],
    cache_control: { type: 'ephemeral', ttl: '1h' },
    reasoning: { max_tokens: 2000, exclude: true },
    stream: true,
    stream_options: { include_usage: true },
  })
  expect({ model, models, provider }).toEqual({
    model: 'm',
    models: ['a', 'b'],
    provider: { only: ['x'] },
  })
  expect(request).toMatchObject({
    maxOutputTokens: 7,
    sampling: { seed: 3, stop: ['END'], temperature: 0.5, topK: 4, logitBias: { 5: -1 } },
    user: 'u1',
    serviceTier: 'flex',
    metadata: { a: 'b' },
    outputModalities: ['text', 'image'],
    cache: { ttl: '1h' },
    reasoning: { budgetTokens: 2000, isHidden: true, enabled: null, effort: null },
    stream: true,
    leftovers: [],
  })
})

test('content lists keep text, media, files and marks in their order', () => {
  const { request } = read({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a', cache_control: { type: 'ephemeral' } },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,aa\nbb', detail: 'low' } },
          { type: 'image_url', image_url: 'https://x/y.jpg' },
          { type: 'input_audio', input_audio: { data: 'QUJD', format: 'mp3' } },
          {
            type: 'file',
            file: { file_data: 'data:application/pdf;base64,AA==', filename: 'a.pdf' },
          },
          { type: 'file', file: { file_id: 'file-1' } },
          { type: 'video_url', video_url: { url: 'https://x/v.mp4' } },
        ],
      },
    ],
  })
  expect(request.messages[0]?.parts).toEqual([
    { kind: 'text', text: 'a', cache: { ttl: null } },
    {
      kind: 'image',
      source: { kind: 'data', mediaType: 'image/png', base64: 'aabb' },
      detail: 'low',
      cache: null,
    },
    {
      kind: 'image',
      source: { kind: 'url', url: 'https://x/y.jpg', mediaType: null },
      detail: null,
      cache: null,
    },
    {
      kind: 'audio',
      source: { kind: 'data', mediaType: 'audio/mpeg', base64: 'QUJD' },
      cache: null,
    },
    {
      kind: 'file',
      name: 'a.pdf',
      citations: null,
      cache: null,
      source: { kind: 'data', mediaType: 'application/pdf', base64: 'AA==' },
    },
    {
      kind: 'file',
      name: null,
      citations: null,
      cache: null,
      source: { kind: 'file_id', id: 'file-1' },
    },
    {
      kind: 'video',
      source: { kind: 'url', url: 'https://x/v.mp4', mediaType: null },
      cache: null,
    },
  ])
})

test('neighbouring tool results are one message, and an id that is used again becomes another', () => {
  const { request } = read({
    messages: [
      user,
      { role: 'assistant', content: '', tool_calls: [call('c1'), call('c2')] },
      { role: 'tool', tool_call_id: 'c2', content: 'two' },
      { role: 'tool', tool_call_id: 'c1', content: [{ type: 'text', text: 'one' }] },
      { role: 'assistant', content: null, tool_calls: [call('c1')] },
      { role: 'tool', tool_call_id: 'c1', content: 'again' },
    ],
  })
  expect(request.messages.map((message) => message.role)).toEqual([
    'user',
    'assistant',
    'tool',
    'assistant',
    'tool',
  ])
  expect(request.messages[1]?.parts.map((part) => part.kind)).toEqual(['tool_call', 'tool_call'])
  expect(request.messages[2]?.parts).toMatchObject([{ callId: 'c2' }, { callId: 'c1' }])
  expect(request.messages[3]?.parts).toMatchObject([{ id: 'c1_2' }])
  expect(request.messages[4]?.parts).toMatchObject([{ callId: 'c1_2' }])
})

test('the legacy functions are tools, and their results find their calls by name', () => {
  const { request } = read({
    messages: [
      user,
      { role: 'assistant', content: null, function_call: { name: 'f', arguments: '' } },
      { role: 'function', name: 'f', content: 'done' },
    ],
    functions: [{ name: 'f', parameters: { type: 'object' } }],
    function_call: { name: 'f' },
  })
  expect(request.tools).toMatchObject([{ kind: 'function', name: 'f' }])
  expect(request.toolChoice).toEqual({ kind: 'named', name: 'f' })
  const [made] = request.messages[1]?.parts ?? []
  const [result] = request.messages[2]?.parts ?? []
  expect(made).toMatchObject({ kind: 'tool_call', arguments: '{}' })
  expect(result).toMatchObject({ kind: 'tool_result', callId: made && 'id' in made ? made.id : '' })
})

test('tools and choices are read in all their forms', () => {
  const { request } = read({
    messages: [user],
    tools: [
      {
        type: 'function',
        function: { name: 'a', strict: true },
        cache_control: { type: 'ephemeral' },
      },
      { function: { name: 'b', description: 'B' } },
      { type: 'custom', custom: { name: 'c', format: { type: 'text' } } },
      { type: 'openrouter:web_search' },
    ],
    tool_choice: {
      type: 'allowed_tools',
      allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'a' } }] },
    },
  })
  expect(request.tools).toMatchObject([
    { kind: 'function', name: 'a', strict: true, cache: { ttl: null } },
    { kind: 'function', name: 'b', description: 'B', parameters: null, strict: null },
    { kind: 'custom', name: 'c', format: { type: 'text' } },
    { kind: 'provider', type: 'openrouter:web_search', param: 'tools[3]' },
  ])
  expect(request.toolChoice).toEqual({ kind: 'allowed', mode: 'required', names: ['a'] })
  const choiceOf = (tool_choice: unknown) =>
    read({ messages: [user], tool_choice }).request.toolChoice
  expect(choiceOf('any')).toEqual({ kind: 'required' })
  expect(choiceOf({ type: 'function', function: { name: 'a' } })).toEqual({
    kind: 'named',
    name: 'a',
  })
  expect(choiceOf({ type: 'custom', custom: { name: 'c' } })).toEqual({ kind: 'named', name: 'c' })
})

test('reasoning in the history is read from the richest place, byte for byte', () => {
  const details = [
    {
      type: 'reasoning.text',
      text: 'I see',
      signature: 'sig==',
      format: 'anthropic-claude-v1',
      index: 0,
    },
    {
      type: 'reasoning.encrypted',
      data: 'gAAA',
      id: 'rs_1',
      format: 'openai-responses-v1',
      index: 1,
    },
  ]
  const partsOf = (message: JsonObject) =>
    read({ messages: [user, { role: 'assistant', content: 'x', ...message }] }).request.messages[1]
      ?.parts
  expect(partsOf({ reasoning: 'I see', reasoning_details: details })).toMatchObject([
    { kind: 'reasoning', text: 'I see', signature: 'sig==', format: 'anthropic-claude-v1' },
    {
      kind: 'reasoning',
      form: 'encrypted',
      data: 'gAAA',
      id: 'rs_1',
      format: 'openai-responses-v1',
    },
    { kind: 'text', text: 'x' },
  ])
  expect(partsOf({ reasoning_content: 'hm' })).toMatchObject([
    { kind: 'reasoning', text: 'hm', format: 'unknown' },
    { kind: 'text' },
  ])
  expect(
    partsOf({
      content: [
        { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
        { type: 'text', text: 'y' },
      ],
    }),
  ).toMatchObject([
    { kind: 'reasoning', text: 'hm', format: 'unknown' },
    { kind: 'text', text: 'y' },
  ])
  expect(partsOf({ audio: { id: 'audio_1' } })).toMatchObject([
    { kind: 'text' },
    { kind: 'audio', source: { kind: 'file_id', id: 'audio_1' } },
  ])
})

test('the ways to ask for reasoning come out as one wish, and a contradiction is refused', () => {
  const wishOf = (body: JsonObject) => read({ messages: [user], ...body }).request.reasoning
  expect(wishOf({})).toBeNull()
  expect(wishOf({ reasoning_effort: 'high' })).toMatchObject({ effort: 'high', enabled: null })
  expect(wishOf({ reasoning: { effort: 'high' }, reasoning_effort: 'high' })).toMatchObject({
    effort: 'high',
  })
  expect(wishOf({ thinking: { type: 'enabled', budget_tokens: 5 } })).toMatchObject({
    enabled: true,
    budgetTokens: 5,
  })
  expect(wishOf({ enable_thinking: false })).toMatchObject({ enabled: false })
  expect(wishOf({ include_reasoning: false })).toMatchObject({ isHidden: true })
  const messages = [user]
  expect(refusalOf({ messages, reasoning: { effort: 'low' }, reasoning_effort: 'high' })).toBe(
    'reasoning_effort',
  )
  expect(refusalOf({ messages, reasoning: { enabled: false }, reasoning_effort: 'high' })).toBe(
    'reasoning_effort',
  )
})

test('what has no place is said, and what is for the gateway is not complained of', () => {
  const { request } = read({
    messages: [{ ...user, mood: 'good' }],
    prediction: { type: 'content', content: 'x' },
    store: false,
    usage: { include: true },
    transforms: ['middle-out'],
    session_id: 's',
    trace: {},
    made_up: 1,
  })
  expect(request.leftovers.map(({ param }) => param)).toEqual([
    'prediction',
    'made_up',
    'messages[0].mood',
  ])
})

test.each<[JsonObject, string]>([
  [{ messages: [] }, 'messages'],
  [{ messages: [{ content: 'x' }] }, 'messages[0].role'],
  [{ messages: [{ role: 'robot', content: 'x' }] }, 'messages[0].role'],
  [{ messages: [{ role: 'user', content: 7 }] }, 'messages[0].content'],
  [{ messages: [{ role: 'user', content: [{ type: 'smell' }] }] }, 'messages[0].content[0].type'],
  [
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] },
    'messages[0].content[0].image_url.url',
  ],
  [
    { messages: [user, { role: 'tool', tool_call_id: 'no', content: 'x' }] },
    'messages[1].tool_call_id',
  ],
  [
    { messages: [user, { role: 'assistant', tool_calls: [call('a'), call('a')] }] },
    'messages[1].tool_calls[1].id',
  ],
  [{ messages: [user], tools: [{ type: 'function' }] }, 'tools[0].function'],
  [{ messages: [user], tools: [{ type: 'function', function: {} }] }, 'tools[0].function.name'],
  [{ messages: [user], tool_choice: 'maybe' }, 'tool_choice'],
  [{ messages: [user], response_format: { type: 'yaml' } }, 'response_format.type'],
  [{ messages: [user], temperature: 'hot' }, 'temperature'],
  [{ messages: [user], max_tokens: 0 }, 'max_tokens'],
  [{ messages: [user], stop: [1] }, 'stop[0]'],
])('%j is refused at %s', (body, param) => {
  expect(refusalOf(body)).toBe(param)
})
