import type {
  ControlAnswerClaim,
  ControlAnswerName,
  ControlAnswerStore,
} from '#ports/control-answers.ts'

interface Row {
  readonly claim: ControlAnswerClaim
  expiresAtMs: number
  answer: { readonly status: number; readonly sealed: Uint8Array } | null
}

/** Answers of the control API in memory. */
export function makeMemoryControlAnswerStore(): ControlAnswerStore {
  const rows = new Map<string, Row>()
  return {
    claim: async (claim) => {
      const row = rows.get(nameOf(claim))
      if (row === undefined || row.expiresAtMs <= claim.nowMs) {
        rows.set(nameOf(claim), { claim, expiresAtMs: claim.nowMs + claim.ttlMs, answer: null })
        return { kind: 'claimed' }
      }
      if (hex(row.claim.fingerprint) !== hex(claim.fingerprint)) return { kind: 'other_request' }
      return row.answer === null ? { kind: 'in_use' } : { kind: 'answered', ...row.answer }
    },
    keep: async ({ status, sealed, expiresAtMs, ...name }) => {
      const row = rows.get(nameOf(name))
      if (row !== undefined) Object.assign(row, { answer: { status, sealed }, expiresAtMs })
    },
    release: async (name) => {
      if (rows.get(nameOf(name))?.answer === null) rows.delete(nameOf(name))
    },
    removeExpired: async (nowMs) => {
      for (const [name, { expiresAtMs }] of rows) if (expiresAtMs <= nowMs) rows.delete(name)
    },
  }
}

function nameOf({ actorId, keyHash }: ControlAnswerName): string {
  return `${actorId} ${hex(keyHash)}`
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
