import { z } from 'zod'

import { countingUnits, modelUses } from '#domain/catalogue.ts'

/**
 * The shape of the configuration file, once: it checks files, gives the types, and makes the published
 * JSON Schema. Each leaf says in words what it expects; those words are what a person reads.
 */

const usdPerMillionMessage =
  'a decimal text in US dollars per million tokens with at most 6 decimals, such as "2.5"'
const usdPerRequestMessage =
  'a decimal text in US dollars per request with at most 12 decimals, such as "0.005"'

const usdPerMillion = text(usdPerMillionMessage, /^\d{1,7}(\.\d{1,6}0{0,12})?$/)
const usdPerRequest = text(usdPerRequestMessage, /^\d{1,7}(\.\d{1,12}0{0,12})?$/)

const perToken = {
  prompt: usdPerMillion.describe('Prompt tokens, in USD per million.'),
  completion: usdPerMillion.describe('Completion tokens, in USD per million.'),
}

const perSpecialToken = {
  cacheRead: usdPerMillion
    .optional()
    .describe('Prompt tokens read from a cache, in USD per million. Absent: as prompt.'),
  cacheWrite: usdPerMillion
    .optional()
    .describe('Prompt tokens written to a cache for 5 minutes. Absent: as prompt.'),
  cacheWrite1h: usdPerMillion
    .optional()
    .describe('Prompt tokens written to a cache for 1 hour. Absent: as cacheWrite.'),
  reasoning: usdPerMillion
    .optional()
    .describe('The reasoning part of the completion. Absent: as completion.'),
  audioPrompt: usdPerMillion.optional().describe('Audio tokens of the prompt. Absent: as prompt.'),
  audioCompletion: usdPerMillion
    .optional()
    .describe('Audio tokens of the completion. Absent: as completion.'),
  imagePrompt: usdPerMillion.optional().describe('Image tokens of the prompt. Absent: as prompt.'),
  imageCompletion: usdPerMillion
    .optional()
    .describe('Image tokens of the completion. Absent: as completion.'),
  request: usdPerRequest
    .optional()
    .describe('Each request, in USD per single request (not per million). Absent: nothing.'),
}

const tier = z
  .strictObject(
    {
      minPromptTokens: wholeNumber('a whole number of tokens above 0', 1),
      ...perToken,
      ...perSpecialToken,
    },
    { error: 'an object with minPromptTokens, prompt and completion' },
  )
  .describe('Prices that replace the others, for every token, once the prompt is this long.')

const prices = z
  .strictObject(
    {
      ...perToken,
      ...perSpecialToken,
      tiers: z
        .array(tier, { error: 'a list of tiers' })
        .optional()
        .describe('Higher or lower prices for long prompts.'),
    },
    { error: 'an object with at least prompt and completion' },
  )
  .describe('What customers pay. Decimal texts, never numbers, so that nothing is rounded.')

const endpoint = z.strictObject(
  {
    provider: text('the slug of a provider', /^.+$/).describe(
      'The slug of a provider: declared in this file, or one whose key is in the environment.',
    ),
    upstreamModel: text('the name the provider gives the model', /^\S{1,200}$/).describe(
      'What the provider calls this model.',
    ),
    prices: prices
      .optional()
      .describe('Absent: the list price, where it is known for this provider and model.'),
    free: z
      .boolean({ error: 'true or false' })
      .optional()
      .describe(
        'True: this endpoint costs nothing. Without prices and without this, it is refused.',
      ),
  },
  { error: 'an object with provider and upstreamModel' },
)

const modalityNames = ['text', 'image', 'audio', 'video', 'file', 'embeddings', 'scores'] as const
const modalities = z.array(z.enum(modalityNames), {
  error: `a list of ${modalityNames.map((name) => `"${name}"`).join(', ')}`,
})

const unitsExpected = `one of ${countingUnits.map((unit) => `"${unit}"`).join(', ')}`
const usesExpected = `a list of ${modelUses.map((use) => `"${use}"`).join(', ')}`

