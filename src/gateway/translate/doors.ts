import type { ModelUse } from '#domain/catalogue.ts'
import type { ClientProtocolName } from '#gateway/canonical/client-protocol.ts'
import { plainEndpoints, type PlainEndpoint } from '#gateway/plain/plain-endpoints.ts'

/** An address that takes model requests: what is spoken there, and what the address itself says. */
export interface Door {
  /** Errors are told in its words. */
  readonly client: ClientProtocolName
  /** What a model must be good for to be asked here: one of these. */
  readonly uses: readonly ModelUse[]
  /** The one address that all its forms stand for. */
  readonly path: string
  /** Where the address names the model and whether to stream (Gemini); null elsewhere. */
  readonly address: {
    readonly model: string
    readonly stream: boolean
    /** A stream without `alt=sse` is one JSON array. */
    readonly isJsonArray: boolean
  } | null
  /** Where no model is chatted with; absent everywhere else. */
  readonly plain?: PlainEndpoint
}

const chatAlone: readonly ModelUse[] = ['chat']

/** The door of chat completions, the busiest one. */
export const chatDoor: Door = doorOf('chat', '/v1/chat/completions')

/** The door of the Responses API. */
export const responsesDoor: Door = doorOf('responses', '/v1/responses')

/** The door of Anthropic's Messages. */
export const messagesDoor: Door = doorOf('messages', '/v1/messages')

const completionsDoor: Door = {
  ...doorOf('completions', '/v1/completions'),
  // A chat model answers too.
  uses: ['completions', 'chat'],
}

function doorOf(client: ClientProtocolName, path: string): Door {
  return { client, uses: chatAlone, path, address: null }
}

function plainDoor(plain: PlainEndpoint): Door {
  return { ...doorOf('chat', plain.path), uses: [plain.use], plain }
}

const doors: ReadonlyMap<string, Door> = new Map<string, Door>(
  [
    ...[chatDoor, responsesDoor, messagesDoor, completionsDoor],
    ...plainEndpoints.map((endpoint) => plainDoor(endpoint)),
  ].map((door) => [door.path, door]),
)

/** The addresses of all doors that have but one. */
export const doorPaths: readonly string[] = [...doors.keys()]

const geminiAddress = /^\/v1(?:beta)?\/models\/(.+):(\w+)$/

/** The door at a canonical path (see `canonicalPath`); undefined: there is none. */
export function doorAt(path: string, query: string): Door | undefined {
  return doors.get(path) ?? geminiDoor(path, query)
}

function geminiDoor(path: string, query: string): Door | undefined {
  if (!path.endsWith('enerateContent')) return undefined
  const [, name = '', method] = geminiAddress.exec(path) ?? []
  if (method !== 'generateContent' && method !== 'streamGenerateContent') return undefined
  const model = decode(name)
  if (model === undefined) return undefined
  const stream = method === 'streamGenerateContent'
  const isJsonArray = stream && new URLSearchParams(query).get('alt') !== 'sse'
  return geminiDoorAt(`/v1beta/models/${name}:${method}`, { model, stream, isJsonArray })
}

/** A door of Google's, whose address says what is wanted. */
export function geminiDoorAt(path: string, address: NonNullable<Door['address']>): Door {
  return { client: 'gemini', uses: chatAlone, path, address }
}

/** The model of an address of the form `models/{model}:{method}`; undefined for any other address. */
export function geminiModelMethod(path: string, method: string): string | undefined {
  const [, name = '', asked] = geminiAddress.exec(path) ?? []
  return asked === method ? decode(name) : undefined
}

const roots = [
  '/chat/',
  '/responses',
  '/messages',
  '/models',
  '/embeddings',
  '/completions',
  '/rerank',
  '/moderations',
  '/images/',
  '/audio/',
] as const

/**
 * Base addresses differ by client: with and without `/v1`, OpenRouter's `/api/v1`, and `/v1` twice where a
 * base already had it. All are one path here, beginning with `/v1`.
 */
export function canonicalPath(path: string): string {
  if (path.startsWith('/api/v1/')) return canonicalPath(path.slice('/api'.length))
  if (path.startsWith('/v1/v1/')) return path.slice('/v1'.length)
  if (path.startsWith('/v1/') || path.startsWith('/v1beta/')) return path
  return roots.some((root) => path.startsWith(root)) ? `/v1${path}` : path
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
