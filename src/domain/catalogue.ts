import type { PriceVersion } from './prices.ts'

/** Who answers: the maker of models, another gateway, or a machine that runs open models. */
export type ProviderKind = 'model' | 'routing' | 'compute'

/** What a provider does with what it receives. Unknown (null) counts as the worst case. */
export interface DataPolicy {
  readonly retentionDays: number | null
  readonly trains: boolean | null
  readonly region: string | null
}

/** One provider. `baseUrl` includes the version segment (`https://api.openai.com/v1`); no trailing slash. */
export interface Provider {
  readonly slug: string
  readonly name: string
  readonly kind: ProviderKind
  readonly protocol: 'openai'
  /** `simulated:` for the built-in provider, which answers in this process. */
  readonly baseUrl: string
  /** Sent as a bearer token; null sends none. Never shown, logged or returned. */
  readonly apiKey: string | null
  readonly dataPolicy: DataPolicy
}

/** One way to reach one model. */
export interface Endpoint {
  readonly provider: Provider
  readonly upstreamModel: string
  readonly price: PriceVersion
}

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
  readonly endpoints: readonly Endpoint[]
}

/** Everything this installation can serve, fixed at start. Keys of `byName` are ids and aliases. */
export interface Catalogue {
  readonly models: readonly Model[]
  readonly providers: readonly Provider[]
  readonly byName: ReadonlyMap<string, Model>
}
