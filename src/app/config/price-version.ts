import { createHash } from 'node:crypto'

import { assert } from '#domain/faults.ts'
import type { PicoUsd } from '#domain/money.ts'
import { parseDecimal, picoUsd } from '#domain/money.ts'
import { canonicalSheetText, makeSheet, priceItems } from '#domain/price-sheets.ts'
import type { GivenRates } from '#domain/price-sheets.ts'
import type { PriceSheet, PriceVersion } from '#domain/prices.ts'

import type { FilePrices } from './file-schema.ts'

/** The version of a sheet: equal sheets have equal ids, on every machine and for ever. */
export function priceVersionOf(sheet: PriceSheet): PriceVersion {
  const hash = createHash('sha256').update(canonicalSheetText(sheet)).digest('hex')
  return { id: `price_${hash.slice(0, 32)}`, sheet }
}

/** The sheet that a file's prices describe, exactly. Their shape has been checked. */
export function sheetFromFile(prices: FilePrices): PriceSheet {
  const { tiers = [], ...base } = prices
  return makeSheet({
    base: plainRates(base),
    tiers: tiers.map(({ minPromptTokens, ...rates }) => ({
      minPromptTokens,
      rates: plainRates(rates),
    })),
  })
}

type Rates = GivenRates & { readonly prompt: PicoUsd; readonly completion: PicoUsd }

function plainRates(texts: Omit<FilePrices, 'tiers'>): Rates {
  const rates: Record<string, PicoUsd> = {}
  for (const item of priceItems) {
    const text = texts[item]
    if (text !== undefined) rates[item] = item === 'request' ? perRequest(text) : perToken(text)
  }
  return { ...rates, prompt: perToken(texts.prompt), completion: perToken(texts.completion) }
}

/** USD per million tokens are pico-dollars per token, six places on. */
function perToken(usdPerMillion: string): PicoUsd {
  const units = parseDecimal(usdPerMillion, 6)
  assert(units !== undefined, 'the shape of a price per token has been checked')
  return picoUsd(units)
}

function perRequest(usd: string): PicoUsd {
  const units = parseDecimal(usd, 12)
  assert(units !== undefined, 'the shape of a price per request has been checked')
  return picoUsd(units)
}
