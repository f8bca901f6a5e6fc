import { isObject, listOf, objectOf } from '#gateway/canonical/json.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import { sumOf } from '#gateway/providers/counts.ts'

/**
 * Bedrock's counts in OpenAI's names and convention. They leave cached and written tokens out of the
 * input; here they are inside. Absurd values are passed on as they are.
 */
function usageOf(raw: JsonObject): JsonObject {
  const cached = raw['cacheReadInputTokens'] ?? raw['cacheReadInputTokenCount']
  const written = raw['cacheWriteInputTokens'] ?? raw['cacheWriteInputTokenCount']
  const forAnHour = listOf(raw['cacheDetails'])
    .map(objectOf)
    .filter(({ ttl }) => ttl === '1h')
    .map(({ inputTokens }) => inputTokens)
  return {
    prompt_tokens: sumOf([raw['inputTokens'], written, cached]),
    completion_tokens: raw['outputTokens'],
    total_tokens: raw['totalTokens'],
    prompt_tokens_details: {
      cached_tokens: cached ?? 0,
      cache_write_tokens: written ?? 0,
      cache_write_1h_tokens: sumOf(forAnHour) ?? 0,
    },
  }
}

/** The counts of an answer or of its last event; null: none. */
export function usageIn(value: JsonObject): JsonObject | null {
  return isObject(value['usage']) ? usageOf(value['usage']) : null
}
