import { isUtf8 } from 'node:buffer'

import type { Agent, Dispatcher } from 'undici'

import {
  AddressRefused,
  checkedUrl,
  createGuardedAgent,
  type OutboundRules,
} from '#adapters/outbound/outbound-guard.ts'
import { Fault } from '#domain/faults.ts'
import {
  mediaAddressLengthMax,
  mediaBytesMax,
  mediaFetchesMax,
  mediaFetchTimeoutMs,
  mediaRedirectsMax,
} from '#domain/limits.ts'
import { sniffMediaType } from '#domain/media-types.ts'
import type { FetchedMedia, MediaAddress, MediaFetcher, MediaKind } from '#ports/media-fetcher.ts'

import { createTurnstile } from './turnstile.ts'

/** A `MediaFetcher` over HTTP. */
export interface HttpMediaFetcher extends MediaFetcher {
  readonly close: () => Promise<void>
}

/** Limits that only tests change. */
export interface HttpMediaFetcherOptions {
  readonly bytesMax?: number
  readonly timeoutMs?: number
}

/** Fetches from addresses that the rules allow, a few at once. */
export function createHttpMediaFetcher(
  rules: OutboundRules,
  { bytesMax = mediaBytesMax, timeoutMs = mediaFetchTimeoutMs }: HttpMediaFetcherOptions = {},
): HttpMediaFetcher {
  const agent = createGuardedAgent(rules)
  const turnstile = createTurnstile(mediaFetchesMax)
  return {
    fetch: (address) =>
      turnstile.pass(async () => {
        const signal = AbortSignal.timeout(timeoutMs)
        try {
          const { body, declared } = await download({ address, rules, agent, signal, bytesMax })
          return typed(address, body, declared)
        } catch (error) {
          throw signal.aborted
            ? failed(address, 'it took too long', error)
            : asFault(address, error)
        }
      }),
    close: () => agent.destroy(),
  }
}

interface Download {
  readonly address: MediaAddress
  readonly rules: OutboundRules
  readonly agent: Agent
  readonly signal: AbortSignal
  readonly bytesMax: number
}

interface Downloaded {
  readonly body: Buffer
  readonly declared: string
}

async function download(task: Download): Promise<Downloaded> {
  const { address, rules, agent, signal } = task
  if (address.url.length > mediaAddressLengthMax) throw new AddressRefused('it is too long')
  let url = checkedUrl(address.url, rules)
  for (let hops = 0; hops <= mediaRedirectsMax; hops += 1) {
    const response = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'GET',
      headers: {
        accept: acceptFor(address.kind),
        'accept-encoding': 'identity',
        'user-agent': 'codelace',
      },
      signal,
    })
    const location = response.headers['location']
    const isRedirect = response.statusCode >= 300 && response.statusCode < 400
    if (!isRedirect || typeof location !== 'string') return await readBody(task, response)
    response.body.on('error', () => undefined).destroy()
    url = nextUrl(url, location, rules)
  }
  throw failed(address, `it leads on more than ${mediaRedirectsMax} times`)
}

/** A redirect is checked like the first address, and never leads from HTTPS to plain HTTP. */
function nextUrl(from: URL, location: string, rules: OutboundRules): URL {
  const next = URL.parse(location, from.href)
  if (next === null) throw new AddressRefused('it leads to no address')
  const url = checkedUrl(next.href, rules)
  if (from.protocol === 'https:' && url.protocol !== 'https:') {
    throw new AddressRefused('it leads from https: to http:')
  }
  return url
}

async function readBody(
  { address, bytesMax }: Download,
  { statusCode, headers, body }: Dispatcher.ResponseData,
): Promise<Downloaded> {
  const give = (fault: Fault): never => {
    body.on('error', () => undefined).destroy()
    throw fault
  }
  if (statusCode !== 200) give(failed(address, `it answers with status ${statusCode}`))
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity')
    give(failed(address, 'it answers compressed'))
  if (Number(headers['content-length'] ?? 0) > bytesMax) give(tooLarge(address, bytesMax))
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of body as AsyncIterable<Buffer>) {
    length += piece.length
    if (length > bytesMax) give(tooLarge(address, bytesMax))
    pieces.push(piece)
  }
  const type = headers['content-type']
  const declared =
    (typeof type === 'string' ? type : '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return { body: Buffer.concat(pieces, length), declared }
}

/** What the bytes really are decides; a declared type is believed for text, which has no mark of its own. */
function typed(address: MediaAddress, bytes: Buffer, declared: string): FetchedMedia {
  if (bytes.length === 0) throw failed(address, 'it is empty')
  const sniffed = sniffMediaType(bytes)
  const mediaType = sniffed ?? (isText(declared, bytes) ? declared : undefined)
  if (mediaType !== undefined && isExpected(mediaType, address.kind)) return { mediaType, bytes }
  const seen = mediaType ?? 'of an unknown form'
  const detail =
    declared === '' || declared === mediaType
      ? `it is ${seen}`
      : `it is ${seen} and says "${declared}"`
  throw new Fault('unsupported_image_format', {
    param: address.param,
    details: { address: shown(address), expected: expectations[address.kind], detail },
  })
}

const textTypes: ReadonlySet<string> = new Set([
  'application/json',
  'application/xml',
  'application/javascript',
  'application/yaml',
])

function isText(declared: string, bytes: Buffer): boolean {
  const isNamed = declared.startsWith('text/') || textTypes.has(declared)
  return isNamed && isUtf8(bytes) && !bytes.includes(0)
}

const expectations: Readonly<Record<MediaKind, string>> = {
  image: 'an image (PNG, JPEG, GIF, WebP)',
  audio: 'a sound',
  video: 'a film',
  file: 'a document (PDF or text)',
}

function isExpected(mediaType: string, kind: MediaKind): boolean {
  const [family] = mediaType.split('/', 1)
  switch (kind) {
    case 'image':
    case 'video':
      return family === kind
    case 'audio':
      // The same containers hold sound alone.
      return family === kind || mediaType === 'video/mp4' || mediaType === 'video/webm'
    case 'file':
      return mediaType !== 'application/zip'
    default:
      return kind satisfies never
  }
}

function acceptFor(kind: MediaKind): string {
  return kind === 'file' ? '*/*' : `${kind}/*, */*;q=0.1`
}

function asFault(address: MediaAddress, error: unknown): Fault {
  if (error instanceof Fault) return error
  if (error instanceof AddressRefused) {
    return new Fault('media_address_not_allowed', {
      param: address.param,
      details: { address: shown(address), detail: error.message },
      cause: error,
    })
  }
  return failed(address, 'it could not be reached', error)
}

function failed(address: MediaAddress, detail: string, cause?: unknown): Fault {
  return new Fault('image_download_failed', {
    param: address.param,
    details: { address: shown(address), detail },
    cause,
  })
}

function tooLarge(address: MediaAddress, bytesMax: number): Fault {
  const limit = `${Math.floor(bytesMax / 1024 / 1024)} MiB`
  return new Fault('image_too_large', {
    param: address.param,
    details: { address: shown(address), limit },
  })
}

const shownLengthMax = 200

/** What a customer wrote, without what may be a secret in its query. */
function shown({ url }: MediaAddress): string {
  const plain = url.split(/[?#]/, 1)[0] ?? ''
  const withoutName = plain.replace(/\/\/[^/@]*@/, '//')
  return withoutName.length > shownLengthMax
    ? `${withoutName.slice(0, shownLengthMax)}…`
    : withoutName
}
