import { z } from 'zod'

import {
  accountId,
  afterQuery,
  contentMode,
  generationId,
  keyId,
  limitQuery,
  moment,
  nextCursor,
  priceVersionId,
  usdText,
} from './shapes.ts'

const count = z.int().min(0)

const routingAttempt = z
  .strictObject({
    provider: z.string(),
    upstream_model: z.string(),
    started_at: moment,
    status: z.int().nullable().describe('The provider’s HTTP status; null when there was none.'),
    latency_ms: z.number(),
    error_class: z.string().nullable(),
    credential_id: z
      .string()
      .nullable()
      .describe('The credential of your own that was used; null: a shared one.'),
  })
  .meta({ id: 'RoutingAttempt' })

const tokenCounts = z
  .strictObject({
    prompt: count.describe('All input tokens, cached ones included.'),
    completion: count.describe('All output tokens, reasoning included.'),
    cached: count,
    cache_write: count,
    cache_write_1h: count,
    reasoning: count,
    audio_prompt: count,
    audio_completion: count,
    image_prompt: count,
    image_completion: count,
  })
  .meta({ id: 'TokenCounts' })

const outcome = z
  .enum(['completed', 'refused', 'upstream_failed', 'client_gone'])
  .describe('How the request ended.')

/** One line of the request log, without content. */
export const generationShape = z
  .strictObject({
    id: generationId,
    account_id: accountId,
    key_id: keyId,
    created_at: moment,
    requested_model: z.string().nullable(),
    resolved_model: z.string().nullable(),
    provider: z.string().nullable(),
    upstream_model: z.string().nullable(),
    upstream_id: z.string().nullable(),
    routing_path: z.array(routingAttempt),
    outcome,
    status: z.int(),
    fault_code: z.string().nullable(),
    streamed: z.boolean(),
    time_to_first_token_ms: z.number().nullable(),
    latency_ms: z.number(),
    tokens: tokenCounts,
    usage_source: z.enum(['upstream', 'estimated', 'orphan', 'none']),
    finish_reason: z.string().nullable(),
    cost: usdText,
    price_version_id: priceVersionId.nullable(),
    own_credential: z
      .strictObject({
        id: z.string(),
        fee_percent: z.string().describe('The part of the list price that was charged.'),
        upstream_cost: usdText.describe('The list price, which the provider charges you.'),
      })
      .nullable()
      .describe('Null: a shared credential answered, and the list price was charged.'),
    client_ip: z.string().nullable(),
    user_agent: z.string().nullable(),
    content_mode: contentMode,
  })
  .meta({ id: 'GenerationRecord' })

/** The path of one generation. */
export const generationPath = z.strictObject({ generation_id: generationId })

/** Query of the request log. */
export const generationListQuery = z.strictObject({
  account_id: accountId.optional(),
  model: z.string().min(1).max(200).optional().describe('The model that answered.'),
  outcome: outcome.optional(),
  limit: limitQuery,
  after: afterQuery,
})

/** Answer with one generation. */
export const generationAnswer = z.strictObject({ data: generationShape })

/** Answer with a page of generations, newest first. */
export const generationListAnswer = z.strictObject({
  data: z.array(generationShape),
  next: nextCursor,
})
