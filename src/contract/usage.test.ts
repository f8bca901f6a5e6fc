import { describe, expect, test } from 'vitest'

import { nanoUsd, picoUsd } from '#domain/money.ts'
import type { Cost } from '#domain/pricing.ts'
import { zeroUsage } from '#domain/usage.ts'

import { costMembers, usageJson } from './usage.ts'

const cost: Cost = {
  costNanoUsd: nanoUsd(12_345_678_901_234n),
  promptPicoUsd: picoUsd(12_345_678_901_233_999n),
  completionPicoUsd: picoUsd(1n),
  requestPicoUsd: picoUsd(0n),
  lines: [],
}

describe('usage', () => {
  test('amounts are exact decimals, without exponents or doubles', () => {
    expect(Object.fromEntries(costMembers(cost))).toEqual({
      cost: '12345.678901234',
      is_byok: 'false',
      cost_details:
        '{"upstream_inference_cost":null,"upstream_inference_prompt_cost":12345.678901233999,"upstream_inference_completions_cost":0.000000000001}',
    })
  })

  test('a whole object of ours is JSON in the usual form', () => {
    const usage = {
      ...zeroUsage,
      promptTokens: 3,
      completionTokens: 2,
      cachedTokens: 1,
      cacheWriteTokens: 1,
      imagePromptTokens: 1,
      imageCompletionTokens: 2,
    }
    expect(JSON.parse(usageJson(usage, cost))).toMatchObject({
      prompt_tokens: 3,
      completion_tokens: 2,
      total_tokens: 5,
      prompt_tokens_details: { cached_tokens: 1, cache_write_tokens: 1, image_tokens: 1 },
      completion_tokens_details: { reasoning_tokens: 0, image_tokens: 2 },
      cost: 12_345.678901234,
    })
  })
})
