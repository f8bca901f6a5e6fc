import type { SigningCredential } from '#domain/catalogue.ts'

/** What is signed: a request as it will be sent. Header names are lower-case. */
export interface SignableRequest {
  readonly method: 'POST' | 'GET'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** No signature could be made; the message is for our own log and holds no secret. */
export class SigningError extends Error {
  override readonly name = 'SigningError'
}

/** Signs requests to providers that a key in a header does not satisfy. */
export interface RequestSigner {
  /**
   * The headers to add to the request, names in lower case: a signature of it, or a token that was asked
   * for and is still good. Throws `SigningError`.
   */
  readonly sign: (
    request: SignableRequest,
    credential: SigningCredential,
  ) => Promise<Readonly<Record<string, string>>>
}
