import type { AccountId, GenerationId, NodeId } from '#domain/identifiers.ts'

/** One key of one account: the account, and the SHA-256 of the key that its client chose. */
export interface IdempotencyKeyName {
  readonly accountId: AccountId
  readonly keyHash: Uint8Array
}

/** A node begins to answer the request with this key. */
export interface IdempotencyClaim extends IdempotencyKeyName {
  /** SHA-256 of the request. */
  readonly fingerprint: Uint8Array
  readonly generationId: GenerationId
  readonly nodeId: NodeId
  /** The claim ends by itself after this time. */
  readonly ttlMs: number
}

/** The text of an answer, sealed. `proof` binds it to its key and request: only the vault can open both. */
export interface SealedAnswer {
  readonly keyVersion: number
  readonly proof: Uint8Array
  readonly body: Uint8Array
}

/** An answer that can be given again. `sealed` is null where its text was not kept. */
export interface RepeatableAnswer {
  readonly generationId: GenerationId
  readonly status: number
  /** Names and values alternate. */
  readonly headers: readonly string[]
  readonly sealed: SealedAnswer | null
}

/**
 * `claimed`: the key is this node's to answer. `answered`: here is the answer, for `leftMs` more.
 * `in_use`: another node is answering it. `other_request`: the key belongs to a request with another
 * fingerprint.
 */
export type ClaimResult =
  | { readonly kind: 'claimed' }
  | { readonly kind: 'answered'; readonly answer: RepeatableAnswer; readonly leftMs: number }
  | { readonly kind: 'in_use' }
  | { readonly kind: 'other_request' }

/**
 * Where the answers to requests with an idempotency key are kept beside a node's memory, so that they
 * survive a restart and reach other nodes. All operations may throw `StoreUnavailable`, and may be
 * repeated then.
 */
export interface IdempotencyStore {
  /**
   * Takes the key when it is free, its row has expired, or its claim is one that this same node left
   * behind. Of callers that race, one gets it.
   */
  readonly claim: (claim: IdempotencyClaim) => Promise<ClaimResult>
  /**
   * Keeps the answer for `ttlMs`, whether or not the claim could be written before. False, and nothing
   * changes, when the key belongs to another generation by now.
   */
  readonly keep: (
    kept: IdempotencyClaim & { readonly answer: RepeatableAnswer },
  ) => Promise<boolean>
  /** Frees the key of a request that ended without an answer to keep, while it is this generation's. */
  readonly release: (
    name: IdempotencyKeyName & { readonly generationId: GenerationId },
  ) => Promise<void>
  /** Removes what has expired; returns how many rows that were. */
  readonly removeExpired: () => Promise<number>
  /** Removes everything of an account that is erased. */
  readonly erase: (accountId: AccountId) => Promise<void>
}
