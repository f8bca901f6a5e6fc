import { usesOf, type Catalogue, type Model, type ModelUse } from '#domain/catalogue.ts'
import { formatDecimal, type PicoUsd } from '#domain/money.ts'
import type { PriceRates } from '#domain/prices.ts'

import { inListOrder } from './model-lists.ts'

/** Request parameters that every endpoint receives untouched; whether a model obeys is its own matter. */
const supportedParameters: readonly string[] = [
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'stop',
  'seed',
  'n',
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'logprobs',
  'top_logprobs',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'structured_outputs',
  'reasoning_effort',
]

/** Where a model with this use is asked. */
const endpointsByUse: Readonly<Record<ModelUse, readonly string[]>> = {
  chat: ['/v1/chat/completions', '/v1/responses', '/v1/messages', '/v1/completions'],
  completions: ['/v1/completions'],
  embeddings: ['/v1/embeddings'],
  rerank: ['/v1/rerank'],
  moderations: ['/v1/moderations'],
  images: ['/v1/images/generations'],
  image_edits: ['/v1/images/edits'],
  speech: ['/v1/audio/speech'],
  transcriptions: ['/v1/audio/transcriptions'],
}

function endpointsOf(model: Model): readonly string[] {
  return [...new Set(usesOf(model).flatMap((use) => endpointsByUse[use]))]
}

/** The list of models: OpenAI's fields first, then OpenRouter's. Newest first, then by name. */
export function modelList(catalogue: Catalogue): Readonly<Record<string, unknown>> {
  return { object: 'list', data: inListOrder(catalogue.models).map((model) => modelAnswer(model)) }
}

/** One model. Its prices are those of the endpoint that is asked first. */
export function modelAnswer(model: Model): Readonly<Record<string, unknown>> {
  const [endpoint] = model.endpoints
  const modality = `${model.inputModalities.join('+')}->${model.outputModalities.join('+')}`
  return {
    id: model.id,
    object: 'model',
    created: model.createdAtSeconds,
    owned_by: model.id.slice(0, model.id.indexOf('/')),
    canonical_slug: model.id,
    name: model.name,
    description: model.description,
    context_length: model.contextLength,
    architecture: {
      modality,
      input_modalities: model.inputModalities,
      output_modalities: model.outputModalities,
      tokenizer: 'Other',
      instruct_type: null,
    },
    pricing: endpoint ? pricing(endpoint.price.sheet) : null,
    top_provider: {
      context_length: model.contextLength,
      max_completion_tokens: model.maxOutput,
      is_moderated: false,
    },
    per_request_limits: null,
    supported_endpoints: endpointsOf(model),
    counted_in: model.countedIn ?? 'tokens',
    supported_parameters: usesOf(model).includes('chat') ? supportedParameters : [],
    default_parameters: null,
    aliases: model.aliases,
    providers: model.endpoints.map(({ provider, price }) => ({
      slug: provider.slug,
      name: provider.name,
      kind: provider.kind,
      pricing: pricing(price.sheet),
      data_policy: {
        retention_days: provider.dataPolicy.retentionDays,
        trains: provider.dataPolicy.trains,
        region: provider.dataPolicy.region,
      },
    })),
  }
}

/** Decimal strings in US dollars per token (and per request), never with an exponent. */
export function pricing({
  base,
  tiers,
}: {
  base: PriceRates
  tiers: readonly { minPromptTokens: number; rates: PriceRates }[]
}): Readonly<Record<string, unknown>> {
  const overrides = tiers.map(({ minPromptTokens, rates }) => ({
    min_prompt_tokens: minPromptTokens,
    ...rateTexts(rates),
  }))
  return { ...rateTexts(base), ...(overrides.length > 0 ? { overrides } : {}) }
}

function rateTexts(rates: PriceRates): Readonly<Record<string, string>> {
  return {
    prompt: perUnit(rates.prompt),
    completion: perUnit(rates.completion),
    request: perUnit(rates.request),
    image: '0',
    audio: perUnit(rates.audioPrompt),
    audio_output: perUnit(rates.audioCompletion),
    image_token: perUnit(rates.imagePrompt),
    image_output: perUnit(rates.imageCompletion),
    internal_reasoning: perUnit(rates.reasoning),
    input_cache_read: perUnit(rates.cacheRead),
    input_cache_write: perUnit(rates.cacheWrite),
    input_cache_write_1h: perUnit(rates.cacheWrite1h),
  }
}

function perUnit(price: PicoUsd): string {
  return formatDecimal(price, 12)
}
