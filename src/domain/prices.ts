import type { PriceVersionId } from './identifiers.ts'
import type { PicoUsd } from './money.ts'

/** The rates of one tier, each in pico-dollars per token, and `request` in pico-dollars per request. */
export interface PriceRates {
  readonly prompt: PicoUsd
  readonly completion: PicoUsd
  readonly cacheRead: PicoUsd
  /** For a cache entry that lives five minutes. */
  readonly cacheWrite: PicoUsd
  /** For a cache entry that lives one hour. */
  readonly cacheWrite1h: PicoUsd
  /** For the reasoning part of the completion; usually the same as `completion`. */
  readonly reasoning: PicoUsd
  readonly audioPrompt: PicoUsd
  readonly audioCompletion: PicoUsd
  readonly imagePrompt: PicoUsd
  readonly imageCompletion: PicoUsd
  readonly request: PicoUsd
}

/** Rates that replace the base rates once the prompt reaches `minPromptTokens`. */
export interface PriceTier {
  readonly minPromptTokens: number
  readonly rates: PriceRates
}

/** Everything one endpoint of one model costs. Tiers are in rising order of `minPromptTokens`. */
export interface PriceSheet {
  readonly base: PriceRates
  readonly tiers: readonly PriceTier[]
}

/** A price sheet that never changes: a changed price is another version with another id. */
export interface PriceVersion {
  readonly id: PriceVersionId
  readonly sheet: PriceSheet
}
