import type { AccountId, CredentialId, KeyId } from '#domain/identifiers.ts'
import type {
  CredentialSecret,
  CredentialTest,
  CredentialUse,
  OpenedCredential,
  OwnCredential,
  OwnModel,
} from '#domain/own-credentials.ts'

/** A secret as it is stored: sealed with a version of its account's data key. */
export interface SealedSecret {
  readonly keyVersion: number
  readonly sealed: Uint8Array
}

/** A new credential with its sealed secret. */
export interface NewOwnCredential extends Omit<
  OwnCredential,
  'createdAt' | 'lastTest' | 'isEnabled'
> {
  readonly secret: SealedSecret
}

/** What can change of a credential. What is left out stays. Where it leads never changes. */
export interface OwnCredentialChange {
  readonly label?: string
  readonly models?: readonly OwnModel[] | null
  readonly keyIds?: readonly KeyId[] | null
  readonly use?: CredentialUse
  readonly isEnabled?: boolean
  /** A secret in the place of the one before. What the last test said is forgotten with it. */
  readonly secret?: SealedSecret & Pick<OwnCredential, 'lastFour' | 'secretKind'>
}

/** A credential as it is stored. */
export interface StoredCredential {
  readonly credential: OwnCredential
  readonly secret: SealedSecret
}

/**
 * Where customers' own credentials live. A change of one is a change of its account's keys: see
 * `ApiKeyStore.changedSince`.
 */
export interface OwnCredentialStore {
  /** Undefined when the account does not exist. */
  readonly create: (credential: NewOwnCredential) => Promise<OwnCredential | undefined>
  readonly find: (accountId: AccountId, id: CredentialId) => Promise<OwnCredential | undefined>
  /** Oldest first: the order in which they are tried. */
  readonly list: (accountId: AccountId) => Promise<readonly OwnCredential[]>
  /** With their secrets, oldest first; disabled ones too. */
  readonly listSealed: (accountId: AccountId) => Promise<readonly StoredCredential[]>
  /** Undefined when there is no such credential in the account. */
  readonly update: (
    accountId: AccountId,
    id: CredentialId,
    change: OwnCredentialChange,
  ) => Promise<OwnCredential | undefined>
  /** Undefined when there is no such credential in the account. */
  readonly noteTest: (
    accountId: AccountId,
    id: CredentialId,
    test: CredentialTest,
  ) => Promise<OwnCredential | undefined>
  /** For good, its secret with it. The credential that it was; undefined when there was none. */
  readonly remove: (accountId: AccountId, id: CredentialId) => Promise<OwnCredential | undefined>
}

/**
 * Seals the secrets of credentials (AES-256-GCM) with the data key of their account, which is wrapped by
 * the installation's master key. Account and credential are authenticated: what is moved to another row
 * does not open.
 */
export interface CredentialVault {
  readonly seal: (
    name: Pick<OwnCredential, 'id' | 'accountId'>,
    secret: CredentialSecret,
  ) => Promise<SealedSecret>
  /** Throws `VaultError` when the bytes were altered, moved, or sealed under a key that is gone. */
  readonly open: (stored: StoredCredential) => Promise<CredentialSecret>
}

/** Tries credentials for real. */
export interface CredentialProbe {
  /**
   * Makes one small call to the provider, through the same guard as requests, and says what happened.
   * Never rejects for what the provider does.
   */
  readonly probe: (opened: OpenedCredential) => Promise<Omit<CredentialTest, 'at'>>
  /** Why an address may not be a customer's own, as far as can be said without asking for its name. */
  readonly refusalOfAddress: (address: string) => string | undefined
}
