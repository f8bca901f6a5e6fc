import type { GenerationRecord } from './generation.ts'
import { type NanoUsd, nanoUsd, type PicoUsd, picoUsd } from './money.ts'
import { feeOf, feePartsPerWhole } from './own-fee.ts'
import { rerate } from './price-changes.ts'
import type { PriceVersion } from './prices.ts'

/** What the request log says about one charge: all that its amount follows from, and the amount. */
export type ChargedUsage = Pick<
  GenerationRecord,
  'id' | 'createdAtMs' | 'usage' | 'usageSource' | 'costNanoUsd' | 'priceVersionId' | 'own'
>

/**
 * What came of computing one charge again. `same`: to the nano-dollar what was charged; `different`: it
 * is not; `no_version`: the price it names, if it names one, is not in the price book; `orphan`: its node
 * died in mid-answer, so what it was last known to have cost was charged and its tokens are not known.
 */
export type Rerated =
  | { readonly kind: 'same' | 'different'; readonly exact: PicoUsd; readonly rounded: NanoUsd }
  | { readonly kind: 'no_version' }
  | { readonly kind: 'orphan' }

/** Computes one charge again from its logged tokens, at the price version that it names. */
export function rerateCharge(charge: ChargedUsage, version: PriceVersion | undefined): Rerated {
  if (charge.usageSource === 'orphan') return { kind: 'orphan' }
  if (charge.usageSource === 'none') return compared(charge, picoUsd(0n), nanoUsd(0n))
  if (version === undefined) return { kind: 'no_version' }
  const cost = rerate(charge.usage, version)
  const exact = picoUsd(cost.promptPicoUsd + cost.completionPicoUsd + cost.requestPicoUsd)
  if (charge.own === undefined) return compared(charge, exact, cost.costNanoUsd)
  // A fee is not whole pico-dollars: the exact sum is told rounded up to one.
  const { feePartsPerMillion } = charge.own
  const parts = exact * BigInt(feePartsPerMillion)
  const exactFee = picoUsd((parts + feePartsPerWhole - 1n) / feePartsPerWhole)
  return compared(charge, exactFee, feeOf(exact, feePartsPerMillion))
}

function compared(charge: ChargedUsage, exact: PicoUsd, rounded: NanoUsd): Rerated {
  return { kind: rounded === charge.costNanoUsd ? 'same' : 'different', exact, rounded }
}
