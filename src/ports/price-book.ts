import type { PriceVersionId } from '#domain/identifiers.ts'
import type { PriceVersion } from '#domain/prices.ts'

/** One moment at which an endpoint's price changed. */
export interface PriceChange {
  /** `author/slug` and the provider's slug, joined by `@`. */
  readonly endpoint: string
  readonly versionId: PriceVersionId
  readonly effectiveFrom: Date
}

/** Every price that was ever charged. Versions are immutable: the id is a hash of the sheet. */
export interface PriceBookStore {
  /** Stores the versions that are not there yet, and a change for each endpoint whose newest differs. */
  readonly record: (
    prices: readonly { endpoint: string; version: PriceVersion }[],
  ) => Promise<readonly PriceChange[]>
  readonly find: (id: PriceVersionId) => Promise<PriceVersion | undefined>
  /** Newest first; null lists all endpoints. */
  readonly history: (endpoint: string | null) => Promise<readonly PriceChange[]>
}
