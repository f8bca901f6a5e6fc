import { describe, expect, test } from 'vitest'

import {
  type Message,
  type ModelRequest,
  noSampling,
  type Part,
  type ReasoningPart,
  type ReasoningWish,
  type Role,
  type Tool,
} from '#gateway/canonical/request.ts'
import { asked, said } from '#test/gateway/asked.ts'

import { encodeAnthropic } from './encode.ts'

function encode(members: Partial<ModelRequest>, model = 'claude-opus-4-8', maxTokens?: number) {
  const encoding = encodeAnthropic(asked(members), {
    provider: 'anthropic',
    upstreamModel: model,
    maxOutputTokens: 32_000,
    maxTokens: maxTokens ?? null,
    baseUrl: 'https://api.anthropic.com/v1',
  })
  return encoding.kind === 'encoded' ? encoding.encoded : expect.fail(JSON.stringify(encoding))
}

function refusal(members: Partial<ModelRequest>) {
  const encoding = encodeAnthropic(asked(members), {
    provider: 'anthropic',
    upstreamModel: 'claude-opus-4-8',
    maxOutputTokens: 32_000,
    maxTokens: null,
    baseUrl: 'https://api.anthropic.com/v1',
  })
  return encoding.kind === 'impossible' ? encoding : expect.fail('it was encoded')
}

function message(role: Role, ...parts: Part[]): Message {
  return { role, parts, name: null }
}

function call(id: string, name = 'look', args = '{"x":1}'): Part {
  return { kind: 'tool_call', id, name, arguments: args, isCustom: false, cache: null }
}

function result(callId: string, text = 'seen'): Part {
  const content = text === '' ? [] : [said(text)]
  return { kind: 'tool_result', callId, content, isError: false, isCustom: false, cache: null }
}

const thought: ReasoningPart = {
  kind: 'reasoning',
  form: 'text',
  text: 'I think',
  signature: 'EqQBsig==',
  data: null,
  id: null,
  format: 'anthropic-claude-v1',
  callId: null,
}

const look: Tool = {
  kind: 'function',
  name: 'look',
  description: 'Looks.',
  parameters: { type: 'object', properties: { x: { type: 'integer' } } },
  strict: null,
  cache: null,
}

const nothingWished: ReasoningWish = {
  enabled: null,
  effort: null,
  budgetTokens: null,
  isAdaptive: false,
  summary: null,
  isHidden: false,
}

test('max_tokens is always sent: what may be paid, else the wish, else what the model gives', () => {
  expect(encode({}).body).toMatchObject({ model: 'claude-opus-4-8', max_tokens: 32_000 })
  expect(encode({ maxOutputTokens: 500 }).body['max_tokens']).toBe(500)
  expect(encode({ maxOutputTokens: 500 }, 'claude-opus-4-8', 90).body['max_tokens']).toBe(90)
  const { body, warnings } = encode({ maxOutputTokens: 100_000 })
  expect(body['max_tokens']).toBe(32_000)
  expect(warnings).toMatchObject([{ param: 'max_tokens' }])
})

