import { assert } from './faults.ts'
import type { CredentialId } from './identifiers.ts'
import type { PriceVersion } from './prices.ts'

/** Who answers: the maker of models, another gateway, or a machine that runs open models. */
export type ProviderKind = 'model' | 'routing' | 'compute'

/** What a provider does with what it receives. Unknown (null) counts as the worst case. */
export interface DataPolicy {
  readonly retentionDays: number | null
  readonly trains: boolean | null
  readonly region: string | null
}

/** What providers may speak. */
export type ProviderProtocolName =
  | 'openai'
  | 'openai-responses'
  | 'azure-openai'
  | 'anthropic'
  | 'gemini'
  | 'bedrock'

/** What signs requests where a key in a header is not enough. Never shown, logged or returned. */
export type SigningCredential =
  | {
      readonly kind: 'aws'
      readonly accessKeyId: string
      readonly secretAccessKey: string
      readonly sessionToken: string | null
      readonly region: string
    }
  | {
      readonly kind: 'google_service_account'
      readonly clientEmail: string
      /** PKCS #8, in PEM. */
      readonly privateKey: string
      readonly tokenUrl: string
    }

/** One provider. `baseUrl` includes the version segment (`https://api.openai.com/v1`); no trailing slash. */
export interface Provider {
  readonly slug: string
  readonly name: string
  readonly kind: ProviderKind
  readonly protocol: ProviderProtocolName
  /** Other protocols that it speaks under the same address; absent: none. */
  readonly alsoSpeaks?: readonly ProviderProtocolName[]
  /** `simulated:` for the built-in provider, which answers in this process. */
  readonly baseUrl: string
  /** Sent in the header that its protocol names; null sends none. Never shown, logged or returned. */
  readonly apiKey: string | null
  /** In place of a key; absent: none. */
  readonly signing?: SigningCredential
  readonly dataPolicy: DataPolicy
  /** True: there is no credential of this installation for it, only customers' own. Absent: false. */
  readonly needsOwnCredential?: boolean
  /** Absent: it is reached with a credential of this installation. */
  readonly own?: OwnAccess
}

/** A way to a provider that a customer brought. */
export interface OwnAccess {
  readonly credentialId: CredentialId
  readonly label: string
  /** The address is of their choosing: it may only be reached through the guard. */
  readonly isGuarded: boolean
}

/** What an installation lets customers bring. */
export interface OwnCredentialPolicy {
  /** What is charged for a request with a credential of the customer's own: a part of its list price. */
  readonly feePartsPerMillion: number
  /** Inner addresses (ranges) that customers' own servers may have all the same. */
  readonly openedRanges: readonly string[]
  /** Ports that customers' own servers may have. */
  readonly ports: readonly number[]
}

/** What holds where nothing else is configured. */
export const usualOwnCredentialPolicy: OwnCredentialPolicy = {
  feePartsPerMillion: 0,
  openedRanges: [],
  ports: [443],
}

/** One way to reach one model. */
export interface Endpoint {
  readonly provider: Provider
  readonly upstreamModel: string
  readonly price: PriceVersion
  /** With a credential of the customer's own: the part of the price that is charged; absent: all of it. */
  readonly feePartsPerMillion?: number
}

/** What a model can be asked to do, by the endpoint where it is asked. `completions`: plain ones, without a chat. */
export const modelUses = [
  'chat',
  'completions',
  'embeddings',
  'rerank',
  'moderations',
  'images',
  'image_edits',
  'speech',
  'transcriptions',
] as const

/** One of `modelUses`. */
export type ModelUse = (typeof modelUses)[number]

/** What a provider may bill by, where not by tokens: its counts are then priced in the place of tokens. */
export const countingUnits = ['tokens', 'characters', 'seconds', 'images', 'searches'] as const

/** One of `countingUnits`. */
export type CountingUnit = (typeof countingUnits)[number]

/** One model that customers can ask for. Limits are tokens. Endpoints are in order of preference. */
export interface Model {
  /** `author/slug`. */
  readonly id: string
  readonly name: string
  readonly description: string
  readonly createdAtSeconds: number
  readonly contextLength: number
  readonly maxOutput: number
  readonly aliases: readonly string[]
  readonly inputModalities: readonly string[]
  readonly outputModalities: readonly string[]
  /** Absent: chat, and nothing else. */
  readonly serves?: readonly ModelUse[]
  /** Absent: tokens. */
  readonly countedIn?: CountingUnit
  /** The most tokens one image of a prompt counts; absent where the usual bound holds. */
  readonly imageTokensMax?: number
  readonly endpoints: readonly Endpoint[]
}

/** Everything this installation can serve, fixed at start. Keys of `byName` are ids and aliases. */
export interface Catalogue {
  readonly models: readonly Model[]
  readonly providers: readonly Provider[]
  readonly byName: ReadonlyMap<string, Model>
  /** Absent: the usual one. */
  readonly ownCredentials?: OwnCredentialPolicy
}

/**
 * Makes the catalogue. Ids and aliases must be unique over all models, and a model may have a provider
 * once: whoever reads the configuration has made sure of both, so a repetition here is a `Bug`.
 */
export function buildCatalogue(parts: {
  providers: readonly Provider[]
  models: readonly Model[]
  ownCredentials?: OwnCredentialPolicy
}): Catalogue {
  const byName = new Map<string, Model>()
  for (const model of parts.models) {
    for (const name of [model.id, ...model.aliases]) {
      assert(!byName.has(name), `the model name ${name} is given twice`)
      byName.set(name, model)
    }
    const slugs = new Set(model.endpoints.map((endpoint) => endpoint.provider.slug))
    assert(slugs.size === model.endpoints.length, `${model.id} has a provider twice`)
    assert(slugs.size > 0, `${model.id} has no endpoint`)
  }
  return { ...parts, byName }
}

/** The model with this id or alias, exactly as written; undefined when there is none. */
export function resolveModel(catalogue: Catalogue, name: string): Model | undefined {
  return catalogue.byName.get(name)
}

const chatAlone: readonly ModelUse[] = ['chat']

/** What a model can be asked to do. */
export function usesOf(model: Model): readonly ModelUse[] {
  return model.serves ?? chatAlone
}

/** True for a model that can be asked for one of these. */
export function servesOneOf(model: Model, uses: readonly ModelUse[]): boolean {
  return usesOf(model).some((use) => uses.includes(use))
}

/** How the price book names one endpoint of one model: `author/slug@provider`. */
export function endpointName(model: Model, endpoint: Endpoint): string {
  return `${model.id}@${endpoint.provider.slug}`
}

/** The price of every endpoint, in the order of the catalogue: what the price book records at start. */
export function pricesOf(
  catalogue: Catalogue,
): readonly { readonly endpoint: string; readonly version: PriceVersion }[] {
  return catalogue.models.flatMap((model) =>
    model.endpoints.map((endpoint) => ({
      endpoint: endpointName(model, endpoint),
      version: endpoint.price,
    })),
  )
}
