import type { CallIdRule } from '#gateway/canonical/call-ids.ts'
import type { ReasoningEffort } from '#gateway/canonical/request.ts'

/** How a server is told how much to think. */
export type ReasoningStyle =
  /** `reasoning_effort`, for the models that think. */
  | 'openai'
  /** OpenRouter's `reasoning` object. */
  | 'openrouter'
  /** `reasoning_effort` for every model. */
  | 'effort'
  /** `thinking: {type}`, and `reasoning_effort` beside it. */
  | 'thinking'
  /** `enable_thinking` and `thinking_budget`. */
  | 'enable_thinking'
  | 'groq'
  | 'xai'

/** What earlier reasoning is handed back as. */
export type ReasoningHistory =
  /** `reasoning_details` with everything, and `reasoning` for plain text. */
  | 'details'
  /** `reasoning_content`, since the last user message. */
  | 'content_in_turn'
  | 'none'

/** How one server of the OpenAI family differs from the others, as far as a request shows it. */
export interface Dialect {
  readonly maxTokens: 'max_completion_tokens' | 'max_tokens'
  readonly hasDeveloperRole: boolean
  readonly reasoning: ReasoningStyle
  /** The efforts that are taken, least first. */
  readonly efforts: readonly ReasoningEffort[]
  readonly reasoningHistory: ReasoningHistory
  /** Takes `cache_control`; the others cache by themselves, or not at all. */
  readonly hasCacheMarks: boolean
  /** Several texts of one message may stay apart, whoever speaks. */
  readonly hasTextLists: boolean
  readonly hasCustomTools: boolean
  readonly hasAllowedTools: boolean
  /** Takes `response_format: json_schema`. */
  readonly hasSchemas: boolean
  readonly files: 'file' | 'document_url' | 'none'
  readonly hasVideos: boolean
  readonly hasImagesInResults: boolean
  /** Every message of an assistant may carry the images it made. */
  readonly hasAnswerImages: boolean
  /** A user may speak right after a tool did. */
  readonly hasUserAfterTool: boolean
  /** An unfinished last answer must be marked to be gone on with; null: it cannot. */
  readonly prefill: 'marked' | null
  /** Functions whose schema is a union at the top are refused. */
  readonly refusesTopLevelUnions: boolean
  /** Runs tools of its own, of these kinds. */
  readonly ownTools: RegExp | null
  readonly callIds: CallIdRule | null
  /** Members that are refused or ignored here: left out, with a warning. */
  readonly refuses: ReadonlySet<string>
  /** Members that are hints for caches and records: left out without one. */
  readonly leavesOut: ReadonlySet<string>
  readonly renames: Readonly<Record<string, string>>
}

/** A server that nothing is known of: what most of them take. */
const plain: Dialect = {
  maxTokens: 'max_tokens',
  hasDeveloperRole: false,
  reasoning: 'effort',
  efforts: ['none', 'low', 'medium', 'high'],
  reasoningHistory: 'none',
  hasCacheMarks: false,
  hasTextLists: false,
  hasCustomTools: false,
  hasAllowedTools: false,
  hasSchemas: true,
  files: 'file',
  hasVideos: true,
  hasImagesInResults: false,
  hasAnswerImages: false,
  hasUserAfterTool: true,
  prefill: null,
  refusesTopLevelUnions: false,
  ownTools: null,
  callIds: null,
  refuses: new Set(['service_tier', 'verbosity', 'metadata']),
  leavesOut: new Set(['prompt_cache_key']),
  renames: {},
}

const openai: Dialect = {
  ...plain,
  maxTokens: 'max_completion_tokens',
  hasDeveloperRole: true,
  reasoning: 'openai',
  efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'],
  hasTextLists: true,
  hasCustomTools: true,
  hasAllowedTools: true,
  hasVideos: false,
  refusesTopLevelUnions: true,
  // Longer ids are refused ("string too long").
  callIds: { pattern: /^[^]+$/, lengthMax: 40 },
  // `metadata` is taken only with `store`, and nothing is stored for our clients.
  refuses: new Set(['top_k', 'min_p', 'repetition_penalty', 'metadata']),
  leavesOut: new Set(),
}

const openrouter: Dialect = {
  ...plain,
  hasDeveloperRole: true,
  reasoning: 'openrouter',
  efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
  reasoningHistory: 'details',
  hasCacheMarks: true,
  hasTextLists: true,
  hasAnswerImages: true,
  ownTools: /^openrouter:/,
  refuses: new Set(),
  leavesOut: new Set(),
}

/** The built-in provider: everything that this family can say. */
const simulated: Dialect = {
  ...openrouter,
  hasCustomTools: true,
  hasAllowedTools: true,
  hasCacheMarks: false,
  ownTools: null,
}

