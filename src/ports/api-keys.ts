import type { Account, ApiKey, ContentMode, KeyKind } from '#domain/accounts.ts'
import type { AccountId, KeyId } from '#domain/identifiers.ts'
import type { UsageLimits } from '#domain/usage-limits.ts'

/** A new key. `hash` is the SHA-256 of the secret; the secret itself is never stored. */
export interface NewApiKey {
  readonly id: KeyId
  readonly accountId: AccountId
  readonly kind: KeyKind
  readonly name: string
  readonly prefix: string
  readonly lastFour: string
  readonly hash: Uint8Array
  readonly contentMode: ContentMode | null
  /** They make sense: `findLimitMistakes` found none. */
  readonly limits: UsageLimits | null
  readonly expiresAt: Date | null
}

/** A key with the account it belongs to: all that the gateway needs to let a request in. */
export interface KeyWithAccount {
  readonly key: ApiKey
  readonly account: Account
}

/** Where keys live. */
export interface ApiKeyStore {
  /** Undefined when the account does not exist. */
  readonly create: (key: NewApiKey) => Promise<ApiKey | undefined>
  /** Revoked and expired keys are found too: the caller says why it refuses. */
  readonly findByHash: (hash: Uint8Array) => Promise<KeyWithAccount | undefined>
  readonly find: (id: KeyId) => Promise<ApiKey | undefined>
  /** Newest first. */
  readonly list: (accountId: AccountId) => Promise<readonly ApiKey[]>
  /** Sets `revokedAt` once; revoking again changes nothing. Undefined when there is no such key. */
  readonly revoke: (id: KeyId) => Promise<ApiKey | undefined>
  /**
   * Replaces all limits of the key; null lifts them. They make sense: `findLimitMistakes` found none.
   * Undefined when there is no such key.
   */
  readonly setLimits: (id: KeyId, limits: UsageLimits | null) => Promise<ApiKey | undefined>
  /**
   * The hashes of keys that changed since `cursor`, in themselves or through their account (revoked,
   * expired early, suspended, restored, content mode, limits), and the next cursor. A change is reported at
   * least once, within the store's own commit delay; reporting one twice is allowed. A null cursor
   * returns no changes and a starting point.
   */
  readonly changedSince: (
    cursor: string | null,
  ) => Promise<{ hashes: readonly Uint8Array[]; cursor: string }>
}
