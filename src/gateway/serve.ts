import type { IncomingMessage, ServerResponse } from 'node:http'

import { anthropicModelList, geminiModelList } from '#contract/model-lists.ts'
import { modelList } from '#contract/models.ts'
import type { Catalogue } from '#domain/catalogue.ts'
import { Fault, unreachable } from '#domain/faults.ts'
import type { NodeId } from '#domain/identifiers.ts'
import { requestHeaderFieldsMax } from '#domain/limits.ts'
import { pooledRandom } from '#domain/pooled-random.ts'
import { notEnrolled, Roster } from '#domain/roster.ts'
import type { IdempotencyStore } from '#ports/idempotency.ts'
import type { CredentialProbe } from '#ports/own-credentials.ts'
import type { UsageStore } from '#ports/usage-store.ts'

import { AnswerMemory } from './answer-memory.ts'
import type { ClientProtocolName } from './canonical/client-protocol.ts'
import { chat } from './chat.ts'
import { clientAddressBehind } from './client-address.ts'
import { createHealthReader } from './endpoint-health.ts'
import { gatewayLimits, type GatewayLimits } from './gateway-limits.ts'
import type { House } from './house.ts'
import { createAnswerBook, type AnswerBookLimits } from './idempotency/answer-book.ts'
import { keepAnswersIn, keepNothing } from './idempotency/kept-answers.ts'
import type { Life } from './life.ts'
import { createLimiter } from './limits/limiter.ts'
import { probeCredential } from './own/credential-probe.ts'
import {
  asFault,
  faultAnswer,
  headersFor,
  jsonAnswer,
  sendWhole,
  type WholeAnswer,
} from './respond.ts'
import { asksForWebSocket, routeOf, type Methods } from './routes.ts'
import { canonicalPath, chatDoor, doorAt } from './translate/doors.ts'
import { clientProtocols } from './translate/protocols.ts'
import { createWatch } from './watch.ts'

/** What the data plane is made of. Limits that are left out are the product's. */
export interface GatewayParts extends Omit<
  House,
  | 'limits'
  | 'limiter'
  | 'watch'
  | 'lives'
  | 'watchLives'
  | 'clientAddressOf'
  | 'answers'
  | 'answerMemory'
  | 'readHealth'
> {
  readonly limits?: Partial<GatewayLimits>
  /** Where how endpoints did is summed up. */
  readonly usage: Pick<UsageStore, 'endpoints'>
  /** How many nodes share the limits per minute and of concurrency; each keeps its part. */
  readonly nodeCount?: number
  /** Addresses and ranges of proxies whose `X-Forwarded-For` is believed. Throws `ProxyListError`. */
  readonly trustedProxies: readonly string[]
  /** Where answers to requests with an idempotency key are kept beside memory, and as whom. */
  readonly idempotency?: { readonly store: IdempotencyStore; readonly nodeId: NodeId }
  readonly answerBookLimits?: Partial<AnswerBookLimits>
  /** False while this process cannot serve: it starts, ends, or its disk is full. */
  readonly isReady: () => boolean
}

/** The data plane: everything under `/v1` (and `/api/v1`), and the two health addresses. */
export interface Gateway {
  /** Answers one request of a `node:http` server. Never throws. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
  /** True for the addresses that `handle` knows; all others it answers with 404. */
  readonly owns: (path: string) => boolean
  /** How many model requests are under way. */
  readonly activeCount: () => number
  /**
   * Serves this catalogue from now on. Requests that are planned already keep the endpoints and prices
   * they were planned with.
   */
  readonly replaceCatalogue: (catalogue: Catalogue) => void
  /**
   * Not ready from now on. Resolves when no model request is under way; those that still are after
   * `limitMs` end with an error, and their delivered part is settled.
   */
  readonly drain: (limitMs: number) => Promise<void>
  /**
   * Resolves when every answer that is to be given again is in the store, or `limitMs` have passed
   * (false). After `drain`.
   */
  readonly flushAnswers: (limitMs: number) => Promise<boolean>
  /** Tries customers' own credentials, the way that requests go. */
  readonly probe: CredentialProbe['probe']
}

