/** Text that was sealed under a key that this process does not have, or altered since. */
export class SealError extends Error {
  override readonly name = 'SealError'
}

/**
 * Keys of this installation that are not in its database: whoever reads the database can neither guess
 * what a keyed hash was made of nor open what is sealed. The same on every node.
 */
export interface ServerSecrets {
  /**
   * HMAC-SHA-256 over the parts. A different purpose is a different key; no part holds a NUL, so no two
   * lists of parts are the same message.
   */
  readonly keyedHash: (purpose: string, parts: readonly string[]) => Uint8Array
  /** Seals text; `context` says what for, and opening with another context fails. */
  readonly seal: (context: string, text: string) => Promise<Uint8Array>
  /** Throws `SealError`. */
  readonly open: (context: string, sealed: Uint8Array) => string
}
