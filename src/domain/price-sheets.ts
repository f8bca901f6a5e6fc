import type { PicoUsd } from './money.ts'
import { picoUsd } from './money.ts'
import type { PriceRates, PriceSheet, PriceTier } from './prices.ts'

/** The rates somebody gave; what is absent follows from what is there (`completeRates`). */
export type GivenRates = { readonly [Item in keyof PriceRates]?: PicoUsd }

/** Every item of a price sheet, in the order in which it is written down and hashed. */
export const priceItems = [
  'prompt',
  'completion',
  'cacheRead',
  'cacheWrite',
  'cacheWrite1h',
  'reasoning',
  'audioPrompt',
  'audioCompletion',
  'imagePrompt',
  'imageCompletion',
  'request',
] as const satisfies readonly (keyof PriceRates)[]

/**
 * Fills a sheet's gaps so that no token is ever unpriced: a special kind of prompt or completion costs
 * what plain ones cost, a one-hour cache write what a five-minute one costs, a request nothing. In a tier
 * (`base` given) what is absent stays as in the base.
 */
export function completeRates(
  given: GivenRates & { readonly prompt: PicoUsd; readonly completion: PicoUsd },
): PriceRates {
  const cacheWrite = given.cacheWrite ?? given.prompt
  return {
    prompt: given.prompt,
    completion: given.completion,
    cacheRead: given.cacheRead ?? given.prompt,
    cacheWrite,
    cacheWrite1h: given.cacheWrite1h ?? cacheWrite,
    reasoning: given.reasoning ?? given.completion,
    audioPrompt: given.audioPrompt ?? given.prompt,
    audioCompletion: given.audioCompletion ?? given.completion,
    imagePrompt: given.imagePrompt ?? given.prompt,
    imageCompletion: given.imageCompletion ?? given.completion,
    request: given.request ?? picoUsd(0n),
  }
}

/**
 * A sheet from given rates. A tier that leaves out an item keeps what was given for it in the base, and
 * otherwise follows the tier's own plain rates. Tiers come out in rising order.
 */
export function makeSheet(given: {
  base: GivenRates & { readonly prompt: PicoUsd; readonly completion: PicoUsd }
  tiers: readonly { readonly minPromptTokens: number; readonly rates: GivenRates }[]
}): PriceSheet {
  const tiers: PriceTier[] = given.tiers.map((tier) => ({
    minPromptTokens: tier.minPromptTokens,
    rates: completeRates({ ...given.base, ...tier.rates }),
  }))
  tiers.sort((left, right) => left.minPromptTokens - right.minPromptTokens)
  return { base: completeRates(given.base), tiers }
}

/** The sheet on which nothing costs anything. */
export const freeSheet: PriceSheet = makeSheet({
  base: { prompt: picoUsd(0n), completion: picoUsd(0n) },
  tiers: [],
})

/**
 * One exact, unambiguous text for a sheet: equal sheets have equal texts and different sheets different
 * ones. The id of a price version is a hash of it.
 */
export function canonicalSheetText(sheet: PriceSheet): string {
  const lines = [`base ${ratesText(sheet.base)}`]
  for (const tier of sheet.tiers) lines.push(`${tier.minPromptTokens} ${ratesText(tier.rates)}`)
  return lines.join('\n')
}

function ratesText(rates: PriceRates): string {
  return priceItems.map((item) => `${item}=${rates[item]}`).join(' ')
}
