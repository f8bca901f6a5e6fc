/**
 * Every error that leaves the house. Public text lives only here; private detail lives only in a
 * fault's `cause`. The docs' error page and the OpenAPI document are made from this table.
 */

import { accountFaults } from './account-faults.ts'
import { mediaFaults } from './media-faults.ts'
import { providerFaults } from './provider-faults.ts'

/** How one kind of error looks from outside. `{name}` in a message is filled from the fault's details. */
export interface FaultDefinition {
  readonly status: number
  /** OpenAI's `error.type`. */
  readonly type: string
  /** OpenRouter's `error.metadata.error_type`, the stable machine-readable class. */
  readonly errorType: string
  readonly message: string
}

/** The table. Its keys are `error.code` on the wire and never change their meaning. */
export const faults = {
  invalid_json: {
    status: 400,
    type: 'invalid_request_error',
    errorType: 'invalid_request',
    message: 'The request body is not valid JSON: {detail}.',
  },
  invalid_request: {
    status: 400,
    type: 'invalid_request_error',
    errorType: 'invalid_request',
    message: '{detail}',
  },
  wrong_code: {
    status: 400,
    type: 'invalid_request_error',
    errorType: 'invalid_request',
    message: 'That is not the code that was sent. {left}',
  },
  passkey_refused: {
    status: 400,
    type: 'invalid_request_error',
    errorType: 'invalid_request',
    message: 'This passkey was not accepted: {detail}. Try again, or sign in with a code.',
  },
  context_length_exceeded: {
    status: 400,
    type: 'invalid_request_error',
    errorType: 'context_length_exceeded',
    message: '{detail}',
  },
  ...accountFaults,
  ...mediaFaults,
  ...providerFaults,
  missing_api_key: {
    status: 401,
    type: 'authentication_error',
    errorType: 'authentication',
    message:
      'No API key was sent. Send it in the header "Authorization: Bearer <key>"; keys start with "cl_k".',
  },
  invalid_api_key: {
    status: 401,
    type: 'authentication_error',
    errorType: 'authentication',
    message:
      'This API key is not valid. Check that it was copied whole, or create a new one; nothing was charged.',
  },
  revoked_api_key: {
    status: 401,
    type: 'authentication_error',
    errorType: 'authentication',
    message: 'This API key was revoked. Create a new one; nothing was charged.',
  },
  expired_api_key: {
    status: 401,
    type: 'authentication_error',
    errorType: 'authentication',
    message: 'This API key has expired. Create a new one; nothing was charged.',
  },
  sign_in_required: {
    status: 401,
    type: 'authentication_error',
    errorType: 'authentication',
    message:
      'You are not signed in. Sign in, and send the session token in the header "Authorization: Bearer <token>"; it starts with "cl_s".',
  },
  session_ended: {
    status: 401,
    type: 'authentication_error',
    errorType: 'authentication',
    message:
      'This session has ended: it was ended by hand, not used for long, or is too old. Sign in again; nothing you saved is lost.',
  },
  insufficient_credits: {
    status: 402,
    type: 'insufficient_quota',
    errorType: 'payment_required',
    message:
      'Not enough credit: this request could cost up to {bound} and {available} is available. {advice}',
  },
  spend_limit_exceeded: {
    status: 402,
    type: 'insufficient_quota',
    errorType: 'payment_required',
    message: '{detail}',
  },
  account_suspended: {
    status: 403,
    type: 'permission_error',
    errorType: 'permission_denied',
    message:
      'This account is suspended{reason}. Nothing was charged; contact support to restore it.',
  },
  permission_denied: {
    status: 403,
    type: 'permission_error',
    errorType: 'permission_denied',
    message: 'This key may not do that: {detail}.',
  },
  role_too_low: {
    status: 403,
    type: 'permission_error',
    errorType: 'permission_denied',
    message:
      'Your role in this account is {role}; this takes {needed}. Ask an owner of the account.',
  },
  step_up_required: {
    status: 403,
    type: 'permission_error',
    errorType: 'permission_denied',
    message:
      'This takes a fresh proof that it is you: confirm with a code or a passkey for "{action}", then send it again within 5 minutes. Nothing was changed.',
  },
  passkey_required: {
    status: 403,
    type: 'permission_error',
    errorType: 'permission_denied',
    message:
      'Running an installation takes a session that began with a passkey. Add a passkey under your own settings, then sign in with it.',
  },
  not_found: {
    status: 404,
    type: 'invalid_request_error',
    errorType: 'not_found',
    message: 'Nothing is at {detail}.',
  },
  model_not_found: {
    status: 404,
    type: 'invalid_request_error',
    errorType: 'not_found',
    message:
      'The model "{model}" does not exist here.{suggestion} GET /v1/models lists every model.',
  },
  model_not_for_endpoint: {
    status: 400,
    type: 'invalid_request_error',
    errorType: 'invalid_request',
    message: 'The model "{model}" cannot be asked at {path}. {advice}',
  },
  no_endpoint_allowed: {
    status: 404,
    type: 'invalid_request_error',
    errorType: 'not_found',
    message:
      'No provider of "{model}" fits the wishes in this request ({detail}). Loosen them, or choose another model.',
  },
  generation_not_found: {
    status: 404,
    type: 'invalid_request_error',
    errorType: 'not_found',
    message: 'No generation with this id belongs to your account.',
  },
  content_not_kept: {
    status: 404,
    type: 'invalid_request_error',
    errorType: 'not_found',
    message: 'The messages and output of this generation were not kept: {detail}.',
  },
  challenge_over: {
    status: 404,
    type: 'invalid_request_error',
    errorType: 'not_found',
    message:
      'This code can no longer be used: it was used before, is too old, was tried too often, or was asked for by another browser. Ask for a new one.',
  },
  session_not_found: {
    status: 404,
    type: 'invalid_request_error',
    errorType: 'not_found',
    message: 'You have no open session with this id.',
  },
  passkey_not_found: {
    status: 404,
    type: 'invalid_request_error',
    errorType: 'not_found',
    message: 'You have no passkey with this id.',
  },
  account_not_found: {
    status: 404,
    type: 'invalid_request_error',
    errorType: 'not_found',
    message: 'No account has this id.',
  },
  member_not_found: {
    status: 404,
    type: 'invalid_request_error',
    errorType: 'not_found',
    message: 'Nobody with this id is a member of the account.',
  },
  project_not_found: {
    status: 404,
    type: 'invalid_request_error',
    errorType: 'not_found',
    message: 'There is no project with this id.',
  },
  key_not_found: {
    status: 404,
    type: 'invalid_request_error',
    errorType: 'not_found',
    message: 'No key has this id.',
  },
  method_not_allowed: {
    status: 405,
    type: 'invalid_request_error',
    errorType: 'invalid_request',
    message: 'This address does not take {method}; it takes {allow}.',
  },
  websocket_not_offered: {
    status: 426,
    type: 'invalid_request_error',
    errorType: 'invalid_request',
    message:
      'This address does not speak WebSocket. Send a POST request; with "stream": true the answer comes as server-sent events.',
  },
  request_timeout: {
    status: 408,
    type: 'invalid_request_error',
    errorType: 'timeout',
    message: 'The request did not arrive whole in time; nothing was charged. Send it again.',
  },
  conflict: {
    status: 409,
    type: 'invalid_request_error',
    errorType: 'conflict',
    message: '{detail}',
  },
  sign_up_required: {
    status: 409,
    type: 'invalid_request_error',
    errorType: 'conflict',
    message:
      'The code is right, and nobody has signed up with this address. Send it again with "sign_up": your age statement, your country and the version of the privacy policy that you accept.',
  },
  invalid_configuration: {
    status: 409,
    type: 'invalid_request_error',
    errorType: 'conflict',
    message: '{detail}',
  },
  idempotency_key_reused: {
    status: 409,
    type: 'invalid_request_error',
    errorType: 'conflict',
    message:
      'This Idempotency-Key was already used for a request with another body. Choose a new key for each new request; nothing was charged.',
  },
  idempotency_key_in_use: {
    status: 409,
    type: 'invalid_request_error',
    errorType: 'conflict',
    message:
      'The request with this Idempotency-Key is under way on another node. Send it again in a moment to get its answer; nothing more was charged.',
  },
  idempotent_answer_not_kept: {
    status: 409,
    type: 'invalid_request_error',
    errorType: 'conflict',
    message:
      'The request with this Idempotency-Key was answered and charged as {id}, and the answer cannot be given again: {reason}. Nothing more was charged; choose a new key to ask anew.',
  },
  precondition_failed: {
    status: 412,
    type: 'invalid_request_error',
    errorType: 'conflict',
    message: 'Someone changed this since you read it; nothing was saved. Read it again.',
  },
  payload_too_large: {
    status: 413,
    type: 'invalid_request_error',
    errorType: 'payload_too_large',
    message: 'The request body is larger than {limit}. Send less; nothing was charged.',
  },
  unsupported_media_type: {
    status: 415,
    type: 'invalid_request_error',
    errorType: 'invalid_request',
    message: 'Send the body as "Content-Type: {wanted}"; "{received}" is not read here.',
  },
  rate_limit_exceeded: {
    status: 429,
    type: 'rate_limit_error',
    errorType: 'rate_limit_exceeded',
    message: '{detail}',
  },
  headers_too_large: {
    status: 431,
    type: 'invalid_request_error',
    errorType: 'invalid_request',
    message: 'The request headers are larger than 16 KiB. Send fewer or shorter ones.',
  },
  internal: {
    status: 500,
    type: 'server_error',
    errorType: 'server',
    message: 'Something went wrong on our side; nothing was charged. It has been reported.',
  },
  service_unavailable: {
    status: 503,
    type: 'server_error',
    errorType: 'provider_overloaded',
    message: 'codelace cannot take this request right now; nothing was charged. Try again shortly.',
  },
  mail_unavailable: {
    status: 503,
    type: 'server_error',
    errorType: 'provider_overloaded',
    message: 'This installation cannot send mail: SMTP_URL is not set. Passkeys keep working.',
  },
} as const satisfies Record<string, FaultDefinition>

