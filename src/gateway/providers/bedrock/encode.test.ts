import { describe, expect, test } from 'vitest'

import {
  type Message,
  type ModelRequest,
  noSampling,
  type Part,
  type Role,
  type Tool,
} from '#gateway/canonical/request.ts'
import { asked, said } from '#test/gateway/asked.ts'

import { encodeBedrock } from './encode.ts'

const claude = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'
const nova = 'us.amazon.nova-2-lite-v1:0'

function encoding(members: Partial<ModelRequest>, model: string) {
  return encodeBedrock(asked(members), {
    provider: 'bedrock',
    upstreamModel: model,
    maxOutputTokens: 8_000,
    maxTokens: null,
    baseUrl: 'https://bedrock-runtime.us-east-1.amazonaws.com',
  })
}

function encode(members: Partial<ModelRequest>, model = claude) {
  const result = encoding(members, model)
  return result.kind === 'encoded' ? result.encoded : expect.fail(JSON.stringify(result))
}

function message(role: Role, ...parts: Part[]): Message {
  return { role, parts, name: null }
}

const look: Tool = {
  kind: 'function',
  name: 'look',
  description: 'Looks.',
  parameters: { type: 'object' },
  strict: null,
  cache: { ttl: null },
}
const call: Part = {
  kind: 'tool_call',
  id: 'a',
  name: 'look',
  arguments: '',
  isCustom: false,
  cache: null,
}
const result: Part = {
  kind: 'tool_result',
  callId: 'a',
  content: [],
  isError: true,
  isCustom: false,
  cache: null,
}
const wish = {
  enabled: null,
  effort: 'medium',
  budgetTokens: null,
  isAdaptive: false,
  summary: null,
  isHidden: false,
} as const

test('the address holds the model with its colon encoded, and says whether to stream', () => {
  expect(encode({}).url).toBe(
    'https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse',
  )
  expect(encode({ stream: true }).url).toMatch(/%3A0\/converse-stream$/)
  expect(encode({}, 'arn:aws:bedrock:x:1:inference-profile/p').url).toContain(
    '/model/arn%3Aaws%3Abedrock%3Ax%3A1%3Ainference-profile%2Fp/converse',
  )
})

test('system, messages, calls and results stand in their places, with cache points', () => {
  const { body, warnings } = encode({
    tools: [look],
    maxOutputTokens: 99,
    sampling: { ...noSampling, temperature: 0.5, stop: ['x'] },
    messages: [
      message('system', { ...said('s'), cache: { ttl: '5m' } }),
      message('user', said('a')),
      message('assistant', said('b'), call),
      message('tool', result),
      message('user', { ...said('c'), cache: { ttl: null } }),
    ],
  })
  const point = { cachePoint: { type: 'default' } }
  expect(body).toEqual({
    system: [{ text: 's' }, point],
    messages: [
      { role: 'user', content: [{ text: 'a' }] },
      {
        role: 'assistant',
        content: [{ text: 'b' }, { toolUse: { toolUseId: 'a', name: 'look', input: {} } }],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 'a', content: [{ text: '(empty)' }], status: 'error' } },
          { text: 'c' },
          point,
        ],
      },
    ],
    inferenceConfig: { maxTokens: 99, temperature: 0.5, stopSequences: ['x'] },
    toolConfig: {
      tools: [
        {
          toolSpec: {
            name: 'look',
            description: 'Looks.',
            inputSchema: { json: { type: 'object' } },
          },
        },
        point,
      ],
    },
  })
  expect(warnings).toEqual([])
})

describe('the choice of tools', () => {
  test('"none" is no tools at all, but where calls were made they stay, with a warning', () => {
    const toolChoice = { kind: 'none' } as const
    expect(encode({ tools: [look], toolChoice }).body).not.toHaveProperty('toolConfig')
    const messages = [
      message('user', said('a')),
      message('assistant', call),
      message('tool', result),
    ]
    const before = encode({ tools: [look], toolChoice, messages })
    expect(before.body).toHaveProperty('toolConfig')
    expect(before.warnings).toMatchObject([{ param: 'tool_choice' }])
    const without = encode({ messages })
    expect(without.body['toolConfig']).toEqual({
      tools: [{ toolSpec: { name: 'look', inputSchema: { json: { type: 'object' } } } }],
    })
    expect(without.warnings).toMatchObject([{ param: 'tools' }])
  })

  test('a forced or a single call is told in the words of each model', () => {
    const forced = encode({ tools: [look], toolChoice: { kind: 'named', name: 'look' } })
    expect(forced.body['toolConfig']).toMatchObject({ toolChoice: { tool: { name: 'look' } } })
    const single = encode({ tools: [look], parallelToolCalls: false })
    expect(single.body['additionalModelRequestFields']).toEqual({
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    })
    const other = encode({ tools: [look], parallelToolCalls: false }, nova)
    expect(other.warnings).toMatchObject([{ param: 'parallel_tool_calls' }])
  })
})

