import { isObject, objectOf } from '#gateway/canonical/json.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

/**
 * The counts of a Responses answer under the names of chat, as they are: what is absurd stays absurd, and
 * is judged by the meter. Undefined when there are none.
 */
export function readUsage(raw: unknown): JsonObject | undefined {
  if (!isObject(raw)) return undefined
  const input = objectOf(raw['input_tokens_details'])
  const output = objectOf(raw['output_tokens_details'])
  return withoutUndefined({
    prompt_tokens: raw['input_tokens'],
    completion_tokens: raw['output_tokens'],
    total_tokens: raw['total_tokens'],
    prompt_tokens_details: withoutUndefined({
      cached_tokens: input['cached_tokens'],
      cache_write_tokens: input['cache_write_tokens'],
      audio_tokens: input['audio_tokens'],
      image_tokens: input['image_tokens'],
    }),
    completion_tokens_details: withoutUndefined({
      reasoning_tokens: output['reasoning_tokens'],
      audio_tokens: output['audio_tokens'],
      image_tokens: output['image_tokens'],
    }),
  })
}

function withoutUndefined(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