/** The name of one kind of error: OpenAI's `error.code`. */
export type FaultCode = keyof typeof faults

/** What a fault carries beside its code. */
export interface FaultOptions {
  /** OpenAI's `error.param`: the path of the faulty field (`messages[2].role`). */
  readonly param?: string | null
  /** Values for the `{names}` in the table's message. They are shown to the caller. */
  readonly details?: Readonly<Record<string, string>>
  /** Extra members for `error.metadata`, shown to the caller. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Replaces the table's status where an upstream's own status of the same class is passed on. */
  readonly status?: number
  readonly retryAfterSeconds?: number
  /** What really happened, for the log of this house only. */
  readonly cause?: unknown
}

/** An expected failure with a public face. Thrown by edges, never by pure rules. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: FaultCode
  readonly status: number
  readonly param: string | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly retryAfterSeconds: number | null

  constructor(code: FaultCode, options: FaultOptions = {}) {
    const { param = null, details = {}, metadata = {}, retryAfterSeconds, cause } = options
    super(fillMessage(faults[code].message, details), cause === undefined ? {} : { cause })
    this.code = code
    this.status = options.status ?? faults[code].status
    this.param = param
    this.metadata = metadata
    this.retryAfterSeconds = retryAfterSeconds ?? null
  }
}

function fillMessage(template: string, details: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => details[name] ?? '').trim()
}

/** Our own mistake: answered with `internal`, logged whole, and never shown. */
export class Bug extends Error {
  override readonly name = 'Bug'
}

/** Throws a `Bug` when a belief about our own code does not hold. */
export function assert(condition: unknown, belief: string): asserts condition {
  if (!condition) throw new Bug(belief)
}

/** Marks a branch that exhaustive types make impossible. */
export function unreachable(value: never): never {
  throw new Bug(`unreachable: ${String(value)}`)
}
