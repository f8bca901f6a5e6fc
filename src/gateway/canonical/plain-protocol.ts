import type { RequestBound } from '#domain/bound.ts'
import type { CountingUnit, ProviderProtocolName } from '#domain/catalogue.ts'

import type { Closing } from './client-protocol.ts'
import type { EncodingTarget } from './provider-protocol.ts'
import type { JsonObject, Warning } from './request.ts'

/** One field of a form (`multipart/form-data`): text, or a file. */
export type FormField =
  | { readonly kind: 'text'; readonly name: string; readonly value: string }
  | {
      readonly kind: 'file'
      readonly name: string
      readonly fileName: string
      readonly mediaType: string
      readonly bytes: Uint8Array
    }

/** What a client sent: a JSON object, or a form. */
export type PlainMessage =
  | { readonly kind: 'json'; readonly body: JsonObject }
  | { readonly kind: 'form'; readonly fields: readonly FormField[] }

/** A request, read: what is asked, and of whom. */
export interface ReadPlain<Asked> {
  readonly asked: Asked
  readonly model: string | null
  /** OpenRouter's `provider` member, unchecked; undefined: none. */
  readonly provider: unknown
}

/** One request to a provider. Credentials are added later. */
export interface PlainCall {
  readonly url: string
  readonly message: PlainMessage
}

/** The requests that together ask for it, in the order in which their answers are read, or why not. */
export type PlainEncoding =
  | {
      readonly kind: 'encoded'
      readonly calls: readonly PlainCall[]
      readonly warnings: readonly Warning[]
    }
  | { readonly kind: 'impossible'; readonly param: string; readonly detail: string }

/** One answer of a provider: its JSON, or undefined where it is none, and its bytes. */
export interface PlainAnswer {
  readonly body: unknown
  readonly bytes: Uint8Array
  readonly contentType: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * What the provider said. `usage` has OpenAI's names for chat completions and is unchecked; null: the
 * provider counted nothing, and the texts have to be counted here.
 */
export type DecodedPlain<Value> =
  | { readonly kind: 'answer'; readonly value: Value; readonly usage: JsonObject | null }
  | { readonly kind: 'error'; readonly body: unknown }
  | { readonly kind: 'unreadable'; readonly detail: string }

/** What an answer says about itself. */
export interface PlainFacts {
  readonly id: string
  readonly model: string
  readonly provider: string
  readonly createdAtSeconds: number
}

/** An answer as the client gets it. */
export interface WrittenPlain {
  readonly contentType: string
  readonly body: string | Uint8Array
}

/**
 * An endpoint that is asked once and answers once: embeddings, images, speech. Pure: no clock, no network.
 * What is not counted in tokens is counted in its own units at the rate of the tokens whose place it takes:
 * characters of speech and searches as prompt, seconds of sound as audio of the prompt, images as images of
 * the completion.
 */
export interface PlainProtocol<Asked, Value> {
  readonly name: string
  /** The path after `/v1`. */
  readonly path: string
  /** Throws `invalid_request` with the path of the faulty member. */
  readonly read: (message: PlainMessage) => ReadPlain<Asked>
  /** The most that it can be billed for, by a provider that counts in this unit. */
  readonly bound: (asked: Asked, unit: CountingUnit) => RequestBound
  /** The text to count where the provider counts nothing. */
  readonly promptText: (asked: Asked) => string
  readonly encode: (
    asked: Asked,
    protocol: ProviderProtocolName,
    target: EncodingTarget,
  ) => PlainEncoding
  readonly decode: (answers: readonly PlainAnswer[], asked: Asked) => DecodedPlain<Value>
  readonly write: (
    answer: { readonly value: Value; readonly asked: Asked },
    facts: PlainFacts,
    closing: Closing,
  ) => WrittenPlain
}

/** A bound of nothing but plain tokens of the prompt. */
export function promptBound(promptTokens: number): RequestBound {
  return {
    promptTokens,
    completionTokens: 0,
    choiceCount: 1,
    predictionTokens: 0,
    audioPrompt: false,
    imagePrompt: false,
    audioCompletion: false,
    imageCompletion: false,
    cacheWrite1h: false,
  }
}