describe('reasoning', () => {
  const thought: Part = {
    kind: 'reasoning',
    form: 'text',
    text: 'hm',
    signature: 'EqQB',
    data: null,
    id: null,
    format: 'anthropic-claude-v1',
    callId: null,
  }

  test.each([
    [claude, { thinking: { type: 'enabled', budget_tokens: 4_000 } }],
    [
      'us.anthropic.claude-sonnet-4-6',
      { thinking: { type: 'adaptive' }, output_config: { effort: 'medium' } },
    ],
    [nova, { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'medium' } }],
    ['openai.gpt-oss-120b-1:0', { reasoning_effort: 'medium' }],
    ['meta.llama3-2-1b-instruct-v1:0', undefined],
  ])('%s is told %j', (model, fields) => {
    const { body, warnings } = encode({ reasoning: wish }, model)
    expect(body['additionalModelRequestFields']).toEqual(fields)
    expect(warnings.map(({ param }) => param)).toEqual(fields === undefined ? ['reasoning'] : [])
  })

  test('thoughts of Claude go back to Claude byte for byte, and to no other model', () => {
    const messages = [message('user', said('a')), message('assistant', thought, said('b'))]
    expect(encode({ messages }).body['messages']).toMatchObject([
      {},
      {
        content: [
          { reasoningContent: { reasoningText: { text: 'hm', signature: 'EqQB' } } },
          { text: 'b' },
        ],
      },
    ])
    expect(encode({ messages }, nova).body['messages']).toMatchObject([
      {},
      { content: [{ text: 'b' }] },
    ])
  })
})

describe('media', () => {
  const file = (name: string | null, mediaType = 'application/pdf'): Part => ({
    kind: 'file',
    source: { kind: 'data', mediaType, base64: 'aa' },
    name,
    citations: null,
    cache: null,
  })

  test('documents have plain names, each its own, and never stand without a text', () => {
    const parts = [file('Report_2024 (final).pdf'), file('a/b?.pdf'), file('a b'), file(null)]
    const { body } = encode({ messages: [message('user', ...parts)] })
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          ...['Report 2024 (final)', 'a b', 'a b (2)', 'Document'].map((name) => ({
            document: { format: 'pdf', name, source: { bytes: 'aa' } },
          })),
          { text: 'Here is a document.' },
        ],
      },
    ])
  })

  test('images are bytes or in S3; an address or a file of others is refused', () => {
    const image = (source: Extract<Part, { kind: 'image' }>['source']): Partial<ModelRequest> => ({
      messages: [message('user', { kind: 'image', source, detail: null, cache: null })],
    })
    const png = { kind: 'data', mediaType: 'image/png', base64: 'aa' } as const
    expect(encode(image(png)).body['messages']).toMatchObject([
      { content: [{ image: { format: 'png', source: { bytes: 'aa' } } }] },
    ])
    const stored = { kind: 'url', url: 's3://b/k.png', mediaType: null } as const
    expect(encode(image(stored)).body['messages']).toMatchObject([
      { content: [{ image: { source: { s3Location: { uri: 's3://b/k.png' } } } }] },
    ])
    const cases = [
      image({ kind: 'url', url: 'https://x/y.png', mediaType: null }),
      image({ kind: 'file_id', id: 'file_1' }),
      image({ ...png, mediaType: 'image/tiff' }),
      { messages: [message('user', file('x', 'application/zip'))] },
    ]
    for (const members of cases) {
      expect(encoding(members, claude)).toMatchObject({ kind: 'impossible', param: 'messages[0]' })
    }
  })
})

test('structured output is a format where there is one, else a tool', () => {
  const schema = { type: 'object', properties: {}, additionalProperties: false }
  const format = {
    kind: 'schema',
    name: 'an answer',
    description: null,
    schema,
    strict: true,
  } as const
  expect(encode({ format }).body['outputConfig']).toEqual({
    textFormat: {
      type: 'json_schema',
      structure: { jsonSchema: { name: 'an_answer', schema: JSON.stringify(schema) } },
    },
  })
  expect(encode({ format }, nova).body['toolConfig']).toMatchObject({
    tools: [{ toolSpec: { name: 'codelace_answer', inputSchema: { json: schema } } }],
    toolChoice: { tool: { name: 'codelace_answer' } },
  })
})

test('a model that begins with the user is given a first word, Claude needs none', () => {
  const messages = [message('assistant', said('b')), message('user', said('a'))]
  expect(encode({ messages }).warnings).toEqual([])
  const { body, warnings } = encode({ messages }, nova)
  expect(body['messages']).toMatchObject([
    { role: 'user' },
    { role: 'assistant' },
    { role: 'user' },
  ])
  expect(warnings).toMatchObject([{ param: 'messages' }])
})
