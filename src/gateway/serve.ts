import type { IncomingMessage, ServerResponse } from 'node:http'

import { modelList } from '#contract/models.ts'
import type { Catalogue } from '#domain/catalogue.ts'
import { Fault, unreachable } from '#domain/faults.ts'
import type { NodeId } from '#domain/identifiers.ts'
import { requestHeaderFieldsMax } from '#domain/limits.ts'
import { pooledRandom } from '#domain/pooled-random.ts'
import type { IdempotencyStore } from '#ports/idempotency.ts'
import type { UsageStore } from '#ports/usage-store.ts'

import { chat } from './chat.ts'
import { clientAddressBehind } from './client-address.ts'
import { createHealthReader } from './endpoint-health.ts'
import { gatewayLimits, type GatewayLimits } from './gateway-limits.ts'
import type { House } from './house.ts'
import { createAnswerBook, type AnswerBookLimits } from './idempotency/answer-book.ts'
import { keepAnswersIn, keepNothing } from './idempotency/kept-answers.ts'
import type { Life } from './life.ts'
import { createLimiter } from './limits/limiter.ts'
import {
  countModels,
  listProviders,
  readCredits,
  readGeneration,
  readGenerationContent,
  readKey,
  readModel,
  readModelEndpoints,
  type ReadRoute,
} from './read-routes.ts'
import { asFault, faultAnswer, headersFor, jsonAnswer, sendWhole } from './respond.ts'
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
}

const watchPeriodMs = 250

/** Makes the data plane. It listens to nothing: its caller owns the server. */
export function createGateway(parts: GatewayParts): Gateway {
  const house = makeHouse(parts)
  let modelsBody = JSON.stringify(modelList(house.catalogue))
  let isDraining = false
  const isReady = () => !isDraining && parts.isReady()

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '/'
    const mark = url.indexOf('?')
    const path = mark === -1 ? url : url.slice(0, mark)
    if (isDraining) response.shouldKeepAlive = false
    // The one hot address, first.
    if (request.method === 'POST' && isChat(path) && !hasTooManyFields(request)) {
      void chat(house, request, response)
      return
    }
    void answer({ request, response, path, query: mark === -1 ? '' : url.slice(mark + 1) })
  }

  async function answer(exchange: Exchange): Promise<void> {
    const { request, response } = exchange
    try {
      if (hasTooManyFields(request)) throw new Fault('headers_too_large')
      sendWhole(house, { request, response }, await answerOf(exchange))
    } catch (error) {
      sendWhole(house, { request, response }, faultAnswer(request, asFault(house, error)))
    }
  }

  async function answerOf({ request, path, query }: Exchange) {
    const { method = 'GET' } = request
    const route = routeOf(path)
    if (!route) throw new Fault('not_found', { details: { detail: path.slice(0, 200) } })
    if (method === 'OPTIONS') return preflight(request, route.allow)
    const isRead = method === 'GET' || method === 'HEAD'
    if (route.kind === 'chat' || !isRead) {
      const allow = route.allow
      throw new Fault('method_not_allowed', { details: { method, allow }, metadata: { allow } })
    }
    switch (route.kind) {
      case 'health':
        return jsonAnswer(request, 200, { status: 'ok' })
      case 'ready':
        return isReady()
          ? jsonAnswer(request, 200, { status: 'ready' })
          : jsonAnswer(request, 503, { status: 'not ready' })
      case 'models':
        return { status: 200, headers: headersFor(request, modelsHeaders), body: modelsBody }
      case 'read': {
        const value = await route.read({ house, request, rest: route.rest, query })
        return jsonAnswer(request, 200, value)
      }
      default:
        return unreachable(route)
    }
  }

  return {
    handle,
    owns: (path) => path !== '/' && routeOf(path) !== undefined,
    activeCount: () => house.lives.size,
    replaceCatalogue(catalogue) {
      modelsBody = JSON.stringify(modelList(catalogue))
      house.catalogue = catalogue
    },
    drain(limitMs) {
      isDraining = true
      return drainLives(house, limitMs)
    },
    flushAnswers: (limitMs) => house.answers.flush(limitMs),
  }
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly path: string
  readonly query: string
}

