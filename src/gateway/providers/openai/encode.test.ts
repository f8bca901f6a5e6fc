import { expect, test } from 'vitest'

import type { JsonObject } from '#gateway/canonical/request.ts'
import { readChatRequest } from '#gateway/clients/chat/read-request.ts'

import { billingBody, encodeChat } from './encode.ts'

const hosts = {
  openai: 'https://api.openai.com/v1',
  openrouter: 'https://openrouter.ai/api/v1',
  mistral: 'https://api.mistral.ai/v1',
  deepseek: 'https://api.deepseek.com',
  groq: 'https://api.groq.com/openai/v1',
  vllm: 'http://127.0.0.1:8000/v1/',
}

const user = { role: 'user', content: 'Hi' }

function encode(
  provider: keyof typeof hosts,
  body: JsonObject,
  upstreamModel = 'some-model',
  maxTokens: number | null = null,
) {
  const { request } = readChatRequest({ body, headers: {}, address: null })
  const baseUrl = hosts[provider]
  return encodeChat(request, { provider, upstreamModel, maxOutputTokens: 8000, maxTokens, baseUrl })
}

function bodyOf(...asked: Parameters<typeof encode>): JsonObject {
  const result = encode(...asked)
  if (result.kind === 'impossible') throw new Error(result.detail)
  return result.encoded.body
}

function warningsOf(...asked: Parameters<typeof encode>): string[] {
  const result = encode(...asked)
  return result.kind === 'impossible'
    ? ['impossible']
    : result.encoded.warnings.map(({ param }) => param)
}

test('each server is asked at its own address, under its own names, with usage when it streams', () => {
  const asked = {
    messages: [{ role: 'developer', content: 'Be brief' }, user],
    max_tokens: 5,
    stream: true,
    seed: 1,
  }
  const result = encode('vllm', asked)
  expect(result).toMatchObject({ encoded: { url: 'http://127.0.0.1:8000/v1/chat/completions' } })
  expect(bodyOf('openai', asked)).toMatchObject({
    max_completion_tokens: 5,
    messages: [{ role: 'developer' }, { role: 'user' }],
    stream_options: { include_usage: true },
    seed: 1,
  })
  expect(bodyOf('mistral', asked)).toMatchObject({
    max_tokens: 5,
    messages: [{ role: 'system' }, {}],
    random_seed: 1,
  })
  expect(bodyOf('openai', asked, 'some-model', 3)).toMatchObject({ max_completion_tokens: 3 })
})

test('members that a server refuses are left out, and the client is told', () => {
  const asked = {
    messages: [user],
    top_k: 4,
    temperature: 0.2,
    logit_bias: { 1: 2 },
    presence_penalty: 0,
  }
  expect(warningsOf('openai', asked)).toEqual(['top_k'])
  expect(warningsOf('openai', asked, 'gpt-5-mini')).toEqual(['temperature', 'top_k', 'logit_bias'])
  expect(warningsOf('mistral', asked)).toEqual(['top_k', 'logit_bias'])
  expect(warningsOf('openrouter', asked)).toEqual([])
})

test('how much to think is said in the words of each server', () => {
  const asked = (reasoning: JsonObject) => ({ messages: [user], reasoning })
  const effort = asked({ effort: 'xhigh' })
  expect(bodyOf('openai', effort, 'gpt-5.2')).toMatchObject({ reasoning_effort: 'xhigh' })
  expect(warningsOf('openai', effort, 'gpt-4o')).toEqual(['reasoning'])
  expect(bodyOf('openrouter', effort)).toMatchObject({ reasoning: { effort: 'xhigh' } })
  expect(bodyOf('mistral', effort)).toMatchObject({ reasoning_effort: 'high' })
  expect(bodyOf('deepseek', effort)).toMatchObject({
    thinking: { type: 'enabled' },
    reasoning_effort: 'xhigh',
  })
  expect(bodyOf('deepseek', asked({ enabled: false }))).toMatchObject({
    thinking: { type: 'disabled' },
  })
  expect(bodyOf('groq', effort, 'openai/gpt-oss-20b')).toMatchObject({ reasoning_effort: 'high' })
  expect(bodyOf('openai', asked({ max_tokens: 7000 }), 'o3')).toMatchObject({
    reasoning_effort: 'high',
  })
  expect(bodyOf('openrouter', asked({ max_tokens: 7000, exclude: true }))).toMatchObject({
    reasoning: { max_tokens: 7000, exclude: true },
  })
})

