import { z } from 'zod'

import type { FaultCode } from '#domain/faults.ts'
import type { MemberRole } from '#domain/people.ts'
import type { StepUpAction } from '#domain/sessions.ts'

/**
 * Who may call a route. `anyone`: no proof is asked for; `inference`: the holder of an API key; `session`:
 * a person who is signed in; `operator`: the holder of an operator token, or someone who runs the
 * installation in a session by passkey; `member:<role>`: a person in a session who has at least this role
 * in the account `{account_id}` of the path (in another account it is not there), and every operator.
 */
export type Caller = 'anyone' | 'inference' | 'session' | 'operator' | `member:${MemberRole}`

/** Every object that a route reads; a route that reads nothing of a kind has none. */
type ObjectSchema = z.ZodType<Readonly<Record<string, unknown>>>

/**
 * One operation on the wire, whole: where it is, who may call it, what goes in, what comes out, and how
 * it may fail. `{name}` in the path is a member of `params`.
 */
export interface Route {
  readonly id: string
  readonly tag: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  readonly path: `/${string}`
  readonly caller: Caller
  readonly summary: string
  readonly params?: ObjectSchema
  /** The fault when a `{name}` of the path has not even the form of an id: to the caller, it is not there. */
  readonly unknown?: FaultCode
  readonly query?: ObjectSchema
  readonly body?: ObjectSchema
  /** The status of success. */
  readonly status: 200 | 201
  readonly output: z.ZodType
  /** What a person must have freshly proven, however long they have been signed in; tokens need not. */
  readonly stepUp?: StepUpAction
  /**
   * The operation decides what may be spent. A session that shows up in another browser or network than it was
   * proven in gives this proof first; elsewhere it is not asked.
   */
  readonly spends?: StepUpAction
  /** Members of the answer that change by themselves: they make no new version (ETag) of what is shown. */
  readonly passing?: readonly string[]
  /** An operation that only looks, although it is no GET. */
  readonly changesNothing?: true
  /** The answer is not JSON: it is written in this form, as it comes; `output` says what in. */
  readonly streams?: 'text/event-stream' | 'text/csv'
  /** Another media type that the answer may have. */
  readonly alsoAnswers?: 'text/event-stream' | 'text/plain'
  /** The media type of the answer; absent: JSON. */
  readonly answerType?: 'audio/*'
  /** The media type of the body; absent: JSON. */
  readonly bodyType?: 'multipart/form-data'
  /** Whose form errors have; absent: OpenAI's. */
  readonly envelope?: 'anthropic' | 'google'
  /** Faults of this operation; those that any route may have are added by `faultsOf`. */
  readonly faults: readonly FaultCode[]
}

/** What a route without a body or a query takes: an empty object, and nothing unknown. */
export const noMembers = z.strictObject({})

/** Faults that every route with a key may have. */
const faultsOfKeys: readonly FaultCode[] = [
  'missing_api_key',
  'invalid_api_key',
  'revoked_api_key',
  'expired_api_key',
  'account_suspended',
  'permission_denied',
]

/** Faults that every route with a session may have; a key in its place is looked at too. */
const faultsOfSessions: readonly FaultCode[] = [
  'sign_in_required',
  'session_ended',
  ...faultsOfKeys.filter((code) => code !== 'missing_api_key'),
]

/** Faults that every route may have that reads a body, if only to find it empty. */
const faultsOfBody: readonly FaultCode[] = [
  'invalid_json',
  'invalid_request',
  'request_timeout',
  'payload_too_large',
  'unsupported_media_type',
]

/** Faults that every change may have that can be sent again with an `Idempotency-Key`. */
const faultsOfRepeating: readonly FaultCode[] = ['idempotency_key_in_use', 'idempotency_key_reused']

/** True for a change of the control API that takes `If-Match`. */
export function isConditional({ method, path, caller }: Route): boolean {
  return (
    ['PATCH', 'PUT', 'DELETE'].includes(method) && path.startsWith('/api/') && caller !== 'anyone'
  )
}

/**
 * True for a change of the control API that takes an `Idempotency-Key`: those about accounts. What people
 * change about themselves comes to the same when it is done twice, or is a proof that counts once.
 */
export function isRepeatable({ method, path, caller, changesNothing }: Route): boolean {
  const isAboutAccounts = caller === 'operator' || caller.startsWith('member:')
  return isAboutAccounts && method !== 'GET' && path.startsWith('/api/') && changesNothing !== true
}

/** Every fault a caller of this route may see, each once. */
export function faultsOf(route: Route): readonly FaultCode[] {
  return [
    ...new Set<FaultCode>([
      ...faultsOfCaller(route),
      ...(isConditional(route) ? (['precondition_failed'] as const) : []),
      ...(isRepeatable(route) ? faultsOfRepeating : []),
      ...(route.method === 'GET' ? [] : faultsOfBody),
      ...(route.path.startsWith('/api/') ? (['invalid_request'] as const) : []),
      ...(route.unknown === undefined ? [] : [route.unknown]),
      ...route.faults,
      'headers_too_large',
      'internal',
      'service_unavailable',
    ]),
  ]
}

/** Faults that come from who is asking. */
function faultsOfCaller(route: Route): readonly FaultCode[] {
  const proof = route.stepUp ?? route.spends
  const stepUp = proof === undefined ? [] : (['step_up_required'] as const)
  switch (route.caller) {
    case 'anyone':
      return route.path.startsWith('/api/') ? ['rate_limit_exceeded'] : []
    case 'inference':
      return faultsOfKeys
    case 'session':
      return [...faultsOfSessions, ...stepUp]
    case 'operator':
      return [...faultsOfKeys, 'session_ended', 'passkey_required', ...stepUp]
    default:
      return [...faultsOfSessions, 'passkey_required', 'role_too_low', ...stepUp]
  }
}
