import type { PriceVersionId } from '#domain/identifiers.ts'
import type { PriceVersion } from '#domain/prices.ts'
import type { PriceBookStore, PriceChange } from '#ports/price-book.ts'

/** A price book in memory. Times are read from `nowMs`. */
export function makeMemoryPriceBook(nowMs: () => number): PriceBookStore {
  const versions = new Map<PriceVersionId, PriceVersion>()
  const changes: PriceChange[] = []
  const newestOf = (endpoint: string) => changes.findLast((change) => change.endpoint === endpoint)
  return {
    record: async (prices) => {
      const newest = new Map(prices.map(({ endpoint, version }) => [endpoint, version]))
      const added: PriceChange[] = []
      for (const [endpoint, version] of newest) {
        if (!versions.has(version.id)) versions.set(version.id, version)
        if (newestOf(endpoint)?.versionId === version.id) continue
        added.push({ endpoint, versionId: version.id, effectiveFrom: new Date(nowMs()) })
      }
      changes.push(...added)
      return added
    },
    find: async (id) => versions.get(id),
    history: async (endpoint) =>
      changes.filter((change) => endpoint === null || change.endpoint === endpoint).reverse(),
  }
}
