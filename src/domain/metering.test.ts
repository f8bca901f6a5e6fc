import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { findUsage, normaliseUsage, usageLimits } from './metering.ts'
import { picoUsd } from './money.ts'
import type { PriceRates } from './prices.ts'
import { costOf } from './pricing.ts'
import { zeroUsage } from './usage.ts'

const limits = { promptTokensMax: 200_000, completionTokensMax: 200_000 }

const standard = {
  prompt_tokens: 120,
  completion_tokens: 40,
  total_tokens: 160,
  prompt_tokens_details: { cached_tokens: 100, audio_tokens: 3 },
  completion_tokens_details: { reasoning_tokens: 30, audio_tokens: 1 },
}

describe('every spelling of usage comes out in one form', () => {
  const cases: [string, unknown, object][] = [
    [
      'OpenAI with details',
      standard,
      {
        promptTokens: 120,
        completionTokens: 40,
        cachedTokens: 100,
        reasoningTokens: 30,
        audioPromptTokens: 3,
        audioCompletionTokens: 1,
      },
    ],
    [
      'plain counts, details null',
      {
        prompt_tokens: 5,
        completion_tokens: 2,
        total_tokens: 7,
        prompt_tokens_details: null,
        completion_tokens_details: null,
      },
      { promptTokens: 5, completionTokens: 2 },
    ],
    [
      'DeepSeek, only its own names for the cache',
      {
        prompt_tokens: 70,
        completion_tokens: 1,
        prompt_cache_hit_tokens: 64,
        prompt_cache_miss_tokens: 6,
      },
      { promptTokens: 70, completionTokens: 1, cachedTokens: 64 },
    ],
    [
      'Moonshot and Together',
      { prompt_tokens: 70, completion_tokens: 1, total_tokens: 71, cached_tokens: 16 },
      { promptTokens: 70, completionTokens: 1, cachedTokens: 16 },
    ],
    [
      'Mistral',
      { prompt_tokens: 70, completion_tokens: 1, total_tokens: 71, num_cached_tokens: 17 },
      { promptTokens: 70, completionTokens: 1, cachedTokens: 17 },
    ],
    [
      'Databricks, cache inside the prompt',
      {
        prompt_tokens: 70,
        completion_tokens: 1,
        total_tokens: 71,
        cache_read_input_tokens: 18,
        cache_creation_input_tokens: 4,
      },
      { promptTokens: 70, completionTokens: 1, cachedTokens: 18, cacheWriteTokens: 4 },
    ],
    [
      'a compatible API over Anthropic, cache outside the prompt but inside the total',
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 115,
        cache_read_input_tokens: 60,
        cache_creation_input_tokens: 40,
        cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 30 },
      },
      {
        promptTokens: 110,
        completionTokens: 5,
        cachedTokens: 60,
        cacheWriteTokens: 10,
        cacheWrite1hTokens: 30,
      },
    ],
    [
      'OpenRouter with cache writes and images',
      {
        prompt_tokens: 194,
        completion_tokens: 1290,
        total_tokens: 1484,
        cost: 0.0012,
        cost_details: { upstream_inference_cost: null },
        is_byok: false,
        prompt_tokens_details: { cached_tokens: 10, cache_write_tokens: 100, video_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0, image_tokens: 1290 },
      },
      {
        promptTokens: 194,
        completionTokens: 1290,
        cachedTokens: 10,
        cacheWriteTokens: 100,
        imageCompletionTokens: 1290,
      },
    ],
    [
      'xAI, where the completion is without the reasoning',
      {
        prompt_tokens: 12,
        completion_tokens: 1,
        total_tokens: 303,
        completion_tokens_details: { reasoning_tokens: 290 },
        num_sources_used: 0,
      },
      { promptTokens: 12, completionTokens: 291, reasoningTokens: 290 },
    ],
    [
      'the same without a total: a part cannot be larger than its whole',
      {
        prompt_tokens: 12,
        completion_tokens: 1,
        completion_tokens_details: { reasoning_tokens: 290 },
      },
      { promptTokens: 12, completionTokens: 291, reasoningTokens: 290 },
    ],
    [
      'Mistral with audio, where the prompt is without the audio',
      {
        prompt_audio_seconds: 3,
        prompt_tokens: 9,
        completion_tokens: 248,
        total_tokens: 632,
        prompt_tokens_details: { cached_tokens: 0, audio_tokens: 375 },
      },
      { promptTokens: 384, completionTokens: 248, audioPromptTokens: 375 },
    ],
    [
      'thinking that only the total knows',
      { prompt_tokens: 8, completion_tokens: 10, total_tokens: 90 },
      { promptTokens: 8, completionTokens: 82, reasoningTokens: 72 },
    ],
    [
      'cache and reasoning both outside',
      {
        prompt_tokens: 8,
        completion_tokens: 10,
        total_tokens: 8 + 10 + 50 + 7,
        cache_read_input_tokens: 50,
        completion_tokens_details: { reasoning_tokens: 7 },
      },
      { promptTokens: 58, completionTokens: 17, cachedTokens: 50, reasoningTokens: 7 },
    ],
    [
      'no completion count, but a total',
      { prompt_tokens: 8, completion_tokens: null, total_tokens: 11 },
      { promptTokens: 8, completionTokens: 3 },
    ],
    [
      'a total smaller than its parts is ignored',
      { prompt_tokens: 8, completion_tokens: 9, total_tokens: 3 },
      { promptTokens: 8, completionTokens: 9 },
    ],
    [
      'grok, with more cached tokens than prompt: cut to the prompt',
      {
        prompt_tokens: 293,
        completion_tokens: 58,
        total_tokens: 351,
        prompt_tokens_details: { cached_tokens: 387, text_tokens: 293 },
      },
      { promptTokens: 293, completionTokens: 58, cachedTokens: 293 },
    ],
    [
      'parts that overlap fill the prompt once',
      {
        prompt_tokens: 100,
        completion_tokens: 1,
        total_tokens: 101,
        prompt_tokens_details: {
          cached_tokens: 80,
          cache_write_tokens: 70,
          cache_write_1h_tokens: 30,
        },
      },
      {
        promptTokens: 100,
        completionTokens: 1,
        cachedTokens: 80,
        cacheWriteTokens: 20,
        cacheWrite1hTokens: 0,
      },
    ],
  ]
  it.each(cases)('%s', (_, raw, expected) => {
    expect(normaliseUsage(raw, limits)).toEqual({ usage: { ...zeroUsage, ...expected } })
  })
})

