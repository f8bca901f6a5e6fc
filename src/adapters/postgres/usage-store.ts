import { type Kysely, type RawBuilder, sql } from 'kysely'

import { nanoUsd } from '#domain/money.ts'
import type { EndpointHealth } from '#domain/traffic/endpoint-health.ts'
import type { Histogram } from '#domain/traffic/histogram.ts'
import { endpointSlotMs } from '#domain/traffic/traffic.ts'
import type {
  TrafficRow,
  UsageGrouping,
  UsagePeriod,
  UsageQuery,
  UsageRow,
  UsageStore,
} from '#ports/usage-store.ts'

import type { Tables } from './database.ts'

/** Sums in PostgreSQL, embedded or not. */
export function makePostgresUsageStore(db: Kysely<Tables>): UsageStore {
  return {
    usage: (query) => readUsage(db, query),
    traffic: (period) => readTraffic(db, period),
    endpoints: (nowMs) => readEndpoints(db, nowMs),
    lastUses: async (accountId) => {
      const rows = await db
        .selectFrom('api_key_use')
        .select(['key_id', 'last_used_at'])
        .where('account_id', '=', accountId)
        .execute()
      return new Map(rows.map((row) => [row.key_id, row.last_used_at]))
    },
    forgetEndpoints: async (beforeMs) => {
      const { numDeletedRows } = await db
        .deleteFrom('endpoint_traffic')
        .where('slot', '<', new Date(beforeMs))
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}

function startOf({ interval, fromMs }: UsagePeriod): RawBuilder<Date> {
  if (interval === 'whole') return sql<Date>`${new Date(fromMs)}::timestamptz`
  return sql<Date>`date_trunc(${interval}, hour, 'UTC')`
}

const groups: Record<UsageGrouping, RawBuilder<string>> = {
  none: sql<string>`''::text collate "C"`,
  model: sql<string>`model`,
  provider: sql<string>`provider`,
  key: sql<string>`key_id`,
}

function isWithin({ accountId, fromMs, untilMs }: UsagePeriod): RawBuilder<boolean> {
  return sql<boolean>`account_id = ${accountId} and hour >= ${new Date(fromMs)}::timestamptz
    and hour < ${new Date(untilMs)}::timestamptz`
}

function isOneOf(column: string, allowed: readonly string[] | null): RawBuilder<boolean> {
  if (allowed === null) return sql<boolean>`true`
  return sql<boolean>`${sql.ref(column)} = any(${allowed}::text[])`
}

interface UsageSumsRow {
  readonly start_at: Date
  readonly name: string
  readonly cost_nano_usd: bigint
  readonly request_count: bigint
  readonly prompt_tokens: bigint
  readonly completion_tokens: bigint
  readonly cached_tokens: bigint
  readonly reasoning_tokens: bigint
}

async function readUsage(db: Kysely<Tables>, query: UsageQuery): Promise<UsageRow[]> {
  const { rows } = await sql<UsageSumsRow>`
    select ${startOf(query)} as start_at, ${groups[query.groupBy]} as name,
      sum(cost_nano_usd)::int8 as cost_nano_usd, sum(request_count)::int8 as request_count,
      sum(prompt_tokens)::int8 as prompt_tokens, sum(completion_tokens)::int8 as completion_tokens,
      sum(cached_tokens)::int8 as cached_tokens, sum(reasoning_tokens)::int8 as reasoning_tokens
    from usage_by_hour
    where ${isWithin(query)} and ${isOneOf('key_id', query.keyIds)}
      and ${isOneOf('model', query.models)} and ${isOneOf('provider', query.providers)}
    group by 1, 2 order by 1, 2`.execute(db)
  return rows.map((row) => ({
    startMs: row.start_at.getTime(),
    name: row.name,
    costNanoUsd: nanoUsd(row.cost_nano_usd),
    requestCount: Number(row.request_count),
    promptTokens: Number(row.prompt_tokens),
    completionTokens: Number(row.completion_tokens),
    cachedTokens: Number(row.cached_tokens),
    reasoningTokens: Number(row.reasoning_tokens),
  }))
}

interface TrafficSumsRow {
  readonly start_at: Date
  readonly request_count: bigint
  readonly refused_count: bigint
  readonly failed_count: bigint
  readonly gone_count: bigint
  readonly latency_counts: readonly bigint[]
  readonly first_token_counts: readonly bigint[]
}

async function readTraffic(db: Kysely<Tables>, period: UsagePeriod): Promise<TrafficRow[]> {
  const { rows } = await sql<TrafficSumsRow>`
    select ${startOf(period)} as start_at, sum(request_count)::int8 as request_count,
      sum(refused_count)::int8 as refused_count, sum(failed_count)::int8 as failed_count,
      sum(gone_count)::int8 as gone_count, histogram_sum(latency_counts) as latency_counts,
      histogram_sum(first_token_counts) as first_token_counts
    from traffic_by_hour where ${isWithin(period)}
    group by 1 order by 1`.execute(db)
  return rows.map((row) => ({
    startMs: row.start_at.getTime(),
    requestCount: Number(row.request_count),
    refusedCount: Number(row.refused_count),
    failedCount: Number(row.failed_count),
    goneCount: Number(row.gone_count),
    latencyMs: histogramOf(row.latency_counts),
    firstTokenMs: histogramOf(row.first_token_counts),
  }))
}

interface EndpointRow {
  readonly provider: string
  readonly upstream_model: string
  readonly attempts_5m: bigint
  readonly failures_5m: bigint
  readonly attempts_30m: bigint
  readonly failures_30m: bigint
  readonly attempts_1d: bigint
  readonly failures_1d: bigint
  readonly latency_counts: readonly bigint[]
  readonly first_token_counts: readonly bigint[]
  readonly throughput_counts: readonly bigint[]
}

async function readEndpoints(db: Kysely<Tables>, nowMs: number): Promise<EndpointHealth[]> {
  const after = (ageMs: number) =>
    sql`slot > ${new Date(nowMs - ageMs - endpointSlotMs)}::timestamptz`
  const sumSince = (column: string, ageMs: number) =>
    sql`coalesce(sum(${sql.ref(column)}) filter (where ${after(ageMs)}), 0)::int8`
  const middle = 1_800_000
  const { rows } = await sql<EndpointRow>`
    select provider, upstream_model,
      ${sumSince('attempt_count', 300_000)} as attempts_5m,
      ${sumSince('failure_count', 300_000)} as failures_5m,
      ${sumSince('attempt_count', middle)} as attempts_30m,
      ${sumSince('failure_count', middle)} as failures_30m,
      sum(attempt_count)::int8 as attempts_1d, sum(failure_count)::int8 as failures_1d,
      histogram_sum(latency_counts) filter (where ${after(middle)}) as latency_counts,
      histogram_sum(first_token_counts) filter (where ${after(middle)}) as first_token_counts,
      histogram_sum(throughput_counts) filter (where ${after(middle)}) as throughput_counts
    from endpoint_traffic where ${after(86_400_000)}
    group by 1, 2 order by 1, 2`.execute(db)
  return rows.map((row) => ({
    provider: row.provider,
    upstreamModel: row.upstream_model,
    last5Minutes: counts(row.attempts_5m, row.failures_5m),
    last30Minutes: {
      ...counts(row.attempts_30m, row.failures_30m),
      latencyMs: histogramOf(row.latency_counts),
      firstTokenMs: histogramOf(row.first_token_counts),
      tokensPerSecond: histogramOf(row.throughput_counts),
    },
    lastDay: counts(row.attempts_1d, row.failures_1d),
  }))
}

function counts(attempts: bigint, failures: bigint) {
  return { attemptCount: Number(attempts), failureCount: Number(failures) }
}

function histogramOf(stored: readonly bigint[] | null): Histogram {
  return (stored ?? []).map(Number)
}
