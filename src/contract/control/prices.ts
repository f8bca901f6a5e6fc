import { z } from 'zod'

import { reratedChargesNamedMax } from '#domain/limits.ts'

import { generationId, moment, priceVersionId, usdText } from './shapes.ts'

const perMillionTokens = z
  .string()
  .describe('US dollars per million tokens, as exact decimal text.')

const rates = z
  .strictObject({
    prompt: perMillionTokens,
    completion: perMillionTokens,
    cache_read: perMillionTokens,
    cache_write: perMillionTokens,
    cache_write_1h: perMillionTokens,
    reasoning: perMillionTokens,
    audio_prompt: perMillionTokens,
    audio_completion: perMillionTokens,
    image_prompt: perMillionTokens,
    image_completion: perMillionTokens,
    request: z.string().describe('US dollars per request, as exact decimal text.'),
  })
  .meta({ id: 'PriceRates' })

/** One immutable price sheet. */
export const priceVersionShape = z
  .strictObject({
    id: priceVersionId,
    base: rates,
    tiers: z
      .array(z.strictObject({ min_prompt_tokens: z.int(), rates }))
      .describe('Rates that replace the base once the prompt is this long.'),
  })
  .meta({ id: 'PriceVersion' })

const priceChange = z
  .strictObject({
    endpoint: z.string().describe('Model and provider, joined by `@`.'),
    version_id: priceVersionId,
    effective_from: moment,
  })
  .meta({ id: 'PriceChange' })

/** The path of one price version. */
export const priceVersionPath = z.strictObject({ price_version_id: priceVersionId })

/** Query of the price history. */
export const priceHistoryQuery = z.strictObject({
  endpoint: z.string().min(1).max(300).optional().describe('Model and provider, joined by `@`.'),
})

/** Answer with every change of price, newest first. */
export const priceHistoryAnswer = z.strictObject({ data: z.array(priceChange) })

/** Answer with one price version. */
export const priceVersionAnswer = z.strictObject({ data: priceVersionShape })

const endpointName = z.string().describe('Model and provider, joined by `@`.')

/** Answer with every price that the server charges now. */
export const priceListAnswer = z.strictObject({
  data: z.array(
    z
      .strictObject({ endpoint: endpointName, version: priceVersionShape })
      .meta({ id: 'EndpointPrice' }),
  ),
})

const rateText = z
  .string()
  .nullable()
  .describe('US dollars per million tokens (`request`: per request); null: there is no such rate.')

const endpointChange = z
  .strictObject({
    endpoint: endpointName,
    kind: z.enum(['added', 'removed', 'changed']),
    version_before: priceVersionId.nullable(),
    version_after: priceVersionId.nullable(),
    rates: z.array(
      z.strictObject({
        rate: z.enum(Object.keys(rates.shape) as [keyof typeof rates.shape]),
        min_prompt_tokens: z.int().describe('The tier; 0 is the base.'),
        before: rateText,
        after: rateText,
      }),
    ),
  })
  .meta({ id: 'EndpointPriceChange' })

/** Answer with what came, or would come, into force. */
export const priceApplicationAnswer = z.strictObject({
  data: z.array(endpointChange),
})

/** Query of a re-rating. */
export const reratingQuery = z.strictObject({
  from: z.iso.datetime({ offset: true }).describe('The first moment of the period, ISO 8601.'),
  to: z.iso.datetime({ offset: true }).describe('The first moment after it, ISO 8601.'),
})

const count = z.int().min(0)

/** Answer of a re-rating: what a period should have been charged, and what it was. */
export const reratingAnswer = z.strictObject({
  data: z
    .strictObject({
      from: moment,
      to: moment,
      charges: count.describe('All charges that were computed again; orphans are not among them.'),
      same: count,
      charged: usdText,
      rerated: usdText.describe('The same charges, each computed again and rounded up once.'),
      rerated_exact: usdText.describe('The same before rounding, to the pico-dollar.'),
      different: count,
      differences: z
        .array(
          z.strictObject({
            generation_id: generationId,
            created_at: moment,
            price_version_id: priceVersionId.nullable(),
            reason: z.enum(['other_amount', 'no_price_version']),
            charged: usdText,
            rerated: usdText.nullable().describe('Null where the price is not known.'),
          }),
        )
        .describe(`The first ${reratedChargesNamedMax} of them; \`different\` counts all.`),
      orphans: z
        .strictObject({
          count,
          charged: usdText,
          charges: z
            .array(
              z.strictObject({ generation_id: generationId, created_at: moment, charged: usdText }),
            )
            .describe(`The first ${reratedChargesNamedMax} of them.`),
        })
        .describe(
          'Charges of requests whose node died in mid-answer: their last known cost was charged, and ' +
            'their tokens are not known.',
        ),
    })
    .meta({ id: 'Rerating' }),
})
