import { describe, expect, test } from 'vitest'

import {
  type ModelRequest,
  noSampling,
  type Part,
  type ReasoningWish,
} from '#gateway/canonical/request.ts'
import { asked, call, look, message, nothingWished, result, thought } from '#test/gateway/asked.ts'

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

test('max_tokens is always sent: what may be paid, else the wish, else what the model gives', () => {
  expect(encode({}).body).toMatchObject({ model: 'claude-opus-4-8', max_tokens: 32_000 })
  expect(encode({ maxOutputTokens: 500 }).body['max_tokens']).toBe(500)
  expect(encode({ maxOutputTokens: 500 }, 'claude-opus-4-8', 90).body['max_tokens']).toBe(90)
  const { body, warnings } = encode({ maxOutputTokens: 100_000 })
  expect(body['max_tokens']).toBe(32_000)
  expect(warnings).toMatchObject([{ param: 'max_tokens' }])
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
