import { Hono, type Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

import { errorEnvelope, errorHeaders } from '#contract/error-envelope.ts'
import { isConditional, isRepeatable, type Route } from '#contract/route.ts'
import { controlRoutes, type ControlRouteId } from '#contract/routes.ts'
import { Fault } from '#domain/faults.ts'
import { makeRequestId } from '#domain/identifiers.ts'
import { StoreUnavailable } from '#ports/store-error.ts'

import { actorIdOf, type Actor, type Visitor } from './actor.ts'
import { authenticate } from './authenticate.ts'
import type { ControlParts, StreamedAnswer } from './operation.ts'
import { createOperations, type Operations } from './operations.ts'
import { checkBody, checkParams, checkQuery, readJsonBody } from './read-input.ts'
import { createRefusalLog, type RefusalLog } from './refusal-log.ts'
import { onlyOnce } from './repeat.ts'
import { securityHeaders } from './security-headers.ts'
import { requireVersion, shownBy, versionOf } from './version.ts'
import { createVisitLimit, type VisitLimit } from './visit-limit.ts'

/** What is known of a client beside its request. */
export interface Client {
  /** Its address as the server sees it; null where there is none. */
  readonly address: string | null
}

/** The control plane as a function from a request to its answer. It never throws. */
export interface Control {
  readonly fetch: (request: Request, client?: Client) => Promise<Response>
}

interface Variables {
  visitor: Visitor
  actor: Actor
}

type Env = { Bindings: Client; Variables: Variables }

/** What every request goes through. */
interface Desk {
  readonly parts: ControlParts
  readonly operations: Operations
  readonly visits: VisitLimit
  readonly refusals: RefusalLog
}

/** Seconds after which a caller may try again when the store is out of reach. */
const retryAfterSeconds = 5

/**
 * Serves every route of the table. `openApiText` is the document served, without a key, at
 * `/api/openapi.json`. Whatever an operation throws leaves as the public envelope.
 */
export function createControl(parts: ControlParts, openApiText: string): Control {
  const desk: Desk = {
    parts,
    operations: createOperations(parts),
    visits: createVisitLimit(parts.clock),
    refusals: createRefusalLog(parts),
  }
  const app = new Hono<Env>()
  app.use(async (context, next) => {
    const visitor = visitorOf(context, parts)
    context.set('visitor', visitor)
    await next()
    for (const [name, value] of securityHeaders) context.header(name, value)
    context.header('X-Request-Id', visitor.requestId)
  })
  app.get('/api/openapi.json', (context) =>
    context.body(openApiText, 200, { 'Content-Type': 'application/json' }),
  )
  for (const id of routeIds()) addRoute(app, id, desk)
  for (const [path, allow] of methodsByPath()) {
    app.all(path, ({ req }) => {
      throw new Fault('method_not_allowed', {
        details: { method: req.method, allow },
        metadata: { allow },
      })
    })
  }
  app.notFound((context) => answerFault(context, notFound(context)))
  app.onError((error, context) => answerFault(context, faultOf(error, context, desk)))
  return { fetch: async (request, client = { address: null }) => app.fetch(request, client) }
}

function visitorOf(context: Context<Env>, { randomBytes }: ControlParts): Visitor {
  return {
    address: context.env.address,
    userAgent: context.req.header('user-agent')?.slice(0, 500) ?? null,
    origin: new URL(context.req.url).origin,
    requestId: makeRequestId(randomBytes),
  }
}

function routeIds(): readonly ControlRouteId[] {
  return Object.keys(controlRoutes) as ControlRouteId[]
}

function addRoute(app: Hono<Env>, id: ControlRouteId, desk: Desk): void {
  const { operations, parts, visits } = desk
  const route: Route = controlRoutes[id]
  // The input has been checked against this very route's schemas: what the compiler cannot see here.
  const operation = operations[id] as (input: unknown) => Promise<object>
  app.on(route.method, patternOf(route.path), async (context) => {
    const visitor = context.get('visitor')
    if (route.caller === 'anyone') visits.take(visitor)
    const approach = {
      route,
      visitor,
      authorization: context.req.header('authorization') ?? null,
      accountId: context.req.param('account_id'),
    }
    const actor = await authenticate(approach, parts)
    context.set('actor', actor)
    const input = await readInput(route, context)
    const stream = {
      lastEventId: context.req.header('last-event-id') ?? null,
      mayStill: () => authenticate(approach, parts),
    }
    const given = { ...input, actor, visitor, stream }
    if (route.streams !== undefined) {
      return answerStream(route.streams, (await operation(given)) as StreamedAnswer)
    }
    await checkVersion(route, context, { operations, given })
    const { answer, isRepeated } = await onlyOnce(
      {
        actor,
        key: isRepeatable(route) ? (context.req.header('idempotency-key') ?? null) : null,
        text: JSON.stringify([route.method, context.req.url, input.body ?? null]),
        status: route.status,
        run: () => operation(given),
      },
      parts,
    )
    if (changes(route) && !isRepeated) reportChange(route, context, parts)
    if (isRepeated) context.header('Idempotent-Replayed', 'true')
    if (route.method === 'GET') context.header('ETag', await versionOf(route, answer))
    return context.json(answer, route.status)
  })
}

function answerStream(
  form: NonNullable<Route['streams']>,
  { body, fileName, headers }: StreamedAnswer,
): Response {
  const disposition =
    fileName === undefined ? {} : { 'Content-Disposition': `attachment; filename="${fileName}"` }
  const contentType = form === 'text/csv' ? 'text/csv; charset=utf-8; header=present' : form
  // A proxy that gathers an answer before it passes it on would hold a live one back.
  const own = { 'Content-Type': contentType, 'X-Accel-Buffering': 'no' }
  return new Response(body, { headers: { ...own, ...disposition, ...headers } })
}

/** With `If-Match`, a change is made only to the version that its caller has seen. */
async function checkVersion(
  route: Route,
  context: Context<Env>,
  { operations, given }: { operations: Operations; given: object },
): Promise<void> {
  const header = context.req.header('if-match')
  if (header === undefined || !isConditional(route)) return
  const shown = shownBy(route)
  if (shown === undefined) return requireVersion(header, undefined)
  // The same caller at the same address, so its parameters are those of this route.
  const show = operations[shown.id as ControlRouteId] as (input: unknown) => Promise<object>
  const query = checkQuery(shown, new URLSearchParams())
  const seen = await show({ ...given, query, body: undefined })
  return requireVersion(header, await versionOf(shown, seen))
}

function changes({ method, changesNothing }: Route): boolean {
  return method !== 'GET' && changesNothing !== true
}

async function readInput(route: Route, context: Context<Env>) {
  const params = checkParams(route, context.req.param())
  const query = checkQuery(route, new URL(context.req.url).searchParams)
  const body =
    route.method === 'GET' ? undefined : checkBody(route, await readJsonBody(context.req.raw))
  return { params, query, body }
}

/** Ids of a proof under way are secrets of the browser that began it: they are no target to write down. */
function reportChange(route: Route, context: Context<Env>, parts: ControlParts): void {
  const target = Object.entries(context.req.param())
    .flatMap(([name, value]) => (name === 'challenge_id' ? [] : [value]))
    .join(' ')
  const actorId = actorIdOf(context.get('actor'))
  parts.report({ kind: 'changed', operation: route.id, actorId, target })
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

function notFound(context: Context<Env>): Fault {
  return new Fault('not_found', { details: { detail: `"${context.req.path.slice(0, 200)}"` } })
}

function faultOf(error: unknown, context: Context<Env>, { parts, refusals }: Desk): Fault {
  const { path } = context.req
  if (error instanceof Fault) {
    refusals.note(error, { path, visitor: context.get('visitor'), actor: context.get('actor') })
    return error
  }
  parts.report({ kind: 'failed', path, error })
  return error instanceof StoreUnavailable
    ? new Fault('service_unavailable', { retryAfterSeconds, cause: error })
    : new Fault('internal', { cause: error })
}

function answerFault(context: Context<Env>, fault: Fault): Response {
  return context.json(errorEnvelope(fault), {
    status: fault.status as ContentfulStatusCode,
    headers: errorHeaders(fault),
  })
}
