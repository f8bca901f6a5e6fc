import type { AccountId, GenerationId, KeyId } from '#domain/identifiers.ts'
import { type NanoUsd, nanoUsd } from '#domain/money.ts'

/** What is summed by hour of one charge. */
export interface HourlyCharge {
  readonly chargeId: GenerationId
  readonly accountId: AccountId
  readonly keyId: KeyId
  /** The model that was asked in the end; null where nobody knows any more. */
  readonly model: string | null
  /** Who answered; null where nobody did. */
  readonly provider: string | null
  readonly costNanoUsd: NanoUsd
  readonly promptTokens: number
  readonly completionTokens: number
  readonly cachedTokens: number
  readonly reasoningTokens: number
}

/** Sums of charges. Exact, whatever is summed up again from them. */
export interface UsageSums {
  readonly costNanoUsd: NanoUsd
  readonly requestCount: number
  readonly promptTokens: number
  readonly completionTokens: number
  /** Part of the prompt tokens. */
  readonly cachedTokens: number
  /** Part of the completion tokens. */
  readonly reasoningTokens: number
}

/**
 * The sums of the charges of one key on one model of one provider, in the UTC hour in which their requests
 * began. An unknown model or provider is the empty text, so that it can be part of a name.
 */
export interface UsageHour extends UsageSums {
  readonly accountId: AccountId
  readonly keyId: KeyId
  readonly model: string
  readonly provider: string
  readonly hourMs: number
}

const hourMs = 3_600_000

/** The beginning of the UTC hour that a moment falls into. */
export function hourOf(moment: number): number {
  return Math.floor(moment / hourMs) * hourMs
}

/** When the request of a charge began, to the second: it stands in its id. */
export function beganAtMs(id: GenerationId): number {
  return Number(id.slice(4, 14)) * 1000
}

/** Nothing. */
export const noUsage: UsageSums = {
  costNanoUsd: nanoUsd(0n),
  requestCount: 0,
  promptTokens: 0,
  completionTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
}

/** Both together. */
export function addUsage(left: UsageSums, right: UsageSums): UsageSums {
  return {
    costNanoUsd: nanoUsd(left.costNanoUsd + right.costNanoUsd),
    requestCount: left.requestCount + right.requestCount,
    promptTokens: left.promptTokens + right.promptTokens,
    completionTokens: left.completionTokens + right.completionTokens,
    cachedTokens: left.cachedTokens + right.cachedTokens,
    reasoningTokens: left.reasoningTokens + right.reasoningTokens,
  }
}

/** The name of the row that a charge is counted in. */
export function nameOfHour(hour: Omit<UsageHour, keyof UsageSums>): string {
  return JSON.stringify([hour.accountId, hour.hourMs, hour.keyId, hour.model, hour.provider])
}

/** Sums charges by account, hour, key, model and provider, in one order, so that stores lock in one order. */
export function usageHoursOf(charges: readonly HourlyCharge[]): readonly UsageHour[] {
  const hours = new Map<string, UsageHour>()
  for (const charge of charges) {
    const row = {
      accountId: charge.accountId,
      keyId: charge.keyId,
      model: charge.model ?? '',
      provider: charge.provider ?? '',
      hourMs: hourOf(beganAtMs(charge.chargeId)),
    }
    const name = nameOfHour(row)
    const sums = addUsage(hours.get(name) ?? noUsage, { ...charge, requestCount: 1 })
    hours.set(name, { ...row, ...sums })
  }
  return [...hours].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, hour]) => hour)
}
