import { z } from 'zod'

import { limitsChange, limitsShape, spentShape } from './limits.ts'
import {
  accountId,
  afterQuery,
  contentMode,
  displayName,
  keyId,
  limitQuery,
  moment,
  nextCursor,
  personId,
  reason,
} from './shapes.ts'

/** One account as operators see it. */
export const accountShape = z
  .strictObject({
    id: accountId,
    role: z.enum(['customer', 'operator']),
    display_name: z.string(),
    email: z.string().nullable(),
    status: z.enum(['active', 'suspended', 'closing', 'closed']),
    status_reason: z.string().nullable(),
    content_mode: contentMode,
    limits: limitsShape.nullable().describe('What all its keys together may use.'),
    region: z.string().nullable().describe('The country that its owner named, ISO 3166.'),
    created_at: moment,
  })
  .meta({ id: 'Account' })

const statusChange = z
  .strictObject({
    status: accountShape.shape.status,
    reason: z.string().nullable(),
    actor_key_id: keyId.nullable().describe('The operator token that did it, if one did.'),
    actor_person_id: personId.nullable().describe('The person that did it, if one did.'),
    at: moment,
  })
  .meta({ id: 'AccountStatusChange' })

/** The path of one account. */
export const accountPath = z.strictObject({ account_id: accountId })

/** Body of a new account. The role is not among it: nobody becomes an operator through the API. */
export const newAccountBody = z.strictObject({
  display_name: displayName,
  email: z.email().max(254).nullable().default(null),
  content_mode: contentMode.default('full'),
})

/** Body of a change to an account. */
export const accountChangeBody = z
  .strictObject({
    content_mode: contentMode.optional(),
    limits: limitsChange
      .nullable()
      .optional()
      .describe('What all its keys together may use; null lifts all limits.'),
  })
  .refine((body) => Object.keys(body).length > 0, 'name at least one member to change')

/** Body of a suspension. */
export const suspensionBody = z.strictObject({ reason })

/** Body of a restoration. */
export const restorationBody = z.strictObject({ reason: reason.nullable().default(null) })

/** Query of the list of accounts. */
export const accountListQuery = z.strictObject({ limit: limitQuery, after: afterQuery })

/** Answer with one account. */
export const accountAnswer = z.strictObject({ data: accountShape })

/** Answer with one account and its past. */
export const accountWithHistoryAnswer = z.strictObject({
  data: accountShape.extend({
    status_history: z.array(statusChange).describe('Oldest first.'),
    spent: spentShape.describe('By all its keys, in the windows of today.'),
  }),
})

/** Answer with a page of accounts, newest first. */
export const accountListAnswer = z.strictObject({
  data: z.array(accountShape),
  next: nextCursor,
})
