import type { Passkey } from '#domain/passkeys.ts'

/** The site that passkeys belong to: its name, and the address that browsers show it at. */
export interface PasskeySite {
  /** A host name; browsers know no passkeys for IP addresses. */
  readonly id: string
  readonly origin: string
}

/** What a browser answered, as JSON. It is not trusted in any way. */
export type BrowserAnswer = Readonly<Record<string, unknown>>

/** A browser's answer that proves nothing. `message` continues "This passkey was not accepted: ". */
export class PasskeyRefused extends Error {
  override readonly name = 'PasskeyRefused'
}

/** The two ceremonies of WebAuthn, checked whole. Every check throws `PasskeyRefused`. */
export interface PasskeyCeremonies {
  /** What the browser needs to make a passkey, as JSON. */
  readonly registrationOptions: (wish: {
    readonly site: PasskeySite
    readonly challenge: Uint8Array
    readonly person: { readonly id: string; readonly email: string; readonly displayName: string }
    readonly known: readonly Pick<Passkey, 'credentialId' | 'transports'>[]
  }) => Promise<BrowserAnswer>
  readonly checkRegistration: (proof: {
    readonly site: PasskeySite
    readonly challenge: Uint8Array
    readonly response: BrowserAnswer
  }) => Promise<
    Pick<Passkey, 'credentialId' | 'publicKey' | 'signCount' | 'transports' | 'isSynced'>
  >
  /** What the browser needs to use a passkey, as JSON; without a list, any of the site's will do. */
  readonly proofOptions: (wish: {
    readonly site: PasskeySite
    readonly challenge: Uint8Array
    readonly known: readonly Pick<Passkey, 'credentialId' | 'transports'>[]
  }) => Promise<BrowserAnswer>
  /** The device's new count. The person was verified by the device, not only present. */
  readonly checkProof: (proof: {
    readonly site: PasskeySite
    readonly challenge: Uint8Array
    readonly response: BrowserAnswer
    readonly passkey: Passkey
  }) => Promise<{ readonly signCount: number }>
}
