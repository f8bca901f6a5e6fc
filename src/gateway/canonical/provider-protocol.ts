import type { ProviderProtocolName } from '#domain/catalogue.ts'

import type { ClientMessage } from './client-protocol.ts'
import type { Delta } from './delta.ts'
import type { JsonObject, ModelRequest, Warning } from './request.ts'
import type { WireEvent } from './wire-event.ts'

/** What an encoder must know of the endpoint that it writes for. */
export interface EncodingTarget {
  /** The provider's slug: servers of one protocol differ in what they take. */
  readonly provider: string
  /** The model, by the provider's name. */
  readonly upstreamModel: string
  /** The most tokens of output that the model gives. */
  readonly maxOutputTokens: number
  /** Set when balance or limits allow less than the client asked for; it wins over the request's own. */
  readonly maxTokens: number | null
  readonly baseUrl: string
}

/** A request, written for one provider. */
export interface EncodedRequest {
  /** Absolute. Credentials are added later. */
  readonly url: string
  /** Beside content type, accept and credentials. Lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: JsonObject
  /** What a translated request's reader left over is among them. */
  readonly warnings: readonly Warning[]
}

/**
 * What an encoder makes of a request: the request, or why this endpoint cannot serve it at all, for the
 * client to read (`param` in the canonical request's own client terms).
 */
export type Encoding =
  | { readonly kind: 'encoded'; readonly encoded: EncodedRequest }
  | { readonly kind: 'impossible'; readonly param: string; readonly detail: string }

/** What a decoder must know of the request that is being answered. */
export interface DecodingContext {
  readonly request: ModelRequest
  /** Letters and digits, different for each request: makes ids for calls that came without one. */
  readonly callIdPrefix: string
  /** The model, by the provider's name: some providers serve models of several makers. Absent: unknown. */
  readonly upstreamModel?: string
  /** The slug of the provider that answers: servers of one protocol differ in what they give. */
  readonly provider?: string
}

/** Reads one stream. Never throws: what cannot be read is an `error` delta. */
export interface AnswerDecoder {
  readonly take: (event: WireEvent) => readonly Delta[]
  /** The body is over. Returns what was still to say; without a `finish` among all deltas it was cut off. */
  readonly end: () => readonly Delta[]
}

/** A whole answer, read: its pieces, or why it is none. */
export type DecodedWhole =
  | { readonly kind: 'answer'; readonly deltas: readonly Delta[] }
  | { readonly kind: 'error'; readonly body: unknown }
  | { readonly kind: 'unreadable'; readonly detail: string }

/** An error status, as it came. */
export interface ErrorAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Parsed; undefined when it is no JSON. */
  readonly body: unknown
}

/** What an error status means: in the shape that `readComplaint` understands, under the status it stands for. */
export interface ReadError {
  readonly status: number
  readonly body: unknown
  readonly retryAfterSeconds: number | null
}

/** How the events of a stream are framed. */
export type Framing = 'sse' | 'aws_event_stream'

/** One protocol that providers speak. Pure: no clock, no network, no log. */
export interface ProviderProtocol {
  readonly name: ProviderProtocolName
  readonly framing: Framing
  /** Media by address must be fetched and put into the request: this protocol takes bytes only. */
  readonly needsMediaBytes?: true
  readonly encode: (request: ModelRequest, target: EncodingTarget) => Encoding
  /** For one answer: it counts blocks and calls. */
  readonly openDecoder: (context: DecodingContext) => AnswerDecoder
  readonly decodeWhole: (body: unknown, context: DecodingContext) => DecodedWhole
  readonly readError: (answer: ErrorAnswer) => ReadError
  /**
   * A native body without the tools that the provider bills beside tokens, where they have to be taken out:
   * there is no price for them. The same object when nothing was.
   */
  readonly withoutFees?: (body: JsonObject) => {
    readonly body: JsonObject
    readonly warnings: readonly Warning[]
  }
  /**
   * The address and body for a client that speaks the same protocol: its own members, with the model's
   * name and what must be set or taken out. Of the client's headers, only those that the protocol itself
   * defines are passed on. Undefined where no client speaks it.
   * `isStreamed` is for a protocol whose address, and not its body, asks for a stream.
   */
  readonly encodeNative?: (
    body: JsonObject,
    target: EncodingTarget,
    clientHeaders?: ClientMessage['headers'],
    isStreamed?: boolean,
  ) => EncodedRequest
}
