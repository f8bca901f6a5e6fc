/**
 * Token counts in one normal form, whatever the provider's convention was: cached tokens and cache
 * writes are inside `promptTokens`, reasoning is inside `completionTokens` (the OpenAI convention).
 */
export interface TokenUsage {
  readonly promptTokens: number
  readonly completionTokens: number
  /** Read from a prompt cache; part of `promptTokens`. */
  readonly cachedTokens: number
  /** Written to a prompt cache for five minutes; part of `promptTokens`. */
  readonly cacheWriteTokens: number
  /** Written to a prompt cache for one hour; part of `promptTokens`, not of `cacheWriteTokens`. */
  readonly cacheWrite1hTokens: number
  /** Part of `completionTokens`. */
  readonly reasoningTokens: number
  /** Part of `promptTokens`. */
  readonly audioPromptTokens: number
  /** Part of `completionTokens`. */
  readonly audioCompletionTokens: number
  /** Part of `promptTokens`. */
  readonly imagePromptTokens: number
  /** Part of `completionTokens`. */
  readonly imageCompletionTokens: number
}

/**
 * Where the counts came from. `upstream`: the provider said so; `estimated`: counted here, because it
 * did not; `orphan`: the node died in mid-stream and the last known progress was charged; `none`:
 * nothing was delivered.
 */
export type UsageSource = 'upstream' | 'estimated' | 'orphan' | 'none'

/** No tokens at all. */
export const zeroUsage: TokenUsage = {
  promptTokens: 0,
  completionTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  cacheWrite1hTokens: 0,
  reasoningTokens: 0,
  audioPromptTokens: 0,
  audioCompletionTokens: 0,
  imagePromptTokens: 0,
  imageCompletionTokens: 0,
}
