import { readComplaint } from '#domain/upstream-complaint.ts'
import type { ErrorAnswer, ReadError } from '#gateway/canonical/provider-protocol.ts'

/** An error status of an OpenAI-like server. A bad key is 401 whatever status it came with (xAI: 400). */
export function readError({ status, headers, body }: ErrorAnswer): ReadError {
  const message = readComplaint(body)?.message ?? ''
  const isBadKey = status === 400 && /incorrect api key|invalid api key/i.test(message)
  return { status: isBadKey ? 401 : status, body, retryAfterSeconds: retryAfterSeconds(headers) }
}

function retryAfterSeconds(headers: Readonly<Record<string, string>>): number | null {
  const milliseconds = Number(headers['retry-after-ms'] ?? Number.NaN)
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return Math.ceil(milliseconds / 1000)
  const seconds = Number(headers['retry-after'] ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds) : null
}
