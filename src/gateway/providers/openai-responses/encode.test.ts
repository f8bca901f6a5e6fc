import { describe, expect, test } from 'vitest'

import type { EncodingTarget } from '#gateway/canonical/provider-protocol.ts'
import {
  noSampling,
  type Message,
  type ModelRequest,
  type Part,
  type ReasoningFormat,
  type ReasoningPart,
  type ReasoningWish,
} from '#gateway/canonical/request.ts'
import { asked } from '#test/gateway/asked.ts'

import { encode } from './encode-request.ts'

const target: EncodingTarget = {
  provider: 'openai',
  upstreamModel: 'gpt-5.4',
  maxOutputTokens: 100_000,
  maxTokens: null,
  baseUrl: 'https://api.openai.com/v1/',
}

const plain: ModelRequest = asked({
  messages: [{ role: 'user', name: null, parts: [text('Hi.')] }],
  stream: true,
})

const noWish: ReasoningWish = {
  enabled: null,
  effort: null,
  budgetTokens: null,
  isAdaptive: false,
  summary: null,
  isHidden: false,
}

function text(words: string): Part {
  return { kind: 'text', text: words, cache: null }
}

function message(role: Message['role'], ...parts: readonly Part[]): Message {
  return { role, parts, name: null }
}

function call(id: string, isCustom = false): Part {
  const said = isCustom ? 'raw' : '{"x":1}'
  return { kind: 'tool_call', id, name: 'f', arguments: said, isCustom, cache: null }
}

function result(callId: string, isError = false): Part {
  return {
    kind: 'tool_result',
    callId,
    content: [{ kind: 'text', text: 'one', cache: null }],
    isError,
    isCustom: false,
    cache: null,
  }
}

function reasoning(format: ReasoningFormat, data: string | null, words = ''): ReasoningPart {
  const form = words === '' ? 'encrypted' : 'summary'
  return {
    kind: 'reasoning',
    form,
    text: words,
    signature: null,
    data,
    id: 'rs_1',
    format,
    callId: null,
  }
}

function encoded(request: Partial<ModelRequest>, members: Partial<EncodingTarget> = {}) {
  const encoding = encode({ ...plain, ...request }, { ...target, ...members })
  if (encoding.kind === 'impossible') throw new TypeError(encoding.detail)
  return encoding.encoded
}

function inputOf(messages: readonly Message[], members: Partial<EncodingTarget> = {}): unknown {
  return encoded({ messages }, members).body['input']
}

test('a plain request says where, which model, and that nothing is stored', () => {
  expect(encoded({})).toEqual({
    url: 'https://api.openai.com/v1/responses',
    headers: {},
    body: {
      model: 'gpt-5.4',
      input: [{ role: 'user', content: 'Hi.' }],
      stream: true,
      store: false,
      include: ['reasoning.encrypted_content'],
    },
    warnings: [],
  })
})

test('the first system message is the instructions, later ones stay where they stand', () => {
  const { body } = encoded({
    messages: [
      message('system', text('A'), text('B')),
      message('developer', text('C')),
      message('user', text('Hi.')),
      message('system', text('D')),
    ],
  })
  expect(body['instructions']).toBe('A\n\nB')
  expect(body['input']).toEqual([
    { role: 'developer', content: 'C' },
    { role: 'user', content: 'Hi.' },
    { role: 'system', content: 'D' },
  ])
})

