import { z } from 'zod'

import { usdText } from './shapes.ts'

const perMinute = 'Counted over any 60 seconds, by each node.'
const windows =
  'Whole UTC days, weeks from Monday, calendar months; `total` never starts anew. Exact on all nodes together.'
const models = 'Ids of models (`openai/gpt-4o`), or `openai/*` for all of an author.'
const providers = 'Slugs of providers.'
const addresses = 'Addresses and CIDR ranges, IPv4 and IPv6.'

const usdOrNone = usdText.nullable()

/** What a key or an account may use. Null is no limit. */
export const limitsShape = z
  .strictObject({
    requests_per_minute: z.int().nullable().describe(perMinute),
    tokens_per_minute: z.int().nullable().describe(perMinute),
    concurrent_requests: z.int().nullable().describe('Requests under way at once, by each node.'),
    spend: z
      .strictObject({ day: usdOrNone, week: usdOrNone, month: usdOrNone, total: usdOrNone })
      .describe(windows),
    allowed_models: z.array(z.string()).nullable().describe(models),
    allowed_providers: z.array(z.string()).nullable().describe(providers),
    allowed_ip_ranges: z.array(z.string()).nullable().describe(addresses),
  })
  .meta({ id: 'Limits' })

// Which numbers and texts make sense is the domain's to say, with the value in its words.
const numberChange = z.number().nullable().optional()
const usdChange = z
  .string()
  .nullable()
  .optional()
  .describe('US dollars as exact decimal text ("25.50"); null lifts the limit.')
const listChange = z.array(z.string()).nullable().optional()

/** A change of limits: members that are given are set, null lifts one, the others stay as they are. */
export const limitsChange = z
  .strictObject({
    requests_per_minute: numberChange.describe(perMinute),
    tokens_per_minute: numberChange.describe(perMinute),
    concurrent_requests: numberChange.describe('Requests under way at once, by each node.'),
    spend: z
      .strictObject({ day: usdChange, week: usdChange, month: usdChange, total: usdChange })
      .nullable()
      .optional()
      .describe(windows),
    allowed_models: listChange.describe(models),
    allowed_providers: listChange.describe(providers),
    allowed_ip_ranges: listChange.describe(addresses),
  })
  .meta({ id: 'LimitsChange' })

/** What was spent in the windows of today; settled charges only. */
export const spentShape = z
  .strictObject({ day: usdText, week: usdText, month: usdText, total: usdText })
  .meta({ id: 'Spent' })