const modelsHeaders = ['content-type', 'application/json', 'cache-control', 'public, max-age=60']

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
  const lives = new Set<Life>()
  const house: House = {
    ...rest,
    readHealth: createHealthReader({ usage, clock: parts.clock }),
    answers: createAnswerBook({
      kept: idempotency ? keepAnswersIn({ ...parts, ...idempotency }) : keepNothing,
      clock: parts.clock,
      ...(answerBookLimits && { limits: answerBookLimits }),
    }),
    limits: { ...gatewayLimits, ...limits },
    limiter: createLimiter({ clock: parts.clock, nodeCount }),
    randomBytes: pooledRandom(parts.randomBytes),
    clientAddressOf: clientAddressBehind(trustedProxies),
    watch: createWatch(parts.clock, watchPeriodMs),
    lives,
    watchLives(nowMs) {
      for (const life of lives) {
        if (nowMs - life.startedMs < house.limits.requestTotalTimeoutMs) continue
        const provider = life.attempt?.endpoint.provider.name ?? 'The provider'
        life.worker?.stop(new Fault('provider_timeout', { details: { provider } }))
      }
    },
  }
  return house
}

function isChat(path: string): boolean {
  return path === '/v1/chat/completions' || path === '/api/v1/chat/completions'
}

/** Names and values alternate in the raw list. */
function hasTooManyFields(request: IncomingMessage): boolean {
  return request.rawHeaders.length > 2 * requestHeaderFieldsMax
}

type Route =
  | { readonly kind: 'chat'; readonly allow: string }
  | { readonly kind: 'health'; readonly allow: string }
  | { readonly kind: 'ready'; readonly allow: string }
  | { readonly kind: 'models'; readonly allow: string }
  | {
      readonly kind: 'read'
      readonly allow: string
      readonly read: ReadRoute
      readonly rest: string
    }

const readAllowed = 'GET, HEAD, OPTIONS'

const exactRoutes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/v1/chat/completions', { kind: 'chat', allow: 'POST, OPTIONS' }],
  ['/v1/models', { kind: 'models', allow: readAllowed }],
  ['/v1/models/count', { kind: 'read', allow: readAllowed, read: countModels, rest: '' }],
  ['/v1/providers', { kind: 'read', allow: readAllowed, read: listProviders, rest: '' }],
  ['/v1/generation', { kind: 'read', allow: readAllowed, read: readGeneration, rest: '' }],
  [
    '/v1/generation/content',
    { kind: 'read', allow: readAllowed, read: readGenerationContent, rest: '' },
  ],
  ['/v1/credits', { kind: 'read', allow: readAllowed, read: readCredits, rest: '' }],
  ['/v1/key', { kind: 'read', allow: readAllowed, read: readKey, rest: '' }],
  ['/healthz', { kind: 'health', allow: readAllowed }],
  ['/readyz', { kind: 'ready', allow: readAllowed }],
  ['/', { kind: 'health', allow: readAllowed }],
])

const modelPrefix = '/v1/models/'

function routeOf(fullPath: string): Route | undefined {
  const path = fullPath.startsWith('/api/v1/') ? fullPath.slice('/api'.length) : fullPath
  const exact = exactRoutes.get(path)
  if (exact) return exact
  if (!path.startsWith(modelPrefix) || path.length === modelPrefix.length) return undefined
  const rest = decode(path.slice(modelPrefix.length))
  if (rest === undefined) return undefined
  const model = /^(.+\/.+)\/endpoints$/.exec(rest)?.[1]
  return model === undefined
    ? { kind: 'read', allow: readAllowed, read: readModel, rest }
    : { kind: 'read', allow: readAllowed, read: readModelEndpoints, rest: model }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
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
        for (const life of lives) {
          life.worker?.stop(new Fault('service_unavailable', { retryAfterSeconds: 1 }))
        }
      }
      clock.after(20, look)
    }
    look()
  })
}
