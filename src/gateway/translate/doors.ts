import type { ClientProtocolName } from '#gateway/canonical/client-protocol.ts'

/** An address that takes model requests: what is spoken there, and what the address itself says. */
export interface Door {
  readonly client: ClientProtocolName
  /** The one address that all its forms stand for. */
  readonly path: string
  /** Where the address names the model and whether to stream (Gemini); null elsewhere. */
  readonly address: {
    readonly model: string
    readonly stream: boolean
    /** A stream without `alt=sse` is one JSON array. */
    readonly isJsonArray: boolean
  } | null
}

/** The door of chat completions, the busiest one. */
export const chatDoor: Door = { client: 'chat', path: '/v1/chat/completions', address: null }

const doors: ReadonlyMap<string, Door> = new Map<string, Door>([
  ['/v1/chat/completions', chatDoor],
  ['/v1/responses', { client: 'responses', path: '/v1/responses', address: null }],
  ['/v1/messages', { client: 'messages', path: '/v1/messages', address: null }],
])

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
  return {
    client: 'gemini',
    path: `/v1beta/models/${name}:${method}`,
    address: { model, stream, isJsonArray },
  }
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
