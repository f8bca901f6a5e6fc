import type { z } from 'zod'

import type { priceVersionShape } from '#contract/control/prices.ts'
import { formatDecimal } from '#domain/money.ts'
import { priceItems } from '#domain/price-sheets.ts'
import type { PriceRates, PriceVersion } from '#domain/prices.ts'
import type { PriceItem } from '#domain/pricing.ts'

type PriceVersionView = z.input<typeof priceVersionShape>

type RateName = keyof PriceVersionView['base']

const rateNames: Readonly<Record<PriceItem, RateName>> = {
  prompt: 'prompt',
  completion: 'completion',
  cacheRead: 'cache_read',
  cacheWrite: 'cache_write',
  cacheWrite1h: 'cache_write_1h',
  reasoning: 'reasoning',
  audioPrompt: 'audio_prompt',
  audioCompletion: 'audio_completion',
  imagePrompt: 'image_prompt',
  imageCompletion: 'image_completion',
  request: 'request',
}

/** A price version in the words of the wire. */
export function viewPriceVersion({ id, sheet }: PriceVersion): PriceVersionView {
  return {
    id,
    base: viewRates(sheet.base),
    tiers: sheet.tiers.map((tier) => ({
      min_prompt_tokens: tier.minPromptTokens,
      rates: viewRates(tier.rates),
    })),
  }
}

/** One rate in the words of the wire: its name, and US dollars per million tokens or per request. */
export function viewRate(
  item: PriceItem,
  rate: bigint | null,
): { readonly name: RateName; readonly text: string | null } {
  // Pico-dollars per token are micro-dollars per million tokens.
  const decimals = item === 'request' ? 12 : 6
  return { name: rateNames[item], text: rate === null ? null : formatDecimal(rate, decimals) }
}

function viewRates(rates: PriceRates): PriceVersionView['base'] {
  const texts = priceItems.map((item) => {
    const { name, text } = viewRate(item, rates[item])
    return [name, text]
  })
  return Object.fromEntries(texts) as PriceVersionView['base']
}
