import { z } from 'zod'

import { countingUnits } from '#domain/catalogue.ts'

import { limitsShape } from './control/limits.ts'
import { contentMode, moment } from './control/shapes.ts'

const count = z.int().min(0)
const usd = z.number().describe('US dollars, as the JSON number that OpenAI’s clients expect.')

const usage = z
  .looseObject({
    prompt_tokens: count.describe('All input tokens, cached ones included.'),
    completion_tokens: count.describe('All output tokens, reasoning included.'),
    total_tokens: count,
    cost: usd.describe('What this request cost, in US dollars.'),
    is_byok: z
      .boolean()
      .describe('True: a credential of your own answered, and `cost` is the fee for that.'),
    cost_details: z.looseObject({
      upstream_inference_cost: z
        .number()
        .nullable()
        .describe('With a credential of your own: the list price, which the provider charges you.'),
      upstream_inference_prompt_cost: z.number(),
      upstream_inference_completions_cost: z.number(),
    }),
  })
  .meta({ id: 'Usage' })

/** A whole chat completion. Whatever else the provider sent is in it, unchanged. */
export const chatCompletionShape = z
  .looseObject({
    id: z.string().describe('The id of the generation: `gen-<unix seconds>-<20 characters>`.'),
    object: z.literal('chat.completion'),
    created: z.int(),
    model: z.string(),
    provider: z.string().describe('Who answered.'),
    choices: z.array(
      z.looseObject({
        index: z.int(),
        finish_reason: z.string().nullable(),
        message: z.looseObject({ role: z.string(), content: z.unknown() }),
      }),
    ),
    usage,
  })
  .meta({ id: 'ChatCompletion' })

const tokenPrice = z.string().describe('US dollars per token, as decimal text.')

const rates = {
  prompt: tokenPrice,
  completion: tokenPrice,
  request: z.string().describe('US dollars per request, as decimal text.'),
  image: tokenPrice,
  audio: tokenPrice,
  audio_output: tokenPrice,
  image_token: tokenPrice,
  image_output: tokenPrice,
  internal_reasoning: tokenPrice,
  input_cache_read: tokenPrice,
  input_cache_write: tokenPrice,
  input_cache_write_1h: tokenPrice,
}

/** Prices, as decimal text. */
export const pricing = z
  .strictObject({
    ...rates,
    overrides: z
      .array(z.strictObject({ min_prompt_tokens: z.int(), ...rates }))
      .optional()
      .describe('Rates for long prompts.'),
  })
  .meta({ id: 'Pricing' })

/** One model that can be asked for. */
export const modelShape = z
  .strictObject({
    id: z.string().describe('`author/slug`: what to send as `model`.'),
    object: z.literal('model'),
    created: z.int(),
    owned_by: z.string(),
    canonical_slug: z.string(),
    name: z.string(),
    description: z.string(),
    context_length: z.int(),
    architecture: z.strictObject({
      modality: z.string(),
      input_modalities: z.array(z.string()),
      output_modalities: z.array(z.string()),
      tokenizer: z.string(),
      instruct_type: z.null(),
    }),
    pricing: pricing.nullable(),
    top_provider: z.strictObject({
      context_length: z.int(),
      max_completion_tokens: z.int(),
      is_moderated: z.boolean(),
    }),
    per_request_limits: z.null(),
    supported_endpoints: z
      .array(z.string())
      .describe('Where it can be asked: `/v1/chat/completions`, `/v1/embeddings`, …'),
    counted_in: z
      .enum(countingUnits)
      .describe('What its prices are for: tokens, or what takes their place.'),
    supported_parameters: z.array(z.string()),
    default_parameters: z.null(),
    aliases: z.array(z.string()),
    providers: z.array(
      z.strictObject({
        slug: z.string(),
        name: z.string(),
        kind: z.enum(['model', 'routing', 'compute']),
        pricing,
        data_policy: z.strictObject({
          retention_days: z
            .number()
            .nullable()
            .describe('Null: unknown, which counts as the worst.'),
          trains: z.boolean().nullable(),
          region: z.string().nullable(),
        }),
      }),
    ),
  })
  .meta({ id: 'Model' })

