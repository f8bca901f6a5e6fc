import type { GenerationRecord, Outcome } from './generation.ts'
import type { AccountId, GenerationId, KeyId } from './identifiers.ts'
import type { NanoUsd } from './money.ts'

/** Which requests of an account are meant. Every member narrows; null does not. Bounds are inclusive. */
export interface RequestFilter {
  readonly accountId: AccountId
  readonly keyIds: readonly KeyId[] | null
  /** The models that answered; where none was resolved, the ones that were asked for. */
  readonly models: readonly string[] | null
  readonly providers: readonly string[] | null
  readonly outcomes: readonly Outcome[] | null
  readonly statusMin: number | null
  readonly statusMax: number | null
  readonly isStreamed: boolean | null
  readonly fromMs: number | null
  /** Not inside, unlike the other bounds. */
  readonly untilMs: number | null
  readonly costNanoUsdMin: NanoUsd | null
  readonly costNanoUsdMax: NanoUsd | null
  readonly latencyMsMin: number | null
  readonly latencyMsMax: number | null
  /** Text that the id holds. */
  readonly idPart: string | null
}

/** What requests can be sorted by. */
export type RequestOrder = 'time' | 'cost' | 'latency' | 'tokens'

/** A place in a sorted list: after the request with this value and this id. */
export interface RequestPlace {
  readonly value: bigint
  readonly id: GenerationId
}

/** Every request of an account. */
export function everyRequestOf(accountId: AccountId): RequestFilter {
  return {
    accountId,
    ...{ keyIds: null, models: null, providers: null, outcomes: null },
    ...{ statusMin: null, statusMax: null, isStreamed: null, fromMs: null, untilMs: null },
    ...{ costNanoUsdMin: null, costNanoUsdMax: null, latencyMsMin: null, latencyMsMax: null },
    idPart: null,
  }
}

/** True when the request is among those that the filter means. */
export function matchesFilter(record: GenerationRecord, filter: RequestFilter): boolean {
  const model = record.resolvedModel ?? record.requestedModel
  return (
    record.accountId === filter.accountId &&
    isOneOf(record.keyId, filter.keyIds) &&
    isOneOf(model, filter.models) &&
    isOneOf(record.provider, filter.providers) &&
    isOneOf(record.outcome, filter.outcomes) &&
    isBetween(record.status, filter.statusMin, filter.statusMax) &&
    (filter.isStreamed === null || record.streamed === filter.isStreamed) &&
    (filter.fromMs === null || record.createdAtMs >= filter.fromMs) &&
    (filter.untilMs === null || record.createdAtMs < filter.untilMs) &&
    isBetween(record.costNanoUsd, filter.costNanoUsdMin, filter.costNanoUsdMax) &&
    isBetween(record.latencyMs, filter.latencyMsMin, filter.latencyMsMax) &&
    (filter.idPart === null || record.id.includes(filter.idPart))
  )
}

/** What a request is sorted by, as a whole number. */
export function placeOf(record: GenerationRecord, order: RequestOrder): RequestPlace {
  switch (order) {
    case 'time':
      return { value: BigInt(record.createdAtMs), id: record.id }
    case 'cost':
      return { value: record.costNanoUsd, id: record.id }
    case 'latency':
      return { value: BigInt(record.latencyMs), id: record.id }
    case 'tokens': {
      const tokens = record.usage.promptTokens + record.usage.completionTokens
      return { value: BigInt(tokens), id: record.id }
    }
  }
}

/** Below zero when `left` comes before `right` in rising order. Ids decide between equal values. */
export function comparePlaces(left: RequestPlace, right: RequestPlace): number {
  if (left.value !== right.value) return left.value < right.value ? -1 : 1
  return left.id < right.id ? -1 : Number(left.id > right.id)
}

function isOneOf<Value>(value: Value | null, allowed: readonly Value[] | null): boolean {
  return allowed === null || (value !== null && allowed.includes(value))
}

function isBetween<Value extends number | bigint>(
  value: Value,
  min: Value | null,
  max: Value | null,
): boolean {
  return (min === null || value >= min) && (max === null || value <= max)
}