describe('a conversation with tools', () => {
  test('has its reasoning directly before the call, and each output by its call', () => {
    expect(
      inputOf([
        message('user', text('Go.')),
        message(
          'assistant',
          text('I will.'),
          reasoning('openai-responses-v1', 'gAAAAx'),
          call('a'),
        ),
        message('tool', result('a')),
      ]),
    ).toEqual([
      { role: 'user', content: 'Go.' },
      { role: 'assistant', content: 'I will.' },
      { type: 'reasoning', summary: [], encrypted_content: 'gAAAAx' },
      { type: 'function_call', call_id: 'a', name: 'f', arguments: '{"x":1}' },
      { type: 'function_call_output', call_id: 'a', output: 'one' },
    ])
  })

  test('keeps reasoning from everybody but its maker, and when nothing follows it', () => {
    const messages = [
      message('user', text('Go.')),
      message(
        'assistant',
        reasoning('anthropic-claude-v1', null, 'secret'),
        reasoning('xai-responses-v1', 'm/Nx'),
        text('So.'),
        reasoning('openai-responses-v1', 'gAAAAlast'),
      ),
    ]
    expect(JSON.stringify(inputOf(messages))).not.toMatch(/secret|m\/Nx|gAAAAlast/)
    expect(inputOf(messages, { provider: 'xai' })).toContainEqual({
      type: 'reasoning',
      summary: [],
      encrypted_content: 'm/Nx',
    })
    expect(inputOf(messages, { provider: 'azure' })).toHaveLength(2)
  })

  test('hands plain reasoning back to DeepSeek within the turn, and no further', () => {
    const turn = [
      message('assistant', reasoning('unknown', null, 'Hm.'), call('a')),
      message('tool', result('a')),
    ]
    const members = { provider: 'deepseek', upstreamModel: 'deepseek-v4' }
    const running = inputOf([message('user', text('Go.')), ...turn], members)
    expect(running).toContainEqual({
      type: 'reasoning',
      id: 'rs_1',
      summary: [],
      content: [{ type: 'reasoning_text', text: 'Hm.' }],
    })
    const over = inputOf([...turn, message('user', text('And now?'))], members)
    expect(JSON.stringify(over)).not.toContain('Hm.')
  })

  test('says in the text that a tool failed, since there is no other place', () => {
    expect(
      inputOf([message('assistant', call('a')), message('tool', result('a', true))]),
    ).toContainEqual({
      type: 'function_call_output',
      call_id: 'a',
      output: [
        { type: 'input_text', text: 'The tool failed:' },
        { type: 'input_text', text: 'one' },
      ],
    })
  })

  test('takes ids of any length and letters, and keeps call and output together', () => {
    const id = `toolu.${'x'.repeat(90)}`
    const input = inputOf([
      message('assistant', call(id)),
      message('user', result(id), text('Next.')),
    ])
    expect(input).toMatchObject([{ call_id: expect.stringMatching(/^[\w-]{1,64}$/) }, {}, {}])
    const [called, answered] = Array.isArray(input) ? input : []
    expect(answered).toMatchObject({ call_id: called.call_id })
  })
})

test('images, documents and refusals are written as this protocol has them', () => {
  const image = { kind: 'data' as const, mediaType: 'image/png', base64: 'AAAA' }
  const file = { kind: 'data' as const, mediaType: 'application/pdf', base64: 'BBBB' }
  expect(
    inputOf([
      message(
        'user',
        { kind: 'image', source: image, detail: 'high', cache: null },
        { kind: 'file', source: file, name: null, citations: null, cache: null },
      ),
      message('assistant', { kind: 'refusal', text: 'No.' }),
    ]),
  ).toEqual([
    {
      role: 'user',
      content: [
        { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'high' },
        { type: 'input_file', filename: 'file.pdf', file_data: 'data:application/pdf;base64,BBBB' },
      ],
    },
    {
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'refusal', refusal: 'No.' }],
    },
  ])
})

describe('tools', () => {
  const f = {
    kind: 'function' as const,
    name: 'f',
    description: null,
    parameters: null,
    strict: null,
    cache: null,
  }

  test('are flat, say that they are not strict, and may be demanded by name', () => {
    const { body } = encoded({
      tools: [f, { kind: 'custom', name: 'g', description: 'G.', format: { type: 'text' } }],
      toolChoice: { kind: 'named', name: 'g' },
      parallelToolCalls: false,
    })
    expect(body).toMatchObject({
      tools: [
        { type: 'function', name: 'f', parameters: { type: 'object' }, strict: false },
        { type: 'custom', name: 'g', description: 'G.', format: { type: 'text' } },
      ],
      tool_choice: { type: 'custom', name: 'g' },
      parallel_tool_calls: false,
    })
  })

  test('that the provider bills by the call, or that are not its own, are left out and told', () => {
    const provider = (type: string, param: string) =>
      ({ kind: 'provider', type, definition: { type }, param }) as const
    const { body, warnings } = encoded({
      tools: [
        provider('web_search', 'tools[0]'),
        provider('text_editor_20250728', 'tools[1]'),
        provider('mcp', 'tools[2]'),
      ],
    })
    expect(body['tools']).toEqual([{ type: 'mcp' }])
    expect(warnings.map(({ param }) => param)).toEqual(['tools[0]', 'tools[1]'])
  })
})

