import { Hono, type Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

import { errorEnvelope, errorHeaders } from '#contract/error-envelope.ts'
import type { Route } from '#contract/route.ts'
import { controlRoutes, type ControlRouteId } from '#contract/routes.ts'
import { Fault } from '#domain/faults.ts'
import type { KeyWithAccount } from '#ports/api-keys.ts'
import { StoreUnavailable } from '#ports/store-error.ts'

import { authenticateOperator } from './authenticate.ts'
import type { ControlParts } from './operation.ts'
import { createOperations, type Operations } from './operations.ts'
import { checkBody, checkParams, checkQuery, readJsonBody } from './read-input.ts'

/** The control plane as a function from a request to its answer. It never throws. */
export interface Control {
  readonly fetch: (request: Request) => Promise<Response>
}

/** Seconds after which a caller may try again when the store is out of reach. */
const retryAfterSeconds = 5

/**
 * Serves every route of the table. `openApiText` is the document served, without a key, at
 * `/api/openapi.json`. Whatever an operation throws leaves as the public envelope.
 */
export function createControl(parts: ControlParts, openApiText: string): Control {
  const operations = createOperations(parts)
  const app = new Hono()
  app.use(async (context, next) => {
    await next()
    context.header('Cache-Control', 'no-store')
    context.header('X-Content-Type-Options', 'nosniff')
  })
  app.get('/api/openapi.json', (context) =>
    context.body(openApiText, 200, { 'Content-Type': 'application/json' }),
  )
  for (const id of routeIds()) addRoute(app, { id, operations, parts })
  for (const [path, allow] of methodsByPath()) {
    app.all(path, ({ req }) => {
      throw new Fault('method_not_allowed', {
        details: { method: req.method, allow },
        metadata: { allow },
      })
    })
  }
  app.notFound((context) => answerFault(context, notFound(context)))
  app.onError((error, context) => answerFault(context, faultOf(error, context, parts)))
  return { fetch: async (request) => app.fetch(request) }
}

function routeIds(): readonly ControlRouteId[] {
  return Object.keys(controlRoutes) as ControlRouteId[]
}

function addRoute(
  app: Hono,
  served: { id: ControlRouteId; operations: Operations; parts: ControlParts },
): void {
  const { id, operations, parts } = served
  const route: Route = controlRoutes[id]
  // The input has been checked against this very route's schemas: what the compiler cannot see here.
  const operation = operations[id] as (input: unknown) => Promise<object>
  app.on(route.method, patternOf(route.path), async (context) => {
    const actor = await authenticateOperator(context.req.header('authorization') ?? null, parts)
    const input = await readInput(route, context)
    const answer = await operation({ ...input, actor })
    if (changes(route)) reportChange(route, context, { actor, parts })
    return context.json(answer, route.status)
  })
}

function changes({ method, changesNothing }: Route): boolean {
  return method !== 'GET' && changesNothing !== true
}

async function readInput(route: Route, context: Context) {
  const params = checkParams(route, context.req.param())
  const query = checkQuery(route, new URL(context.req.url).searchParams)
  const body =
    route.method === 'GET' ? undefined : checkBody(route, await readJsonBody(context.req.raw))
  return { params, query, body }
}

function reportChange(
  route: Route,
  context: Context,
  { actor, parts }: { actor: KeyWithAccount; parts: ControlParts },
): void {
  const target = Object.values(context.req.param()).join(' ')
  parts.report({ kind: 'changed', operation: route.id, actorKeyId: actor.key.id, target })
}

function methodsByPath(): ReadonlyMap<string, string> {
  const methods = new Map<string, string>([['/api/openapi.json', 'GET, HEAD']])
  for (const id of routeIds()) {
    const { method, path } = controlRoutes[id]
    const known = methods.get(patternOf(path))
    const added = method === 'GET' ? 'GET, HEAD' : method
    methods.set(patternOf(path), known === undefined ? added : `${known}, ${added}`)
  }
  return methods
}

function patternOf(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1')
}

function notFound(context: Context): Fault {
  return new Fault('not_found', { details: { detail: `"${context.req.path.slice(0, 200)}"` } })
}

function faultOf(error: unknown, context: Context, parts: ControlParts): Fault {
  const { path } = context.req
  if (error instanceof Fault) {
    if (error.status === 401 || error.status === 403) {
      parts.report({ kind: 'refused', code: error.code, path })
    }
    return error
  }
  parts.report({ kind: 'failed', path, error })
  return error instanceof StoreUnavailable
    ? new Fault('service_unavailable', { retryAfterSeconds, cause: error })
    : new Fault('internal', { cause: error })
}

function answerFault(context: Context, fault: Fault): Response {
  return context.json(errorEnvelope(fault), {
    status: fault.status as ContentfulStatusCode,
    headers: errorHeaders(fault),
  })
}
