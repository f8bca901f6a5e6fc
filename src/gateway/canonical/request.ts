/** Any JSON object, as parsed. */
export type JsonObject = Readonly<Record<string, unknown>>

/**
 * One model request in the form that all protocols share. Null always means that the client said nothing
 * about it. Texts are what the client wrote, unchanged.
 */
export interface ModelRequest {
  readonly messages: readonly Message[]
  readonly tools: readonly Tool[]
  readonly toolChoice: ToolChoice | null
  readonly parallelToolCalls: boolean | null
  /** Tokens of output, reasoning included. */
  readonly maxOutputTokens: number | null
  readonly sampling: Sampling
  readonly format: OutputFormat | null
  readonly reasoning: ReasoningWish | null
  readonly stream: boolean
  /** Cache everything up to the last block that can be cached (a mark without a place). */
  readonly cache: CacheMark | null
  readonly serviceTier: string | null
  /** The client's own name for its end user. */
  readonly user: string | null
  readonly promptCacheKey: string | null
  readonly verbosity: 'low' | 'medium' | 'high' | null
  readonly metadata: Readonly<Record<string, string>> | null
  /** What the answer may consist of (`text`, `image`, `audio`); null: text. */
  readonly outputModalities: readonly string[] | null
  /** OpenAI's `audio` object (voice, format); null: none. */
  readonly audioOutput: JsonObject | null
  /** What the client sent that this form has no place for: each becomes a warning when it is translated. */
  readonly leftovers: readonly Warning[]
}

/** How likely tokens are chosen. Numbers as the client sent them. */
export interface Sampling {
  readonly temperature: number | null
  readonly topP: number | null
  readonly topK: number | null
  readonly minP: number | null
  readonly seed: number | null
  readonly stop: readonly string[]
  readonly presencePenalty: number | null
  readonly frequencyPenalty: number | null
  readonly repetitionPenalty: number | null
  readonly logitBias: Readonly<Record<string, number>> | null
  readonly logprobs: boolean | null
  readonly topLogprobs: number | null
  /** `n`: how many answers; null: one. */
  readonly choiceCount: number | null
}

/** Nothing was said about sampling. */
export const noSampling: Sampling = {
  temperature: null,
  topP: null,
  topK: null,
  minP: null,
  seed: null,
  stop: [],
  presencePenalty: null,
  frequencyPenalty: null,
  repetitionPenalty: null,
  logitBias: null,
  logprobs: null,
  topLogprobs: null,
  choiceCount: null,
}

/** Who speaks. `tool` messages hold tool results only. */
export type Role = 'system' | 'developer' | 'user' | 'assistant' | 'tool'

/**
 * One message. The order of its parts is the order in which they were said; in an assistant's message,
 * reasoning stands before what it led to. System messages may stand anywhere.
 */
export interface Message {
  readonly role: Role
  readonly parts: readonly Part[]
  /** OpenAI's `name` of a participant. */
  readonly name: string | null
}

/** One part of a message. */
export type Part =
  | TextPart
  | ImagePart
  | AudioPart
  | VideoPart
  | FilePart
  | ToolCallPart
  | ToolResultPart
  | ReasoningPart
  | RefusalPart

/** A wish to cache the prompt up to and with the part that carries it. */
export interface CacheMark {
  readonly ttl: '5m' | '1h' | null
}

/** Text of any role. */
export interface TextPart {
  readonly kind: 'text'
  readonly text: string
  readonly cache: CacheMark | null
}

/** Where the bytes of an image, a sound or a file are. `base64` has no line breaks and no `data:` head. */
export type MediaSource =
  | { readonly kind: 'data'; readonly mediaType: string; readonly base64: string }
  | { readonly kind: 'url'; readonly url: string; readonly mediaType: string | null }
  | { readonly kind: 'file_id'; readonly id: string }

/** An image of a prompt, or one that an assistant made before. */
export interface ImagePart {
  readonly kind: 'image'
  readonly source: MediaSource
  /** OpenAI's `detail`. */
  readonly detail: string | null
  readonly cache: CacheMark | null
}

/** Recorded sound. */
export interface AudioPart {
  readonly kind: 'audio'
  readonly source: MediaSource
  readonly cache: CacheMark | null
}

/** A film. */
export interface VideoPart {
  readonly kind: 'video'
  readonly source: MediaSource
  readonly cache: CacheMark | null
}

