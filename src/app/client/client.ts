import { z } from 'zod'

import type { Route } from '#contract/route.ts'
import { controlRoutes, type ControlRouteId } from '#contract/routes.ts'

import { ClientError } from './client-error.ts'

type RouteOf<Id extends ControlRouteId> = (typeof controlRoutes)[Id]
type Sent<Schema> = Schema extends z.ZodType ? z.input<Schema> : never
type Members<R extends Route> = {
  [Name in 'params' | 'query' | 'body' as R[Name] extends z.ZodType ? Name : never]: Sent<R[Name]>
}

/** What a call takes: exactly the parts that its route reads. */
export type CallInput<Id extends ControlRouteId> = Members<RouteOf<Id>>
/** What a call answers. */
export type CallOutput<Id extends ControlRouteId> = z.output<RouteOf<Id>['output']>

/** The control API of a running server, typed by the route table. */
export interface Client {
  /** Throws `ClientError`, whose message is for the person at the terminal. */
  readonly call: <Id extends ControlRouteId>(
    id: Id,
    input: CallInput<Id>,
  ) => Promise<CallOutput<Id>>
}

/** The longest a command waits for the server. */
const callTimeoutMs = 120_000

/** A client for the server at this address, with this operator token. */
export function createClient({ url, token }: { url: string; token: string }): Client {
  return {
    call: async (id, input) => {
      const route: Route = controlRoutes[id]
      const request = makeRequest(route, { url, token, input })
      const answer = await send(request, url)
      if (answer.status >= 400) throw await refusalOf(answer)
      const parsed = controlRoutes[id].output.safeParse(await readJson(answer, url))
      if (!parsed.success) {
        throw new ClientError(
          `The server at ${url} answered in a form that this command does not know.`,
          { hint: 'Use the codelace command of the same version as the server.' },
        )
      }
      return parsed.data as CallOutput<typeof id>
    },
  }
}

interface Parts {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: unknown
}

function makeRequest(
  route: Route,
  { url, token, input }: { url: string; token: string; input: Parts },
): Request {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(input.params?.[name] ?? ''),
  )
  const address = new URL(path, url)
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined) address.searchParams.set(name, `${value}`)
  }
  const headers = new Headers({ authorization: `Bearer ${token}` })
  if (input.body !== undefined) headers.set('content-type', 'application/json')
  return new Request(address, {
    method: route.method,
    headers,
    signal: AbortSignal.timeout(callTimeoutMs),
    ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
  })
}

async function send(request: Request, url: string): Promise<Response> {
  try {
    return await fetch(request)
  } catch (cause) {
    throw new ClientError(`No codelace answers at ${url}.`, {
      hint: 'Start it with: npm start. Another address: set CODELACE_URL or add --url.',
      cause,
    })
  }
}

async function readJson(answer: Response, url: string): Promise<unknown> {
  try {
    return await answer.json()
  } catch (cause) {
    throw new ClientError(`What answers at ${url} is not codelace, or broke off.`, {
      hint: 'Check the address: set CODELACE_URL or add --url.',
      cause,
    })
  }
}

const refusalShape = z.object({ error: z.object({ message: z.string(), code: z.string() }) })

const hints: Readonly<Record<string, string>> = {
  missing_api_key: 'Set CODELACE_OPERATOR_TOKEN to an operator token.',
  invalid_api_key: 'Set CODELACE_OPERATOR_TOKEN to a token of this installation.',
  permission_denied: 'Set CODELACE_OPERATOR_TOKEN to an operator token; it starts with cl_o.',
  account_not_found: 'List the accounts with: codelace accounts list',
  key_not_found: 'List the keys of an account with: codelace keys list <account>',
  generation_not_found: 'List the newest requests with: codelace generations list',
  service_unavailable: 'The server cannot reach its database; try again shortly.',
  internal: 'The server’s own log says what happened.',
}

async function refusalOf(answer: Response): Promise<ClientError> {
  const parsed = refusalShape.safeParse(await answer.json().catch(() => undefined))
  if (!parsed.success) {
    return new ClientError(`The server answered ${answer.status} without saying why.`)
  }
  const { message, code } = parsed.data.error
  const hint = hints[code]
  return new ClientError(message, { code, ...(hint === undefined ? {} : { hint }) })
}
