import { z } from 'zod'

import { modelShape, pricing } from './gateway-shapes.ts'

const percent = z
  .number()
  .nullable()
  .describe('Percent of the attempts that the endpoint answered; null: nobody tried it.')

const percentiles = z
  .strictObject({ p50: z.number(), p75: z.number(), p90: z.number(), p99: z.number() })
  .nullable()

const dataPolicy = modelShape.shape.providers.element.shape.data_policy

/** A model with every way to reach it. */
export const modelEndpointsShape = z.strictObject({
  data: z
    .strictObject({
      id: z.string(),
      name: z.string(),
      created: z.int(),
      description: z.string(),
      architecture: modelShape.shape.architecture,
      endpoints: z.array(
        z
          .strictObject({
            name: z.string(),
            model_id: z.string(),
            provider_name: z.string(),
            tag: z.string().describe('The slug of the provider.'),
            quantization: z.string(),
            status: z.int().describe('0: serves; -2: everything failed within five minutes.'),
            context_length: z.int(),
            max_completion_tokens: z.int(),
            max_prompt_tokens: z.int(),
            pricing,
            supported_parameters: z.array(z.string()),
            supports_implicit_caching: z.boolean(),
            uptime_last_5m: percent,
            uptime_last_30m: percent,
            uptime_last_1d: percent,
            latency_last_30m: percentiles.describe('Milliseconds to the first token.'),
            throughput_last_30m: percentiles.describe('Tokens of output in a second.'),
            total_latency_last_30m: percentiles.describe('Milliseconds in all.'),
            attempts_last_30m: z.int(),
            data_policy: dataPolicy,
          })
          .meta({ id: 'ModelEndpoint' }),
      ),
    })
    .meta({ id: 'ModelEndpoints' }),
})

/** How many models there are. */
export const modelCountShape = z.strictObject({ data: z.strictObject({ count: z.int() }) })

/** Every provider that may receive requests. */
export const providerListShape = z.strictObject({
  data: z.array(
    z
      .strictObject({
        name: z.string(),
        slug: z.string(),
        privacy_policy_url: z.null(),
        terms_of_service_url: z.null(),
        status_page_url: z.null(),
        headquarters: z.null(),
        datacenters: z.array(z.string()),
        kind: z.enum(['model', 'routing', 'compute']),
        data_policy: dataPolicy,
      })
      .meta({ id: 'Provider' }),
  ),
})
