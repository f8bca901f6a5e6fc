import type { z } from 'zod'

import type { modelShape } from '#contract/gateway-shapes.ts'
import { parseDecimal, type PicoUsd, picoUsd } from '#domain/money.ts'
import type { PriceRates, PriceSheet } from '#domain/prices.ts'

/** One model as the catalogue tells it. */
export type ListedModel = z.output<typeof modelShape>

/** The prices of one endpoint, as text. */
export type ListedPricing = NonNullable<ListedModel['pricing']>

type RateTexts = Omit<ListedPricing, 'overrides'>

/** The price sheet behind the listed prices: the same one that the server charges by. */
export function sheetOf({ overrides = [], ...base }: ListedPricing): PriceSheet {
  return {
    base: ratesOf(base),
    tiers: overrides.map(({ min_prompt_tokens, ...rates }) => ({
      minPromptTokens: min_prompt_tokens,
      rates: ratesOf(rates),
    })),
  }
}

function ratesOf(texts: RateTexts): PriceRates {
  return {
    prompt: rate(texts.prompt),
    completion: rate(texts.completion),
    request: rate(texts.request),
    cacheRead: rate(texts.input_cache_read),
    cacheWrite: rate(texts.input_cache_write),
    cacheWrite1h: rate(texts.input_cache_write_1h),
    reasoning: rate(texts.internal_reasoning),
    audioPrompt: rate(texts.audio),
    audioCompletion: rate(texts.audio_output),
    imagePrompt: rate(texts.image_token),
    imageCompletion: rate(texts.image_output),
  }
}

function rate(text: string): PicoUsd {
  return picoUsd(parseDecimal(text, 12) ?? 0n)
}
