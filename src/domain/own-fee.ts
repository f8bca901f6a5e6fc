import { boundCost, largestAffordableMaxTokens, type RequestBound } from './bound.ts'
import type { Endpoint } from './catalogue.ts'
import { nanoUsd, type NanoUsd, type PicoUsd, zeroNanoUsd } from './money.ts'
import { type Cost, costOf } from './pricing.ts'
import type { TokenUsage } from './usage.ts'

/** The whole, in the parts that fees are counted in: 1 % is 10,000 of them. */
export const feePartsPerWhole = 1_000_000n
const picoPerNano = 1000n

/** An endpoint, as far as its charge depends on it. */
export type ChargingEndpoint = Pick<Endpoint, 'price' | 'feePartsPerMillion'>

/**
 * The fee on an exact list price: the list price times the parts, rounded up once to a nano-dollar. No fee
 * is less than nothing.
 */
export function feeOf(listPrice: PicoUsd, feePartsPerMillion: number): NanoUsd {
  if (listPrice <= 0n) return zeroNanoUsd
  const unit = feePartsPerWhole * picoPerNano
  return nanoUsd((listPrice * BigInt(feePartsPerMillion) + unit - 1n) / unit)
}

/**
 * What an answer of this endpoint costs its customer: the list price; or, where they brought their own
 * credential and pay the provider themselves, the fee on that price. The parts and lines are those of the
 * list price in both cases.
 */
export function chargeOf(usage: TokenUsage, endpoint: ChargingEndpoint): Cost {
  const cost = costOf(usage, endpoint.price.sheet)
  const { feePartsPerMillion } = endpoint
  return feePartsPerMillion === undefined ? cost : chargedFee(cost, feePartsPerMillion)
}

/** The cost at list price, with the fee on it as what is charged. */
export function chargedFee(cost: Cost, feePartsPerMillion: number): Cost {
  const exact = cost.promptPicoUsd + cost.completionPicoUsd + cost.requestPicoUsd
  return {
    ...cost,
    costNanoUsd: feeOf(exact as PicoUsd, feePartsPerMillion),
    own: { feePartsPerMillion, upstreamNanoUsd: cost.costNanoUsd },
  }
}

/** A charge that no usage within the bound can exceed. */
export function boundCharge(bound: RequestBound, endpoint: ChargingEndpoint): NanoUsd {
  const cost = boundCost(bound, endpoint.price.sheet)
  const { feePartsPerMillion } = endpoint
  if (feePartsPerMillion === undefined) return cost
  return nanoUsd((cost * BigInt(feePartsPerMillion) + feePartsPerWhole - 1n) / feePartsPerWhole)
}

/** The largest `max_tokens` whose charge is bound by what is available; see `largestAffordableMaxTokens`. */
export function affordableMaxTokensAt(question: {
  availableNanoUsd: NanoUsd
  bound: RequestBound
  endpoint: ChargingEndpoint
}): number {
  const { bound, endpoint, availableNanoUsd } = question
  const { feePartsPerMillion } = endpoint
  const { sheet } = endpoint.price
  if (feePartsPerMillion === undefined) {
    return largestAffordableMaxTokens({ availableNanoUsd, bound, sheet })
  }
  if (feePartsPerMillion === 0) {
    return Math.floor((bound.completionTokens - bound.predictionTokens) / bound.choiceCount)
  }
  // Rounded down, so that the fee on it, rounded up, is not above what is available.
  const listed = nanoUsd((availableNanoUsd * feePartsPerWhole) / BigInt(feePartsPerMillion))
  return largestAffordableMaxTokens({ availableNanoUsd: listed, bound, sheet })
}
