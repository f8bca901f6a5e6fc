import { describe, expect, test } from 'vitest'

import { Fault } from '#domain/faults.ts'
import type { JsonObject, ReasoningPart } from '#gateway/canonical/request.ts'
import { sealReasoning } from '#gateway/canonical/sealed-reasoning.ts'

import { readRequest } from './read-request.ts'
import { namespacedTools } from './read-tools.ts'

function read(body: JsonObject) {
  return readRequest({ body: { model: 'maker/model', ...body }, headers: {}, address: null })
}

function messagesOf(input: unknown) {
  return read({ input }).request.messages
}

/** The place and text of a refusal. */
function refusalOf(body: JsonObject): { param: string | null; message: string } {
  try {
    read(body)
  } catch (error) {
    if (error instanceof Fault) return { param: error.param, message: error.message }
    throw error
  }
  return { param: null, message: 'it was accepted' }
}

const call = { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{"x":1}' }
const output = { type: 'function_call_output', call_id: 'call_1', output: 'one' }

describe('the input', () => {
  test('a text is what the user says, after the instructions', () => {
    const { request, model } = read({ input: 'Hi.', instructions: 'Be brief.' })
    expect(model).toBe('maker/model')
    expect(request.messages).toEqual([
      { role: 'system', name: null, parts: [{ kind: 'text', text: 'Be brief.', cache: null }] },
      { role: 'user', name: null, parts: [{ kind: 'text', text: 'Hi.', cache: null }] },
    ])
  })

  test('what an assistant said, thought and called in a row is one message, and so are the outputs', () => {
    const messages = messagesOf([
      { role: 'developer', content: 'Use tools.' },
      { role: 'user', content: [{ type: 'input_text', text: 'Go.' }] },
      { type: 'reasoning', summary: [], encrypted_content: 'gAAAAx' },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'I will.' }] },
      call,
      { ...call, call_id: 'call_2' },
      output,
      { ...output, call_id: 'call_2' },
    ])
    expect(messages.map(({ role }) => role)).toEqual(['developer', 'user', 'assistant', 'tool'])
    expect(messages[2]?.parts.map(({ kind }) => kind)).toEqual([
      'reasoning',
      'text',
      'tool_call',
      'tool_call',
    ])
    expect(messages[3]?.parts).toMatchObject([{ callId: 'call_1' }, { callId: 'call_2' }])
  })

  test('images, files and sounds keep their bytes, their address or their id', () => {
    const [message] = messagesOf([
      {
        role: 'user',
        content: [
          { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' },
          { type: 'input_image', image_url: 'https://example.com/a.png' },
          { type: 'input_image', file_id: 'file_1' },
          { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,BBBB' },
          { type: 'input_file', file_url: 'https://example.com/b.pdf' },
          { type: 'input_audio', input_audio: { data: 'CCCC', format: 'mp3' } },
        ],
      },
    ])
    expect(message?.parts).toMatchObject([
      { source: { kind: 'data', mediaType: 'image/png', base64: 'AAAA' }, detail: 'low' },
      { source: { kind: 'url', url: 'https://example.com/a.png' } },
      { source: { kind: 'file_id', id: 'file_1' } },
      { source: { kind: 'data', mediaType: 'application/pdf', base64: 'BBBB' }, name: 'a.pdf' },
      { source: { kind: 'url', url: 'https://example.com/b.pdf' } },
      { source: { kind: 'data', mediaType: 'audio/mpeg', base64: 'CCCC' } },
    ])
  })

  test('the output of a tool may be a list with images, or any other JSON as text', () => {
    const content = (value: unknown) => {
      const [, message] = messagesOf([call, { ...output, output: value }])
      const [part] = message?.parts ?? []
      return part?.kind === 'tool_result' ? part.content : []
    }
    expect(
      content([
        { type: 'input_text', text: 'See:' },
        { type: 'input_image', image_url: 'data:image/png;base64,AAAA' },
      ]).map(({ kind }) => kind),
    ).toEqual(['text', 'image'])
    expect(content({ a: [1] })).toEqual([{ kind: 'text', text: '{"a":[1]}', cache: null }])
    expect(content('')).toEqual([{ kind: 'text', text: '', cache: null }])
  })

  test('custom calls keep their plain input, and shells are calls like any other', () => {
    const [assistant, tool] = messagesOf([
      { type: 'custom_tool_call', call_id: 'c1', name: 'patch', input: '*** Begin' },
      { type: 'local_shell_call', call_id: 'c2', action: { type: 'exec', command: ['ls'] } },
      { type: 'custom_tool_call_output', call_id: 'c1', output: 'done' },
      { type: 'local_shell_call_output', call_id: 'c2', output: 'a.txt' },
    ])
    expect(assistant?.parts).toMatchObject([
      { name: 'patch', arguments: '*** Begin', isCustom: true },
      { name: 'local_shell', arguments: '{"type":"exec","command":["ls"]}', isCustom: false },
    ])
    expect(tool?.parts).toMatchObject([{ isCustom: true }, { isCustom: false }])
  })

  test('empty arguments are an empty object', () => {
    const [message] = messagesOf([{ ...call, arguments: '' }, output])
    expect(message?.parts).toMatchObject([{ arguments: '{}' }])
  })
})

