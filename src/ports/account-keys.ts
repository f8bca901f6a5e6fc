import type { AccountId } from '#domain/identifiers.ts'

/** One version of an account's data key, wrapped by a version of the master key. */
export interface WrappedAccountKey {
  readonly accountId: AccountId
  readonly version: number
  readonly masterKeyId: string
  readonly wrapped: Uint8Array
}

/** Where the wrapped data keys of accounts live. Deleting them makes an account's content unreadable. */
export interface AccountKeyStore {
  /** The newest version, or undefined when the account has none yet. */
  readonly findNewest: (accountId: AccountId) => Promise<WrappedAccountKey | undefined>
  readonly find: (accountId: AccountId, version: number) => Promise<WrappedAccountKey | undefined>
  /** Stores it unless that version exists; returns what is stored then, so that racing nodes agree. */
  readonly putIfAbsent: (key: WrappedAccountKey) => Promise<WrappedAccountKey>
}
