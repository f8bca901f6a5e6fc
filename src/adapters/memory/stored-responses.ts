import type { GenerationId } from '#domain/identifiers.ts'
import type { SealedResponse, StoredResponseStore } from '#ports/stored-responses.ts'

/** Stored responses in memory. */
export function makeMemoryStoredResponseStore(): StoredResponseStore {
  const rows = new Map<GenerationId, SealedResponse>()
  const removeWhere = (mustGo: (row: SealedResponse) => boolean): number => {
    const gone = [...rows.values()].filter(mustGo)
    for (const { id } of gone) rows.delete(id)
    return gone.length
  }
  return {
    insert: async (responses) => {
      for (const response of responses) if (!rows.has(response.id)) rows.set(response.id, response)
    },
    find: async (id, accountId) => {
      const row = rows.get(id)
      return row?.accountId === accountId ? row : undefined
    },
    findByItems: async ({ accountId, itemIds, limit }) =>
      [...rows.values()]
        .filter((row) => row.accountId === accountId)
        .filter((row) => row.itemIds.some((id) => itemIds.includes(id)))
        .sort((left, right) => right.createdAtMs - left.createdAtMs)
        .slice(0, limit),
    remove: async (id, accountId) =>
      removeWhere((row) => row.id === id && row.accountId === accountId) > 0,
    removeOlderThan: async (createdAtMs) => removeWhere((row) => row.createdAtMs < createdAtMs),
    erase: async (accountId) => {
      removeWhere((row) => row.accountId === accountId)
    },
  }
}