describe('messages', () => {
  test('the first words of the system go on top, in order, and neighbours become one message', () => {
    const { body } = encode({
      messages: [
        message('system', said('Be kind.')),
        message('developer', { ...said('Be short.'), cache: { ttl: '1h' } }),
        message('user', said('a')),
        message('user', said('b'), said('')),
        message('assistant', said('c')),
      ],
    })
    expect(body['system']).toEqual([
      { type: 'text', text: 'Be kind.' },
      { type: 'text', text: 'Be short.', cache_control: { type: 'ephemeral', ttl: '1h' } },
    ])
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'c' }] },
    ])
  })

  test('all results follow their calls at once, first in the next message, whatever the order was', () => {
    const { body, warnings } = encode({
      messages: [
        message('user', said('go')),
        message('assistant', call('call.1'), call('b')),
        message('tool', result('b')),
        message('user', said('and?')),
        message('tool', result('call.1', '')),
      ],
    })
    const odd = 'clc_63616c6c2e31'
    expect(body['messages']).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'go' }] },
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: odd, name: 'look', input: { x: 1 } },
          { type: 'tool_use', id: 'b', name: 'look', input: { x: 1 } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: odd },
          { type: 'tool_result', tool_use_id: 'b', content: [{ type: 'text', text: 'seen' }] },
          { type: 'text', text: 'and?' },
        ],
      },
    ])
    expect(warnings).toEqual([])
  })

  test('a call without a result gets an error for one, and the client is told', () => {
    const { body, warnings } = encode({
      messages: [message('user', said('go')), message('assistant', call('a'))],
    })
    expect(body['messages']).toMatchObject([
      {},
      {},
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', is_error: true }] },
    ])
    expect(warnings).toMatchObject([{ param: 'messages[1]' }])
  })

  test('words of the system in the middle stay there where the model takes them', () => {
    const messages = [
      message('user', said('a')),
      message('assistant', call('a')),
      message('tool', result('a')),
      message('system', said('Mind the cat.')),
    ]
    const newer = encode({ messages })
    expect(newer.warnings).toEqual([])
    expect(newer.body['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant' },
      { role: 'user' },
      { role: 'system', content: [{ type: 'text', text: 'Mind the cat.' }] },
    ])
    const older = encode({ messages }, 'claude-sonnet-4-5')
    expect(older.warnings).toMatchObject([{ param: 'messages[3]' }])
    expect(older.body['messages']).toMatchObject([
      {},
      {},
      {
        role: 'user',
        content: [
          { type: 'tool_result' },
          { type: 'text', text: '<system>\nMind the cat.\n</system>' },
        ],
      },
    ])
  })

  test('a system alone is asked as the user', () => {
    const { body } = encode({ messages: [message('system', said('Say hi.'))] })
    expect(body).not.toHaveProperty('system')
    expect(body['messages']).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Say hi.' }] },
    ])
  })

  test('only its own thoughts are shown to Claude, byte for byte', () => {
    const redacted: ReasoningPart = {
      ...thought,
      form: 'encrypted',
      text: '',
      signature: null,
      data: 'ErUB',
    }
    const foreign: ReasoningPart = { ...thought, format: 'google-gemini-v1' }
    const { body } = encode({
      messages: [
        message('user', said('a')),
        message('assistant', thought, redacted, foreign, said('b ')),
      ],
    })
    expect(body['messages']).toMatchObject([
      {},
      {
        content: [
          { type: 'thinking', thinking: 'I think', signature: 'EqQBsig==' },
          { type: 'redacted_thinking', data: 'ErUB' },
          { type: 'text', text: 'b' },
        ],
      },
    ])
  })

  test('images and documents go by bytes, by address or by file, and others are refused', () => {
    const image = (source: Extract<Part, { kind: 'image' }>['source']): Part => {
      return { kind: 'image', source, detail: null, cache: null }
    }
    const file = (mediaType: string, text: string): Part => ({
      kind: 'file',
      source: { kind: 'data', mediaType, base64: Buffer.from(text).toString('base64') },
      name: 'n',
      citations: null,
      cache: null,
    })
    const { body, headers } = encode({
      messages: [
        message(
          'user',
          image({ kind: 'data', mediaType: 'image/jpg', base64: 'aa' }),
          image({ kind: 'url', url: 'https://x/y.png', mediaType: null }),
          image({ kind: 'file_id', id: 'file_1' }),
          file('application/pdf', 'pdf'),
          file('application/json; charset=utf-8', '{"ä":1}'),
        ),
      ],
    })
    expect(headers['anthropic-beta']).toBe('files-api-2025-04-14')
    expect(body['messages']).toMatchObject([
      {
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'aa' } },
          { type: 'image', source: { type: 'url', url: 'https://x/y.png' } },
          { type: 'image', source: { type: 'file', file_id: 'file_1' } },
          {
            type: 'document',
            source: { type: 'base64', media_type: 'application/pdf' },
            title: 'n',
          },
          { type: 'document', source: { type: 'text', data: '{"ä":1}' } },
        ],
      },
    ])
    const cases: Part[] = [
      { kind: 'audio', source: { kind: 'file_id', id: 'x' }, cache: null },
      image({ kind: 'data', mediaType: 'image/tiff', base64: '' }),
      image({ kind: 'file_id', id: 'file-openai' }),
      file('application/zip', ''),
    ]
    for (const part of cases) {
      expect(refusal({ messages: [message('user', part)] }).param).toBe('messages[0]')
    }
  })
})

