import type { Catalogue, Endpoint, Model } from '#domain/catalogue.ts'
import type { EndpointHealth } from '#domain/traffic/endpoint-health.ts'
import { type Histogram, percentileOf } from '#domain/traffic/histogram.ts'

import { modelAnswer, pricing } from './models.ts'

/** How an endpoint did lately; undefined where nobody tried it within a day. */
export type HealthOf = (provider: string, upstreamModel: string) => EndpointHealth | undefined

/** A model with every way to reach it: OpenRouter's fields, with ours beside them. */
export function endpointsAnswer(
  model: Model,
  healthOf: HealthOf,
): Readonly<Record<string, unknown>> {
  const { id, name, created, description, architecture } = modelAnswer(model)
  return {
    data: {
      ...{ id, name, created, description, architecture },
      endpoints: model.endpoints.map((endpoint) => endpointAnswer(model, endpoint, healthOf)),
    },
  }
}

function endpointAnswer(model: Model, { provider, upstreamModel, price }: Endpoint, of: HealthOf) {
  const health = of(provider.slug, upstreamModel)
  const recent = health?.last30Minutes
  return {
    name: `${provider.name} | ${model.id}`,
    model_id: model.id,
    provider_name: provider.name,
    tag: provider.slug,
    quantization: 'unknown',
    status: isDown(health) ? -2 : 0,
    context_length: model.contextLength,
    max_completion_tokens: model.maxOutput,
    max_prompt_tokens: model.contextLength,
    pricing: pricing(price.sheet),
    supported_parameters: modelAnswer(model)['supported_parameters'],
    supports_implicit_caching: false,
    uptime_last_5m: uptimeOf(health?.last5Minutes),
    uptime_last_30m: uptimeOf(recent),
    uptime_last_1d: uptimeOf(health?.lastDay),
    latency_last_30m: percentilesOf(recent?.firstTokenMs),
    throughput_last_30m: percentilesOf(recent?.tokensPerSecond),
    total_latency_last_30m: percentilesOf(recent?.latencyMs),
    attempts_last_30m: recent?.attemptCount ?? 0,
    data_policy: {
      retention_days: provider.dataPolicy.retentionDays,
      trains: provider.dataPolicy.trains,
      region: provider.dataPolicy.region,
    },
  }
}

/** Nothing that was tried within five minutes worked, and it was tried more than once or twice. */
function isDown(health: EndpointHealth | undefined): boolean {
  if (health === undefined) return false
  const { attemptCount, failureCount } = health.last5Minutes
  return attemptCount >= 3 && failureCount === attemptCount
}

/** In percent; null where nobody tried. */
function uptimeOf(
  counts: { readonly attemptCount: number; readonly failureCount: number } | undefined,
): number | null {
  if (counts === undefined || counts.attemptCount === 0) return null
  const { attemptCount, failureCount } = counts
  return Math.round(((attemptCount - failureCount) / attemptCount) * 10_000) / 100
}

function percentilesOf(histogram: Histogram | undefined): Readonly<Record<string, number>> | null {
  if (histogram === undefined) return null
  const at = (part: number) => percentileOf(histogram, part)
  const [p50, p75, p90, p99] = [at(0.5), at(0.75), at(0.9), at(0.99)]
  if (p50 === null || p75 === null || p90 === null || p99 === null) return null
  return { p50: round(p50), p75: round(p75), p90: round(p90), p99: round(p99) }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

/** How many models there are. */
export function modelCountAnswer(catalogue: Catalogue): Readonly<Record<string, unknown>> {
  return { data: { count: catalogue.models.length } }
}

/** Every provider that may receive requests, and what it does with them as far as is known. */
export function providersAnswer(catalogue: Catalogue): Readonly<Record<string, unknown>> {
  const providers = new Map(
    catalogue.models.flatMap(({ endpoints }) =>
      endpoints.map(({ provider }) => [provider.slug, provider] as const),
    ),
  )
  return {
    data: [...providers.values()]
      .toSorted((left, right) => (left.slug < right.slug ? -1 : 1))
      .map(({ name, slug, kind, dataPolicy }) => ({
        name,
        slug,
        privacy_policy_url: null,
        terms_of_service_url: null,
        status_page_url: null,
        headquarters: null,
        datacenters: dataPolicy.region === null ? [] : [dataPolicy.region],
        kind,
        data_policy: {
          retention_days: dataPolicy.retentionDays,
          trains: dataPolicy.trains,
          region: dataPolicy.region,
        },
      })),
  }
}
