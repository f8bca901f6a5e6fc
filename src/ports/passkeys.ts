import type { PasskeyId, PersonId } from '#domain/identifiers.ts'
import type { Passkey, PasskeyPurpose } from '#domain/passkeys.ts'

/** A ceremony that begins. `idHash` is the SHA-256 of the id that the asking browser was given. */
export interface NewPasskeyChallenge {
  readonly idHash: Uint8Array
  readonly challenge: Uint8Array
  readonly purpose: PasskeyPurpose
  /** Whose it is; null for a sign-in, where that is not known yet. */
  readonly personId: PersonId | null
  readonly nowMs: number
  readonly expiresAtMs: number
}

/** Where passkeys live, and the ceremonies under way. Times are given by the caller. */
export interface PasskeyStore {
  /** `taken`: this credential is known. `full`: the person has `passkeysPerPersonMax`. */
  readonly add: (passkey: Passkey) => Promise<'added' | 'taken' | 'full'>
  readonly findByCredential: (credentialId: Uint8Array) => Promise<Passkey | undefined>
  /** Oldest first. */
  readonly list: (personId: PersonId) => Promise<readonly Passkey[]>
  /** Undefined when the person has no such passkey. */
  readonly rename: (id: PasskeyId, personId: PersonId, name: string) => Promise<Passkey | undefined>
  /** Undefined when the person has no such passkey. */
  readonly remove: (id: PasskeyId, personId: PersonId) => Promise<Passkey | undefined>
  /**
   * Notes a use. False, and nothing changes, when the count does not rise although the device counts: then
   * there are two of it.
   */
  readonly use: (used: {
    readonly id: PasskeyId
    readonly signCount: number
    readonly nowMs: number
  }) => Promise<boolean>
  readonly openChallenge: (challenge: NewPasskeyChallenge) => Promise<void>
  /** The challenge, once: of many that ask for it, one gets it. Undefined when it is over. */
  readonly takeChallenge: (
    idHash: Uint8Array,
    nowMs: number,
  ) => Promise<
    { challenge: Uint8Array; purpose: PasskeyPurpose; personId: PersonId | null } | undefined
  >
  readonly removeOldChallenges: (nowMs: number) => Promise<void>
}
