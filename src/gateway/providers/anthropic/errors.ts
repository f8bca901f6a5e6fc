import { isObject, textOf } from '#gateway/canonical/json.ts'
import type { ErrorAnswer, ReadError } from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

/** The status that each type of error comes with, for those that come inside a 200. */
const statuses: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
}

/** An error of any shape as `{error: {type, message, status}}`. */
export function errorBody(body: JsonObject): JsonObject {
  const inner = isObject(body['error']) ? body['error'] : body
  const type = textOf(inner['type'])
  const status = type === null ? undefined : statuses[type]
  const message = textOf(inner['message']) ?? 'The provider gave no reason.'
  return { error: { ...inner, message, ...(status === undefined ? {} : { status }) } }
}

/** What an error status means. A provider that has no more credit of ours is unavailable, not wronged. */
export function readAnthropicError({ status, headers, body }: ErrorAnswer): ReadError {
  const retryAfter = Number(headers['retry-after'])
  return {
    status: saysNoCredit(body) ? 402 : status,
    body,
    retryAfterSeconds: Number.isFinite(retryAfter) && retryAfter > 0 ? Math.ceil(retryAfter) : null,
  }
}

function saysNoCredit(body: unknown): boolean {
  const error = isObject(body) ? body['error'] : undefined
  const message = isObject(error) ? textOf(error['message']) : null
  return message !== null && /credit balance is too low/i.test(message)
}