/** One model as the file declares it. */
export const modelSchema = z
  .strictObject(
    {
      id: text(
        'a name of the form "author/slug"',
        /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.:-]*$/,
      ).describe('The name customers ask for: author/slug.'),
      name: name('a name of 1 to 100 characters').optional().describe('The name people read.'),
      description: text('a text of at most 2,000 characters', /^[\s\S]{0,2000}$/).optional(),
      contextLength: wholeNumber('a whole number of tokens above 0', 1)
        .optional()
        .describe('The longest prompt and answer together, in tokens. Absent: as known.'),
      maxOutput: wholeNumber('a whole number of tokens above 0', 1)
        .optional()
        .describe('The longest answer, in tokens. Absent: as known, or else contextLength.'),
      aliases: z
        .array(text('a name without blanks', /^\S{1,200}$/), { error: 'a list of names' })
        .optional()
        .describe('Other names for the same model.'),
      inputModalities: modalities.optional().describe('Absent: text.'),
      outputModalities: modalities.optional().describe('Absent: text.'),
      serves: z
        .array(z.enum(modelUses), { error: usesExpected })
        .min(1, { error: usesExpected })
        .optional()
        .describe('What it can be asked for. Absent: chat.'),
      countedIn: z
        .enum(countingUnits, { error: unitsExpected })
        .optional()
        .describe(
          'What the provider bills by: the prices per million are of these. Absent: tokens.',
        ),
      imageTokensMax: wholeNumber('a whole number of tokens above 0', 1)
        .optional()
        .describe('The most tokens one image counts; absent where 16,384 is enough.'),
      endpoints: z
        .array(endpoint, { error: 'a list with at least one endpoint' })
        .min(1, { error: 'a list with at least one endpoint' })
        .describe('Who can serve the model, best first.'),
    },
    { error: 'an object with id and endpoints' },
  )
  .describe('One model.')

const dataPolicy = z
  .strictObject(
    {
      retentionDays: wholeNumber('a whole number of days, or null where unknown', 0)
        .nullable()
        .optional()
        .describe('How long the provider keeps requests; null: unknown.'),
      trains: z
        .boolean({ error: 'true, false, or null where unknown' })
        .nullable()
        .optional()
        .describe('Whether the provider trains on requests; null: unknown.'),
      region: name('a region, or null where unknown')
        .nullable()
        .optional()
        .describe('Where requests are processed; null: unknown.'),
    },
    { error: 'an object' },
  )
  .describe('What the provider does with requests. Unknown counts as the worst case.')

const protocols = [
  'openai',
  'openai-responses',
  'azure-openai',
  'anthropic',
  'gemini',
  'bedrock',
] as const

/** What a provider may speak, as the file and the list of known providers name it. */
export const protocol = z.enum(protocols, {
  error: protocols.map((one) => `"${one}"`).join(', '),
})

const environmentName = text('the name of an environment variable', /^[A-Za-z_][A-Za-z0-9_]*$/)

const awsCredential = z
  .strictObject(
    {
      region: text('a region such as "us-east-1"', /^[a-z0-9-]{1,40}$/),
      accessKeyIdEnv: environmentName.describe('The environment variable with the access key id.'),
      secretAccessKeyEnv: environmentName.describe(
        'The environment variable with the secret access key.',
      ),
      sessionTokenEnv: environmentName
        .optional()
        .describe('The environment variable with the session token, where there is one.'),
    },
    { error: 'an object with region, accessKeyIdEnv and secretAccessKeyEnv' },
  )
  .describe('Signs each request to Amazon Bedrock, in place of a key.')

/** One provider as the file declares it. */
export const providerSchema = z
  .strictObject(
    {
      slug: text(
        'small letters, digits and hyphens, 1 to 40',
        /^[a-z0-9][a-z0-9-]{0,39}$/,
      ).describe('The short name by which endpoints refer to it.'),
      name: name('a name of 1 to 100 characters')
        .optional()
        .describe('The name people read. Absent: the slug.'),
      kind: z
        .enum(['model', 'routing', 'compute'], { error: '"model", "routing" or "compute"' })
        .optional()
        .describe(
          'A maker of models, another gateway, or a machine that runs open models. Absent: model.',
        ),
      protocol: protocol.optional().describe('What it speaks. Absent: openai.'),
      alsoSpeaks: z
        .array(protocol, { error: 'a list of protocols' })
        .optional()
        .describe('Other protocols that it speaks under the same address.'),
      baseUrl: text('an address such as "https://api.example.com/v1"', /^\S+$/).describe(
        'The address with its version, before /chat/completions, /messages or /models.',
      ),
      apiKeyEnv: environmentName
        .optional()
        .describe('The environment variable that holds the key. Better than apiKey.'),
      apiKey: text('a key: visible characters on one line', /^[\x21-\x7e]+$/)
        .optional()
        .describe('The key itself. Anyone who can read this file can use it.'),
      aws: awsCredential.optional(),
      googleServiceAccountEnv: environmentName
        .optional()
        .describe(
          'The environment variable with the JSON key of a service account (Vertex AI), or with the path of its file.',
        ),
      allowInsecureHttp: z
        .boolean({ error: 'true or false' })
        .optional()
        .describe('True: the address may be plain http on another machine. Keys travel readable.'),
      wellKnownModels: z
        .boolean({ error: 'true or false' })
        .optional()
        .describe('True: also serve the models that codelace knows of a provider with this slug.'),
      dataPolicy: dataPolicy.optional(),
    },
    { error: 'an object with at least slug and baseUrl' },
  )
  .describe('One provider.')

