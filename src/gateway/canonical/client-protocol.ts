import type { Fault } from '#domain/faults.ts'
import type { Cost } from '#domain/pricing.ts'
import type { TokenUsage } from '#domain/usage.ts'

import type { ModelAnswer } from './answer.ts'
import type { Delta } from './delta.ts'
import type { JsonObject, ModelRequest, Warning } from './request.ts'
import type { WireEvent } from './wire-event.ts'

/** What clients may speak to us. */
export type ClientProtocolName = 'chat' | 'completions' | 'responses' | 'messages' | 'gemini'

/** A request as it came: the parsed body, and what the protocol says outside of it. */
export interface ClientMessage {
  readonly body: JsonObject
  /** Names in lower case, as node gives them; only what the protocol itself defines is read. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The model and the wish to stream, where the address names them (Gemini); null elsewhere. */
  readonly address: { readonly model: string; readonly stream: boolean } | null
}

/** A request, read: what is asked of the model, and what is asked of the gateway. */
export interface ReadRequest {
  readonly request: ModelRequest
  /** The model, and those to fall back to, as named by the client. */
  readonly model: string | null
  readonly models: readonly string[] | null
  /** OpenRouter's `provider` member, unchecked; undefined: none. */
  readonly provider: unknown
}

/** What an answer says about itself. */
export interface AnswerFacts {
  /** Our id of this request (`gen-…`). */
  readonly id: string
  /** The model that answers, by our name. */
  readonly model: string
  /** The provider's display name. */
  readonly provider: string
  readonly createdAtSeconds: number
  readonly request: ModelRequest
  /** The body as the client sent it: some protocols repeat parts of it. */
  readonly body: JsonObject
}

/** What is known when an answer is over and paid for. */
export interface Closing {
  readonly usage: TokenUsage
  readonly cost: Cost
  readonly warnings: readonly Warning[]
}

/** Writes one stream. Texts are whole server-sent events, or empty when there is nothing to send yet. */
export interface AnswerStream {
  readonly push: (delta: Delta) => string
  /** The rest of a complete answer, with usage and cost: it leaves after the charge is durable. */
  readonly end: (closing: Closing) => string
  /** The end of an answer that broke: never looks like success. */
  readonly fail: (fault: Fault) => string
}

/**
 * Passes the events of an upstream on that speaks the client's own protocol: as they came, but for the
 * names and counts that are ours to change. What proves completeness is held back for `end`.
 */
export interface NativeStream {
  readonly pass: (event: WireEvent) => string
  readonly end: (closing: Closing) => string
  readonly fail: (fault: Fault) => string
}

/** One protocol that clients speak. Pure: no clock, no network. */
export interface ClientProtocol {
  readonly name: ClientProtocolName
  /** Throws `invalid_request` with the path of the faulty member as `param`. */
  readonly read: (message: ClientMessage) => ReadRequest
  /** What a chat request calls otherwise, by its name or path there; absent: nothing. */
  readonly paths?: Readonly<Record<string, string>>
  /** Throws `invalid_request` for what only a provider that speaks this protocol itself can answer. */
  readonly refuseTranslation?: (body: JsonObject) => void
  /** The body of a whole answer, as JSON text. */
  readonly writeWhole: (answer: ModelAnswer, facts: AnswerFacts, closing: Closing) => string
  readonly openStream: (facts: AnswerFacts) => AnswerStream
  /** The body of an error answer, as JSON text. `id` is null before the request had one. */
  readonly writeFault: (fault: Fault, id: string | null) => string
  /** What keeps a silent stream alive: a comment or an event that clients skip. */
  readonly ping: string
  /** The whole answer of an upstream with the same protocol, with our members in it, as JSON text. */
  readonly editWhole: (body: JsonObject, facts: AnswerFacts, closing: Closing) => string
  readonly openNative: (facts: AnswerFacts) => NativeStream
}
