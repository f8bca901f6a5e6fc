import { z } from 'zod'

import {
  credentialAddressLengthMax,
  credentialModelsMax,
  credentialSecretLengthMax,
  keysPerAccountMax,
} from '#domain/limits.ts'
import { credentialTestOutcomes, credentialUses } from '#domain/own-credentials.ts'

import { accountId, displayName, keyId, moment } from './shapes.ts'

/** An id on its way out. */
const credentialId = z
  .templateLiteral(['cred_', z.string()])
  .describe('The id of a credential that a customer brought.')

const protocols = [
  'openai',
  'openai-responses',
  'azure-openai',
  'anthropic',
  'gemini',
  'bedrock',
] as const

const secretKinds = ['api_key', 'aws', 'google_service_account', 'none'] as const

const visible = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^[\x21-\x7e]+$/, 'must be visible characters on one line')

const ownModel = z.strictObject({
  model: z.string().min(1).max(200).describe('The name of a model that is served here.'),
  upstream_model: visible(200)
    .nullable()
    .default(null)
    .describe('What the provider calls it; null: as it is known here.'),
})

const models = z
  .array(ownModel)
  .min(1)
  .max(credentialModelsMax)
  .nullable()
  .describe('The models that it may be used for; null: all that its provider serves here.')

const keyIds = z
  .array(keyId)
  .min(1)
  .max(keysPerAccountMax)
  .nullable()
  .describe('The keys whose requests may use it; null: all keys of the account.')

const use = z
  .enum(credentialUses)
  .describe(
    '`first`: before the shared credentials; `only`: no shared one is asked for a model that it ' +
      'serves; `last`: when the shared ones have failed.',
  )

const secret = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('api_key'),
      api_key: visible(credentialSecretLengthMax),
    }),
    z.strictObject({
      kind: z.literal('aws'),
      access_key_id: visible(200),
      secret_access_key: visible(500),
      session_token: visible(credentialSecretLengthMax).nullable().default(null),
    }),
    z.strictObject({
      kind: z.literal('google_service_account'),
      json: z.string().min(2).max(16_384).describe('The JSON key of the service account, as text.'),
    }),
    z.strictObject({ kind: z.literal('none') }),
  ])
  .describe('What shows the provider who asks. It is sealed, and never given out again.')

/** One credential that a customer brought, without its secret. */
export const credentialShape = z
  .strictObject({
    id: credentialId,
    account_id: accountId,
    provider: z.string().describe('The slug of a provider, `azure` or `custom`.'),
    provider_name: z.string(),
    label: z.string(),
    secret_kind: z.enum(secretKinds),
    last_four: z.string().describe('The end of the secret; empty where none of it is shown.'),
    base_url: z.string().nullable().describe('An address of your own; null: the provider’s.'),
    protocol: z.enum(protocols).nullable(),
    region: z.string().nullable(),
    models,
    key_ids: keyIds,
    use,
    enabled: z.boolean(),
    is_served: z
      .boolean()
      .describe('False: nothing of this name is served here now, so it is not used.'),
    created_at: moment,
    created_by: z.string().nullable().describe('The id of a person or of a key.'),
    last_test: z
      .strictObject({
        at: moment,
        outcome: z.enum(credentialTestOutcomes),
        detail: z.string().describe('What happened, in words.'),
      })
      .nullable()
      .describe('Null: it was not tried since its secret was set.'),
  })
  .meta({ id: 'Credential' })

const choice = z
  .strictObject({
    slug: z.string(),
    name: z.string(),
    secret_kinds: z.array(z.enum(secretKinds)).describe('The usual one first.'),
    address: z.enum(['required', 'optional', 'none']),
    protocols: z.array(z.enum(protocols)).describe('The usual one first.'),
    has_regions: z.boolean(),
    needs_models: z.boolean().describe('True: the models that it has must be named.'),
  })
  .meta({ id: 'CredentialProvider' })

/** The path of one credential of an account. */
export const credentialPath = z.strictObject({ account_id: accountId, credential_id: credentialId })

/** Body of a new credential. */
export const newCredentialBody = z.strictObject({
  provider: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be the slug of a provider')
    .describe('The slug of a provider, `azure`, or `custom` for any compatible server.'),
  label: displayName,
  secret,
  base_url: z
    .string()
    .trim()
    .min(1)
    .max(credentialAddressLengthMax)
    .nullable()
    .default(null)
    .describe('An address of your own with its version, as `https://llm.example.com/v1`.'),
  protocol: z
    .enum(protocols)
    .nullable()
    .default(null)
    .describe('What a server of your own speaks; null: the usual.'),
  region: z.string().trim().min(1).max(40).nullable().default(null).describe('As `eu-west-1`.'),
  models: models.default(null),
  key_ids: keyIds.default(null),
  use: use.default('first'),
})

/** Body of a change to a credential. */
export const credentialChangeBody = z
  .strictObject({
    label: displayName.optional(),
    secret: secret.optional(),
    models: models.optional(),
    key_ids: keyIds.optional(),
    use: use.optional(),
    enabled: z.boolean().optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'name at least one member to change')

/** Answer with one credential. */
export const credentialAnswer = z.strictObject({ data: credentialShape })

/** Answer with all credentials of an account, in the order in which they are tried. */
export const credentialListAnswer = z.strictObject({
  data: z.array(credentialShape),
  fee_percent: z
    .string()
    .describe('What a request with an own credential costs here, in percent of its list price.'),
  providers: z.array(choice).describe('What a credential may be brought for.'),
})
