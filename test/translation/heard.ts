/** What a client's own library understood of an answer. */
export interface Heard {
  readonly text: string
  readonly reasoning: string
  readonly calls: readonly {
    readonly id: string
    readonly name: string
    readonly arguments: unknown
  }[]
  /** In OpenAI's words, as far as the protocol tells. */
  readonly finish: 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'other'
  readonly promptTokens: number
  readonly completionTokens: number
  readonly cachedTokens: number
  /** In US dollars, where the library lets members through that it does not know. */
  readonly cost: number | null
  /** What must be sent back so that the model can go on: the assistant's turn in the client's own words. */
  readonly turn: unknown
  readonly warnings: readonly { readonly param: string; readonly detail: string }[]
}

/** One thing to ask, in no protocol's words. */
export interface Question {
  readonly prompt: readonly QuestionPart[]
  readonly stream: boolean
  /** `test/model` where it does not say. */
  readonly model?: string
  readonly tools?: readonly string[]
  /** Earlier turns of the assistant, as `Heard.turn` gave them, each with the results of its calls. */
  readonly before?: readonly EarlierTurn[]
  readonly schema?: Readonly<Record<string, unknown>>
  readonly reasons?: boolean
  readonly maxTokens?: number
}

/** A turn of the assistant, and what its tools answered. */
export interface EarlierTurn {
  readonly turn: unknown
  readonly results: readonly { readonly id: string; readonly name: string; readonly text: string }[]
}

/** A piece of a prompt. */
export type QuestionPart =
  | { readonly kind: 'text'; readonly text: string; readonly isCached?: boolean }
  | { readonly kind: 'image'; readonly base64: string }
  | { readonly kind: 'file'; readonly base64: string }

/** A client library, pointed at a gateway. Throws what the library throws. */
export interface ClientLibrary {
  readonly name: string
  readonly ask: (question: Question, signal?: AbortSignal) => Promise<Heard>
}

/** The tools that questions name: all take a city. */
export const citySchema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
} as const

/** Warnings from an answer of any shape. */
export function warningsIn(answer: unknown): Heard['warnings'] {
  const { codelace_metadata: metadata } = (answer ?? {}) as {
    codelace_metadata?: { warnings?: Heard['warnings'] }
  }
  return metadata?.warnings ?? []
}

/** The number under a name that the library's types do not know. */
export function costIn(usage: unknown): number | null {
  const { cost } = (usage ?? {}) as { cost?: unknown }
  return typeof cost === 'number' ? cost : null
}
