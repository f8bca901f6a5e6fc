import { errorEnvelope } from '#contract/error-envelope.ts'
import type { Fault } from '#domain/faults.ts'

/** Google's words for statuses; the SDKs show them. */
const words: ReadonlyMap<number, string> = new Map([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [402, 'FAILED_PRECONDITION'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [408, 'DEADLINE_EXCEEDED'],
  [409, 'ABORTED'],
  [429, 'RESOURCE_EXHAUSTED'],
  [500, 'INTERNAL'],
  [501, 'UNIMPLEMENTED'],
  [502, 'UNAVAILABLE'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
])

/** An error in Google's envelope, as JSON text. Our own code and the fault's metadata are in its details. */
export function geminiFaultJson(fault: Fault, id: string | null): string {
  const { code, metadata } = errorEnvelope(fault).error
  const facts = { ...metadata, ...(fault.param === null ? {} : { param: fault.param }) }
  const shown = Object.entries({ ...facts, ...(id === null ? {} : { generation_id: id }) })
  const details: unknown[] = [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: code.toUpperCase(),
      domain: 'codelace',
      // Google's metadata is a map of texts.
      metadata: Object.fromEntries(shown.map(([name, value]) => [name, wordsOf(value)])),
    },
  ]
  if (fault.retryAfterSeconds !== null) {
    details.push({
      '@type': 'type.googleapis.com/google.rpc.RetryInfo',
      retryDelay: `${fault.retryAfterSeconds}s`,
    })
  }
  const fallback = fault.status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL'
  const status = words.get(fault.status) ?? fallback
  return JSON.stringify({ error: { code: fault.status, message: fault.message, status, details } })
}

function wordsOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
