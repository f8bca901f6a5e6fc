import { z } from 'zod'

import modelData from '#catalog/models.json' with { type: 'json' }
import providerData from '#catalog/providers.json' with { type: 'json' }

import { modelSchema, protocol, providerSchema } from './file-schema.ts'

/** A provider that codelace knows: it appears when its key is in the environment. */
export interface WellKnownProvider extends z.infer<typeof wellKnownProviderSchema> {}

/** A model that codelace knows: it appears with the endpoints whose provider is there. */
export interface WellKnownModel extends z.infer<typeof wellKnownModelSchema> {}

const environmentName = z.string().regex(/^[A-Z][A-Z0-9_]*$/)

const wellKnownProviderSchema = z.strictObject({
  slug: providerSchema.shape.slug,
  name: z.string().min(1),
  kind: z.enum(['model', 'routing', 'compute']),
  protocol: protocol.default('openai'),
  alsoSpeaks: z.array(protocol).default([]),
  baseUrl: z.union([z.url({ protocol: /^https$/ }), z.literal('simulated:')]),
  apiKeyEnv: environmentName.nullable(),
  baseUrlEnv: environmentName.nullable(),
  priceSource: z.string().nullable(),
  dataPolicy: z.strictObject({
    retentionDays: z.int().min(0).nullable(),
    trains: z.boolean().nullable(),
    region: z.string().nullable(),
  }),
})

const wellKnownModelSchema = modelSchema
  .required({
    name: true,
    description: true,
    contextLength: true,
    maxOutput: true,
    aliases: true,
    inputModalities: true,
    outputModalities: true,
  })
  .extend({ released: z.iso.date() })

/** The slug of the built-in provider that answers in this process. */
export const simulatedSlug = 'simulated'

/** Every provider that codelace knows, in the order in which they are listed. The data is checked here. */
export const wellKnownProviders: readonly WellKnownProvider[] = z
  .array(wellKnownProviderSchema)
  .parse(providerData)

/** Every model that codelace knows, in the order in which they are listed. The data is checked here. */
export const wellKnownModels: readonly WellKnownModel[] = z
  .array(wellKnownModelSchema)
  .parse(modelData)
