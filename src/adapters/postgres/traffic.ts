import { type Kysely, sql } from 'kysely'

import type { Histogram } from '#domain/traffic/histogram.ts'
import type { EndpointSlot, KeyUse, TrafficHour } from '#domain/traffic/traffic.ts'

import type { Tables } from './database.ts'
import { integerArray, textArray } from './ledger/arrays.ts'

/** Adds to what is counted of requests. The rows come in one order, so writers never lock in a circle. */
export async function countTraffic(
  db: Kysely<Tables>,
  hours: readonly TrafficHour[],
): Promise<void> {
  if (hours.length === 0) return
  await sql`
    insert into traffic_by_hour (
      account_id, hour, model, provider, request_count, refused_count, failed_count, gone_count,
      latency_counts, first_token_counts
    )
    select account_id, to_timestamp(hour_ms / 1000), model, provider, request_count, refused_count,
      failed_count, gone_count, latency_counts::int8[], first_token_counts::int8[]
    from unnest(
      ${textArray(hours.map(({ accountId }) => accountId))},
      ${integerArray(hours.map(({ hourMs }) => hourMs))},
      ${textArray(hours.map(({ model }) => model))},
      ${textArray(hours.map(({ provider }) => provider))},
      ${integerArray(hours.map(({ requestCount }) => requestCount))},
      ${integerArray(hours.map(({ refusedCount }) => refusedCount))},
      ${integerArray(hours.map(({ failedCount }) => failedCount))},
      ${integerArray(hours.map(({ goneCount }) => goneCount))},
      ${histograms(hours.map(({ latencyMs }) => latencyMs))},
      ${histograms(hours.map(({ firstTokenMs }) => firstTokenMs))}
    ) as added (
      account_id, hour_ms, model, provider, request_count, refused_count, failed_count, gone_count,
      latency_counts, first_token_counts
    )
    on conflict (account_id, hour, model, provider) do update set
      request_count = traffic_by_hour.request_count + excluded.request_count,
      refused_count = traffic_by_hour.refused_count + excluded.refused_count,
      failed_count = traffic_by_hour.failed_count + excluded.failed_count,
      gone_count = traffic_by_hour.gone_count + excluded.gone_count,
      latency_counts = histogram_add(traffic_by_hour.latency_counts, excluded.latency_counts),
      first_token_counts =
        histogram_add(traffic_by_hour.first_token_counts, excluded.first_token_counts)
  `.execute(db)
}

/** Adds to what is counted of endpoints, in one order as well. */
export async function countAttempts(
  db: Kysely<Tables>,
  slots: readonly EndpointSlot[],
): Promise<void> {
  if (slots.length === 0) return
  await sql`
    insert into endpoint_traffic (
      slot, provider, upstream_model, attempt_count, failure_count, latency_counts,
      first_token_counts, throughput_counts
    )
    select to_timestamp(slot_ms / 1000), provider, upstream_model, attempt_count, failure_count,
      latency_counts::int8[], first_token_counts::int8[], throughput_counts::int8[]
    from unnest(
      ${integerArray(slots.map(({ slotMs }) => slotMs))},
      ${textArray(slots.map(({ provider }) => provider))},
      ${textArray(slots.map(({ upstreamModel }) => upstreamModel))},
      ${integerArray(slots.map(({ attemptCount }) => attemptCount))},
      ${integerArray(slots.map(({ failureCount }) => failureCount))},
      ${histograms(slots.map(({ latencyMs }) => latencyMs))},
      ${histograms(slots.map(({ firstTokenMs }) => firstTokenMs))},
      ${histograms(slots.map(({ tokensPerSecond }) => tokensPerSecond))}
    ) as added (
      slot_ms, provider, upstream_model, attempt_count, failure_count, latency_counts,
      first_token_counts, throughput_counts
    )
    on conflict (slot, provider, upstream_model) do update set
      attempt_count = endpoint_traffic.attempt_count + excluded.attempt_count,
      failure_count = endpoint_traffic.failure_count + excluded.failure_count,
      latency_counts = histogram_add(endpoint_traffic.latency_counts, excluded.latency_counts),
      first_token_counts =
        histogram_add(endpoint_traffic.first_token_counts, excluded.first_token_counts),
      throughput_counts =
        histogram_add(endpoint_traffic.throughput_counts, excluded.throughput_counts)
  `.execute(db)
}

/** Notes when keys were used, in one order as well. */
export async function noteKeyUses(db: Kysely<Tables>, uses: readonly KeyUse[]): Promise<void> {
  if (uses.length === 0) return
  await sql`
    insert into api_key_use (key_id, account_id, last_used_at)
    select key_id, account_id, to_timestamp(at_ms / 1000.0)
    from unnest(
      ${textArray(uses.map(({ keyId }) => keyId))},
      ${textArray(uses.map(({ accountId }) => accountId))},
      ${integerArray(uses.map(({ atMs }) => atMs))}
    ) as noted (key_id, account_id, at_ms)
    on conflict (key_id) do update set
      last_used_at = greatest(api_key_use.last_used_at, excluded.last_used_at)
  `.execute(db)
}

/** Each as text, because the arrays of an array of arrays would have to be of one length. */
function histograms(all: readonly Histogram[]) {
  return textArray(all.map((counts) => `{${counts.join(',')}}`))
}
