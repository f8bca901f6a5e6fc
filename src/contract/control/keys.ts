import { z } from 'zod'

import { keyScopes } from '#domain/accounts.ts'
import { rotationGraceSecondsMax } from '#domain/limits.ts'

import { limitsChange, limitsShape, spentShape } from './limits.ts'
import { accountId, contentMode, displayName, keyId, moment, projectId } from './shapes.ts'

const keyKind = z
  .enum(['inference', 'operator'])
  .describe('`inference` opens /v1, `operator` opens /api.')

const scopes = z
  .array(z.enum(keyScopes))
  .max(keyScopes.length)
  .describe(
    'What the key may do: `inference` asks models, `read_usage` reads what was asked and spent, ' +
      '`manage_keys` makes, changes and revokes keys of its account. An operator token has none.',
  )

/** One key, without its secret. */
export const keyShape = z
  .strictObject({
    id: keyId,
    account_id: accountId,
    project_id: projectId.nullable().describe('Null: it belongs to none.'),
    kind: keyKind,
    name: z.string(),
    label: z.string().describe('How to recognise the secret: its first and last characters.'),
    scopes,
    content_mode: contentMode.nullable().describe('Null: the account’s own.'),
    limits: limitsShape.nullable().describe('Null: none of its own.'),
    created_at: moment,
    created_by: z.string().nullable().describe('The id of a person or of a key.'),
    app: z
      .string()
      .nullable()
      .describe('Where the app is that it was made for, by consent; null: none.'),
    last_used_at: moment
      .nullable()
      .describe('The last request with it, a second after it ended; null: none yet.'),
    expires_at: moment.nullable(),
    revoked_at: moment.nullable(),
    old_secrets_end_at: moment
      .nullable()
      .describe('Until then, the secrets before the last rotation work too.'),
  })
  .meta({ id: 'Key' })

/** The path of one key. */
export const keyPath = z.strictObject({ key_id: keyId })

/** The path of one key of an account. */
export const accountKeyPath = z.strictObject({ account_id: accountId, key_id: keyId })

/** Body of a new key. */
export const newKeyBody = z.strictObject({
  name: displayName,
  kind: keyKind.default('inference'),
  project_id: projectId.nullable().default(null).describe('The project it joins, for its life.'),
  scopes: scopes.optional().describe('Left out: `inference` and `read_usage`.'),
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
export const keyChangeBody = z
  .strictObject({
    name: displayName.optional(),
    scopes: scopes.optional(),
    content_mode: contentMode.nullable().optional(),
    limits: limitsChange.nullable().optional().describe('Null lifts all limits of the key.'),
    expires_at: moment.nullable().optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'name at least one member to change')

/** Body of a rotation. */
export const rotationBody = z.strictObject({
  grace_seconds: z
    .int()
    .min(0)
    .max(rotationGraceSecondsMax)
    .default(86_400)
    .describe('How long the secrets before this one still work.'),
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
