import { expect, test } from 'vitest'

import type { JsonObject } from '#gateway/canonical/request.ts'
import { sealReasoning } from '#gateway/canonical/sealed-reasoning.ts'

import { encodeAnthropicNative } from './encode-native.ts'

const target = {
  provider: 'anthropic',
  upstreamModel: 'claude-opus-4-8',
  maxOutputTokens: 32_000,
  maxTokens: null,
  baseUrl: 'https://api.anthropic.com/v1',
}

/** What a coding agent sends: much of it is known to Anthropic alone. */
const agent: JsonObject = {
  model: 'anthropic/claude-opus-4.8',
  max_tokens: 20_000,
  system: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral', scope: 'global' } }],
  messages: [
    { role: 'user', content: [{ type: 'text', text: 'a' }] },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: '', signature: 'EqQB' },
        { type: 'tool_use', id: 'toolu_1', name: 'Bash', input: {}, caller: { type: 'direct' } },
      ],
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'b' }] },
    { role: 'system', content: 'Remember.' },
  ],
  tools: [{ name: 'Bash', input_schema: { type: 'object' }, defer_loading: true }],
  thinking: { type: 'adaptive', display: 'omitted' },
  output_config: { effort: 'high', novelty: 1 },
  context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] },
  metadata: { user_id: '{"device":"x"}' },
  stream: true,
}

test('everything but the name of the model is the same value', () => {
  const { url, body, headers, warnings } = encodeAnthropicNative(agent, target)
  expect(url).toBe('https://api.anthropic.com/v1/messages')
  expect(headers).toEqual({ 'anthropic-version': '2023-06-01' })
  expect(warnings).toEqual([])
  const changed = Object.keys(body).filter((name) => body[name] !== agent[name])
  expect(changed).toEqual(['model'])
  expect(body['model']).toBe('claude-opus-4-8')
})

test('the betas that the client asks for are passed on, rubbish in the header is not', () => {
  const { headers } = encodeAnthropicNative(agent, target, {
    'anthropic-beta':
      'context-management-2025-06-27, mid-conversation-system-2026-04-01,,bad one\r\n',
  })
  expect(headers['anthropic-beta']).toBe(
    'context-management-2025-06-27,mid-conversation-system-2026-04-01',
  )
})

test('what is for the gateway is taken out', () => {
  const { body } = encodeAnthropicNative(
    { ...agent, models: ['a'], provider: { order: [] }, transforms: [], fallbacks: [] },
    target,
  )
  expect(Object.keys(body)).toEqual(Object.keys(agent))
})

test('a limit that the balance demands also bounds the budget of thinking', () => {
  const enabled = { ...agent, thinking: { type: 'enabled', budget_tokens: 16_000 } }
  const at = (maxTokens: number) => encodeAnthropicNative(enabled, { ...target, maxTokens }).body
  expect(at(18_000)).toMatchObject({ max_tokens: 18_000, thinking: { budget_tokens: 16_000 } })
  expect(at(4_000)).toMatchObject({ max_tokens: 4_000, thinking: { budget_tokens: 3_999 } })
  expect(at(1_000)).toMatchObject({ max_tokens: 1_000, thinking: { type: 'disabled' } })
})

test('thoughts of other makers stay here, and ids that Anthropic refuses are rewritten in pairs', () => {
  const sealed = sealReasoning({
    form: 'text',
    signature: 'gemini',
    data: null,
    id: null,
    format: 'google-gemini-v1',
    callId: null,
  })
  const { body } = encodeAnthropicNative(
    {
      ...agent,
      messages: [
        { role: 'user', content: 'a' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: sealed },
            { type: 'redacted_thinking', data: sealed },
            { type: 'tool_use', id: 'call.1', name: 'f', input: {} },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call.1' }] },
        { role: 'assistant', content: [{ type: 'thinking', thinking: '', signature: sealed }] },
      ],
    },
    target,
  )
  const id = 'clc_63616c6c2e31'
  expect(body['messages']).toEqual([
    { role: 'user', content: 'a' },
    { role: 'assistant', content: [{ type: 'tool_use', id, name: 'f', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: id }] },
  ])
})

test('words of the system become a marked text for a model that refuses them there', () => {
  const older = { ...target, upstreamModel: 'claude-sonnet-4-5' }
  const { body, warnings } = encodeAnthropicNative(agent, older)
  expect(body['messages']).toMatchObject([
    {},
    {},
    {},
    { role: 'user', content: '<system>\nRemember.\n</system>' },
  ])
  expect(warnings).toMatchObject([{ param: 'messages[3]' }])
})
