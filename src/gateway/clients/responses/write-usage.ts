import { costMembers } from '#contract/usage.ts'
import type { Cost } from '#domain/pricing.ts'
import type { TokenUsage } from '#domain/usage.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

/**
 * `usage` under this protocol's names, with what it cost, as JSON text. Members that an upstream added of
 * its own stay.
 */
export function usageText(usage: TokenUsage, cost: Cost, upstream: JsonObject = {}): string {
  const counts = JSON.stringify({
    ...upstream,
    input_tokens: usage.promptTokens,
    input_tokens_details: {
      cached_tokens: usage.cachedTokens,
      cache_write_tokens: usage.cacheWriteTokens + usage.cacheWrite1hTokens,
    },
    output_tokens: usage.completionTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.promptTokens + usage.completionTokens,
  })
  const ours = [...costMembers(cost)].map(([name, text]) => `"${name}":${text}`)
  return `${counts.slice(0, -1)},${ours.join(',')}}`
}
