import type { AccountId, KeyId } from '#domain/identifiers.ts'
import type { UsageSums } from '#domain/ledger/usage-hours.ts'
import type { EndpointHealth } from '#domain/traffic/endpoint-health.ts'
import type { TrafficSums } from '#domain/traffic/traffic.ts'

/** How long one row of an answer is: whole UTC hours, whole UTC days, or the whole period at once. */
export type UsageInterval = 'hour' | 'day' | 'whole'

/** What rows are told apart by, beside the time. */
export type UsageGrouping = 'none' | 'model' | 'provider' | 'key'

/** A period of whole UTC hours of one account: `fromMs` is inside it, `untilMs` is not. */
export interface UsagePeriod {
  readonly accountId: AccountId
  readonly fromMs: number
  readonly untilMs: number
  readonly interval: UsageInterval
}

/** What is summed. Every member narrows; null does not. */
export interface UsageQuery extends UsagePeriod {
  readonly groupBy: UsageGrouping
  readonly keyIds: readonly KeyId[] | null
  readonly models: readonly string[] | null
  readonly providers: readonly string[] | null
}

/** One row: when it begins, and what it is told apart by (empty: unknown, or nothing). */
export interface UsageRow extends UsageSums {
  readonly startMs: number
  readonly name: string
}

/** One row of how requests went. */
export interface TrafficRow extends TrafficSums {
  readonly startMs: number
}

/**
 * What was used, and how it went, summed up. The sums of charges are moved by the ledger's `settle`, in the
 * transaction that records a charge; those of traffic by the request log's `insert`, in the transaction that
 * writes the line: so each counts once, and no answer needs to read the log.
 */
export interface UsageStore {
  /** Rows in which nothing was used are left out. In the order of time, then of the name. */
  readonly usage: (query: UsageQuery) => Promise<readonly UsageRow[]>
  /** Rows in which nothing was asked are left out. In the order of time. */
  readonly traffic: (period: UsagePeriod) => Promise<readonly TrafficRow[]>
  /** Every endpoint that was tried within the last day, to within five minutes. */
  readonly endpoints: (nowMs: number) => Promise<readonly EndpointHealth[]>
  /** When each key of an account was last used for a request, as far as the log has its line. */
  readonly lastUses: (accountId: AccountId) => Promise<ReadonlyMap<KeyId, Date>>
  /** Removes endpoint traffic from before this moment; returns how many rows there were. */
  readonly forgetEndpoints: (beforeMs: number) => Promise<number>
}
