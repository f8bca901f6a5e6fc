import type { GenerationRecord } from '#domain/generation.ts'
import { logAttemptsMax, logTextLengthMax } from '#domain/limits.ts'
import { type NanoUsd, zeroNanoUsd } from '#domain/money.ts'
import { zeroUsage } from '#domain/usage.ts'
import type { AdmitRecord } from '#ports/journal.ts'

/** The same record with texts that fit the request log. Usually the very same object. */
export function clipped(record: GenerationRecord): GenerationRecord {
  const isShort =
    isClipped(record.requestedModel) &&
    isClipped(record.resolvedModel) &&
    isClipped(record.upstreamModel) &&
    isClipped(record.upstreamId) &&
    isClipped(record.finishReason) &&
    isClipped(record.userAgent) &&
    record.routingPath.length <= logAttemptsMax
  if (isShort) return record
  return {
    ...record,
    requestedModel: clip(record.requestedModel),
    resolvedModel: clip(record.resolvedModel),
    upstreamModel: clip(record.upstreamModel),
    upstreamId: clip(record.upstreamId),
    finishReason: clip(record.finishReason),
    userAgent: clip(record.userAgent),
    routingPath: record.routingPath.slice(0, logAttemptsMax),
  }
}

function isClipped(text: string | null): boolean {
  return text === null || text.length <= logTextLengthMax
}

function clip(text: string | null): string | null {
  return text?.slice(0, logTextLengthMax) ?? null
}

/**
 * The end of a request whose node died before it ended: what it was last known to have cost is charged,
 * which was delivered; a request of which nothing is known to have been delivered is charged nothing.
 */
export function orphanRecord(admit: AdmitRecord, costNanoUsd: NanoUsd): GenerationRecord {
  const isDelivered = costNanoUsd > zeroNanoUsd
  return {
    id: admit.chargeId,
    accountId: admit.accountId,
    keyId: admit.keyId,
    createdAtMs: admit.admittedAtMs,
    requestedModel: admit.requestedModel,
    resolvedModel: admit.resolvedModel,
    provider: null,
    upstreamModel: null,
    upstreamId: null,
    routingPath: [],
    outcome: isDelivered ? 'client_gone' : 'upstream_failed',
    status: isDelivered ? 200 : 500,
    faultCode: 'internal',
    streamed: admit.streamed,
    timeToFirstTokenMs: null,
    latencyMs: 0,
    usage: zeroUsage,
    usageSource: 'orphan',
    finishReason: null,
    costNanoUsd,
    priceVersionId: admit.priceVersionId,
    clientIp: null,
    userAgent: null,
    contentMode: 'none',
  }
}
