import type { AccountId, GenerationId } from '#domain/identifiers.ts'

import type { SealedContent } from './generations.ts'

/**
 * A response that its client may ask for again: the conversation up to it (`request`) and the response
 * object (`response`), sealed like all content.
 */
export interface SealedResponse extends Omit<SealedContent, 'streamed'> {
  /** The ids of its output items, by which a later request may refer to them. */
  readonly itemIds: readonly string[]
}

/** Where stored responses live. All operations may throw `StoreUnavailable`, and may be repeated then. */
export interface StoredResponseStore {
  /** Writes all, skipping ids that exist. */
  readonly insert: (responses: readonly SealedResponse[]) => Promise<void>
  /** Another account's response is not found. */
  readonly find: (id: GenerationId, accountId: AccountId) => Promise<SealedResponse | undefined>
  /** The account's responses that hold any of these items, newest first, at most `limit`. */
  readonly findByItems: (wanted: {
    readonly accountId: AccountId
    readonly itemIds: readonly string[]
    readonly limit: number
  }) => Promise<readonly SealedResponse[]>
  /** True when it was there. */
  readonly remove: (id: GenerationId, accountId: AccountId) => Promise<boolean>
  /** Removes what was made before this moment; returns how many rows that were. */
  readonly removeOlderThan: (createdAtMs: number) => Promise<number>
  /** Removes everything of an account that is erased. */
  readonly erase: (accountId: AccountId) => Promise<void>
}
