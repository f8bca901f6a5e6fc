import type { TokenLogprob } from './logprobs.ts'
import type { JsonObject, ReasoningFormat } from './request.ts'

/**
 * One piece of an answer, as it comes. A whole answer is the same pieces at once. One answer has one
 * choice: several are refused before they are translated.
 */
export type Delta =
  /** Once, first. */
  | {
      readonly kind: 'start'
      readonly upstreamId: string | null
      readonly model: string | null
      readonly createdAtSeconds: number | null
    }
  | {
      readonly kind: 'text'
      readonly text: string
      /** Of the tokens of this text, where they were asked for and told. */
      readonly logprobs?: readonly TokenLogprob[]
    }
  | { readonly kind: 'refusal'; readonly text: string }
  | ReasoningDelta
  /** A call begins. `call` counts from 0 in the order of calls of this answer. */
  | {
      readonly kind: 'tool_call'
      readonly call: number
      readonly id: string
      readonly name: string
      readonly isCustom: boolean
    }
  /** The next characters of a call's arguments. The first may be empty; together they are JSON text. */
  | { readonly kind: 'tool_arguments'; readonly call: number; readonly text: string }
  /** An image or a sound that the model made. */
  | { readonly kind: 'media'; readonly mediaType: string; readonly base64: string }
  /** A source that the text refers to. */
  | { readonly kind: 'citation'; readonly citation: Citation }
  /** Counts so far, in OpenAI's names and convention, unchecked; the last ones count. */
  | { readonly kind: 'usage'; readonly usage: JsonObject }
  /** Once: why the answer ends. Usage may still follow. */
  | {
      readonly kind: 'finish'
      readonly reason: FinishReason
      /** The upstream's own word. */
      readonly native: string | null
      /** The stop sequence that was met, where the upstream says it. */
      readonly stopSequence: string | null
    }
  /** The upstream reports an error instead of going on: an object that `readComplaint` understands. */
  | { readonly kind: 'error'; readonly body: unknown }

/**
 * A piece of reasoning. Pieces of one `block` belong together; a block has one form and one format.
 * `signature`, `data`, `id` and `callId` come with any piece of their block, once; text may be empty.
 */
export interface ReasoningDelta {
  readonly kind: 'reasoning'
  /** Counts from 0 in the order of blocks of this answer. */
  readonly block: number
  readonly form: 'text' | 'summary' | 'encrypted'
  readonly text: string
  readonly signature: string | null
  readonly data: string | null
  readonly id: string | null
  readonly format: ReasoningFormat
  readonly callId: string | null
}

/** Why an answer ended, in OpenAI's words. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'error'

/** A source, as far as all protocols know one. Offsets are characters of the answer's text. */
export interface Citation {
  readonly url: string | null
  readonly title: string | null
  readonly quote: string | null
  readonly startIndex: number | null
  readonly endIndex: number | null
}