describe('cache marks', () => {
  const marked = (text: string, ttl: '5m' | '1h' | null = null): Part => ({
    kind: 'text',
    text,
    cache: { ttl },
  })

  test('of more than four the first and the last ones stay', () => {
    const { body, warnings } = encode({
      messages: [
        message('system', marked('s')),
        message('user', marked('1'), marked('2'), marked('3'), marked('4')),
      ],
    })
    const control = { type: 'ephemeral' }
    expect(body['system']).toEqual([{ type: 'text', text: 's', cache_control: control }])
    expect(body['messages']).toMatchObject([
      {
        content: [
          { text: '1' },
          { text: '2', cache_control: control },
          { text: '3', cache_control: control },
          { text: '4', cache_control: control },
        ],
      },
    ])
    expect(JSON.stringify(body).match(/cache_control/g)).toHaveLength(4)
    expect(warnings).toMatchObject([{ param: 'cache_control' }])
  })

  test('an hour never follows five minutes, and a mark without a place counts', () => {
    const { body, warnings } = encode({
      cache: { ttl: null },
      messages: [message('user', marked('1', '1h'), marked('2', '5m'), marked('3', '1h'))],
    })
    expect(body['cache_control']).toEqual({ type: 'ephemeral' })
    expect(body['messages']).toMatchObject([
      {
        content: [
          { cache_control: { ttl: '1h' } },
          { cache_control: { ttl: '5m' } },
          { cache_control: { type: 'ephemeral' } },
        ],
      },
    ])
    expect(warnings).toMatchObject([{ param: 'cache_control' }])
  })
})

describe('tools', () => {
  test.each([
    [{ toolChoice: { kind: 'none' } }, { type: 'none' }],
    [{ toolChoice: { kind: 'required' } }, { type: 'any' }],
    [{ toolChoice: { kind: 'named', name: 'look' } }, { type: 'tool', name: 'look' }],
    [{ parallelToolCalls: false }, { type: 'auto', disable_parallel_tool_use: true }],
    [
      { toolChoice: { kind: 'required' }, parallelToolCalls: false },
      { type: 'any', disable_parallel_tool_use: true },
    ],
    [{}, undefined],
  ] as const)('%j is %j', (members, choice) => {
    expect(encode({ tools: [look], ...members }).body['tool_choice']).toEqual(choice)
  })

  test('what is not allowed is not shown', () => {
    const other: Tool = { ...look, name: 'other' }
    const toolChoice = { kind: 'allowed', mode: 'required', names: ['other'] } as const
    const { body } = encode({ tools: [look, other], toolChoice })
    expect(body['tools']).toMatchObject([{ name: 'other' }])
    expect(body['tool_choice']).toEqual({ type: 'any' })
  })

  test('a tool that takes text takes it as one member of an object', () => {
    const custom: Tool = { kind: 'custom', name: 'patch', description: null, format: null }
    const before: Part = {
      kind: 'tool_call',
      id: 'a',
      name: 'patch',
      arguments: '*** Begin',
      isCustom: true,
      cache: null,
    }
    const { body } = encode({
      tools: [custom],
      messages: [message('assistant', before), message('tool', result('a'))],
    })
    expect(body['tools']).toMatchObject([
      { name: 'patch', input_schema: { required: ['input'], additionalProperties: false } },
    ])
    expect(body['messages']).toMatchObject([{ content: [{ input: { input: '*** Begin' } }] }, {}])
  })

  test('names that Anthropic refuses are rewritten alike in tools, calls and choice', () => {
    const dotted: Tool = { ...look, name: 'a.b' }
    const { body } = encode({
      tools: [dotted],
      toolChoice: { kind: 'named', name: 'a.b' },
      messages: [message('assistant', call('1', 'a.b')), message('tool', result('1'))],
    })
    const name = 'clc_612e62'
    expect(body['tools']).toMatchObject([{ name }])
    expect(body['tool_choice']).toMatchObject({ name })
    expect(body['messages']).toMatchObject([{ content: [{ name }] }, {}])
  })

  test('tools of other providers are left out with a warning, its own stay as they are', () => {
    const definition = { type: 'web_search_20250305', name: 'web_search' }
    const { body, warnings } = encode({
      tools: [
        { kind: 'provider', type: 'web_search_20250305', definition, param: 'tools[0]' },
        { kind: 'provider', type: 'web_search', definition: {}, param: 'tools[1]' },
      ],
    })
    expect(body['tools']).toEqual([definition])
    expect(warnings).toMatchObject([{ param: 'tools[1]' }])
  })
})

