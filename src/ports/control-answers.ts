/** One key of one actor: who asks, and the SHA-256 of the key that their client chose. */
export interface ControlAnswerName {
  /** The id of the person or of the operator token. */
  readonly actorId: string
  readonly keyHash: Uint8Array
}

/** A request with this key begins. The claim ends by itself after `ttlMs`. */
export interface ControlAnswerClaim extends ControlAnswerName {
  /** SHA-256 of the request. */
  readonly fingerprint: Uint8Array
  readonly nowMs: number
  readonly ttlMs: number
}

/**
 * `claimed`: the request is this caller's to carry out. `answered`: it was, with this answer. `in_use`: it is
 * under way. `other_request`: the key belongs to a request with another fingerprint.
 */
export type ControlAnswerResult =
  | { readonly kind: 'claimed' }
  | { readonly kind: 'answered'; readonly status: number; readonly sealed: Uint8Array }
  | { readonly kind: 'in_use' }
  | { readonly kind: 'other_request' }

/** Answers of the control API that can be given again. Times are given by the caller. */
export interface ControlAnswerStore {
  /** Of callers that race, one claims the key. A row that has expired is free. */
  readonly claim: (claim: ControlAnswerClaim) => Promise<ControlAnswerResult>
  /** Keeps the answer of a claimed key until `expiresAtMs`. */
  readonly keep: (
    kept: ControlAnswerName & {
      readonly status: number
      readonly sealed: Uint8Array
      readonly expiresAtMs: number
    },
  ) => Promise<void>
  /** Frees the key of a request that ended without an answer to keep. */
  readonly release: (name: ControlAnswerName) => Promise<void>
  readonly removeExpired: (nowMs: number) => Promise<void>
}
