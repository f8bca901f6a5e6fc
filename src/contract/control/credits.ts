import { z } from 'zod'

import { grantPriorityMax } from '#domain/limits.ts'

import { accountId, moment, usdText } from './shapes.ts'

const grantKind = z.enum(['paid', 'promotional', 'trial']).describe('Where the credit comes from.')

/** Credit that was added, and what is left of it. */
export const grantShape = z
  .strictObject({
    id: z.templateLiteral(['grant_', z.string()]),
    account_id: accountId,
    kind: grantKind,
    amount: usdText,
    remaining: usdText,
    priority: z.int().describe('Lower is spent first.'),
    created_at: moment,
    expires_at: moment.nullable(),
    note: z.string().nullable(),
  })
  .meta({ id: 'Grant' })

/** Body of a grant. The amount is checked by the operation, which can say what is wrong with it. */
export const newGrantBody = z.strictObject({
  amount: z
    .string()
    .max(64)
    .describe('US dollars as decimal text ("5", "0.25"), above zero, at most nine decimals.'),
  kind: grantKind.default('promotional'),
  effect_key: z
    .string()
    .regex(/^[!-~]{1,150}$/, 'must be 1 to 150 visible ASCII characters')
    .describe(
      'Makes the grant happen at most once: sending the same key again returns the grant it made.',
    ),
  priority: z
    .int()
    .min(0)
    .max(grantPriorityMax)
    .nullable()
    .default(null)
    .describe('Lower is spent first; null: 100 for trial, 200 for promotional, 300 for paid.'),
  expires_at: moment.nullable().default(null),
  note: z.string().trim().min(1).max(500).nullable().default(null),
})

/** Answer to a grant. */
export const grantAnswer = z.strictObject({
  data: grantShape,
  created: z.boolean().describe('False when this effect key was used before: nothing changed.'),
})

/** Answer with what an account has. */
export const creditsAnswer = z.strictObject({
  data: z
    .strictObject({
      account_id: accountId,
      available: usdText.describe('US dollars that can be spent now; may be below zero.'),
      held: usdText.describe('US dollars set aside for requests under way.'),
      spent: usdText.describe('US dollars ever charged.'),
      granted: usdText.describe('US dollars ever granted.'),
      grants: z.array(grantShape).describe('In the order they are spent; used up ones last.'),
    })
    .meta({ id: 'Credits' }),
})
