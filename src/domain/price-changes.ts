import { canonicalSheetText, priceItems } from './price-sheets.ts'
import type { PriceRates, PriceVersion } from './prices.ts'
import type { Cost, PriceItem } from './pricing.ts'
import { costOf } from './pricing.ts'
import type { TokenUsage } from './usage.ts'

/** The price of one endpoint (`author/slug@provider`). */
export interface EndpointPrice {
  readonly endpoint: string
  readonly version: PriceVersion
}

/** One rate that is not what it was. `minPromptTokens` is 0 for the base; null: there was or is no tier. */
export interface RateChange {
  readonly item: PriceItem
  readonly minPromptTokens: number
  readonly beforePicoUsd: bigint | null
  readonly afterPicoUsd: bigint | null
}

/** What happens to one endpoint when one price list replaces another. Unchanged endpoints are left out. */
export type PriceDifference =
  | { readonly kind: 'added'; readonly endpoint: string; readonly after: PriceVersion }
  | { readonly kind: 'removed'; readonly endpoint: string; readonly before: PriceVersion }
  | {
      readonly kind: 'changed'
      readonly endpoint: string
      readonly before: PriceVersion
      readonly after: PriceVersion
      readonly rates: readonly RateChange[]
    }

/** Compares two price lists, endpoint by endpoint, in alphabetical order. */
export function diffPrices(
  before: readonly EndpointPrice[],
  after: readonly EndpointPrice[],
): readonly PriceDifference[] {
  const old = new Map(before.map((price) => [price.endpoint, price.version]))
  const fresh = new Map(after.map((price) => [price.endpoint, price.version]))
  const differences: PriceDifference[] = []
  for (const endpoint of [...new Set([...old.keys(), ...fresh.keys()])].toSorted()) {
    const was = old.get(endpoint)
    const is = fresh.get(endpoint)
    if (was === undefined && is !== undefined) {
      differences.push({ kind: 'added', endpoint, after: is })
    } else if (was !== undefined && is === undefined) {
      differences.push({ kind: 'removed', endpoint, before: was })
    } else if (was !== undefined && is !== undefined && !isSameSheet(was, is)) {
      const rates = rateChanges(was, is)
      differences.push({ kind: 'changed', endpoint, before: was, after: is, rates })
    }
  }
  return differences
}

/**
 * The cost of a past usage under a price version, to the pico-dollar: under the version that a charge
 * names it is that charge again; under another it answers what it would have cost.
 */
export function rerate(usage: TokenUsage, version: PriceVersion): Cost {
  return costOf(usage, version.sheet)
}

function isSameSheet(left: PriceVersion, right: PriceVersion): boolean {
  return canonicalSheetText(left.sheet) === canonicalSheetText(right.sheet)
}

/** Every rate that differs between two versions, by tier; null stands for no price at all. */
export function rateChanges(
  before: PriceVersion | null,
  after: PriceVersion | null,
): readonly RateChange[] {
  const old = ratesByStart(before)
  const fresh = ratesByStart(after)
  const starts = [...new Set([...old.keys(), ...fresh.keys()])].toSorted(
    (left, right) => left - right,
  )
  return starts.flatMap((minPromptTokens) =>
    priceItems.flatMap((item) => {
      const beforePicoUsd = old.get(minPromptTokens)?.[item] ?? null
      const afterPicoUsd = fresh.get(minPromptTokens)?.[item] ?? null
      if (beforePicoUsd === afterPicoUsd) return []
      return [{ item, minPromptTokens, beforePicoUsd, afterPicoUsd }]
    }),
  )
}

function ratesByStart(version: PriceVersion | null): ReadonlyMap<number, PriceRates> {
  if (version === null) return new Map()
  const { base, tiers } = version.sheet
  return new Map([[0, base], ...tiers.map((tier) => [tier.minPromptTokens, tier.rates] as const)])
}
