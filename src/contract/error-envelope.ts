import { faults, type Fault } from '#domain/faults.ts'

/** `error` as OpenAI's clients read it, with OpenRouter's `metadata` beside it. */
export interface ErrorBody {
  readonly message: string
  readonly type: string
  readonly param: string | null
  /** The fault's code: stable, machine-readable. */
  readonly code: string
  readonly metadata: Readonly<Record<string, unknown>>
}

/** The body of every error answer. */
export interface ErrorEnvelope {
  readonly error: ErrorBody
}

/** One kind of error, as its type (OpenAI) and its error type (OpenRouter). */
interface ErrorClass {
  readonly type: string
  readonly errorType: string
}

/** What an upstream's own status means to a client when it is passed on. */
const classOfStatus: Readonly<Record<number, ErrorClass>> = {
  401: { type: 'authentication_error', errorType: 'authentication' },
  403: { type: 'permission_error', errorType: 'permission_denied' },
  404: { type: 'invalid_request_error', errorType: 'not_found' },
  408: { type: 'server_error', errorType: 'timeout' },
  409: { type: 'invalid_request_error', errorType: 'conflict' },
  413: { type: 'invalid_request_error', errorType: 'payload_too_large' },
  422: { type: 'invalid_request_error', errorType: 'unprocessable' },
  429: { type: 'rate_limit_error', errorType: 'rate_limit_exceeded' },
}

/** The body of an error answer. It holds the table's public text and what the fault chose to show, only. */
export function errorEnvelope(fault: Fault): ErrorEnvelope {
  const { type, errorType } = classOf(fault)
  return {
    error: {
      message: fault.message,
      type,
      param: fault.param,
      code: fault.code,
      metadata: { error_type: errorType, ...fault.metadata },
    },
  }
}

/** The error of a stream that has already begun, in the form that OpenRouter's clients know. */
export interface ErrorChunkSource {
  readonly fault: Fault
  readonly id: string
  readonly model: string
  readonly provider: string
  readonly createdAtSeconds: number
}

/**
 * The last event of a broken stream: a chunk with `error` and a choice that ends with `error`. The code is
 * the status as a number there; ours is in the metadata.
 */
export function errorChunk(source: ErrorChunkSource): Readonly<Record<string, unknown>> {
  const { fault } = source
  const { type, errorType } = classOf(fault)
  return {
    id: source.id,
    provider: source.provider,
    object: 'chat.completion.chunk',
    created: source.createdAtSeconds,
    model: source.model,
    error: {
      code: fault.status,
      message: fault.message,
      type,
      param: fault.param,
      metadata: { error_type: errorType, code: fault.code, ...fault.metadata },
    },
    choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
  }
}

/** The headers that an error answer carries beside its content type, names in lower case. */
export function errorHeaders(fault: Fault): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  if (fault.retryAfterSeconds !== null) headers['retry-after'] = String(fault.retryAfterSeconds)
  // What both large SDKs obey: waiting does not help this request.
  if (fault.metadata['retryable'] === false) headers['x-should-retry'] = 'false'
  const allow = fault.metadata['allow']
  if (fault.code === 'method_not_allowed' && typeof allow === 'string') headers['allow'] = allow
  if (fault.status === 401 && !passesStatusOn(fault)) {
    headers['www-authenticate'] = 'Bearer'
  }
  return headers
}

function classOf(fault: Fault): ErrorClass {
  const own: ErrorClass = faults[fault.code]
  return passesStatusOn(fault) ? (classOfStatus[fault.status] ?? own) : own
}

/** The status is the provider's: it says nothing of the caller's key here. */
function passesStatusOn({ code }: Fault): boolean {
  return code === 'provider_rejected' || code === 'own_credential_refused'
}
