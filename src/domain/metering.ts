import type { TokenUsage } from './usage.ts'

/** The most tokens an upstream may honestly report for one request; more is not believed. */
export interface UsageLimits {
  readonly promptTokensMax: number
  readonly completionTokensMax: number
}

/**
 * Why a usage object is not believed. `missing`: there is none, or not both counts; `not_whole`: a count
 * is not a whole number; `negative`: a count is below zero; `above_limit`: more tokens than the model can
 * take or give; `empty`: it claims that no token went in and none came out.
 */
export type UsageRejection = 'missing' | 'not_whole' | 'negative' | 'above_limit' | 'empty'

/** Either believed counts, or the reason why they are not believed: then the caller counts for itself. */
export type NormalisedUsage = { readonly usage: TokenUsage } | { readonly reject: UsageRejection }

type JsonObject = Readonly<Record<string, unknown>>

/** The limits for one request: no model takes or gives more than its context, per choice. */
export function usageLimits(
  model: { contextLength: number; maxOutput: number },
  choiceCount: number,
): UsageLimits {
  const perChoice = Math.max(model.contextLength, model.maxOutput)
  return { promptTokensMax: perChoice, completionTokensMax: perChoice * Math.max(1, choiceCount) }
}

/**
 * Finds the usage object in one answer or one stream event, wherever the vendor puts it: at the top, in
 * `x_groq`, or in a choice. Returns undefined when there is none. Totals run: the last one found counts.
 */
export function findUsage(event: unknown): unknown {
  if (!isObject(event)) return undefined
  if (isObject(event['usage'])) return event['usage']
  const groq = event['x_groq']
  if (isObject(groq) && isObject(groq['usage'])) return groq['usage']
  const choices = event['choices']
  if (!Array.isArray(choices)) return undefined
  const inChoice: unknown = choices.findLast(
    (choice: unknown) => isObject(choice) && isObject(choice['usage']),
  )
  return isObject(inChoice) ? inChoice['usage'] : undefined
}

/**
 * Turns the usage object of any OpenAI-protocol vendor into the one normal form: whole counts, none
 * negative, none above its limit, cached and written tokens inside the prompt, reasoning inside the
 * completion. Takes any JSON value and never throws. A part that is larger than its whole (it happens:
 * grok reports more cached tokens than prompt tokens) is cut to it.
 */
export function normaliseUsage(raw: unknown, limits: UsageLimits): NormalisedUsage {
  if (!isObject(raw)) return { reject: 'missing' }
  const counts = readCounts(raw)
  if ('reject' in counts) return counts
  includeWhatTheTotalKnows(counts)
  if (isAboveLimits(counts, limits)) return { reject: 'above_limit' }
  const { promptTokens, completionTokens } = counts
  if (promptTokens + completionTokens === 0) return { reject: 'empty' }
  const cachedTokens = Math.min(counts.cachedTokens, promptTokens)
  const cacheWriteTokens = Math.min(counts.cacheWriteTokens, promptTokens - cachedTokens)
  const uncachedTokens = promptTokens - cachedTokens - cacheWriteTokens
  return {
    usage: {
      promptTokens,
      completionTokens,
      cachedTokens,
      cacheWriteTokens,
      cacheWrite1hTokens: Math.min(counts.cacheWrite1hTokens, uncachedTokens),
      reasoningTokens: Math.min(counts.reasoningTokens, completionTokens),
      audioPromptTokens: Math.min(counts.audioPromptTokens, promptTokens),
      audioCompletionTokens: Math.min(counts.audioCompletionTokens, completionTokens),
      imagePromptTokens: Math.min(counts.imagePromptTokens, promptTokens),
      imageCompletionTokens: Math.min(counts.imageCompletionTokens, completionTokens),
    },
  }
}

/** Every count is checked, not only the wholes: a part beyond belief makes the rest unbelievable too. */
function isAboveLimits(counts: Counts, limits: UsageLimits): boolean {
  return (
    counts.completionTokens > limits.completionTokensMax ||
    counts.reasoningTokens > limits.completionTokensMax ||
    counts.audioCompletionTokens > limits.completionTokensMax ||
    counts.imageCompletionTokens > limits.completionTokensMax ||
    counts.promptTokens > limits.promptTokensMax ||
    counts.cachedTokens > limits.promptTokensMax ||
    counts.cacheWriteTokens > limits.promptTokensMax ||
    counts.cacheWrite1hTokens > limits.promptTokensMax ||
    counts.audioPromptTokens > limits.promptTokensMax ||
    counts.imagePromptTokens > limits.promptTokensMax
  )
}