describe('reasoning', () => {
  const item = (encrypted: string | null, text: string): JsonObject => ({
    type: 'reasoning',
    id: 'rs_1',
    summary: text === '' ? [] : [{ type: 'summary_text', text }],
    encrypted_content: encrypted,
  })
  const readPart = (encrypted: string | null, text = '') =>
    messagesOf([item(encrypted, text), { role: 'assistant', content: 'So.' }])[0]?.parts[0]

  test('of another maker that was sealed here is opened, byte for byte', () => {
    const part: ReasoningPart = {
      kind: 'reasoning',
      form: 'text',
      text: 'I see “it”.\n',
      signature: 'EqQBCkYIBxgCKkC/+=',
      data: null,
      id: null,
      format: 'anthropic-claude-v1',
      callId: null,
    }
    const { kind: _kind, text, ...sealed } = part
    expect(readPart(sealReasoning(sealed), text)).toEqual(part)
  })

  test('that is encrypted belongs to whose letters it has, and plain text to nobody', () => {
    expect(readPart('gAAAABo')).toMatchObject({ format: 'openai-responses-v1', form: 'encrypted' })
    expect(readPart('m/Nx6A', 'Hm.')).toMatchObject({ format: 'xai-responses-v1', form: 'summary' })
    expect(readPart(null, 'Hm.')).toMatchObject({ format: 'unknown', form: 'text', data: null })
    expect(readPart(null)).toMatchObject({ kind: 'text' })
  })
})

describe('tools', () => {
  const tools = [
    { type: 'function', name: 'f', parameters: { type: 'object' }, strict: true },
    {
      type: 'namespace',
      name: 'mcp__files',
      description: 'Files.',
      tools: [
        { type: 'function', name: 'read', parameters: { type: 'object' } },
        { type: 'custom', name: 'write' },
      ],
    },
    { type: 'web_search' },
  ]

  test('inside a namespace stand beside the others, and are found again by their name', () => {
    const body = { input: 'Hi.', tools }
    expect(
      read(body).request.tools.map((tool) => (tool.kind === 'provider' ? tool.param : tool.name)),
    ).toEqual(['f', 'mcp__files__read', 'mcp__files__write', 'tools[2]'])
    expect(namespacedTools(body).get('mcp__files__read')).toEqual({
      namespace: 'mcp__files',
      name: 'read',
    })
    const [message] = read({
      tools,
      input: [{ ...call, name: 'read', namespace: 'mcp__files' }, output],
    }).request.messages
    expect(message?.parts).toMatchObject([{ name: 'mcp__files__read' }])
  })

  test('with long names in namespaces get names that every provider takes, each its own', () => {
    const long = 'n'.repeat(50)
    const body = {
      input: 'Hi.',
      tools: [
        {
          type: 'namespace',
          name: long,
          description: '',
          tools: ['a', 'b'].map((name) => ({ type: 'function', name: name.repeat(30) })),
        },
      ],
    }
    const names = read(body).request.tools.map((tool) =>
      tool.kind === 'provider' ? '' : tool.name,
    )
    expect(new Set(names).size).toBe(2)
    for (const name of names) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
    expect([...namespacedTools(body).keys()]).toEqual(names)
  })

  test('may be demanded only when they are there', () => {
    const choice = (value: unknown) =>
      read({ input: 'Hi.', tools, tool_choice: value }).request.toolChoice
    expect(choice('required')).toEqual({ kind: 'required' })
    expect(choice({ type: 'function', name: 'f' })).toEqual({ kind: 'named', name: 'f' })
    expect(
      choice({ type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] }),
    ).toEqual({ kind: 'allowed', mode: 'auto', names: ['f'] })
    expect(choice({ type: 'web_search' })).toEqual({ kind: 'auto' })
    const wrong = { type: 'function', name: 'g' }
    expect(refusalOf({ input: 'Hi.', tools, tool_choice: wrong }).param).toBe('tool_choice.name')
    expect(refusalOf({ input: 'Hi.', tool_choice: 'required' }).param).toBe('tool_choice')
  })
})

