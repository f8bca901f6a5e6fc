import type { Account, ApiKey, ContentMode, KeyKind, KeyScope } from '#domain/accounts.ts'
import type { AccountId, KeyId, ProjectId } from '#domain/identifiers.ts'
import type { Project } from '#domain/projects.ts'
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
  readonly scopes: readonly KeyScope[]
  readonly projectId: ProjectId | null
  readonly createdBy: string | null
  /** The host of the app that it is for; absent: none. */
  readonly appHost?: string
}

/** A new secret for a key that there is. */
export interface KeyRotation {
  readonly id: KeyId
  readonly prefix: string
  readonly lastFour: string
  readonly hash: Uint8Array
  /** When the secrets before it stop working, those of earlier rotations included. */
  readonly oldSecretsEndAt: Date
}

/** What can change of a key beside its secret. What is left out stays. */
export interface KeyChange {
  readonly name?: string
  readonly scopes?: readonly KeyScope[]
  readonly contentMode?: ContentMode | null
  readonly limits?: UsageLimits | null
  readonly expiresAt?: Date | null
}

/** A key with the account it belongs to: all that the gateway needs to let a request in. */
export interface KeyWithAccount {
  readonly key: ApiKey
  readonly account: Account
  /** Null: the key belongs to none. */
  readonly project: Project | null
}

/** Where keys live. */
export interface ApiKeyStore {
  /** Undefined when the account does not exist, or the project is not one of its that takes keys. */
  readonly create: (key: NewApiKey) => Promise<ApiKey | undefined>
  /**
   * Revoked and expired keys are found too: the caller says why it refuses. By a secret that was replaced, a
   * key is found as one that expires when that secret does.
   */
  readonly findByHash: (hash: Uint8Array) => Promise<KeyWithAccount | undefined>
  readonly find: (id: KeyId) => Promise<ApiKey | undefined>
  /** Newest first. */
  readonly list: (accountId: AccountId) => Promise<readonly ApiKey[]>
  /** The SHA-256 of the newest secret of each key of the account. */
  readonly hashesOf: (accountId: AccountId) => Promise<ReadonlyMap<KeyId, Uint8Array>>
  /** Sets `revokedAt` once; revoking again changes nothing. Undefined when there is no such key. */
  readonly revoke: (id: KeyId) => Promise<ApiKey | undefined>
  /**
   * Changes what is given. Limits are replaced whole, null lifts them, and they make sense:
   * `findLimitMistakes` found none. Undefined when there is no such key.
   */
  readonly update: (id: KeyId, change: KeyChange) => Promise<ApiKey | undefined>
  /** Replaces the secret. Undefined when there is no such key, or it is revoked. */
  readonly rotate: (rotation: KeyRotation) => Promise<ApiKey | undefined>
  /**
   * The hashes of all secrets of keys that changed since `cursor`, in themselves or through their account or
   * project (revoked, rotated,
   * expired early, suspended, restored, content mode, limits), and the next cursor. A change is reported at
   * least once, within the store's own commit delay; reporting one twice is allowed. A null cursor
   * returns no changes and a starting point.
   */
  readonly changedSince: (
    cursor: string | null,
  ) => Promise<{ hashes: readonly Uint8Array[]; cursor: string }>
}
