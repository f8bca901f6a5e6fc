import type { IncomingMessage } from 'node:http'

import { anthropicModel, geminiModel } from '#contract/model-lists.ts'

import { exchangeAuthCode } from './auth-keys.ts'
import { countTokensAnswer } from './clients/gemini/count-tokens.ts'
import { countTokens } from './count-tokens.ts'
import {
  changeManagedKey,
  createManagedKey,
  deleteManagedKey,
  listManagedKeys,
  showManagedKey,
} from './managed-keys.ts'
import {
  callerOf,
  countModels,
  findModel,
  listProviders,
  readCredits,
  readGeneration,
  readGenerationContent,
  readKey,
  readModel,
  readModelEndpoints,
  type ReadQuestion,
} from './read-routes.ts'
import {
  deleteStoredResponse,
  inputTokensAnswer,
  listInputItems,
  showStoredResponse,
  type StoredQuestion,
} from './responses/stored-answers.ts'
import {
  doorAt,
  doorPaths,
  geminiDoorAt,
  geminiModelMethod,
  messagesDoor,
  responsesDoor,
  type Door,
} from './translate/doors.ts'

/** What a handler of a route is asked; it answers with a value for JSON, or throws a `Fault`. */
export type RouteHandler = (question: ReadQuestion) => unknown

/** The methods that have handlers; HEAD is answered as GET, OPTIONS for everybody. */
export type Methods = Readonly<Partial<Record<'GET' | 'POST' | 'PATCH' | 'DELETE', RouteHandler>>>

/** What is at an address of the data plane. `allow` names the methods that it takes. */
export type Route =
  | { readonly kind: 'door'; readonly allow: string; readonly door: Door }
  | { readonly kind: 'health'; readonly allow: string }
  | { readonly kind: 'ready'; readonly allow: string }
  | { readonly kind: 'models'; readonly allow: string }
  | {
      readonly kind: 'call'
      readonly allow: string
      readonly methods: Methods
      /** A POST makes something: it is answered with 201. */
      readonly creates: boolean
      /** What follows the route's own path, decoded. */
      readonly rest: string
    }

const readAllowed = 'GET, HEAD, OPTIONS'

/** The route of handlers by method. */
function call(methods: Methods, rest = ''): Route {
  const names = Object.keys(methods).flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name]))
  return { kind: 'call', allow: [...names, 'OPTIONS'].join(', '), methods, creates: false, rest }
}

/** The same route, whose POST makes something. */
function creating(route: Route): Route {
  return route.kind === 'call' ? { ...route, creates: true } : route
}

const exactRoutes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/v1/models', { kind: 'models', allow: readAllowed }],
  ['/v1beta/models', { kind: 'models', allow: readAllowed }],
  ['/v1/models/count', call({ GET: countModels })],
  ['/v1/providers', call({ GET: listProviders })],
  ['/v1/generation', call({ GET: readGeneration })],
  ['/v1/generation/content', call({ GET: readGenerationContent })],
  ['/v1/credits', call({ GET: readCredits })],
  ['/v1/key', call({ GET: readKey })],
  ['/v1/keys', creating(call({ GET: listManagedKeys, POST: createManagedKey }))],
  ['/v1/auth/keys', call({ POST: exchangeAuthCode })],
  ['/v1/messages/count_tokens', call({ POST: countMessageTokens })],
  ['/v1/responses/input_tokens', call({ POST: countInputTokens })],
  ['/healthz', { kind: 'health', allow: readAllowed }],
  ['/readyz', { kind: 'ready', allow: readAllowed }],
  ['/', { kind: 'health', allow: readAllowed }],
  // What Anthropic's clients ask to see whether anybody is there.
  ['/api/hello', { kind: 'health', allow: readAllowed }],
])

/** Every address that is served as it is written here; others have names of models or ids in them. */
export const exactPaths: readonly string[] = [...doorPaths, ...exactRoutes.keys()]

/** The route at a canonical path (see `canonicalPath`); undefined: there is nothing. */
export function routeOf(path: string): Route | undefined {
  const door = doorAt(path, '')
  if (door) return { kind: 'door', allow: 'POST, OPTIONS', door }
  const exact = exactRoutes.get(path)
  if (exact) return exact
  const stored = storedResponse(path)
  if (stored) return stored
  const counted = geminiModelMethod(path, 'countTokens')
  if (counted !== undefined) return call({ POST: countGeminiTokens }, counted)
  return (
    managedKey(path) ??
    routeUnder('/v1/models/', path, readModelForClient) ??
    routeUnder('/v1beta/models/', path, readGeminiModel)
  )
}

const responsesPrefix = '/v1/responses/'
const inputItems = '/input_items'

/** The addresses of one stored response. */
function storedResponse(path: string): Route | undefined {
  if (!path.startsWith(responsesPrefix)) return undefined
  const rest = path.slice(responsesPrefix.length)
  if (rest.endsWith(inputItems)) {
    return call({ GET: storedHandler(listInputItems) }, rest.slice(0, -inputItems.length))
  }
  const methods = {
    GET: storedHandler(showStoredResponse),
    DELETE: storedHandler(deleteStoredResponse),
  }
  return rest === '' || rest.includes('/') ? undefined : call(methods, rest)
}

function storedHandler(answer: (question: StoredQuestion) => Promise<unknown>): RouteHandler {
  return async (question) => {
    const { house, query, rest } = question
    const { account } = await callerOf(house, question.request, 'inference')
    return answer({ shelf: house.shelf, accountId: account.id, responseId: rest, query })
  }
}

const keysPrefix = '/v1/keys/'

/** The address of one managed key. */
function managedKey(path: string): Route | undefined {
  const rest = path.startsWith(keysPrefix) ? path.slice(keysPrefix.length) : ''
  if (rest === '' || rest.includes('/')) return undefined
  const methods = { GET: showManagedKey, PATCH: changeManagedKey, DELETE: deleteManagedKey }
  return call(methods, rest)
}

function routeUnder(prefix: string, path: string, read: RouteHandler): Route | undefined {
  if (!path.startsWith(prefix) || path.length === prefix.length) return undefined
  const rest = decode(path.slice(prefix.length))
  return rest === undefined ? undefined : call({ GET: read }, rest)
}

/** One model in the shape that the client knows. */
function readModelForClient(question: ReadQuestion): unknown {
  const listed = /^(.+\/.+)\/endpoints$/.exec(question.rest)?.[1]
  if (listed !== undefined) return readModelEndpoints({ ...question, rest: listed })
  const isAnthropic = question.request.headers['anthropic-version'] !== undefined
  return isAnthropic ? anthropicModel(findModel(question)) : readModel(question)
}

function readGeminiModel(question: ReadQuestion): unknown {
  return geminiModel(findModel(question))
}

async function countMessageTokens(question: ReadQuestion): Promise<unknown> {
  return { input_tokens: await countTokens(question, messagesDoor) }
}

async function countInputTokens(question: ReadQuestion): Promise<unknown> {
  return inputTokensAnswer(await countTokens(question, responsesDoor))
}

async function countGeminiTokens(question: ReadQuestion): Promise<unknown> {
  const address = { model: question.rest, stream: false, isJsonArray: false }
  const door = geminiDoorAt('/v1beta/models', address)
  return countTokensAnswer(await countTokens(question, door))
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** True for a request that asks to go on as a WebSocket. */
export function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
}