/** What customers may bring of their own, as the file declares it. */
export const ownCredentialsSchema = z
  .strictObject(
    {
      feePercent: text(
        'a percentage as decimal text with at most 4 decimals, from "0" to "100"',
        /^(100(\.0{1,4})?|\d{1,2}(\.\d{1,4})?)$/,
      )
        .optional()
        .describe(
          'What a request with a credential of the customer’s own costs, in percent of its list price. Absent: 0.',
        ),
      providers: z
        .array(text('the slug of a provider', /^.+$/), { error: 'a list of slugs' })
        .optional()
        .describe(
          'Providers without a key of this installation, served to customers who bring their own: of this file, or known ones.',
        ),
      openedRanges: z
        .array(text('an address or range such as "10.1.0.0/16"', /^\S+$/), {
          error: 'a list of addresses and ranges',
        })
        .optional()
        .describe(
          'Inner addresses that servers of customers’ own may have. Everybody with an account can have requests sent there. Absent: none.',
        ),
      ports: z
        .array(wholeNumber('a port from 1 to 65535', 1).max(65_535, 'a port from 1 to 65535'), {
          error: 'a list of ports',
        })
        .min(1, { error: 'a list with at least one port' })
        .optional()
        .describe('Ports that servers of customers’ own may have. Absent: 443.'),
    },
    { error: 'an object' },
  )
  .describe('Credentials for providers that customers bring themselves.')

/** The whole file. */
export const fileSchema = z
  .strictObject(
    {
      $schema: z
        .string({ error: 'the address of this schema' })
        .optional()
        .describe('For editors; codelace does not read it.'),
      simulated: z
        .boolean({ error: 'true or false' })
        .optional()
        .describe(
          'Whether the built-in simulated models are served. Absent: yes, but not in production.',
        ),
      ownCredentials: ownCredentialsSchema.optional(),
      providers: z.array(providerSchema, { error: 'a list of providers' }).optional(),
      models: z.array(modelSchema, { error: 'a list of models' }).optional(),
    },
    { error: 'an object with providers and models' },
  )
  .describe('The configuration of codelace. Comments and trailing commas are allowed.')

/** A provider whose shape is right. */
export type FileProvider = z.infer<typeof providerSchema>
/** A model whose shape is right. */
export type FileModel = z.infer<typeof modelSchema>
/** What customers may bring, where its shape is right. */
export type FileOwnCredentials = z.infer<typeof ownCredentialsSchema>
/** An endpoint whose shape is right. */
export type FileEndpoint = FileModel['endpoints'][number]
/** Prices whose shape is right. */
export type FilePrices = NonNullable<FileEndpoint['prices']>

/** The published JSON Schema (draft 2020-12) of the file, as text: `docs/config.schema.json`. */
export function configSchemaText(): string {
  const schema = z.toJSONSchema(fileSchema, { io: 'input' })
  return `${JSON.stringify({ title: 'codelace configuration', ...schema }, null, 2)}\n`
}

function text(expected: string, pattern: RegExp): z.ZodString {
  return z.string({ error: expected }).regex(pattern, { error: expected })
}

function name(expected: string): z.ZodString {
  return text(expected, /^(?=.*\S)[^\n\r]{1,100}$/)
}

function wholeNumber(expected: string, least: number): z.ZodInt {
  return z.int({ error: expected }).min(least, { error: expected })
}
