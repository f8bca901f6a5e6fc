import { errorEnvelope } from '#contract/error-envelope.ts'
import type { Fault, FaultCode } from '#domain/faults.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

/** The body of an error answer. */
export function writeFault(fault: Fault): string {
  return JSON.stringify(errorEnvelope(fault))
}

/** Codes that clients of this protocol act on; whatever else goes wrong is a `server_error` to them. */
const failureCodes: Partial<Record<FaultCode, string>> = {
  rate_limit_exceeded: 'rate_limit_exceeded',
  context_length_exceeded: 'context_length_exceeded',
  insufficient_credits: 'insufficient_quota',
  spend_limit_exceeded: 'insufficient_quota',
  invalid_request: 'invalid_prompt',
  provider_rejected: 'invalid_prompt',
}

/** The `error` of a response that failed on its way. */
export function failureOf(fault: Fault): JsonObject {
  return { code: failureCodes[fault.code] ?? 'server_error', message: fault.message }
}

/** The event before `response.failed`: what the official clients throw. */
export function errorEventText(fault: Fault, sequenceNumber: number): string {
  const { error } = errorEnvelope(fault)
  const { code, message, param } = error
  const event = { type: 'error', code, message, param, sequence_number: sequenceNumber, error }
  return `event: error\ndata: ${JSON.stringify(event)}\n\n`
}
