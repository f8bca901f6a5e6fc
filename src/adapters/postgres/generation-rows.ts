import type { Selectable } from 'kysely'

import type { GenerationRecord, RoutingAttempt } from '#domain/generation.ts'
import type { GenerationId } from '#domain/identifiers.ts'
import { nanoUsd } from '#domain/money.ts'
import type { ChargedUsage } from '#domain/rerating.ts'
import type { TokenUsage } from '#domain/usage.ts'

import { jsonArrayText, numberArrayText, textArrayText } from './array-text.ts'
import type { GenerationTable } from './tables.ts'

/** How one column of `generation` is written: its type, and its value in a record. */
type Column =
  | { readonly type: 'text' | 'jsonb'; readonly of: (r: GenerationRecord) => string | null }
  | {
      readonly type: 'int4' | 'int8' | 'bool' | 'days' | 'milliseconds'
      readonly of: (r: GenerationRecord) => number | bigint | boolean | null
    }

const columns: { readonly [name in Exclude<keyof GenerationTable, 'facet'>]: Column } = {
  day: { type: 'days', of: (r) => daysSince1970(r.id) },
  created_at: { type: 'milliseconds', of: (r) => r.createdAtMs },
  cost_nano_usd: { type: 'int8', of: (r) => r.costNanoUsd },
  status: { type: 'int4', of: (r) => r.status },
  latency_ms: { type: 'int4', of: (r) => r.latencyMs },
  time_to_first_token_ms: { type: 'int4', of: (r) => r.timeToFirstTokenMs },
  prompt_tokens: { type: 'int4', of: (r) => r.usage.promptTokens },
  completion_tokens: { type: 'int4', of: (r) => r.usage.completionTokens },
  cached_tokens: { type: 'int4', of: (r) => r.usage.cachedTokens },
  cache_write_tokens: { type: 'int4', of: (r) => r.usage.cacheWriteTokens },
  cache_write_1h_tokens: { type: 'int4', of: (r) => r.usage.cacheWrite1hTokens },
  reasoning_tokens: { type: 'int4', of: (r) => r.usage.reasoningTokens },
  audio_prompt_tokens: { type: 'int4', of: (r) => r.usage.audioPromptTokens },
  audio_completion_tokens: { type: 'int4', of: (r) => r.usage.audioCompletionTokens },
  image_prompt_tokens: { type: 'int4', of: (r) => r.usage.imagePromptTokens },
  image_completion_tokens: { type: 'int4', of: (r) => r.usage.imageCompletionTokens },
  streamed: { type: 'bool', of: (r) => r.streamed },
  id: { type: 'text', of: (r) => r.id },
  account_id: { type: 'text', of: (r) => r.accountId },
  key_id: { type: 'text', of: (r) => r.keyId },
  requested_model: { type: 'text', of: (r) => r.requestedModel },
  resolved_model: { type: 'text', of: (r) => r.resolvedModel },
  provider: { type: 'text', of: (r) => r.provider },
  upstream_model: { type: 'text', of: (r) => r.upstreamModel },
  upstream_id: { type: 'text', of: (r) => r.upstreamId },
  routing_path: { type: 'jsonb', of: (r) => JSON.stringify(r.routingPath) },
  outcome: { type: 'text', of: (r) => r.outcome },
  fault_code: { type: 'text', of: (r) => r.faultCode },
  usage_source: { type: 'text', of: (r) => r.usageSource },
  finish_reason: { type: 'text', of: (r) => r.finishReason },
  price_version_id: { type: 'text', of: (r) => r.priceVersionId },
  client_ip: { type: 'text', of: (r) => r.clientIp },
  user_agent: { type: 'text', of: (r) => r.userAgent },
  content_mode: { type: 'text', of: (r) => r.contentMode },
  credential_id: { type: 'text', of: (r) => r.own?.credentialId ?? null },
  own_fee_parts_per_million: { type: 'int4', of: (r) => r.own?.feePartsPerMillion ?? null },
  upstream_nano_usd: { type: 'int8', of: (r) => r.own?.upstreamNanoUsd ?? null },
}

/**
 * Inserts any number of rows given as one array for each column, skipping ids that exist. Days and times
 * travel as whole numbers since 1970, which cost the least on both sides.
 */
export const insertGenerationsSql = insertStatement()

