import { isObject } from '#gateway/canonical/json.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import { sumOf } from '#gateway/providers/counts.ts'

/**
 * Anthropic's counts in OpenAI's names and convention. They leave cached and written tokens out of the
 * input; here they are inside. Absurd values are passed on as they are.
 */
export function usageOf(raw: JsonObject): JsonObject {
  const written = raw['cache_creation_input_tokens']
  const cached = raw['cache_read_input_tokens']
  const created = raw['cache_creation']
  const details = raw['output_tokens_details']
  const writtenForAnHour = isObject(created) ? created['ephemeral_1h_input_tokens'] : undefined
  return {
    prompt_tokens: sumOf([raw['input_tokens'], written, cached]),
    completion_tokens: raw['output_tokens'],
    prompt_tokens_details: {
      cached_tokens: cached ?? 0,
      cache_write_tokens: written ?? 0,
      cache_write_1h_tokens: writtenForAnHour ?? 0,
    },
    completion_tokens_details: {
      reasoning_tokens: isObject(details) ? (details['thinking_tokens'] ?? 0) : 0,
    },
  }
}

/** Counts as they run: later ones overwrite, what they leave out stays. */
export function mergeUsage(known: JsonObject, later: unknown): JsonObject {
  if (!isObject(later)) return known
  const merged: Record<string, unknown> = { ...known }
  for (const [name, value] of Object.entries(later)) {
    if (value !== null && value !== undefined) merged[name] = value
  }
  return merged
}
