import type { GenerationRecord, RoutingAttempt } from './generation.ts'
import { logAttemptsMax, logTextLengthMax } from './limits.ts'
import type { TokenUsage } from './usage.ts'

const int4Max = 2_147_483_647

/**
 * The record as every store can hold it. Text from clients and providers may carry what databases refuse
 * (NUL characters, halves of surrogate pairs) or be far too long, and counts may be absurd; log lines
 * are written in batches, and one such line must not keep the rest from being written. Text is mended and
 * clipped, numbers are brought into range; money and ids are never touched. In mode `none` the address and
 * the user agent are removed, whoever forgot to.
 */
export function storableGeneration(record: GenerationRecord): GenerationRecord {
  const isAnonymous = record.contentMode === 'none'
  return {
    ...record,
    requestedModel: storableText(record.requestedModel),
    resolvedModel: storableText(record.resolvedModel),
    provider: storableText(record.provider),
    upstreamModel: storableText(record.upstreamModel),
    upstreamId: storableText(record.upstreamId),
    finishReason: storableText(record.finishReason),
    clientIp: isAnonymous ? null : storableText(record.clientIp),
    userAgent: isAnonymous ? null : storableText(record.userAgent),
    createdAtMs: count(record.createdAtMs, Number.MAX_SAFE_INTEGER),
    status: Math.min(Math.max(count(record.status, int4Max), 100), 599),
    timeToFirstTokenMs: optionalCount(record.timeToFirstTokenMs),
    latencyMs: count(record.latencyMs, int4Max),
    usage: storableUsage(record.usage),
    routingPath: record.routingPath.slice(0, logAttemptsMax).map(storableAttempt),
  }
}

function storableAttempt(attempt: RoutingAttempt): RoutingAttempt {
  return {
    provider: storableText(attempt.provider),
    upstreamModel: storableText(attempt.upstreamModel),
    startedAtMs: count(attempt.startedAtMs, Number.MAX_SAFE_INTEGER),
    status: optionalCount(attempt.status),
    latencyMs: count(attempt.latencyMs, int4Max),
    errorClass: attempt.errorClass,
    ...(attempt.credentialId === undefined ? {} : { credentialId: attempt.credentialId }),
  }
}

function storableUsage(usage: TokenUsage): TokenUsage {
  return {
    promptTokens: count(usage.promptTokens, int4Max),
    completionTokens: count(usage.completionTokens, int4Max),
    cachedTokens: count(usage.cachedTokens, int4Max),
    cacheWriteTokens: count(usage.cacheWriteTokens, int4Max),
    cacheWrite1hTokens: count(usage.cacheWrite1hTokens, int4Max),
    reasoningTokens: count(usage.reasoningTokens, int4Max),
    audioPromptTokens: count(usage.audioPromptTokens, int4Max),
    audioCompletionTokens: count(usage.audioCompletionTokens, int4Max),
    imagePromptTokens: count(usage.imagePromptTokens, int4Max),
    imageCompletionTokens: count(usage.imageCompletionTokens, int4Max),
  }
}

function storableText<T extends string | null>(text: T): T extends null ? string | null : string
function storableText(text: string | null): string | null {
  if (text === null) return null
  const clipped = text.length > logTextLengthMax ? text.slice(0, logTextLengthMax) : text
  return clipped.replaceAll('\u0000', '\u{FFFD}').toWellFormed()
}

function optionalCount(value: number | null): number | null {
  return value === null ? null : count(value, int4Max)
}

/** A whole number from zero to `most`: nonsense counts as zero, fractions are rounded. */
function count(value: number, most: number): number {
  if (Number.isNaN(value) || value <= 0) return 0
  return Math.min(Math.round(value), most)
}
