import type { GenerationRecord } from '#domain/generation.ts'
import { isGenerationId } from '#domain/identifiers.ts'
import type { GenerationId } from '#domain/identifiers.ts'
import { storableGeneration } from '#domain/storable-generation.ts'
import type { GenerationFilter, GenerationStore, SealedContent } from '#ports/generations.ts'

/** A request log in memory, with the same mended text and numbers as in a database. */
export function makeMemoryGenerationStore(): GenerationStore {
  const records = new Map<GenerationId, GenerationRecord>()
  const contents = new Map<GenerationId, SealedContent>()
  return {
    insert: async (added) => {
      for (const record of added) {
        if (!records.has(record.id)) records.set(record.id, storableGeneration(record))
      }
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