const watchPeriodMs = 250

/** Makes the data plane. It listens to nothing: its caller owns the server. */
export function createGateway(parts: GatewayParts): Gateway {
  const house = makeHouse(parts)
  let modelsFor = listsOf(house.catalogue)
  let isDraining = false
  const isReady = () => !isDraining && parts.isReady()

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '/'
    const mark = url.indexOf('?')
    const given = mark === -1 ? url : url.slice(0, mark)
    if (isDraining) response.shouldKeepAlive = false
    const isPost = request.method === 'POST' && !hasTooManyFields(request)
    // The one hot address, first.
    if (isPost && given === chatDoor.path) {
      void chat(house, { request, response, door: chatDoor })
      return
    }
    const query = mark === -1 ? '' : url.slice(mark + 1)
    const path = canonicalPath(given)
    const door = isPost ? doorAt(path, query) : undefined
    if (door) void chat(house, { request, response, door })
    else void answer({ request, response, path, query })
  }

  async function answer(exchange: Exchange): Promise<void> {
    const { request, response } = exchange
    try {
      if (hasTooManyFields(request)) throw new Fault('headers_too_large')
      sendWhole(
        house,
        { request, response },
        await answerOf(exchange, { house, isReady, modelsFor }),
      )
    } catch (error) {
      sendWhole(house, { request, response }, faultIn(exchange, asFault(house, error)))
    }
  }

  return {
    handle,
    owns: (path) => path !== '/' && routeOf(canonicalPath(path)) !== undefined,
    activeCount: () => house.lives.size,
    replaceCatalogue(catalogue) {
      modelsFor = listsOf(catalogue)
      house.catalogue = catalogue
    },
    drain(limitMs) {
      isDraining = true
      return drainLives(house, limitMs)
    },
    flushAnswers: (limitMs) => house.answers.flush(limitMs),
    probe: (opened) => probeCredential(house, opened),
  }
}

/** What answers beside model requests are made of. */
interface Desk {
  readonly house: House
  readonly isReady: () => boolean
  readonly modelsFor: (request: IncomingMessage, path: string) => string
}

/** What can be answered whole: everything but model requests. Throws a `Fault`. */
async function answerOf(
  { request, path, query }: Exchange,
  { house, isReady, modelsFor }: Desk,
): Promise<WholeAnswer> {
  const { method = 'GET' } = request
  const route = routeOf(path)
  if (!route) throw new Fault('not_found', { details: { detail: path.slice(0, 200) } })
  if (method === 'OPTIONS') return preflight(request, route.allow)
  if (asksForWebSocket(request)) throw new Fault('websocket_not_offered')
  const isRead = method === 'GET' || method === 'HEAD'
  if (route.kind === 'door' || (route.kind !== 'call' && !isRead)) {
    throw notAllowed(method, route.allow)
  }
  switch (route.kind) {
    case 'health':
      return jsonAnswer(request, 200, { status: 'ok' })
    case 'ready':
      return isReady()
        ? jsonAnswer(request, 200, { status: 'ready' })
        : jsonAnswer(request, 503, { status: 'not ready' })
    case 'models':
      return {
        status: 200,
        headers: headersFor(request, modelsHeaders),
        body: modelsFor(request, path),
      }
    case 'call': {
      const handler = route.methods[method === 'HEAD' ? 'GET' : (method as keyof Methods)]
      if (!handler) throw notAllowed(method, route.allow)
      const status = method === 'POST' && route.creates ? 201 : 200
      const value = await handler({ house, request, rest: route.rest, query })
      return jsonAnswer(request, status, value)
    }
    default:
      return unreachable(route)
  }
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly path: string
  readonly query: string
}

