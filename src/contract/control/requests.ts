import { z } from 'zod'

import { generationShape } from './generations.ts'
import {
  accountId,
  generationId,
  limitQuery,
  moment,
  nextCursor,
  priceVersionId,
  usdText,
} from './shapes.ts'

const oneOrMore = z.string().min(1).max(4_000)
const wholeNumber = z.string().regex(/^\d{1,9}$/, 'must be a whole number')
const amountQuery = z.string().min(1).max(64)

/** The path of one request of an account. */
export const requestPath = z.strictObject({ account_id: accountId, generation_id: generationId })

/** What narrows a list of requests. Each may be left out; those given all count. Lists are of any of. */
export const requestFilterQuery = z.strictObject({
  key_id: oneOrMore.optional().describe('Ids of keys, separated by commas.'),
  project_id: oneOrMore
    .optional()
    .describe('Ids of projects, separated by commas: what was asked with their keys.'),
  model: oneOrMore
    .optional()
    .describe(
      'Models that answered, separated by commas; where none was resolved, those asked for.',
    ),
  provider: oneOrMore.optional().describe('Slugs of providers, separated by commas.'),
  outcome: oneOrMore
    .optional()
    .describe('`completed`, `refused`, `upstream_failed`, `client_gone`, separated by commas.'),
  status: z
    .string()
    .regex(/^([1-5]\d\d(-[1-5]\d\d)?|[1-5]xx)$/, 'must be like 429, 4xx or 400-499')
    .optional()
    .describe('An HTTP status (`429`), a class (`4xx`) or a span (`400-499`).'),
  streamed: z.enum(['true', 'false']).optional(),
  from: moment.optional().describe('The first moment of the period.'),
  until: moment.optional().describe('The first moment after it.'),
  cost_min: amountQuery.optional().describe('US dollars, as decimal text.'),
  cost_max: amountQuery.optional().describe('US dollars, as decimal text.'),
  latency_min_ms: wholeNumber.optional(),
  latency_max_ms: wholeNumber.optional(),
  id: z
    .string()
    .regex(/^[0-9A-Za-z-]{1,64}$/, 'must be part of an id')
    .optional()
    .describe('Part of an id.'),
})

/** Query of a list of requests. */
export const requestListQuery = requestFilterQuery.extend({
  sort: z.enum(['time', 'cost', 'latency', 'tokens']).default('time'),
  order: z.enum(['falling', 'rising']).default('falling'),
  limit: limitQuery,
  after: z
    .string()
    .regex(/^\d{1,19}\.gen-\d{10}-[0-9A-Za-z]{20}$/, 'must be the `next` of the page before')
    .optional()
    .describe('Continue after this cursor: the `next` of the page before.'),
})

/** Answer with a page of requests. */
export const requestListAnswer = z.strictObject({
  data: z.array(generationShape),
  next: nextCursor,
})

const costLine = z
  .strictObject({
    item: z.string().describe('What it is for: a rate of the price version.'),
    quantity: z.int().describe('Tokens, or 1 request.'),
    rate: z.string().describe('US dollars per token (or per request), exact.'),
    amount: z.string().describe('Quantity times rate in US dollars, exact.'),
  })
  .meta({ id: 'CostLine' })

/** One request with the arithmetic of its cost. */
export const requestDetailShape = generationShape
  .extend({
    key_name: z.string().nullable().describe('Null: the key is not known any more.'),
    cost_breakdown: z
      .strictObject({
        price_version_id: priceVersionId,
        lines: z.array(costLine),
        exact: z.string().describe('The sum of the lines in US dollars, before it is rounded.'),
        charged: usdText.describe(
          'The sum, or with a credential of your own the fee on it, rounded up once to a nano-dollar.',
        ),
      })
      .nullable()
      .describe('Null: nothing was counted, or what was charged is not a product of counts.'),
  })
  .meta({ id: 'RequestDetail' })

/** Answer with one request. */
export const requestDetailAnswer = z.strictObject({ data: requestDetailShape })
