import { z } from 'zod'

import { notificationsMarkedMax } from '#domain/account-limits.ts'
import { spendWindows } from '#domain/spend-windows.ts'

import { afterQuery, limitQuery, moment, nextCursor, usdText } from './shapes.ts'

const notificationId = z
  .string()
  .regex(/^\d{1,18}$/, 'must be the id of a notification')
  .describe('The id of a notification.')

const everyNotification = {
  id: notificationId,
  created_at: moment,
  ended_at: moment.nullable().describe('When it stopped to be so; null: it is so still.'),
  read_at: moment.nullable(),
}

const budgetPercent = z.union([z.literal(50), z.literal(80), z.literal(100)])

/** Something that a person was told about an account. Numbers are those of the moment it became true. */
export const notificationShape = z
  .discriminatedUnion('kind', [
    z.strictObject({
      ...everyNotification,
      kind: z.literal('low_balance'),
      left: usdText.describe('What could still be spent; may be below zero.'),
      threshold: usdText,
    }),
    z.strictObject({
      ...everyNotification,
      kind: z.literal('budget'),
      owner: z
        .strictObject({
          type: z.enum(['account', 'project', 'key']),
          id: z.string(),
          name: z.string(),
        })
        .describe('Whose spend limit it is.'),
      window: z.enum(spendWindows),
      percent: budgetPercent.describe('The largest part that was reached.'),
      spent: usdText,
      limit: usdText,
    }),
    z.strictObject({
      ...everyNotification,
      kind: z.literal('error_spike'),
      requests: z.int().describe('Of that hour and the one before.'),
      errors: z.int(),
    }),
  ])
  .meta({ id: 'Notification' })

/** Query of a list of notifications. */
export const notificationListQuery = z.strictObject({
  unread: z.enum(['true', 'false']).default('false').describe('`true`: only those not read yet.'),
  limit: limitQuery,
  after: afterQuery,
})

/** Answer with a page of one's notifications about an account, newest first. */
export const notificationListAnswer = z.strictObject({
  data: z.array(notificationShape),
  next: nextCursor,
  unread_count: z.int(),
})

/** Body: which notifications were read. */
export const notificationsReadBody = z.strictObject({
  ids: z
    .union([z.literal('all'), z.array(notificationId).min(1).max(notificationsMarkedMax)])
    .describe('Ids, or `all`.'),
})

/** Answer: how many were not read before. */
export const notificationsReadAnswer = z.strictObject({
  data: z.strictObject({ marked: z.int(), unread_count: z.int() }),
})

/** What one wants to be told about an account. */
export const notificationSettingsShape = z
  .strictObject({
    low_balance: usdText.nullable().describe('Tell below this much credit; null: never.'),
    budget_percents: z
      .array(budgetPercent)
      .max(3)
      .describe('Tell at these parts of every spend limit: of the account, of projects, of keys.'),
    error_spikes: z.boolean().describe('Tell when far more requests than usual end with an error.'),
    by_mail: z.boolean().describe('Also by mail; false: only in the list.'),
  })
  .meta({ id: 'NotificationSettings' })

/** Answer with one's settings for an account. */
export const notificationSettingsAnswer = z.strictObject({
  data: notificationSettingsShape.extend({
    is_default: z.boolean().describe('True as long as nothing was chosen: it follows the role.'),
  }),
})

/** Body of whoever wants no more mails: what the link in a mail holds behind the #. */
export const unsubscribeBody = z.strictObject({
  token: z
    .string()
    .max(300)
    .regex(/^usr_\w+\.acct_\w+\.[\w-]{43}$/, 'is not what the link holds')
    .describe('What stands behind the # of the link in the mail.'),
})

/** Answer: no more mails about this account. */
export const unsubscribeAnswer = z.strictObject({
  data: z.strictObject({ account_name: z.string(), by_mail: z.literal(false) }),
})