/** The list of models as text, in the shape that the client knows. */
function listsOf(catalogue: Catalogue): (request: IncomingMessage, path: string) => string {
  const openai = JSON.stringify(modelList(catalogue))
  const anthropic = JSON.stringify(anthropicModelList(catalogue))
  const gemini = JSON.stringify(geminiModelList(catalogue))
  return ({ headers }, path) => {
    if (path.startsWith('/v1beta/')) return gemini
    return headers['anthropic-version'] === undefined ? openai : anthropic
  }
}

const modelsHeaders = [
  'content-type',
  'application/json',
  'cache-control',
  'public, max-age=60',
  'vary',
  'anthropic-version',
]

function makeHouse(parts: GatewayParts): House {
  const {
    limits,
    nodeCount = 1,
    trustedProxies,
    isReady: _,
    usage,
    idempotency,
    answerBookLimits,
    ...rest
  } = parts
  const lives = new Roster<Life>()
  const house: House = {
    ...rest,
    readHealth: createHealthReader({ usage, clock: parts.clock }),
    answers: createAnswerBook({
      kept: idempotency ? keepAnswersIn({ ...parts, ...idempotency }) : keepNothing,
      clock: parts.clock,
      ...(answerBookLimits && { limits: answerBookLimits }),
    }),
    answerMemory: new AnswerMemory({
      log: parts.log,
      nowMs: parts.clock.monotonicMs,
      bytesMax: limits?.answersBytesMax ?? gatewayLimits.answersBytesMax,
    }),
    limits: { ...gatewayLimits, ...limits },
    limiter: createLimiter({ clock: parts.clock, nodeCount }),
    randomBytes: pooledRandom(parts.randomBytes),
    clientAddressOf: clientAddressBehind(trustedProxies),
    watch: createWatch(parts.clock, watchPeriodMs),
    lives,
    watchLives: {
      rosterPlace: notEnrolled,
      look: (nowMs) =>
        lives.forEach((life) => {
          if (nowMs - life.startedMs < house.limits.requestTotalTimeoutMs) return
          const provider = life.attempt?.endpoint.provider.name ?? 'The provider'
          life.worker?.stop(new Fault('provider_timeout', { details: { provider } }))
        }),
    },
  }
  return house
}

/** Names and values alternate in the raw list. */
function hasTooManyFields(request: IncomingMessage): boolean {
  return request.rawHeaders.length > 2 * requestHeaderFieldsMax
}

function faultIn(exchange: Exchange, fault: Fault): WholeAnswer {
  const answer = faultAnswer(exchange.request, fault)
  const client = clientAt(exchange)
  if (client === 'chat') return answer
  return { ...answer, body: clientProtocols[client].writeFault(fault, null) }
}

/** Whose words an error is told in: those of the protocol that is spoken at the address. */
function clientAt({ request, path }: Exchange): ClientProtocolName {
  if (path.startsWith('/v1/messages')) return 'messages'
  if (path.startsWith('/v1beta/')) return 'gemini'
  return request.headers['anthropic-version'] === undefined ? 'chat' : 'messages'
}

function notAllowed(method: string, allow: string): Fault {
  return new Fault('method_not_allowed', { details: { method, allow }, metadata: { allow } })
}

/** What a browser asks before it lets a script of another origin call us. No credentials are allowed. */
function preflight(request: IncomingMessage, allow: string) {
  return {
    status: 204,
    headers: headersFor(request, [
      ...['access-control-allow-methods', allow],
      ...['access-control-allow-headers', 'Authorization, Content-Type, *'],
      ...['access-control-max-age', '86400'],
      ...['allow', allow],
    ]),
    body: '',
  }
}

function drainLives(house: House, limitMs: number): Promise<void> {
  const { clock, lives } = house
  return new Promise((resolve) => {
    const deadlineMs = clock.monotonicMs() + limitMs
    let isStopped = false
    function look(): void {
      if (lives.size === 0) {
        resolve()
        return
      }
      if (!isStopped && clock.monotonicMs() >= deadlineMs) {
        isStopped = true
        lives.forEach((life) => {
          life.worker?.stop(new Fault('service_unavailable', { retryAfterSeconds: 1 }))
        })
      }
      clock.after(20, look)
    }
    look()
  })
}
