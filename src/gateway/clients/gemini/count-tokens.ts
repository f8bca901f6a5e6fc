import { isObject } from '#gateway/canonical/json.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

import { member } from './proto-json.ts'

/** The request that `countTokens` is to count: contents alone, or a whole request inside. */
export function countedBody(body: JsonObject): JsonObject {
  const whole = member(body, 'generateContentRequest')
  return isObject(whole) ? whole : body
}

/** The answer of `countTokens`. */
export function countTokensAnswer(totalTokens: number): JsonObject {
  const promptTokensDetails = [{ modality: 'TEXT', tokenCount: totalTokens }]
  return { totalTokens, promptTokensDetails }
}
