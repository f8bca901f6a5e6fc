import { listOf, isObject } from '#gateway/canonical/json.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

/**
 * `usageMetadata` in OpenAI's names and convention: what tools put into the prompt counts as prompt, and
 * thoughts count as completion. Gemini leaves zeros out. Undefined when it counts nothing. A count that is
 * no number stays what it is: the meter judges.
 */
export function usageOf(metadata: unknown): JsonObject | undefined {
  if (!isObject(metadata)) return undefined
  const prompt = metadata['promptTokenCount']
  const candidates = metadata['candidatesTokenCount']
  const thoughts = metadata['thoughtsTokenCount']
  const total = metadata['totalTokenCount']
  if (prompt === undefined && candidates === undefined && total === undefined) return undefined
  const usage: Record<string, unknown> = {
    prompt_tokens: sumOf(prompt, metadata['toolUsePromptTokenCount']),
    completion_tokens: sumOf(candidates, thoughts),
  }
  if (total !== undefined) usage['total_tokens'] = total
  usage['prompt_tokens_details'] = {
    cached_tokens: metadata['cachedContentTokenCount'] ?? 0,
    ...modalities(metadata['promptTokensDetails']),
  }
  usage['completion_tokens_details'] = {
    reasoning_tokens: thoughts ?? 0,
    ...modalities(metadata['candidatesTokensDetails']),
  }
  return usage
}

function sumOf(one: unknown, other: unknown): unknown {
  if (one === undefined) return other ?? 0
  if (other === undefined) return one
  if (typeof one !== 'number') return one
  return typeof other === 'number' ? one + other : other
}

function modalities(details: unknown): JsonObject {
  const counts: Record<string, unknown> = {}
  for (const detail of listOf(details)) {
    if (!isObject(detail)) continue
    if (detail['modality'] === 'AUDIO') counts['audio_tokens'] = detail['tokenCount'] ?? 0
    if (detail['modality'] === 'IMAGE') counts['image_tokens'] = detail['tokenCount'] ?? 0
  }
  return counts
}
