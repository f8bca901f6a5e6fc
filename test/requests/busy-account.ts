import type { Endpoint, Model } from '#domain/catalogue.ts'
import { assert } from '#domain/faults.ts'
import type { GenerationRecord, Outcome } from '#domain/generation.ts'
import { type AccountId, type KeyId, makeGenerationId } from '#domain/identifiers.ts'
import { costOf } from '#domain/pricing.ts'
import { zeroUsage, type TokenUsage } from '#domain/usage.ts'
import type { ChargeRecord } from '#ports/ledger-store.ts'
import type { Chance } from '#test/simulation/chance.ts'

/** What the requests of a busy account are made of. */
export interface RequestWorld {
  readonly accountId: AccountId
  readonly keyIds: readonly KeyId[]
  readonly endpoints: readonly { readonly model: Model; readonly endpoint: Endpoint }[]
  /** When the next request came, in whole milliseconds. */
  readonly nextMs: () => number
  readonly chance: Chance
}

/** Makes requests with their charges: each refused one has a line only. */
export interface RequestMaker {
  readonly next: (count: number) => {
    readonly records: readonly GenerationRecord[]
    readonly charges: readonly ChargeRecord[]
  }
}

/** Requests of working days: some keys and models are busy, some are rare, and a few requests go wrong. */
export function makeRequests(world: RequestWorld): RequestMaker {
  assert(world.endpoints.length > 0, 'the catalogue has a model')
  return {
    next: (count) => {
      const records = Array.from({ length: count }, () => makeRecord(world))
      return { records, charges: records.flatMap(chargeOf) }
    },
  }
}

function makeRecord(world: RequestWorld): GenerationRecord {
  const { chance, accountId } = world
  const createdAtMs = world.nextMs()
  const { model, endpoint } = rarely(world.endpoints, chance)
  const verdict = verdictOf(chance)
  const usage = verdict.outcome === 'completed' ? usageOf(chance) : zeroUsage
  const latencyMs = Math.floor(150 * 2 ** (chance.number() * 7))
  const isAsked = verdict.outcome !== 'refused'
  const isStreamed = chance.happens(0.6)
  const provider = endpoint.provider.slug
  const cost = costOf(usage, endpoint.price.sheet).costNanoUsd
  return {
    id: makeGenerationId(createdAtMs, chance.bytes),
    accountId,
    keyId: rarely(world.keyIds, chance),
    createdAtMs,
    requestedModel: model.id,
    resolvedModel: model.id,
    provider: isAsked ? provider : null,
    upstreamModel: isAsked ? endpoint.upstreamModel : null,
    upstreamId: isAsked ? `chatcmpl-${createdAtMs}` : null,
    routingPath: isAsked
      ? [
          {
            provider,
            upstreamModel: endpoint.upstreamModel,
            startedAtMs: createdAtMs + 2,
            status: verdict.outcome === 'upstream_failed' ? 503 : 200,
            latencyMs,
            errorClass: verdict.outcome === 'upstream_failed' ? 'status' : null,
          },
        ]
      : [],
    ...verdict,
    streamed: isStreamed,
    timeToFirstTokenMs: verdict.outcome === 'completed' ? Math.floor(latencyMs / 5) : null,
    latencyMs,
    usage,
    usageSource: verdict.outcome === 'completed' ? 'upstream' : 'none',
    finishReason: verdict.outcome === 'completed' ? 'stop' : null,
    costNanoUsd: cost,
    priceVersionId: isAsked ? endpoint.price.id : null,
    clientIp: '192.0.2.7',
    userAgent: 'OpenAI/JS 6.9.1',
    contentMode: 'metadata',
  }
}

/** The first ones often, the last ones seldom. */
function rarely<Value>(values: readonly Value[], chance: Chance): Value {
  const place = Math.floor(chance.number() ** 3 * values.length)
  const value = values[place]
  assert(value !== undefined, 'there is something to choose from')
  return value
}

function verdictOf(chance: Chance): Pick<GenerationRecord, 'status' | 'faultCode'> & {
  readonly outcome: Outcome
} {
  const number = chance.number()
  if (number < 0.01) return { outcome: 'refused', status: 429, faultCode: 'rate_limit_exceeded' }
  if (number < 0.015) return { outcome: 'refused', status: 402, faultCode: 'insufficient_credits' }
  if (number < 0.025) {
    return { outcome: 'upstream_failed', status: 502, faultCode: 'provider_unavailable' }
  }
  if (number < 0.03) return { outcome: 'client_gone', status: 499, faultCode: null }
  return { outcome: 'completed', status: 200, faultCode: null }
}

function usageOf(chance: Chance): TokenUsage {
  const promptTokens = Math.floor(50 * 2 ** (chance.number() * 9))
  const completionTokens = Math.floor(5 * 2 ** (chance.number() * 9))
  const cachedTokens = chance.happens(0.3) ? Math.floor(promptTokens / 2) : 0
  const reasoningTokens = chance.happens(0.2) ? Math.floor(completionTokens / 3) : 0
  return { ...zeroUsage, promptTokens, completionTokens, cachedTokens, reasoningTokens }
}

function chargeOf(record: GenerationRecord): ChargeRecord[] {
  const { priceVersionId, usage } = record
  if (priceVersionId === null) return []
  return [
    {
      chargeId: record.id,
      accountId: record.accountId,
      leaseId: null,
      nodeId: 'node_seed',
      costNanoUsd: record.costNanoUsd,
      priceVersionId,
      usageSource: record.usageSource,
      keyId: record.keyId,
      model: record.resolvedModel,
      provider: record.provider,
      promptTokens: usage.promptTokens,
      completionTokens: usage.completionTokens,
      cachedTokens: usage.cachedTokens,
      reasoningTokens: usage.reasoningTokens,
      budgetLeaseIds: [],
    },
  ]
}
