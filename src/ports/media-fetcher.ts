/** Bytes that an address gave, with the type that they really have. */
export interface FetchedMedia {
  readonly mediaType: string
  readonly bytes: Uint8Array
}

/** What is expected at an address. */
export type MediaKind = 'image' | 'audio' | 'video' | 'file'

/** An address in a request. */
export interface MediaAddress {
  readonly url: string
  readonly kind: MediaKind
  /** Where it stands in the request: the `param` of a fault. */
  readonly param: string
}

/**
 * Fetches what a request refers to by address, for providers that take bytes only. Never connects to an
 * address that is not public, follows no redirect to one, and takes in no more than the limits allow.
 */
export interface MediaFetcher {
  /** Throws a `Fault` that says what is wrong with the address or what it gave. */
  readonly fetch: (address: MediaAddress) => Promise<FetchedMedia>
}