describe('the wish to reason', () => {
  const reasoningOf = (wish: Partial<ReasoningWish>, upstreamModel = 'gpt-5.4') =>
    encoded({ reasoning: { ...noWish, ...wish }, maxOutputTokens: 32_000 }, { upstreamModel }).body[
      'reasoning'
    ]

  test('in tokens becomes an effort, and what is to be seen is asked for as a summary', () => {
    expect(reasoningOf({ budgetTokens: 31_999 })).toEqual({ effort: 'xhigh', summary: 'auto' })
    expect(reasoningOf({ budgetTokens: 12_000 })).toEqual({ effort: 'medium', summary: 'auto' })
    expect(reasoningOf({ enabled: false, budgetTokens: 9 })).toEqual({ effort: 'none' })
    expect(reasoningOf({ effort: 'high' })).toEqual({ effort: 'high' })
    expect(reasoningOf({ effort: 'high', isHidden: true, enabled: true })).toEqual({
      effort: 'high',
    })
  })

  test('is fitted to the generation of the model, and kept from models without', () => {
    expect(reasoningOf({ effort: 'none' }, 'gpt-5-mini')).toEqual({ effort: 'minimal' })
    expect(reasoningOf({ effort: 'max' }, 'o4-mini')).toEqual({ effort: 'high' })
    expect(reasoningOf({ effort: 'high' }, 'gpt-4o')).toBeUndefined()
    const { warnings } = encoded(
      { reasoning: { ...noWish, effort: 'max' } },
      { upstreamModel: 'o3' },
    )
    expect(warnings).toMatchObject([{ param: 'reasoning.effort' }])
  })

  test('encrypted reasoning is asked of models that have it', () => {
    expect(encoded({}, { upstreamModel: 'gpt-4o' }).body).not.toHaveProperty('include')
    expect(encoded({}, { provider: 'deepseek', upstreamModel: 'd' }).body).not.toHaveProperty(
      'include',
    )
  })
})

test('what the protocol has no parameter for is told, and what decides about answers is refused', () => {
  const { warnings, body } = encoded({
    sampling: { ...noSampling, topK: 4, seed: 7, stop: ['x'], temperature: 0.3, topP: 1 },
  })
  expect(warnings.map(({ param }) => param)).toEqual(['top_k', 'seed', 'stop', 'temperature'])
  expect(body).not.toHaveProperty('temperature')
  expect(
    encoded({ sampling: { ...noSampling, temperature: 0.3 } }, { upstreamModel: 'gpt-4o' }).body,
  ).toMatchObject({
    temperature: 0.3,
  })
  const several = { ...plain, sampling: { ...noSampling, choiceCount: 2 } }
  expect(encode(several, target)).toMatchObject({ kind: 'impossible', param: 'n' })
  const sound = {
    kind: 'audio' as const,
    source: { kind: 'file_id' as const, id: 'x' },
    cache: null,
  }
  const heard = { ...plain, messages: [message('user', text('?'), sound)] }
  expect(encode(heard, target)).toMatchObject({
    kind: 'impossible',
    param: 'messages[0].content[1]',
  })
})

test('the limit of output is never below what OpenAI takes, unless money demands it', () => {
  const limitOf = (wished: number | null, maxTokens: number | null) =>
    encoded({ maxOutputTokens: wished }, { maxTokens }).body['max_output_tokens']
  expect(limitOf(1, null)).toBe(16)
  expect(limitOf(500, null)).toBe(500)
  expect(limitOf(500, 9)).toBe(9)
  expect(limitOf(null, null)).toBeUndefined()
})
