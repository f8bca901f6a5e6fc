import { z } from 'zod'

import type { FaultCode } from '#domain/faults.ts'

/** Who may call a route: anyone, the holder of an inference key, or the holder of an operator token. */
export type Caller = 'anyone' | 'inference' | 'operator'

/** Every object that a route reads; a route that reads nothing of a kind has none. */
type ObjectSchema = z.ZodType<Readonly<Record<string, unknown>>>

/**
 * One operation on the wire, whole: where it is, who may call it, what goes in, what comes out, and how
 * it may fail. `{name}` in the path is a member of `params`.
 */
export interface Route {
  readonly id: string
  readonly tag: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
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
  /** An operation that only looks, although it is no GET. */
  readonly changesNothing?: true
  /** Another media type that the answer may have. */
  readonly alsoAnswers?: 'text/event-stream'
  /** Faults of this operation; those that any route may have are added by `faultsOf`. */
  readonly faults: readonly FaultCode[]
}

/** What a route without a body or a query takes: an empty object, and nothing unknown. */
export const noMembers = z.strictObject({})

/** Faults that every route with a key may have. */
const faultsOfAuthentication: readonly FaultCode[] = [
  'missing_api_key',
  'invalid_api_key',
  'revoked_api_key',
  'expired_api_key',
  'account_suspended',
  'permission_denied',
]

/** Faults that every route may have that reads a body, if only to find it empty. */
const faultsOfBody: readonly FaultCode[] = [
  'invalid_json',
  'invalid_request',
  'request_timeout',
  'payload_too_large',
  'unsupported_media_type',
]

/** Every fault a caller of this route may see, each once. */
export function faultsOf(route: Route): readonly FaultCode[] {
  return [
    ...new Set<FaultCode>([
      ...(route.caller === 'anyone' ? [] : faultsOfAuthentication),
      ...(route.method === 'GET' ? [] : faultsOfBody),
      ...(route.caller === 'operator' ? (['invalid_request'] as const) : []),
      ...(route.unknown === undefined ? [] : [route.unknown]),
      ...route.faults,
      'headers_too_large',
      'internal',
      'service_unavailable',
    ]),
  ]
}
