import type { AccountId, KeyId, LeaseId } from '#domain/identifiers.ts'
import { dayOfGeneration, type GenerationId } from '#domain/identifiers.ts'
import { type NanoUsd, nanoUsd } from '#domain/money.ts'
import type { UtcDay } from '#domain/spend-windows.ts'

/** What is counted of one charge. */
export interface CountedCharge {
  readonly chargeId: GenerationId
  readonly accountId: AccountId
  readonly keyId: KeyId
  readonly costNanoUsd: NanoUsd
  readonly promptTokens: number
  readonly completionTokens: number
  readonly budgetLeaseIds: readonly LeaseId[]
}

/** The sums of the charges of one key on one day: the UTC day on which their requests began. */
export interface UsageDay {
  readonly keyId: KeyId
  readonly accountId: AccountId
  readonly day: UtcDay
  readonly costNanoUsd: NanoUsd
  readonly requestCount: number
  readonly promptTokens: number
  readonly completionTokens: number
}

/** Sums charges by key and day, in the order of key and day, so that stores lock rows in one order. */
export function usageDaysOf(charges: readonly CountedCharge[]): readonly UsageDay[] {
  const days = new Map<string, UsageDay>()
  for (const charge of charges) {
    const { keyId, accountId } = charge
    const day = dayOfGeneration(charge.chargeId) as UtcDay
    const name = `${keyId} ${day}`
    const before = days.get(name)
    days.set(name, {
      keyId,
      accountId,
      day,
      costNanoUsd: nanoUsd((before?.costNanoUsd ?? 0n) + charge.costNanoUsd),
      requestCount: (before?.requestCount ?? 0) + 1,
      promptTokens: (before?.promptTokens ?? 0) + charge.promptTokens,
      completionTokens: (before?.completionTokens ?? 0) + charge.completionTokens,
    })
  }
  return [...days].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, day]) => day)
}

/** What charges took from slices of spend limits, by slice, in the order of their ids. */
export function spentBySlice(
  charges: readonly CountedCharge[],
): readonly { readonly leaseId: LeaseId; readonly costNanoUsd: NanoUsd }[] {
  const sums = new Map<LeaseId, NanoUsd>()
  for (const { budgetLeaseIds, costNanoUsd } of charges) {
    if (costNanoUsd === 0n) continue
    for (const id of budgetLeaseIds) sums.set(id, nanoUsd((sums.get(id) ?? 0n) + costNanoUsd))
  }
  return [...sums]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([leaseId, costNanoUsd]) => ({ leaseId, costNanoUsd }))
}
