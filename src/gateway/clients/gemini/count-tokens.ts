import { isObject } from '#gateway/canonical/json.ts'
import type { JsonObject, ModelRequest } from '#gateway/canonical/request.ts'

import { member } from './proto-json.ts'
import { readGeminiRequest } from './read-request.ts'

/** Reads a request of `countTokens`: contents alone, or a whole request to be counted. */
export function readCountTokens(body: JsonObject): ModelRequest {
  const whole = member(body, 'generateContentRequest')
  return readGeminiRequest(isObject(whole) ? whole : body, false)
}

/** The answer of `countTokens`, as JSON text. */
export function countTokensJson(totalTokens: number): string {
  const promptTokensDetails = [{ modality: 'TEXT', tokenCount: totalTokens }]
  return JSON.stringify({ totalTokens, promptTokensDetails })
}
