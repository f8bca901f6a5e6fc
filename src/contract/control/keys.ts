import { z } from 'zod'

import { limitsChange, limitsShape, spentShape } from './limits.ts'
import { accountId, contentMode, displayName, keyId, moment } from './shapes.ts'

const keyKind = z
  .enum(['inference', 'operator'])
  .describe('`inference` opens /v1, `operator` opens /api.')

/** One key, without its secret. */
export const keyShape = z
  .strictObject({
    id: keyId,
    account_id: accountId,
    kind: keyKind,
    name: z.string(),
    label: z.string().describe('How to recognise the secret: its first and last characters.'),
    content_mode: contentMode.nullable().describe('Null: the account’s own.'),
    limits: limitsShape.nullable().describe('Null: none of its own.'),
    created_at: moment,
    expires_at: moment.nullable(),
    revoked_at: moment.nullable(),
  })
  .meta({ id: 'Key' })

/** The path of one key. */
export const keyPath = z.strictObject({ key_id: keyId })

/** Body of a new key. */
export const newKeyBody = z.strictObject({
  name: displayName,
  kind: keyKind.default('inference'),
  content_mode: contentMode
    .nullable()
    .default(null)
    .describe('Keeps less than the account does; null keeps what the account does.'),
  limits: limitsChange
    .nullable()
    .default(null)
    .describe('What the key may use, within what its account may.'),
  expires_at: moment.nullable().default(null),
})

/** Body of a change to a key. */
export const keyChangeBody = z.strictObject({
  limits: limitsChange.nullable().describe('Null lifts all limits of the key.'),
})

/** Answer with a new key. */
export const newKeyAnswer = z.strictObject({
  data: keyShape,
  key: z.string().describe('The secret. It is shown here, once, and never stored.'),
})

/** Answer with one key. */
export const keyAnswer = z.strictObject({ data: keyShape })

/** Answer with one key and what it has spent. */
export const keyWithSpentAnswer = z.strictObject({ data: keyShape.extend({ spent: spentShape }) })

/** Answer with all keys of an account, newest first. */
export const keyListAnswer = z.strictObject({ data: z.array(keyShape) })