describe('structured output', () => {
  const schema = { type: 'object', properties: { n: { type: 'integer', minimum: 1 } } }
  const format = { kind: 'schema', name: 'a', description: null, schema, strict: true } as const

  test('newer models are held to the schema, as far as they can be', () => {
    const { body, warnings } = encode({ format })
    expect(body['output_config']).toEqual({
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          properties: { n: { type: 'integer', description: '(minimum: 1)' } },
          additionalProperties: false,
        },
      },
    })
    expect(warnings).toMatchObject([{ param: 'response_format' }])
  })

  test('older models must call a tool whose arguments are the answer', () => {
    const { body } = encode({ format, tools: [look] }, 'claude-sonnet-4-0')
    expect(body['tools']).toMatchObject([
      { name: 'look' },
      { name: 'codelace_answer', input_schema: schema },
    ])
    expect(body['tool_choice']).toEqual({ type: 'any', disable_parallel_tool_use: true })
    const alone = encode({ format: { kind: 'json' } }).body
    expect(alone['tool_choice']).toMatchObject({ type: 'tool', name: 'codelace_answer' })
  })
})

describe('reasoning', () => {
  const wishes = (wish: Partial<ReasoningWish>) => ({ reasoning: { ...nothingWished, ...wish } })

  test.each([
    [
      'claude-sonnet-4-5',
      { effort: 'high' },
      { type: 'enabled', budget_tokens: 25_600 },
      undefined,
    ],
    [
      'claude-sonnet-4-5',
      { budgetTokens: 50 },
      { type: 'enabled', budget_tokens: 1_024 },
      undefined,
    ],
    ['claude-sonnet-4-5', { effort: 'none' }, undefined, undefined],
    [
      'claude-opus-4-6',
      { budgetTokens: 2_000 },
      { type: 'enabled', budget_tokens: 2_000 },
      undefined,
    ],
    ['claude-opus-4-6', { effort: 'xhigh' }, { type: 'adaptive', display: 'summarized' }, 'high'],
    ['claude-opus-4-8', { effort: 'xhigh' }, { type: 'adaptive', display: 'summarized' }, 'xhigh'],
    ['claude-opus-4-8', { effort: 'minimal' }, { type: 'adaptive', display: 'summarized' }, 'low'],
    [
      'claude-opus-4-8',
      { budgetTokens: 16_000 },
      { type: 'adaptive', display: 'summarized' },
      'medium',
    ],
    [
      'claude-opus-4-8',
      { isAdaptive: true, isHidden: true },
      { type: 'adaptive', display: 'omitted' },
      undefined,
    ],
    ['claude-opus-4-8', { enabled: false }, { type: 'disabled' }, undefined],
    ['claude-opus-5', { enabled: false, effort: 'max' }, { type: 'disabled' }, 'high'],
    ['claude-opus-5-5', { enabled: false }, undefined, 'low'],
    ['claude-3-5-sonnet-20240620', { effort: 'high' }, undefined, undefined],
    ['kimi-k2', { effort: 'low' }, { type: 'enabled', budget_tokens: 6_400 }, undefined],
  ] as const)('%s, asked for %j, is told %j and the effort %j', (model, wish, thinking, effort) => {
    const { body } = encode(wishes(wish), model)
    expect(body['thinking']).toEqual(thinking)
    expect(body['output_config']).toEqual(effort === undefined ? undefined : { effort })
  })

  test('a budget stays below the limit, and without room there is no thinking', () => {
    const small = encode(
      { ...wishes({ budgetTokens: 5_000 }), maxOutputTokens: 2_000 },
      'claude-haiku-4-5',
    )
    expect(small.body['thinking']).toEqual({ type: 'enabled', budget_tokens: 1_999 })
    const tiny = encode(
      { ...wishes({ effort: 'high' }), maxOutputTokens: 1_024 },
      'claude-haiku-4-5',
    )
    expect(tiny.body).not.toHaveProperty('thinking')
    expect(tiny.warnings).toMatchObject([{ param: 'reasoning' }])
  })

  test('a forced call, or a loop that began elsewhere, is not thought about within a budget', () => {
    const forced = encode(
      { ...wishes({ effort: 'low' }), tools: [look], toolChoice: { kind: 'required' } },
      'claude-haiku-4-5',
    )
    expect(forced.body).not.toHaveProperty('thinking')
    expect(forced.body['tool_choice']).toEqual({ type: 'any' })
    const loop = (...parts: Part[]) => ({
      ...wishes({ effort: 'low' }),
      messages: [message('assistant', ...parts, call('a')), message('tool', result('a'))],
    })
    expect(encode(loop(), 'claude-haiku-4-5').body).not.toHaveProperty('thinking')
    expect(encode(loop(thought), 'claude-haiku-4-5').body).toHaveProperty('thinking')
    expect(encode(loop()).body).toHaveProperty('thinking')
  })

  test('sampling is left out where the model refuses it, with a warning', () => {
    const sampling = { ...noSampling, temperature: 0.5, topP: 0.9, topK: 3 }
    const params = (model: string, wish: Partial<ReasoningWish> | null) => {
      const reasoning = wish === null ? null : { ...nothingWished, ...wish }
      const { body, warnings } = encode({ sampling, reasoning }, model)
      const kept = ['temperature', 'top_p', 'top_k'].filter((name) => name in body)
      return [kept, warnings.map(({ param }) => param)]
    }
    const all = ['temperature', 'top_p', 'top_k']
    expect(params('claude-3-5-sonnet-20240620', null)).toEqual([all, []])
    expect(params('claude-sonnet-4-5', null)).toEqual([['temperature', 'top_k'], ['top_p']])
    expect(params('claude-opus-4-8', null)).toEqual([[], ['temperature', 'top_k', 'top_p']])
    expect(params('claude-sonnet-4-5', { effort: 'low' })).toEqual([
      [],
      ['temperature', 'top_k', 'top_p'],
    ])
  })

  test('a temperature beyond 1 is cut to it', () => {
    const sampling = { ...noSampling, temperature: 1.7 }
    const { body, warnings } = encode({ sampling }, 'claude-3-haiku-20240307')
    expect(body['temperature']).toBe(1)
    expect(warnings).toMatchObject([{ param: 'temperature' }])
  })
})

test('what has no place is a warning each, and what would answer wrongly is refused', () => {
  const sampling = {
    ...noSampling,
    seed: 1,
    presencePenalty: 1,
    logitBias: { 5: 1 },
    stop: ['\n', 'END'],
  }
  const { body, warnings } = encode({
    sampling,
    promptCacheKey: 'k',
    metadata: { a: 'b' },
    serviceTier: 'flex',
    user: 'u',
  })
  expect(body).toMatchObject({ stop_sequences: ['END'], metadata: { user_id: 'u' } })
  expect(warnings.map(({ param }) => param)).toEqual([
    ...['seed', 'presence_penalty', 'logit_bias', 'prompt_cache_key', 'stop', 'service_tier'],
    'metadata',
  ])
  expect(refusal({ sampling: { ...noSampling, choiceCount: 2 } }).param).toBe('n')
  expect(refusal({ outputModalities: ['text', 'image'] }).param).toBe('modalities')
  expect(refusal({ audioOutput: { voice: 'x' } }).param).toBe('audio')
})