const turn = [
  user,
  {
    role: 'assistant',
    content: null,
    reasoning_content: 'I look it up',
    tool_calls: [
      { id: 'call_abcdefghijklmnop', type: 'function', function: { name: 'f', arguments: '{}' } },
    ],
  },
  {
    role: 'tool',
    tool_call_id: 'call_abcdefghijklmnop',
    content: [
      { type: 'text', text: 'seen' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
    ],
  },
]

test('reasoning goes back to DeepSeek within a turn, to OpenRouter always, to nobody else', () => {
  const thoughtOf = (provider: keyof typeof hosts, messages: readonly unknown[]) => {
    const [, message] = bodyOf(provider, { messages })['messages'] as readonly JsonObject[]
    return message?.['reasoning_content'] ?? message?.['reasoning']
  }
  expect(thoughtOf('deepseek', turn)).toBe('I look it up')
  expect(thoughtOf('deepseek', [...turn, user])).toBeUndefined()
  expect(thoughtOf('openrouter', [...turn, user])).toBe('I look it up')
  expect(thoughtOf('openai', turn)).toBeUndefined()
})

test('what OpenRouter and a foreign maker signed goes back to OpenRouter unchanged', () => {
  const details = [
    {
      type: 'reasoning.text',
      text: 'I see',
      signature: 'sig==',
      format: 'anthropic-claude-v1',
      index: 0,
    },
    { type: 'reasoning.summary', summary: 'S', format: 'openai-responses-v1', index: 1 },
    {
      type: 'reasoning.encrypted',
      data: 'gAAA',
      id: 'rs_1',
      format: 'openai-responses-v1',
      index: 2,
    },
    {
      type: 'reasoning.encrypted',
      data: 'CiQ=',
      id: 'tool_0',
      format: 'google-gemini-v1',
      index: 3,
    },
  ]
  const messages = [user, { role: 'assistant', content: 'x', reasoning_details: details }]
  expect(bodyOf('openrouter', { messages })['messages']).toMatchObject([
    {},
    { reasoning_details: details },
  ])
})

test('ids, images in results and what must stand between follow the rules of the server', () => {
  const openai = bodyOf('openai', { messages: turn })['messages'] as readonly JsonObject[]
  expect(openai.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'user'])
  expect(openai[2]).toEqual({
    role: 'tool',
    tool_call_id: 'call_abcdefghijklmnop',
    content: 'seen',
  })
  expect(openai[3]?.['content']).toMatchObject([{ type: 'text' }, { type: 'image_url' }])
  const mistral = bodyOf('mistral', { messages: turn })['messages'] as readonly JsonObject[]
  expect(mistral.map(({ role }) => role)).toEqual([
    'user',
    'assistant',
    'tool',
    'assistant',
    'user',
  ])
  expect(mistral[2]?.['tool_call_id']).toMatch(/^[a-zA-Z0-9]{9}$/)
  expect(mistral[1]).toMatchObject({ tool_calls: [{ id: mistral[2]?.['tool_call_id'] }] })
})

test('tools that take text become functions where there are none, and a grammar is told in words', () => {
  const asked = {
    messages: [user],
    tools: [
      {
        type: 'custom',
        custom: { name: 'patch', format: { type: 'grammar', syntax: 'lark', definition: 'x' } },
      },
    ],
    tool_choice: { type: 'custom', custom: { name: 'patch' } },
  }
  expect(bodyOf('openai', asked)).toMatchObject({
    tools: [
      { type: 'custom', custom: { format: { type: 'grammar', grammar: { syntax: 'lark' } } } },
    ],
    tool_choice: { type: 'custom', custom: { name: 'patch' } },
  })
  expect(bodyOf('vllm', asked)).toMatchObject({
    tools: [{ type: 'function', function: { name: 'patch', parameters: { required: ['input'] } } }],
    tool_choice: { type: 'function', function: { name: 'patch' } },
  })
})

test('a schema is bound where it can be, and told in words with a warning where it cannot', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } }
  const asked = {
    messages: [user],
    response_format: { type: 'json_schema', json_schema: { name: 'n', schema, strict: true } },
  }
  expect(bodyOf('openai', asked)['response_format']).toEqual(asked.response_format)
  expect(bodyOf('deepseek', asked)).toMatchObject({ response_format: { type: 'json_object' } })
  expect(JSON.stringify(bodyOf('deepseek', asked)['messages'])).toContain('JSON Schema')
  expect(warningsOf('deepseek', asked)).toEqual(['response_format'])
})

test('what cannot be served at all is impossible, with the reason', () => {
  const audio = [{ type: 'input_audio', input_audio: { data: 'https://x/y.mp3' } }]
  expect(encode('openai', { messages: [{ role: 'user', content: audio }] })).toMatchObject({
    kind: 'impossible',
  })
  expect(encode('openai', { messages: [user], n: 2 })).toMatchObject({
    kind: 'impossible',
    param: 'n',
  })
  const file = [{ type: 'file', file: { file_data: 'data:application/pdf;base64,AA==' } }]
  expect(encode('groq', { messages: [{ role: 'user', content: file }] }).kind).toBe('impossible')
  expect(
    bodyOf('mistral', { messages: [{ role: 'user', content: file }] })['messages'],
  ).toMatchObject([{ content: [{ type: 'document_url' }] }])
})

test('what a request is billed by holds all that was said, in the members that bounds are read from', () => {
  const body = {
    messages: [
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x/y.png' } }] },
      { role: 'assistant', content: '', audio: { id: 'audio_1' } },
    ],
    max_tokens: 7,
    n: 3,
    service_tier: 'priority',
    tools: [{ type: 'web_search_20250305', name: 'web_search' }],
    modalities: ['text', 'audio'],
    audio: { voice: 'x' },
    cache_control: { type: 'ephemeral', ttl: '1h' },
  }
  const { request } = readChatRequest({ body, headers: {}, address: null })
  expect(billingBody(request, 'a/b')).toMatchObject({ model: 'a/b', ...body })
})
