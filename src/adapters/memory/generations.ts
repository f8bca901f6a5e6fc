import type { GenerationRecord } from '#domain/generation.ts'
import { isGenerationId } from '#domain/identifiers.ts'
import type { GenerationId } from '#domain/identifiers.ts'
import { comparePlaces, matchesFilter, placeOf } from '#domain/request-filter.ts'
import { storableGeneration } from '#domain/storable-generation.ts'
import { endpointSlotsOf, keyUsesOf, trafficHoursOf } from '#domain/traffic/traffic.ts'
import type { GenerationFilter, GenerationStore, SealedContent } from '#ports/generations.ts'

import { TrafficBook } from './usage-store.ts'

/**
 * A request log in memory, with the same mended text and numbers as in a database. How its requests went is
 * added to `traffic`.
 */
export function makeMemoryGenerationStore(traffic = new TrafficBook()): GenerationStore {
  const records = new Map<GenerationId, GenerationRecord>()
  const contents = new Map<GenerationId, SealedContent>()
  return {
    insert: async (added) => {
      const fresh: GenerationRecord[] = []
      for (const record of added) {
        if (records.has(record.id)) continue
        const stored = storableGeneration(record)
        records.set(record.id, stored)
        fresh.push(stored)
      }
      traffic.add(trafficHoursOf(fresh), endpointSlotsOf(fresh))
      traffic.use(keyUsesOf(fresh))
    },

    insertContent: async (added) => {
      for (const content of added) {
        if (!contents.has(content.id)) contents.set(content.id, content)
      }
    },

    find: async (id, accountId) => {
      const record = records.get(id)
      return accountId === null || record?.accountId === accountId ? record : undefined
    },

    findAll: async (ids, accountId) =>
      ids.flatMap((id) => {
        const record = records.get(id)
        return record?.accountId === accountId ? [record] : []
      }),

    findContent: async (id, accountId) => {
      const content = contents.get(id)
      return content?.accountId === accountId ? content : undefined
    },

    list: async (filter) => {
      const position = filter.after === null ? null : positionOf(filter.after, records)
      if (position === undefined) return []
      return [...records.values()]
        .filter((record) => matches(record, filter))
        .sort((left, right) => compare(right, left))
        .filter((record) => position === null || compare(record, position) < 0)
        .slice(0, filter.limit)
    },

    search: async ({ filter, order, isRising, after, limit }) => {
      const sign = isRising ? 1 : -1
      return [...records.values()]
        .filter((record) => matchesFilter(record, filter))
        .map((record) => ({ record, place: placeOf(record, order) }))
        .filter(({ place }) => after === null || sign * comparePlaces(place, after) > 0)
        .toSorted((left, right) => sign * comparePlaces(left.place, right.place))
        .slice(0, limit)
        .map(({ record }) => record)
    },

    charges: async ({ fromMs, toMs, after, limit }) =>
      [...records.values()]
        .filter(({ usageSource, costNanoUsd }) => usageSource !== 'none' || costNanoUsd > 0n)
        .filter(({ createdAtMs }) => createdAtMs >= fromMs && createdAtMs < toMs)
        .filter((record) => after === null || compare(record, after) > 0)
        .sort(compare)
        .slice(0, limit),
  }
}

type Position = Pick<GenerationRecord, 'id' | 'createdAtMs'>

/** A line that is gone by now still has its second in its id. */
function positionOf(
  id: GenerationId,
  records: ReadonlyMap<GenerationId, GenerationRecord>,
): Position | undefined {
  if (!isGenerationId(id)) return undefined
  return records.get(id) ?? { id, createdAtMs: Number(id.slice(4, 14)) * 1000 }
}

function matches(record: GenerationRecord, filter: GenerationFilter): boolean {
  const { accountId, model, outcome } = filter
  if (accountId !== null && record.accountId !== accountId) return false
  if (model !== null && (record.resolvedModel ?? record.requestedModel) !== model) return false
  return outcome === null || record.outcome === outcome
}

function compare(left: Position, right: Position): number {
  if (left.createdAtMs !== right.createdAtMs) return left.createdAtMs - right.createdAtMs
  return left.id < right.id ? -1 : Number(left.id > right.id)
}
