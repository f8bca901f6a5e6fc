import type { z } from 'zod'

import type { gatewayRoutes } from '#contract/gateway-routes.ts'
import type { controlRoutes } from '#contract/routes.ts'

import { CallError, readFault } from './call-error.ts'
import { keepSessionToken, sessionToken } from './session.ts'

type RoutesById = typeof gatewayRoutes & typeof controlRoutes

/**
 * The route table by address. Only types: the schemas stay on the server, the compiler still refuses an
 * address that is not in the contract, an input it does not take, and a member it does not answer.
 */
type Routes = {
  readonly [
    Id in keyof RoutesById as `${RoutesById[Id]['method']} ${RoutesById[Id]['path']}`
  ]: RoutesById[Id]
}

/** The address of an operation that the dashboard may call: "GET /v1/models". */
export type Address = keyof Routes

type Part<At extends Address, Name extends string> =
  Routes[At] extends Record<Name, infer Schema extends z.ZodType>
    ? Record<Name, z.input<Schema>>
    : { readonly [Key in Name]?: never }

/** What a route takes: its own schemas say so, and a part it does not have cannot be given. */
export type CallInput<At extends Address> = Part<At, 'params'> &
  Part<At, 'query'> &
  Part<At, 'body'> & {
    readonly signal?: AbortSignal
    readonly headers?: Readonly<Record<string, string>>
  }

/** What a route answers, as the contract says. */
export type CallOutput<At extends Address> = z.output<Routes[At]['output']>

/**
 * Calls one operation of the control API with the session of this browser. Throws `CallError` with the
 * server's own words, or with `offline` when nothing answered. A session that is no longer good is
 * forgotten.
 */
export async function call<At extends Address>(
  at: At,
  input: CallInput<At>,
): Promise<CallOutput<At>> {
  const response = await callOpen(at, input)
  return (await response.json()) as CallOutput<At>
}

/** As `call`, for an answer that is not JSON: it succeeded, and its body is still to be read. */
export async function callOpen<At extends Address>(
  at: At,
  input: CallInput<At>,
): Promise<Response> {
  const [method = 'GET', path = ''] = at.split(' ')
  const { params, query, body, signal, headers } = input as LooseInput
  const token = sessionToken()
  const response = await fetch(addressOf(path, params, query), {
    method,
    headers: {
      accept: 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw error
    throw new CallError({ code: 'offline', status: 0, requestId: null }, { cause: error })
  })
  if (response.ok) return response
  const fault = await readFault(response)
  if (response.status === 401 && token !== null && sessionToken() === token) keepSessionToken(null)
  throw fault
}

interface LooseInput {
  readonly params?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly signal?: AbortSignal
  readonly headers?: Readonly<Record<string, string>>
}

/** The address of a route with its `{names}` filled in; members of the query that are undefined are left out. */
function addressOf(
  path: string,
  params: Readonly<Record<string, unknown>> = {},
  query: Readonly<Record<string, unknown>> = {},
): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(params[name])),
  )
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue
    for (const item of Array.isArray(value) ? value : [value]) search.append(name, String(item))
  }
  const text = search.toString()
  return text === '' ? filled : `${filled}?${text}`
}