describe('absurd usage is not believed', () => {
  const cases: [unknown, string][] = [
    [undefined, 'missing'],
    [null, 'missing'],
    ['usage', 'missing'],
    [[1, 2], 'missing'],
    [{}, 'missing'],
    [{ prompt_tokens: 5 }, 'missing'],
    [{ prompt_tokens: null, completion_tokens: 5 }, 'missing'],
    [{ prompt_tokens: 193, completion_tokens: null, total_tokens: null }, 'missing'],
    [{ prompt_tokens: '5', completion_tokens: 5 }, 'not_whole'],
    [{ prompt_tokens: 5.5, completion_tokens: 5 }, 'not_whole'],
    [{ prompt_tokens: 1e300, completion_tokens: 5 }, 'not_whole'],
    [{ prompt_tokens: true, completion_tokens: 5 }, 'not_whole'],
    [{ prompt_tokens: -5, completion_tokens: 5 }, 'negative'],
    [
      { prompt_tokens: 5, completion_tokens: 5, prompt_tokens_details: { cached_tokens: -5 } },
      'negative',
    ],
    [{ prompt_tokens: 200_001, completion_tokens: 5 }, 'above_limit'],
    [{ prompt_tokens: 5, completion_tokens: 200_001 }, 'above_limit'],
    [{ prompt_tokens: 5, completion_tokens: 5, total_tokens: 9_000_000 }, 'above_limit'],
    [{ prompt_tokens: 5, completion_tokens: 5, cached_tokens: 9_000_000 }, 'above_limit'],
    [{ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }, 'empty'],
  ]
  it.each(cases)('%j is rejected as %s', (raw, reject) => {
    expect(normaliseUsage(raw, limits)).toEqual({ reject })
  })

  it('whatever JSON comes, the counts are sane and the cost is never a credit (100,000 cases)', () => {
    const count = fc.oneof(
      fc.integer({ min: 0, max: 200_000 }),
      fc.integer(),
      fc.double(),
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom(null, undefined, -1, 1e308, Number.MAX_SAFE_INTEGER, '12', true),
    )
    const details = fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.record(
        {
          cached_tokens: count,
          cache_write_tokens: count,
          cache_write_1h_tokens: count,
          audio_tokens: count,
          image_tokens: count,
          reasoning_tokens: count,
        },
        { requiredKeys: [] },
      ),
    )
    const usage = fc.record(
      {
        prompt_tokens: count,
        completion_tokens: count,
        total_tokens: count,
        prompt_tokens_details: details,
        completion_tokens_details: details,
        prompt_cache_hit_tokens: count,
        cached_tokens: count,
        num_cached_tokens: count,
        cache_read_input_tokens: count,
        cache_creation_input_tokens: count,
        cache_creation: details,
        reasoning_tokens: count,
      },
      { requiredKeys: [] },
    )
    const names = ['prompt', 'completion', 'cacheRead', 'cacheWrite', 'cacheWrite1h', 'reasoning']
    const more = ['audioPrompt', 'audioCompletion', 'imagePrompt', 'imageCompletion', 'request']
    const base = Object.fromEntries(
      [...names, ...more].map((name) => [name, picoUsd(1_000_000n)]),
    ) as unknown as PriceRates
    fc.assert(
      fc.property(fc.oneof(usage, fc.jsonValue({ maxDepth: 2 })), (raw) => {
        const result = normaliseUsage(raw, limits)
        if ('reject' in result) return true
        const { usage: counts } = result
        const values = Object.values(counts)
        return (
          values.every((value) => Number.isSafeInteger(value) && value >= 0 && value <= 200_000) &&
          counts.cachedTokens + counts.cacheWriteTokens + counts.cacheWrite1hTokens <=
            counts.promptTokens &&
          counts.reasoningTokens <= counts.completionTokens &&
          costOf(counts, { base, tiers: [] }).costNanoUsd >= 0n
        )
      }),
      { numRuns: 100_000 },
    )
  }, 120_000)
})

describe('the limits of belief', () => {
  it('are the context for the prompt and for each choice', () => {
    expect(usageLimits({ contextLength: 8192, maxOutput: 4096 }, 3)).toEqual({
      promptTokensMax: 8192,
      completionTokensMax: 3 * 8192,
    })
  })
})

describe('usage is found wherever a vendor puts it', () => {
  it('at the top, in x_groq, or in the last choice that has it', () => {
    expect(findUsage({ usage: standard })).toBe(standard)
    expect(findUsage({ usage: null, x_groq: { id: 'req', usage: standard } })).toBe(standard)
    expect(findUsage({ choices: [{ usage: { prompt_tokens: 1 } }, { usage: standard }, {}] })).toBe(
      standard,
    )
  })

  it('and nowhere else, in any JSON', () => {
    expect(findUsage({ usage: null, choices: [] })).toBeUndefined()
    expect(findUsage({ x_groq: { id: 'req' }, choices: [null, 3, {}] })).toBeUndefined()
    fc.assert(fc.property(fc.jsonValue(), (event) => void findUsage(event)))
  })
})
