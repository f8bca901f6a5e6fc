import { z } from 'zod'

import { moment, usdText } from './shapes.ts'

const count = z.int().min(0)
const list = z.string().min(1).max(4_000)

const usageSums = {
  cost: usdText,
  requests: count.describe('Charged requests, those that cost nothing included.'),
  prompt_tokens: count,
  completion_tokens: count,
  cached_tokens: count.describe('Part of the prompt tokens.'),
  reasoning_tokens: count.describe('Part of the completion tokens.'),
}

const sumsShape = z.strictObject(usageSums).meta({ id: 'UsageSums' })

/** Query of what was used. */
export const usageQuery = z.strictObject({
  from: moment
    .optional()
    .describe('The first hour of the period; 30 days before `until` if left out.'),
  until: moment.optional().describe('The first hour after it; the end of this hour if left out.'),
  interval: z
    .enum(['hour', 'day', 'whole'])
    .default('day')
    .describe('How long one row is: a UTC hour, a UTC day, or the whole period.'),
  group_by: z
    .enum(['none', 'model', 'provider', 'key', 'project'])
    .default('none')
    .describe('What rows are told apart by, beside the time.'),
  model: list.optional().describe('Only these models, separated by commas.'),
  provider: list.optional().describe('Only these providers, separated by commas.'),
  key_id: list.optional().describe('Only these keys, separated by commas.'),
  project_id: list.optional().describe('Only keys of these projects, separated by commas.'),
})

const usageRow = z
  .strictObject({
    start: moment,
    group: z
      .string()
      .describe('A model, a provider, the id of a key or a project; empty: unknown, or none.'),
    label: z.string().describe('The same, as people call it: the name of a key or a project.'),
    ...usageSums,
  })
  .meta({ id: 'UsageRow' })

/** Answer with what was used: exactly what was charged. */
export const usageAnswer = z.strictObject({
  data: z
    .array(usageRow)
    .describe('By time, then by group. Rows with nothing in them are left out.'),
  total: sumsShape.describe('Of all rows.'),
  from: moment,
  until: moment,
})

const percentiles = z
  .strictObject({ p50: z.number(), p90: z.number(), p99: z.number() })
  .nullable()
  .describe('Milliseconds, to within a fifth; null: nothing was measured.')

const trafficSums = {
  requests: count.describe('All that came with a key of the account.'),
  completed: count,
  refused: count.describe('codelace said no before anybody was asked.'),
  failed: count.describe('No provider could answer.'),
  client_gone: count,
  latency: percentiles,
  first_token: percentiles,
}

/** Query of how requests went. */
export const trafficQuery = usageQuery.pick({ from: true, until: true, interval: true })

/** Answer with how requests went. */
export const trafficAnswer = z.strictObject({
  data: z.array(z.strictObject({ start: moment, ...trafficSums }).meta({ id: 'TrafficRow' })),
  total: z.strictObject(trafficSums).meta({ id: 'TrafficSums' }),
  from: moment,
  until: moment,
})

/** Answer with where an account stands. */
export const overviewAnswer = z.strictObject({
  data: z
    .strictObject({
      as_of: moment,
      balance: z.strictObject({
        available: usdText.describe('May be below zero.'),
        held: usdText.describe('Set aside for requests under way.'),
        spent: usdText.describe('Ever charged.'),
        granted: usdText.describe('Ever granted.'),
      }),
      spend: z.strictObject({ today: usdText, month: usdText }).describe('UTC day and month.'),
      today: z.strictObject(trafficSums).describe('The requests of this UTC day.'),
      last_24_hours: z.strictObject(trafficSums),
      burn_rate: z
        .strictObject({
          per_day: usdText.describe('The mean of the last seven days, or of those there were.'),
          days_left: z
            .number()
            .nullable()
            .describe('How long the balance lasts at this rate; null: nothing is spent.'),
        })
        .describe('How fast credit goes.'),
      hourly: z
        .array(z.strictObject({ start: moment, cost: usdText, requests: count, failed: count }))
        .describe('The last 24 hours, oldest first, each one there.'),
    })
    .meta({ id: 'Overview' }),
})