test('the other wishes are read under their own names', () => {
  const { request } = read({
    input: 'Hi.',
    stream: true,
    max_output_tokens: 50,
    temperature: 0.5,
    reasoning: { effort: 'high', summary: 'auto' },
    text: {
      format: { type: 'json_schema', name: 'n', schema: { type: 'object' }, strict: true },
      verbosity: 'low',
    },
    parallel_tool_calls: false,
    safety_identifier: 'u1',
    prompt_cache_key: 'k',
    metadata: { a: 'b' },
    service_tier: 'flex',
  })
  expect(request).toMatchObject({
    stream: true,
    maxOutputTokens: 50,
    sampling: { temperature: 0.5 },
    reasoning: { effort: 'high', summary: 'auto' },
    format: { kind: 'schema', name: 'n', strict: true },
    verbosity: 'low',
    parallelToolCalls: false,
    user: 'u1',
    promptCacheKey: 'k',
    metadata: { a: 'b' },
    serviceTier: 'flex',
    leftovers: [],
  })
})

test('what other protocols have no place for is told, and what agents send beside is not', () => {
  const { request } = read({
    input: [
      { type: 'web_search_call', id: 'ws_1', status: 'completed' },
      { role: 'user', content: 'Hi.' },
    ],
    truncation: 'auto',
    max_tool_calls: 3,
    max_tokens: 10,
    client_metadata: { originator: 'agent' },
    include: ['reasoning.encrypted_content'],
    stream_options: { include_obfuscation: false },
    store: false,
    session_id: 's',
  })
  expect(request.leftovers.map(({ param }) => param)).toEqual([
    'input[0]',
    'truncation',
    'max_tool_calls',
    'max_tokens',
  ])
})

test.each<[string, JsonObject, string]>([
  ['no input', {}, 'input'],
  ['an empty input', { input: [] }, 'input'],
  ['an input that is no text', { input: 7 }, 'input'],
  ['an item that is no object', { input: ['x'] }, 'input[0]'],
  ['an unknown item', { input: [{ type: 'dream' }] }, 'input[0].type'],
  ['an unknown role', { input: [{ role: 'tool', content: 'x' }] }, 'input[0].role'],
  ['a message without content', { input: [{ role: 'user' }] }, 'input[0].content'],
  [
    'an unknown part',
    { input: [{ role: 'user', content: [{ type: 'smell' }] }] },
    'input[0].content[0].type',
  ],
  [
    'an image of nothing',
    { input: [{ role: 'user', content: [{ type: 'input_image' }] }] },
    'input[0].content[0].image_url',
  ],
  ['an output without its call', { input: [output] }, 'input[0].call_id'],
  ['a call without its output', { input: [call] }, 'input[0]'],
  ['two calls of one id', { input: [call, call] }, 'input[1].call_id'],
  ['an output without a value', { input: [call, { ...output, output: null }] }, 'input[1].output'],
  [
    'an item that is not stored',
    { input: [{ type: 'item_reference', id: 'msg_1' }] },
    'input[0].id',
  ],
  [
    'a response that is not stored',
    { input: 'x', previous_response_id: 'r' },
    'previous_response_id',
  ],
  ['work in the background', { input: 'x', background: true }, 'background'],
  ['a conversation', { input: 'x', conversation: 'conv_1' }, 'conversation'],
  ['a prompt template', { input: 'x', prompt: { id: 'pmpt_1' } }, 'prompt'],
  ['tools that are no list', { input: 'x', tools: {} }, 'tools'],
  ['a tool without type', { input: 'x', tools: [{ name: 'f' }] }, 'tools[0].type'],
  ['a tool without name', { input: 'x', tools: [{ type: 'function' }] }, 'tools[0].name'],
  [
    'parameters that are no schema',
    { input: 'x', tools: [{ type: 'function', name: 'f', parameters: 'x' }] },
    'tools[0].parameters',
  ],
  ['a limit below 1', { input: 'x', max_output_tokens: 0 }, 'max_output_tokens'],
  ['a temperature that is text', { input: 'x', temperature: '1' }, 'temperature'],
  ['an unknown effort', { input: 'x', reasoning: { effort: 'heroic' } }, 'reasoning.effort'],
  [
    'two efforts',
    { input: 'x', reasoning: { effort: 'low' }, reasoning_effort: 'high' },
    'reasoning_effort',
  ],
  ['an unknown format', { input: 'x', text: { format: { type: 'xml' } } }, 'text.format.type'],
  [
    'a format without schema',
    { input: 'x', text: { format: { type: 'json_schema', name: 'n' } } },
    'text.format.schema',
  ],
  ['metadata that is no text', { input: 'x', metadata: { a: 1 } }, 'metadata.a'],
])('%s is refused where it stands', (_, body, param) => {
  expect(refusalOf(body).param).toBe(param)
})
