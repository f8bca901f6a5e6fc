import { costMembers } from '#contract/usage.ts'
import type { TokenUsage } from '#domain/usage.ts'
import type { Closing } from '#gateway/canonical/client-protocol.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

/** The counts in Anthropic's names: what was cached or written is outside of the input. */
function usageCounts(usage: TokenUsage): JsonObject {
  const { cachedTokens, cacheWriteTokens, cacheWrite1hTokens } = usage
  const written = cacheWriteTokens + cacheWrite1hTokens
  return {
    input_tokens: Math.max(0, usage.promptTokens - cachedTokens - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: cachedTokens,
    cache_creation: {
      ephemeral_5m_input_tokens: cacheWriteTokens,
      ephemeral_1h_input_tokens: cacheWrite1hTokens,
    },
    output_tokens: usage.completionTokens,
    output_tokens_details: { thinking_tokens: usage.reasoningTokens },
  }
}

/** `usage` as JSON text, with what was charged. `before`: what the provider itself said beside the counts. */
export function usageText({ usage, cost }: Closing, before: JsonObject): string {
  const counts = JSON.stringify({ ...before, ...usageCounts(usage) })
  const members = [...costMembers(cost)].map(([name, text]) => `"${name}":${text}`)
  return `${counts.slice(0, -1)},${members.join(',')}}`
}

/** What could not be told to the provider, as one more member; empty when there is nothing. */
export function warningsMember({ warnings }: Closing): string {
  if (warnings.length === 0) return ''
  return `,"codelace_metadata":${JSON.stringify({ warnings })}`
}