/** A document: PDF, or text under a name. */
export interface FilePart {
  readonly kind: 'file'
  readonly source: MediaSource
  readonly name: string | null
  /** Anthropic's `context` and `citations`, as sent. */
  readonly citations: JsonObject | null
  readonly cache: CacheMark | null
}

/** An assistant's call of a tool. */
export interface ToolCallPart {
  readonly kind: 'tool_call'
  /** As its maker named it; unique in the conversation. */
  readonly id: string
  readonly name: string
  /** JSON text of an object; `{}` where the model wrote nothing. For a custom tool, its plain input. */
  readonly arguments: string
  readonly isCustom: boolean
  readonly cache: CacheMark | null
}

/** What a tool answered. */
export interface ToolResultPart {
  readonly kind: 'tool_result'
  readonly callId: string
  readonly content: readonly (TextPart | ImagePart | FilePart)[]
  readonly isError: boolean
  readonly isCustom: boolean
  readonly cache: CacheMark | null
}

/**
 * Whose reasoning it is. A signature or encrypted thought means something to this maker alone.
 * `unknown`: plain text of which nothing has to go back.
 */
export type ReasoningFormat =
  | 'anthropic-claude-v1'
  | 'google-gemini-v1'
  | 'openai-responses-v1'
  | 'azure-openai-responses-v1'
  | 'xai-responses-v1'
  | 'unknown'

/** One piece of reasoning, as its maker gave it: it goes back byte for byte. */
export interface ReasoningPart {
  readonly kind: 'reasoning'
  /** `text` and `summary` can be read; `encrypted` cannot. */
  readonly form: 'text' | 'summary' | 'encrypted'
  /** Empty when there is none to read (withheld, or encrypted). */
  readonly text: string
  /** Anthropic's and Gemini's signature. */
  readonly signature: string | null
  /** Encrypted thought (OpenAI's `encrypted_content`, Anthropic's `redacted_thinking`). */
  readonly data: string | null
  /** The maker's id of this piece (`rs_…`). */
  readonly id: string | null
  readonly format: ReasoningFormat
  /** The call that this signature belongs to (Gemini signs parts); null: it stands for itself. */
  readonly callId: string | null
}

/** An assistant's refusal, in OpenAI's sense. */
export interface RefusalPart {
  readonly kind: 'refusal'
  readonly text: string
}

/**
 * What the model may call. `function` takes JSON, `custom` takes text; `provider` is run by the provider
 * itself and means something to one protocol alone.
 */
export type Tool =
  | {
      readonly kind: 'function'
      readonly name: string
      readonly description: string | null
      /** JSON Schema; null: no parameters. */
      readonly parameters: JsonObject | null
      readonly strict: boolean | null
      readonly cache: CacheMark | null
    }
  | {
      readonly kind: 'custom'
      readonly name: string
      readonly description: string | null
      readonly format: JsonObject | null
    }
  | {
      readonly kind: 'provider'
      readonly type: string
      readonly definition: JsonObject
      /** Where it stands in the request, for warnings (`tools[2]`). */
      readonly param: string
    }

/** Whether and what the model must call. */
export type ToolChoice =
  | { readonly kind: 'auto' }
  | { readonly kind: 'none' }
  | { readonly kind: 'required' }
  | { readonly kind: 'named'; readonly name: string }
  | {
      readonly kind: 'allowed'
      readonly mode: 'auto' | 'required'
      readonly names: readonly string[]
    }

/** The form the answer must have. */
export type OutputFormat =
  | { readonly kind: 'text' }
  | { readonly kind: 'json' }
  | {
      readonly kind: 'schema'
      readonly name: string | null
      readonly description: string | null
      readonly schema: JsonObject
      readonly strict: boolean | null
    }

/** How much to think, in the terms that the client used; a provider converts. */
export interface ReasoningWish {
  /** Explicitly on or off; null: the other members decide. */
  readonly enabled: boolean | null
  readonly effort: ReasoningEffort | null
  /** The most tokens of reasoning. */
  readonly budgetTokens: number | null
  /** The model decides how much (Anthropic's `adaptive`). */
  readonly isAdaptive: boolean
  readonly summary: 'auto' | 'concise' | 'detailed' | null
  /** Think, but do not show it. */
  readonly isHidden: boolean
}

/** From none to as much as there is. */
export type ReasoningEffort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'

/** Something of the request that the provider was not told, or was told in another way. */
export interface Warning {
  /** Where it stands in the client's own request (`logit_bias`, `messages[2].content[0]`). */
  readonly param: string
  /** One sentence for the client's developer: what was done instead, and why. */
  readonly detail: string
}
