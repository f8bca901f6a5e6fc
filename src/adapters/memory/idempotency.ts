import type {
  IdempotencyClaim,
  IdempotencyKeyName,
  IdempotencyStore,
  RepeatableAnswer,
} from '#ports/idempotency.ts'

interface Row {
  readonly claim: IdempotencyClaim
  readonly answer: RepeatableAnswer | null
  readonly expiresAtMs: number
}

/** Repeatable answers in memory. Times are read from `nowMs`. */
export function makeMemoryIdempotencyStore(nowMs: () => number): IdempotencyStore {
  const rows = new Map<string, Row>()
  const put = (claim: IdempotencyClaim, answer: RepeatableAnswer | null) =>
    void rows.set(nameOf(claim), { claim, answer, expiresAtMs: nowMs() + claim.ttlMs })
  return {
    claim: async (claim) => {
      const row = rows.get(nameOf(claim))
      const isFree = row === undefined || row.expiresAtMs <= nowMs()
      if (isFree || (row.answer === null && row.claim.nodeId === claim.nodeId)) {
        put(claim, null)
        return { kind: 'claimed' }
      }
      if (!isSame(row.claim.fingerprint, claim.fingerprint)) return { kind: 'other_request' }
      if (row.answer === null) return { kind: 'in_use' }
      return { kind: 'answered', answer: row.answer, leftMs: row.expiresAtMs - nowMs() }
    },

    keep: async ({ answer, ...claim }) => {
      const row = rows.get(nameOf(claim))
      const isOurs = row === undefined || row.claim.generationId === claim.generationId
      if (!isOurs && row.expiresAtMs > nowMs()) return false
      put(claim, answer)
      return true
    },

    release: async (name) => {
      const row = rows.get(nameOf(name))
      if (row?.answer === null && row.claim.generationId === name.generationId) {
        rows.delete(nameOf(name))
      }
    },

    removeExpired: async () => {
      const expired = [...rows].filter(([, { expiresAtMs }]) => expiresAtMs <= nowMs())
      for (const [name] of expired) rows.delete(name)
      return expired.length
    },

    erase: async (accountId) => {
      for (const [name, { claim }] of rows) {
        if (claim.accountId === accountId) rows.delete(name)
      }
    },
  }
}

function nameOf({ accountId, keyHash }: IdempotencyKeyName): string {
  return `${accountId} ${keyHash.join(',')}`
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}