function insertStatement(): string {
  const names = [...Object.keys(columns), 'facet'].join(', ')
  const values = Object.entries(columns).map(([name, { type }]) => {
    if (type === 'days') return `date '1970-01-01' + ${name}`
    return type === 'milliseconds' ? `to_timestamp(${name} / 1000.0)` : name
  })
  const arrays = Object.values(columns).map(({ type }, index) => {
    if (type === 'days') return `$${index + 1}::int4[]`
    return type === 'milliseconds' ? `$${index + 1}::int8[]` : `$${index + 1}::${type}[]`
  })
  return `
    insert into generation (${names})
    select ${values.join(', ')}, facet
    from unnest(${arrays.join(', ')}, $${arrays.length + 1}::int4[]) as line (${names})
    on conflict (day, id) do nothing
    returning id`
}

function daysSince1970(id: GenerationId): number {
  return Math.floor(Number(id.slice(4, 14)) / 86_400)
}

/** The parameters of `insertGenerationsSql`, in the order of the columns; `facets` are those of the records. */
export function generationArrays(
  records: readonly GenerationRecord[],
  facets: readonly number[],
): readonly string[] {
  const arrays = Object.values(columns).map((column) => {
    switch (column.type) {
      case 'text':
        return textArrayText(records.map(column.of))
      case 'jsonb':
        return jsonArrayText(records.map(column.of))
      default:
        return numberArrayText(records.map(column.of))
    }
  })
  return [...arrays, numberArrayText(facets)]
}

/** The record that a row of `generation` is. */
export function generationOf(row: Selectable<GenerationTable>): GenerationRecord {
  return {
    id: row.id,
    accountId: row.account_id,
    keyId: row.key_id,
    createdAtMs: row.created_at.getTime(),
    requestedModel: row.requested_model,
    resolvedModel: row.resolved_model,
    provider: row.provider,
    upstreamModel: row.upstream_model,
    upstreamId: row.upstream_id,
    // Written by `generationArrays` and by nobody else; the table checks that it is an array.
    routingPath: row.routing_path as readonly RoutingAttempt[],
    outcome: row.outcome,
    status: row.status,
    faultCode: row.fault_code,
    streamed: row.streamed,
    timeToFirstTokenMs: row.time_to_first_token_ms,
    latencyMs: row.latency_ms,
    usage: usageOf(row),
    usageSource: row.usage_source,
    finishReason: row.finish_reason,
    costNanoUsd: nanoUsd(row.cost_nano_usd),
    priceVersionId: row.price_version_id,
    ...ownIn(row),
    clientIp: row.client_ip,
    userAgent: row.user_agent,
    contentMode: row.content_mode,
  }
}

/** The columns that `chargedUsageOf` reads. */
export const chargeColumns = [
  'id',
  'created_at',
  'cost_nano_usd',
  'usage_source',
  'price_version_id',
  'prompt_tokens',
  'completion_tokens',
  'cached_tokens',
  'cache_write_tokens',
  'cache_write_1h_tokens',
  'reasoning_tokens',
  'audio_prompt_tokens',
  'audio_completion_tokens',
  'image_prompt_tokens',
  'image_completion_tokens',
  'credential_id',
  'own_fee_parts_per_million',
  'upstream_nano_usd',
] as const satisfies readonly (keyof GenerationTable)[]

type ChargeRow = Pick<Selectable<GenerationTable>, (typeof chargeColumns)[number]>

/** What a row of `generation` says about its charge. */
export function chargedUsageOf(row: ChargeRow): ChargedUsage {
  return {
    id: row.id,
    createdAtMs: row.created_at.getTime(),
    usage: usageOf(row),
    usageSource: row.usage_source,
    costNanoUsd: nanoUsd(row.cost_nano_usd),
    priceVersionId: row.price_version_id,
    ...ownIn(row),
  }
}

function ownIn({
  credential_id: credentialId,
  own_fee_parts_per_million: feePartsPerMillion,
  upstream_nano_usd: upstream,
}: ChargeRow): Pick<GenerationRecord, 'own'> {
  if (credentialId === null || feePartsPerMillion === null || upstream === null) return {}
  return { own: { credentialId, feePartsPerMillion, upstreamNanoUsd: nanoUsd(upstream) } }
}

function usageOf(row: ChargeRow): TokenUsage {
  return {
    promptTokens: row.prompt_tokens,
    completionTokens: row.completion_tokens,
    cachedTokens: row.cached_tokens,
    cacheWriteTokens: row.cache_write_tokens,
    cacheWrite1hTokens: row.cache_write_1h_tokens,
    reasoningTokens: row.reasoning_tokens,
    audioPromptTokens: row.audio_prompt_tokens,
    audioCompletionTokens: row.audio_completion_tokens,
    imagePromptTokens: row.image_prompt_tokens,
    imageCompletionTokens: row.image_completion_tokens,
  }
}
