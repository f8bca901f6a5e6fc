import type { ConditionalPrice, ModelInfo, ModelPrice } from '@pydantic/genai-prices'
import { calcPrice, findProvider } from '@pydantic/genai-prices'

import type { PicoUsd } from '#domain/money.ts'
import { parseDecimal, picoUsd } from '#domain/money.ts'
import type { GivenRates } from '#domain/price-sheets.ts'
import { makeSheet } from '#domain/price-sheets.ts'
import type { PriceRates, PriceSheet } from '#domain/prices.ts'
import { isFree } from '#domain/pricing.ts'

/** What is publicly known of one provider's model. */
export interface KnownModel {
  /** Null when no list price is known, or it is zero: nothing is free by accident. */
  readonly sheet: PriceSheet | null
  readonly contextLength: number | null
}

/** Whose price list a provider at this address has; null when that is not known. */
export function priceSourceOf(baseUrl: string): string | null {
  return findProvider({ providerApiUrl: baseUrl })?.id ?? null
}

/**
 * The list price on a day, exactly: the price list's decimal numbers are read as texts, and never
 * calculated with. A price that depends on the hour comes out at its dearest hour, and one finer than the
 * money unit a millionth of a cent above: what a provider bills is always covered.
 */
export function knownModel(question: {
  priceSource: string
  upstreamModel: string
  now: Date
}): KnownModel | undefined {
  const info = findModel(question)
  if (!info) return undefined
  return {
    sheet: sheetOf(pricesOn(info.prices, question.now)),
    contextLength: info.context_window ?? null,
  }
}

function findModel(question: {
  priceSource: string
  upstreamModel: string
  now: Date
}): ModelInfo | undefined {
  try {
    const found = calcPrice({ input_tokens: 0 }, question.upstreamModel, {
      providerId: question.priceSource,
      timestamp: question.now,
    })
    return found?.model
  } catch {
    // The list holds a price that its own rules refuse: then it is not known.
    return undefined
  }
}

/** All prices that apply at some hour of this day. Later entries of the list come before earlier ones. */
function pricesOn(prices: readonly ConditionalPrice[] | ModelPrice, now: Date): ModelPrice[] {
  if (!isConditional(prices)) return [prices]
  const found: ModelPrice[] = []
  for (const { constraint, prices: candidate } of prices.toReversed()) {
    if (constraint?.type === 'start_date' && new Date(constraint.start_date) > now) continue
    found.push(candidate)
    if (constraint?.type !== 'time_of_date') break
  }
  return found
}

function isConditional(
  prices: readonly ConditionalPrice[] | ModelPrice,
): prices is readonly ConditionalPrice[] {
  return Array.isArray(prices)
}

const listNames: Readonly<Record<keyof PriceRates, string>> = {
  prompt: 'input_mtok',
  completion: 'output_mtok',
  cacheRead: 'cache_read_mtok',
  cacheWrite: 'cache_write_mtok',
  cacheWrite1h: 'cache_write_1h_mtok',
  reasoning: 'output_reasoning_mtok',
  audioPrompt: 'input_audio_mtok',
  audioCompletion: 'output_audio_mtok',
  imagePrompt: 'input_image_mtok',
  imageCompletion: 'output_image_mtok',
  request: 'requests_kcount',
}

function sheetOf(prices: readonly ModelPrice[]): PriceSheet | null {
  const base = ratesAt(prices, -1)
  const { prompt, completion } = base
  if (prompt === undefined || completion === undefined) return null
  const tiers = tierStarts(prices).map((start) => ({
    // The list's tiers begin above their start, ours at it.
    minPromptTokens: start + 1,
    rates: ratesAt(prices, start),
  }))
  const sheet = makeSheet({ base: { ...base, prompt, completion }, tiers })
  return isFree(sheet) ? null : sheet
}

function ratesAt(prices: readonly ModelPrice[], start: number): GivenRates {
  const rates: Record<string, PicoUsd> = {}
  for (const [item, listName] of Object.entries(listNames)) {
    const scale = item === 'request' ? 9 : 6
    for (const price of prices) {
      const number = numberAt(price[listName], start)
      if (number === undefined) continue
      const rate = exactUnits(number, scale)
      const dearest = rates[item]
      if (dearest === undefined || rate > dearest) rates[item] = rate
    }
  }
  return rates
}

function numberAt(price: ModelPrice[string], start: number): number | undefined {
  if (price === undefined || typeof price === 'number') return price
  return price.tiers.findLast((tier) => tier.start <= start)?.price ?? price.base
}

function tierStarts(prices: readonly ModelPrice[]): readonly number[] {
  const starts = prices.flatMap((price) =>
    Object.values(price).flatMap((value) =>
      typeof value === 'object' ? value.tiers.map((tier) => tier.start) : [],
    ),
  )
  return [...new Set(starts)].toSorted((left, right) => left - right)
}

/** The shortest decimal text of a number is what the list's author wrote; units are counted from it. */
function exactUnits(number: number, scale: number): PicoUsd {
  const text = decimalText(number)
  const exact = parseDecimal(text, scale)
  if (exact !== undefined) return picoUsd(exact)
  const [whole = '0', fraction = ''] = text.split('.')
  return picoUsd(BigInt(whole + fraction.slice(0, scale).padEnd(scale, '0')) + 1n)
}

function decimalText(number: number): string {
  const [digits = '0', exponent] = String(number).split('e')
  if (exponent === undefined) return digits
  const places = -Number(exponent)
  const [whole = '0', fraction = ''] = digits.split('.')
  return places > 0
    ? `0.${'0'.repeat(places - 1)}${whole}${fraction}`
    : `${whole}${fraction.padEnd(-places, '0')}`
}