const mistral: Dialect = {
  ...plain,
  efforts: ['none', 'high'],
  files: 'document_url',
  hasVideos: false,
  hasUserAfterTool: false,
  prefill: 'marked',
  callIds: { pattern: /^[a-zA-Z0-9]{9}$/, lengthMax: 9 },
  // Mistral answers 422 to every member that it does not know.
  refuses: new Set([
    ...['top_k', 'min_p', 'repetition_penalty', 'logit_bias', 'logprobs', 'top_logprobs'],
    ...['service_tier', 'verbosity', 'metadata', 'modalities', 'audio'],
  ]),
  leavesOut: new Set(['prompt_cache_key', 'user']),
  renames: { seed: 'random_seed' },
}

const deepseek: Dialect = {
  ...plain,
  reasoning: 'thinking',
  efforts: ['low', 'medium', 'high', 'xhigh', 'max'],
  reasoningHistory: 'content_in_turn',
  hasSchemas: false,
  files: 'none',
  hasVideos: false,
  refuses: new Set([
    ...['seed', 'top_k', 'min_p', 'repetition_penalty', 'logit_bias', 'service_tier', 'verbosity'],
    ...['metadata', 'modalities', 'audio'],
  ]),
  leavesOut: new Set(['prompt_cache_key', 'user']),
}

const groq: Dialect = {
  ...plain,
  maxTokens: 'max_completion_tokens',
  reasoning: 'groq',
  efforts: ['low', 'medium', 'high'],
  files: 'none',
  hasVideos: false,
  // Groq answers 400 to these, and to members that it does not know.
  refuses: new Set([
    ...['top_k', 'min_p', 'repetition_penalty', 'logit_bias', 'logprobs', 'top_logprobs'],
    ...['verbosity', 'metadata', 'modalities', 'audio'],
  ]),
  leavesOut: new Set(['prompt_cache_key']),
}

const xai: Dialect = {
  ...plain,
  reasoning: 'xai',
  efforts: ['low', 'high'],
  files: 'none',
  hasVideos: false,
  refuses: new Set([...plain.refuses, 'logit_bias', 'top_k', 'min_p', 'repetition_penalty']),
}

const cerebras: Dialect = {
  ...plain,
  maxTokens: 'max_completion_tokens',
  files: 'none',
  hasVideos: false,
  refuses: new Set([
    ...plain.refuses,
    ...['frequency_penalty', 'presence_penalty', 'logit_bias', 'top_k', 'min_p'],
    ...['repetition_penalty', 'modalities', 'audio'],
  ]),
}

const thinking: Dialect = { ...deepseek, efforts: plain.efforts, hasSchemas: true, hasVideos: true }

const alibaba: Dialect = {
  ...plain,
  reasoning: 'enable_thinking',
  reasoningHistory: 'content_in_turn',
  hasCacheMarks: true,
}

/** Everything, as it was said: what a request is bounded by and counted from. Nobody is sent it. */
export const everything: Dialect = {
  ...openrouter,
  hasCustomTools: true,
  hasAllowedTools: true,
  hasImagesInResults: true,
  ownTools: /^/,
}

const bySlug: Readonly<Record<string, Dialect>> = {
  openai,
  azure: openai,
  openrouter,
  mistral,
  deepseek,
  groq,
  xai,
  cerebras,
  moonshot: thinking,
  zai: thinking,
  alibaba,
  simulated,
}

const byHost: readonly (readonly [RegExp, Dialect])[] = [
  [/(?:^|\.)openai\.(?:com|azure\.com)$/, openai],
  [/\.(?:cognitiveservices|services\.ai)\.azure\.com$/, openai],
  [/(?:^|\.)openrouter\.ai$/, openrouter],
  [/(?:^|\.)mistral\.ai$/, mistral],
  [/(?:^|\.)deepseek\.com$/, deepseek],
  [/(?:^|\.)groq\.com$/, groq],
  [/(?:^|\.)x\.ai$/, xai],
  [/(?:^|\.)cerebras\.ai$/, cerebras],
  [/(?:^|\.)(?:moonshot\.(?:ai|cn)|z\.ai|bigmodel\.cn)$/, thinking],
  [/(?:^|\.)(?:aliyuncs\.com)$/, alibaba],
]

/** How the server at this address wants to be spoken to: its host decides, then the provider's slug. */
export function dialectOf({ provider, baseUrl }: { provider: string; baseUrl: string }): Dialect {
  const host = hostOf(baseUrl)
  const found = byHost.find(([pattern]) => pattern.test(host))
  return found?.[1] ?? bySlug[provider.split(/[-/]/)[0] ?? ''] ?? plain
}

function hostOf(baseUrl: string): string {
  const start = baseUrl.indexOf('//')
  const rest = start === -1 ? baseUrl : baseUrl.slice(start + 2)
  return (rest.split(/[/:?]/)[0] ?? '').toLowerCase()
}