/** Every model. */
export const modelListShape = z.strictObject({
  object: z.literal('list'),
  data: z.array(modelShape),
})

const attempt = z.strictObject({
  provider_name: z.string(),
  model: z.string(),
  started_at: moment,
  status: z.int().nullable(),
  latency: z.number(),
  error_class: z.string().nullable(),
  is_byok: z.boolean(),
})

/** One line of the request log, in OpenRouter's words. */
export const generationAnswerShape = z.strictObject({
  data: z
    .strictObject({
      id: z.string(),
      upstream_id: z.string().nullable(),
      api_type: z.literal('completions'),
      model: z.string().nullable(),
      requested_model: z.string().nullable(),
      upstream_model: z.string().nullable(),
      provider_name: z.string().nullable(),
      provider_responses: z.array(attempt).describe('Every attempt, in order.'),
      created_at: moment,
      streamed: z.boolean(),
      cancelled: z.boolean(),
      outcome: z.enum(['completed', 'refused', 'upstream_failed', 'client_gone']),
      status: z.int(),
      error_code: z.string().nullable(),
      finish_reason: z.string().nullable(),
      native_finish_reason: z.string().nullable(),
      tokens_prompt: count,
      tokens_completion: count,
      native_tokens_prompt: count,
      native_tokens_completion: count,
      native_tokens_reasoning: count,
      native_tokens_cached: count,
      native_tokens_cache_write: count,
      usage_source: z.enum(['upstream', 'estimated', 'orphan', 'none']),
      usage: usd,
      total_cost: usd,
      upstream_inference_cost: z.number().nullable(),
      price_version: z.string().nullable(),
      is_byok: z.boolean(),
      latency: z.number().describe('Milliseconds to the first token.'),
      generation_time: z.number().describe('Milliseconds from the first token to the end.'),
      total_latency: z.number().describe('Milliseconds in all.'),
      user_agent: z.string().nullable(),
      client_ip: z.string().nullable(),
      content_mode: contentMode,
    })
    .meta({ id: 'Generation' }),
})

/** What was sent and received. */
export const generationContentShape = z.strictObject({
  data: z
    .strictObject({
      input: z.strictObject({
        messages: z.unknown().describe('The messages, as sent.'),
        request: z.unknown().describe('The whole request body, as sent.'),
      }),
      output: z.strictObject({
        completion: z.string().nullable(),
        reasoning: z.string().nullable(),
        tool_calls: z.array(z.unknown()),
        raw: z.string().nullable().describe('The answer as text, where it could not be read.'),
      }),
      error: z.unknown(),
    })
    .meta({ id: 'GenerationContent' }),
})

/** What an account was given and has spent. */
export const accountCreditsShape = z.strictObject({
  data: z.strictObject({
    total_credits: usd.describe('US dollars ever granted.'),
    total_usage: usd.describe('US dollars ever charged.'),
  }),
})

/** The key that asks. */
export const ownKeyShape = z.strictObject({
  data: z
    .strictObject({
      label: z.string().describe('How to recognise the secret: its first and last characters.'),
      name: z.string(),
      id: z.string(),
      kind: z.enum(['inference', 'operator']),
      limit: usd.nullable().describe('The spend limit that leaves the least, in US dollars.'),
      limit_remaining: usd.nullable(),
      limit_reset: z
        .enum(['daily', 'weekly', 'monthly'])
        .nullable()
        .describe('When that limit starts anew, in UTC, weeks from Monday; null: never.'),
      usage: usd.describe('US dollars ever spent with this key.'),
      usage_daily: usd,
      usage_weekly: usd,
      usage_monthly: usd,
      limits: limitsShape.nullable(),
      is_free_tier: z.literal(false),
      is_management_key: z.boolean(),
      is_provisioning_key: z.literal(false),
      content_mode: contentMode,
      created_at: moment,
      expires_at: moment.nullable(),
    })
    .meta({ id: 'OwnKey' }),
})

/** Whether the process lives, or can serve. */
export const healthShape = z.strictObject({ status: z.string() })
