import { assert } from '#domain/faults.ts'
import { picoUsd } from '#domain/money.ts'
import type { PriceRates, PriceSheet, PriceTier } from '#domain/prices.ts'

const rateNames = [
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

/** A price sheet as JSON: rates are whole pico-dollars as text, because JSON numbers are not exact. */
export function priceSheetToJson(sheet: PriceSheet): string {
  return JSON.stringify(sheet, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
}

/** Reads what `priceSheetToJson` wrote, parsed. Anything else is our own mistake. */
export function priceSheetFromJson(json: unknown): PriceSheet {
  assert(isObject(json) && Array.isArray(json['tiers']), 'a stored price sheet has tiers')
  return { base: ratesFromJson(json['base']), tiers: json['tiers'].map(tierFromJson) }
}

function tierFromJson(json: unknown): PriceTier {
  assert(isObject(json), 'a stored price tier is an object')
  const { minPromptTokens } = json
  assert(typeof minPromptTokens === 'number', 'a stored price tier has a threshold')
  return { minPromptTokens, rates: ratesFromJson(json['rates']) }
}

function ratesFromJson(json: unknown): PriceRates {
  assert(isObject(json), 'stored price rates are an object')
  const rates = rateNames.map((name) => {
    const value = json[name]
    assert(typeof value === 'string', `a stored price sheet has the rate ${name}`)
    return [name, picoUsd(BigInt(value))]
  })
  return Object.fromEntries(rates) as PriceRates
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
