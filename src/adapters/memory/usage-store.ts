import type { AccountId, KeyId } from '#domain/identifiers.ts'
import { addUsage, noUsage, type UsageHour } from '#domain/ledger/usage-hours.ts'
import type { EndpointHealth } from '#domain/traffic/endpoint-health.ts'
import {
  addAttempts,
  addTraffic,
  endpointSlotMs,
  type KeyUse,
  type EndpointSlot,
  nameOfSlot,
  nameOfTraffic,
  noAttempts,
  noTraffic,
  type TrafficHour,
} from '#domain/traffic/traffic.ts'
import type {
  TrafficRow,
  UsageInterval,
  UsagePeriod,
  UsageQuery,
  UsageRow,
  UsageStore,
} from '#ports/usage-store.ts'

import type { LedgerState } from './ledger-state.ts'

/** How requests went, summed up as their lines are written. */
export class TrafficBook {
  readonly hours = new Map<string, TrafficHour>()
  readonly slots = new Map<string, EndpointSlot>()
  readonly uses = new Map<KeyId, { readonly accountId: AccountId; readonly atMs: number }>()

  use(uses: readonly KeyUse[]): void {
    for (const { keyId, accountId, atMs } of uses) {
      const before = this.uses.get(keyId)?.atMs ?? 0
      this.uses.set(keyId, { accountId, atMs: Math.max(before, atMs) })
    }
  }

  add(hours: readonly TrafficHour[], slots: readonly EndpointSlot[]): void {
    for (const hour of hours) {
      const name = nameOfTraffic(hour)
      const sums = addTraffic(this.hours.get(name) ?? noTraffic, hour)
      this.hours.set(name, { ...hour, ...sums })
    }
    for (const slot of slots) {
      const name = nameOfSlot(slot)
      const sums = addAttempts(this.slots.get(name) ?? noAttempts, slot)
      this.slots.set(name, { ...slot, ...sums })
    }
  }
}

/** Sums in memory: those of a ledger in memory, and those of a request log in memory. */
export function makeMemoryUsageStore(parts: {
  readonly ledger: { readonly state: LedgerState }
  readonly traffic: TrafficBook
}): UsageStore {
  const { ledger, traffic } = parts
  return {
    usage: async (query) => sumUsage([...ledger.state.usageHours.values()], query),
    traffic: async (period) => sumTraffic([...traffic.hours.values()], period),
    endpoints: async (nowMs) => healthOf([...traffic.slots.values()], nowMs),
    lastUses: async (accountId) =>
      new Map(
        [...traffic.uses]
          .filter(([, use]) => use.accountId === accountId)
          .map(([keyId, { atMs }]) => [keyId, new Date(atMs)]),
      ),
    forgetEndpoints: async (beforeMs) => {
      const old = [...traffic.slots].filter(([, { slotMs }]) => slotMs < beforeMs)
      for (const [name] of old) traffic.slots.delete(name)
      return old.length
    },
  }
}

const lengths: Record<Exclude<UsageInterval, 'whole'>, number> = {
  hour: 3_600_000,
  day: 86_400_000,
}

function startOf(hourMs: number, { interval, fromMs }: UsagePeriod): number {
  if (interval === 'whole') return fromMs
  return Math.floor(hourMs / lengths[interval]) * lengths[interval]
}

function isWithin(row: { accountId: string; hourMs: number }, period: UsagePeriod): boolean {
  const { accountId, fromMs, untilMs } = period
  return row.accountId === accountId && row.hourMs >= fromMs && row.hourMs < untilMs
}

function sumUsage(hours: readonly UsageHour[], query: UsageQuery): UsageRow[] {
  const rows = new Map<string, UsageRow>()
  for (const hour of hours) {
    const isMeant =
      isWithin(hour, query) &&
      (query.keyIds?.includes(hour.keyId) ?? true) &&
      (query.models?.includes(hour.model) ?? true) &&
      (query.providers?.includes(hour.provider) ?? true)
    if (!isMeant) continue
    const startMs = startOf(hour.hourMs, query)
    const name = nameIn(hour, query)
    const key = JSON.stringify([startMs, name])
    rows.set(key, { startMs, name, ...addUsage(rows.get(key) ?? noUsage, hour) })
  }
  return [...rows.values()].toSorted(
    (left, right) => left.startMs - right.startMs || (left.name < right.name ? -1 : 1),
  )
}

function nameIn(hour: UsageHour, { groupBy }: UsageQuery): string {
  switch (groupBy) {
    case 'none':
      return ''
    case 'model':
      return hour.model
    case 'provider':
      return hour.provider
    case 'key':
      return hour.keyId
  }
}

function sumTraffic(hours: readonly TrafficHour[], period: UsagePeriod): TrafficRow[] {
  const rows = new Map<number, TrafficRow>()
  for (const hour of hours) {
    if (!isWithin(hour, period)) continue
    const startMs = startOf(hour.hourMs, period)
    rows.set(startMs, { startMs, ...addTraffic(rows.get(startMs) ?? noTraffic, hour) })
  }
  return [...rows.values()].toSorted((left, right) => left.startMs - right.startMs)
}

function healthOf(slots: readonly EndpointSlot[], nowMs: number): EndpointHealth[] {
  const names = new Map<string, Pick<EndpointSlot, 'provider' | 'upstreamModel'>>()
  for (const slot of slots) {
    if (slot.slotMs <= nowMs - 86_400_000 - endpointSlotMs) continue
    names.set(JSON.stringify([slot.provider, slot.upstreamModel]), slot)
  }
  return [...names]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, { provider, upstreamModel }]) => {
      const since = (ageMs: number) =>
        slots
          .filter((one) => one.provider === provider && one.upstreamModel === upstreamModel)
          .filter(({ slotMs }) => slotMs > nowMs - ageMs - endpointSlotMs)
          .reduce(addAttempts, noAttempts)
      const counts = (ageMs: number) => {
        const { attemptCount, failureCount } = since(ageMs)
        return { attemptCount, failureCount }
      }
      return {
        provider,
        upstreamModel,
        last5Minutes: counts(300_000),
        last30Minutes: onlySums(since(1_800_000)),
        lastDay: counts(86_400_000),
      }
    })
}

function onlySums(sums: ReturnType<typeof addAttempts>) {
  const { attemptCount, failureCount, latencyMs, firstTokenMs, tokensPerSecond } = sums
  return { attemptCount, failureCount, latencyMs, firstTokenMs, tokensPerSecond }
}
