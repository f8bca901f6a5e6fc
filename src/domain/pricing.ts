import type { NanoUsd, PicoUsd } from './money.ts'
import { picoUsd, roundUpToNanoUsd } from './money.ts'
import type { PriceRates, PriceSheet } from './prices.ts'
import type { TokenUsage } from './usage.ts'

/** What a line of a bill is for: the rates of a price sheet, by name. */
export type PriceItem = keyof PriceRates

/** One line of a bill: `quantity` tokens (or 1 request) at one rate. `amount = quantity x rate`, exactly. */
export interface CostLine {
  readonly item: PriceItem
  readonly quantity: number
  readonly ratePicoUsd: PicoUsd
  readonly amountPicoUsd: PicoUsd
}

/**
 * What one request costs. The three parts and the lines are exact; `costNanoUsd` is their sum, rounded up
 * once. Lines stand in the order prompt, completion, request; a line without tokens is left out.
 */
export interface Cost {
  readonly costNanoUsd: NanoUsd
  readonly promptPicoUsd: PicoUsd
  readonly completionPicoUsd: PicoUsd
  readonly requestPicoUsd: PicoUsd
  readonly lines: readonly CostLine[]
  /** Absent where the list price is charged. */
  readonly own?: OwnCost
}

/** A cost of a customer who brought their own credential: what is charged is the fee on the list price. */
export interface OwnCost {
  readonly feePartsPerMillion: number
  /** The list price, rounded up: what the provider is expected to charge them. */
  readonly upstreamNanoUsd: NanoUsd
}

/**
 * The exact cost of one answered request. The tier is chosen by `promptTokens`. Every token is billed
 * once: cached, cache-written, audio and image tokens at their own rates, the rest of the prompt at the
 * prompt rate; reasoning, audio and image tokens of the completion likewise. Parts that overlap or add up
 * to more than the whole are cut in this order, so no more tokens are billed than were counted. Counts
 * must be whole and not negative (`normaliseUsage` guarantees it).
 */
export function costOf(usage: TokenUsage, sheet: PriceSheet): Cost {
  const rates = ratesFor(usage.promptTokens, sheet)
  const lines: CostLine[] = []
  let rest = usage.promptTokens
  rest -= bill(lines, 'cacheRead', Math.min(usage.cachedTokens, rest), rates)
  rest -= bill(lines, 'cacheWrite', Math.min(usage.cacheWriteTokens, rest), rates)
  rest -= bill(lines, 'cacheWrite1h', Math.min(usage.cacheWrite1hTokens, rest), rates)
  rest -= bill(lines, 'audioPrompt', Math.min(usage.audioPromptTokens, rest), rates)
  rest -= bill(lines, 'imagePrompt', Math.min(usage.imagePromptTokens, rest), rates)
  bill(lines, 'prompt', rest, rates)
  const promptLineCount = lines.length
  rest = usage.completionTokens
  rest -= bill(lines, 'reasoning', Math.min(usage.reasoningTokens, rest), rates)
  rest -= bill(lines, 'audioCompletion', Math.min(usage.audioCompletionTokens, rest), rates)
  rest -= bill(lines, 'imageCompletion', Math.min(usage.imageCompletionTokens, rest), rates)
  bill(lines, 'completion', rest, rates)
  const completionLineCount = lines.length
  if (rates.request !== 0n) bill(lines, 'request', 1, rates)
  const promptPicoUsd = sum(lines, 0, promptLineCount)
  const completionPicoUsd = sum(lines, promptLineCount, completionLineCount)
  const requestPicoUsd = rates.request
  const total = picoUsd(promptPicoUsd + completionPicoUsd + requestPicoUsd)
  return {
    costNanoUsd: roundUpToNanoUsd(total),
    promptPicoUsd,
    completionPicoUsd,
    requestPicoUsd,
    lines,
  }
}

/** The rates that apply to a prompt of this length: those of the highest tier it reaches. */
export function ratesFor(promptTokens: number, sheet: PriceSheet): PriceRates {
  let rates = sheet.base
  for (const tier of sheet.tiers) {
    if (promptTokens >= tier.minPromptTokens) rates = tier.rates
  }
  return rates
}

/** True when nothing on the sheet costs anything. Such a sheet is served only where it was asked for. */
export function isFree(sheet: PriceSheet): boolean {
  return (
    Object.values(sheet.base).every((rate) => rate === 0n) &&
    sheet.tiers.every((tier) => Object.values(tier.rates).every((rate) => rate === 0n))
  )
}

function bill(lines: CostLine[], item: PriceItem, quantity: number, rates: PriceRates): number {
  if (quantity === 0) return 0
  const ratePicoUsd = rates[item]
  const amountPicoUsd = picoUsd(BigInt(quantity) * ratePicoUsd)
  lines.push({ item, quantity, ratePicoUsd, amountPicoUsd })
  return quantity
}

function sum(lines: readonly CostLine[], from: number, to: number): PicoUsd {
  let total = 0n
  for (let index = from; index < to; index += 1) total += lines[index]?.amountPicoUsd ?? 0n
  return picoUsd(total)
}