type Counts = { -readonly [Name in keyof TokenUsage]: number } & { totalTokens: number | undefined }

function readCounts(raw: JsonObject): Counts | { readonly reject: UsageRejection } {
  const prompt = objectOrEmpty(raw['prompt_tokens_details'])
  const completion = objectOrEmpty(raw['completion_tokens_details'])
  const created = objectOrEmpty(raw['cache_creation'])
  const found = {
    promptTokens: raw['prompt_tokens'],
    completionTokens: raw['completion_tokens'],
    totalTokens: raw['total_tokens'],
    cachedTokens:
      prompt['cached_tokens'] ??
      raw['prompt_cache_hit_tokens'] ??
      raw['cached_tokens'] ??
      raw['num_cached_tokens'] ??
      raw['cache_read_input_tokens'],
    cacheWriteTokens: prompt['cache_write_tokens'] ?? raw['cache_creation_input_tokens'],
    cacheWrite1hTokens: prompt['cache_write_1h_tokens'] ?? created['ephemeral_1h_input_tokens'],
    reasoningTokens: completion['reasoning_tokens'] ?? raw['reasoning_tokens'],
    audioPromptTokens: prompt['audio_tokens'] ?? raw['audio_prompt_tokens'],
    audioCompletionTokens: completion['audio_tokens'],
    imagePromptTokens: prompt['image_tokens'],
    imageCompletionTokens: completion['image_tokens'],
  }
  for (const value of Object.values(found)) {
    const fault = value === undefined || value === null ? undefined : faultOf(value)
    if (fault) return { reject: fault }
  }
  const totalTokens = count(found.totalTokens)
  const promptTokens = count(found.promptTokens)
  const completionTokens =
    count(found.completionTokens) ?? difference(totalTokens, promptTokens ?? totalTokens)
  if (promptTokens === undefined || completionTokens === undefined) return { reject: 'missing' }
  const cacheWrite1hTokens = count(found.cacheWrite1hTokens) ?? 0
  const writtenTokens = count(found.cacheWriteTokens) ?? 0
  return {
    promptTokens,
    completionTokens,
    totalTokens,
    cachedTokens: count(found.cachedTokens) ?? 0,
    // Vendors that split cache writes by lifetime report the sum beside the split.
    cacheWriteTokens: Math.max(0, writtenTokens - cacheWrite1hTokens),
    cacheWrite1hTokens,
    reasoningTokens: count(found.reasoningTokens) ?? 0,
    audioPromptTokens: count(found.audioPromptTokens) ?? 0,
    audioCompletionTokens: count(found.audioCompletionTokens) ?? 0,
    imagePromptTokens: count(found.imagePromptTokens) ?? 0,
    imageCompletionTokens: count(found.imageCompletionTokens) ?? 0,
  }
}

/**
 * Some vendors leave a part out of `prompt_tokens` or `completion_tokens` but not out of `total_tokens`:
 * xAI the reasoning, Mistral the audio, Anthropic behind a compatible API the cache. The part whose size
 * is exactly what is missing goes where it belongs. A gap that nothing explains is output that was hidden
 * (Gemini's thinking): the vendor bills it as output.
 */
function includeWhatTheTotalKnows(counts: Counts): void {
  const { totalTokens, reasoningTokens, audioPromptTokens } = counts
  const cacheTokens = counts.cachedTokens + counts.cacheWriteTokens + counts.cacheWrite1hTokens
  if (totalTokens === undefined) {
    // A part cannot be larger than its whole, so this one was left out of it.
    if (reasoningTokens > counts.completionTokens) counts.completionTokens += reasoningTokens
    return
  }
  const gap = totalTokens - counts.promptTokens - counts.completionTokens
  if (gap <= 0) return
  if (gap === reasoningTokens) counts.completionTokens += gap
  else if (gap === audioPromptTokens || gap === cacheTokens) counts.promptTokens += gap
  else if (gap === cacheTokens + reasoningTokens) {
    counts.promptTokens += cacheTokens
    counts.completionTokens += reasoningTokens
  } else {
    counts.completionTokens += gap
    counts.reasoningTokens += gap
  }
}

function faultOf(value: unknown): UsageRejection | undefined {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return 'not_whole'
  return value < 0 ? 'negative' : undefined
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' ? Math.abs(value) : undefined
}

function difference(total: number | undefined, part: number | undefined): number | undefined {
  if (total === undefined || part === undefined || total < part) return undefined
  return total - part
}

function objectOrEmpty(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
