import { describe, expect, test } from 'vitest'

import type { ModelRequest, Part, ReasoningPart, Tool } from '#gateway/canonical/request.ts'
import { asked, call, look, message, result, said, thought } from '#test/gateway/asked.ts'

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
