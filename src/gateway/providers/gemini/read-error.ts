import { isObject, listOf, numberOf, objectOf, textOf } from '#gateway/canonical/json.ts'
import type { ErrorAnswer, ReadError } from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

/**
 * What an error of Gemini or Vertex means. A bad key comes as 400 and is given as 401; a place or a bill
 * that keeps a whole project out comes as 400 and is given as 403; the wish to wait stands in the body.
 */
export function readGeminiError({ status, headers, body }: ErrorAnswer): ReadError {
  const complaint = complaintOf(body)
  const retryAfter = Number(headers['retry-after'])
  const meant = complaint === undefined ? status : meantStatus(status, complaint)
  return {
    status: meant,
    body: complaint === undefined ? body : errorBody(complaint, meant),
    retryAfterSeconds:
      headers['retry-after'] !== undefined && Number.isFinite(retryAfter)
        ? retryAfter
        : (complaint?.retryAfterSeconds ?? null),
  }
}

/** An error inside a stream or a 200, in the shape that `readComplaint` understands. */
export function readGeminiErrorBody(body: unknown): unknown {
  const complaint = complaintOf(body)
  if (complaint === undefined) return body
  return errorBody(complaint, meantStatus(complaint.code ?? 500, complaint))
}

interface Complaint {
  readonly code: number | null
  readonly message: string
  readonly status: string | null
  readonly reason: string | null
  readonly retryAfterSeconds: number | null
}

function complaintOf(body: unknown): Complaint | undefined {
  const first: unknown = Array.isArray(body) ? body[0] : body
  const error = isObject(first) ? first['error'] : undefined
  if (!isObject(error)) return undefined
  const details = listOf(error['details']).map(objectOf)
  return {
    code: numberOf(error['code']),
    message: textOf(error['message']) ?? textOf(error['status']) ?? 'no reason was given',
    status: textOf(error['status']),
    reason: textOf(details.find((detail) => textOf(detail['reason']) !== null)?.['reason']),
    retryAfterSeconds: retryDelayOf(details),
  }
}

function meantStatus(status: number, { message, reason, status: word }: Complaint): number {
  if (status !== 400) return status
  if (reason === 'API_KEY_INVALID' || /API key (?:not valid|expired|not found)/i.test(message)) {
    return 401
  }
  const keepsOut = /location is not supported|billing/i.test(message)
  return word === 'FAILED_PRECONDITION' && keepsOut ? 403 : status
}

function errorBody(complaint: Complaint, status: number): JsonObject {
  return {
    error: {
      message: complaint.message,
      type: complaint.status,
      code: complaint.reason ?? complaint.status,
      status_code: status,
    },
  }
}

/** `"34.4s"` is rounded up to whole seconds. */
function retryDelayOf(details: readonly JsonObject[]): number | null {
  for (const detail of details) {
    const seconds = /^(\d+(?:\.\d+)?)s$/.exec(textOf(detail['retryDelay']) ?? '')?.[1]
    if (seconds !== undefined) return Math.ceil(Number(seconds))
  }
  return null
}
