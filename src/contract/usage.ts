import { formatDecimal, formatUsd } from '#domain/money.ts'
import type { Cost } from '#domain/pricing.ts'
import type { TokenUsage } from '#domain/usage.ts'

/**
 * Our members of `usage`, as JSON text: the amount charged in US dollars, exactly, and where it comes
 * from. Written as decimal numbers from whole units; no double is ever made of them.
 */
export function costMembers(cost: Cost): ReadonlyMap<string, string> {
  const { own } = cost
  const prompt = formatDecimal(cost.promptPicoUsd, 12)
  const completion = formatDecimal(cost.completionPicoUsd, 12)
  const upstream = own === undefined ? 'null' : formatUsd(own.upstreamNanoUsd)
  const details =
    `{"upstream_inference_cost":${upstream},"upstream_inference_prompt_cost":${prompt},` +
    `"upstream_inference_completions_cost":${completion}}`
  return new Map([
    ['cost', formatUsd(cost.costNanoUsd)],
    ['is_byok', own === undefined ? 'false' : 'true'],
    ['cost_details', details],
  ])
}

/** A whole `usage` object as JSON text, for an answer that came without one or with one we do not believe. */
export function usageJson(usage: TokenUsage, cost: Cost): string {
  const promptDetails: Record<string, number> = { cached_tokens: usage.cachedTokens }
  const written = usage.cacheWriteTokens + usage.cacheWrite1hTokens
  if (written > 0) promptDetails['cache_write_tokens'] = written
  if (usage.audioPromptTokens > 0) promptDetails['audio_tokens'] = usage.audioPromptTokens
  if (usage.imagePromptTokens > 0) promptDetails['image_tokens'] = usage.imagePromptTokens
  const completionDetails: Record<string, number> = { reasoning_tokens: usage.reasoningTokens }
  if (usage.audioCompletionTokens > 0) {
    completionDetails['audio_tokens'] = usage.audioCompletionTokens
  }
  if (usage.imageCompletionTokens > 0) {
    completionDetails['image_tokens'] = usage.imageCompletionTokens
  }
  const counts = JSON.stringify({
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    prompt_tokens_details: promptDetails,
    completion_tokens_details: completionDetails,
  })
  const members = [...costMembers(cost)].map(([name, text]) => `"${name}":${text}`)
  return `${counts.slice(0, -1)},${members.join(',')}}`
}
