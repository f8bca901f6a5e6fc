import type { z } from 'zod'

import type { generationShape } from '#contract/control/generations.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import { formatDecimal, formatUsd } from '#domain/money.ts'
import type { TokenUsage } from '#domain/usage.ts'

type GenerationView = z.input<typeof generationShape>

/** A line of the request log in the words of the wire. */
export function viewGeneration(record: GenerationRecord): GenerationView {
  return {
    id: record.id,
    account_id: record.accountId,
    key_id: record.keyId,
    created_at: isoOf(record.createdAtMs),
    requested_model: record.requestedModel,
    resolved_model: record.resolvedModel,
    provider: record.provider,
    upstream_model: record.upstreamModel,
    upstream_id: record.upstreamId,
    routing_path: record.routingPath.map((attempt) => ({
      provider: attempt.provider,
      upstream_model: attempt.upstreamModel,
      started_at: isoOf(attempt.startedAtMs),
      status: attempt.status,
      latency_ms: attempt.latencyMs,
      error_class: attempt.errorClass,
      credential_id: attempt.credentialId ?? null,
    })),
    outcome: record.outcome,
    status: record.status,
    fault_code: record.faultCode,
    streamed: record.streamed,
    time_to_first_token_ms: record.timeToFirstTokenMs,
    latency_ms: record.latencyMs,
    tokens: viewTokens(record.usage),
    usage_source: record.usageSource,
    finish_reason: record.finishReason,
    cost: formatUsd(record.costNanoUsd),
    price_version_id: record.priceVersionId,
    own_credential: viewOwn(record),
    client_ip: record.clientIp,
    user_agent: record.userAgent,
    content_mode: record.contentMode,
  }
}

function viewOwn({ own }: GenerationRecord): GenerationView['own_credential'] {
  if (own === undefined) return null
  return {
    id: own.credentialId,
    fee_percent: formatDecimal(BigInt(own.feePartsPerMillion), feeDecimals),
    upstream_cost: formatUsd(own.upstreamNanoUsd),
  }
}

/** One percent is 10,000 parts in a million. */
const feeDecimals = 4

function viewTokens(usage: TokenUsage): GenerationView['tokens'] {
  return {
    prompt: usage.promptTokens,
    completion: usage.completionTokens,
    cached: usage.cachedTokens,
    cache_write: usage.cacheWriteTokens,
    cache_write_1h: usage.cacheWrite1hTokens,
    reasoning: usage.reasoningTokens,
    audio_prompt: usage.audioPromptTokens,
    audio_completion: usage.audioCompletionTokens,
    image_prompt: usage.imagePromptTokens,
    image_completion: usage.imageCompletionTokens,
  }
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}
