import { errorEnvelope } from '#contract/error-envelope.ts'
import type { Fault } from '#domain/faults.ts'

/** Anthropic's type for each stable class of errors; what is not here follows from the status. */
const types: Readonly<Record<string, string>> = {
  authentication: 'authentication_error',
  permission_denied: 'permission_error',
  payment_required: 'billing_error',
  not_found: 'not_found_error',
  payload_too_large: 'request_too_large',
  rate_limit_exceeded: 'rate_limit_error',
  provider_overloaded: 'overloaded_error',
  timeout: 'timeout_error',
}

/** An error in Anthropic's envelope, as JSON text. It holds the same public words as everywhere. */
export function faultText(fault: Fault, id: string | null): string {
  const { message, param, code, metadata } = errorEnvelope(fault).error
  const errorType = String(metadata['error_type'])
  const usual = fault.status < 500 ? 'invalid_request_error' : 'api_error'
  const type = types[errorType] ?? usual
  return JSON.stringify({
    type: 'error',
    error: { type, message, error_type: errorType, code, param, metadata },
    request_id: id,
  })
}
