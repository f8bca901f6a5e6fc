import { Bug, Fault } from '#domain/faults.ts'
import {
  mediaAddressesPerRequestMax,
  mediaBytesPerRequestMax,
  mediaFetchesPerRequestMax,
} from '#domain/limits.ts'
import { invalid } from '#gateway/canonical/json.ts'
import type { MediaSource, ModelRequest, Part } from '#gateway/canonical/request.ts'
import type { FetchedMedia, MediaAddress, MediaFetcher } from '#ports/media-fetcher.ts'

/**
 * The request with the bytes of everything that it refers to by address, for a provider that takes bytes
 * only. Each address is fetched once, a few at a time; the first that fails ends it with its fault. A
 * request without addresses is given back as it is.
 */
export async function inlineMedia(
  request: ModelRequest,
  fetcher: MediaFetcher,
): Promise<ModelRequest> {
  const addresses = addressesOf(request)
  if (addresses.size === 0) return request
  if (addresses.size > mediaAddressesPerRequestMax) {
    throw invalid(
      'messages',
      `at most ${mediaAddressesPerRequestMax} addresses are fetched for a request`,
    )
  }
  const sources = await fetchAll([...addresses.entries()], fetcher)
  return {
    ...request,
    messages: request.messages.map((message) => ({
      ...message,
      parts: message.parts.map((part) => replaced(part, sources)),
    })),
  }
}

type Sources = ReadonlyMap<string, MediaSource>

async function fetchAll(
  addresses: readonly (readonly [string, MediaAddress])[],
  fetcher: MediaFetcher,
): Promise<Sources> {
  const sources = new Map<string, MediaSource>()
  const left = addresses.values()
  let bytes = 0
  let failure: Error | undefined
  const work = async () => {
    for (const [key, address] of left) {
      if (failure !== undefined) return
      try {
        const media = await fetcher.fetch(address)
        bytes += media.bytes.length
        if (bytes > mediaBytesPerRequestMax) throw tooMuch(address)
        sources.set(key, dataOf(media))
      } catch (error) {
        failure ??=
          error instanceof Error ? error : new Bug('no error was thrown', { cause: error })
      }
    }
  }
  await Promise.all(Array.from({ length: mediaFetchesPerRequestMax }, work))
  if (failure !== undefined) throw failure
  return sources
}

function dataOf({ mediaType, bytes }: FetchedMedia): MediaSource {
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
  return { kind: 'data', mediaType, base64 }
}

function tooMuch({ param, url }: MediaAddress): Fault {
  const limit = `${mediaBytesPerRequestMax / 1024 / 1024} MiB, all addresses of the request together`
  const address = url.split(/[?#]/, 1)[0] ?? ''
  return new Fault('image_too_large', { param, details: { address, limit } })
}

/** Every address of the request, once for each kind that is expected of it. */
function addressesOf({ messages }: ModelRequest): Map<string, MediaAddress> {
  const addresses = new Map<string, MediaAddress>()
  const look = (part: Part, param: string) => {
    if (part.kind === 'tool_result') {
      for (const [place, one] of part.content.entries()) look(one, `${param}.content[${place}]`)
      return
    }
    const address = addressOf(part, param)
    if (address === undefined) return
    const key = keyOf(address)
    if (!addresses.has(key)) addresses.set(key, address)
  }
  for (const [index, message] of messages.entries()) {
    for (const [place, part] of message.parts.entries()) look(part, paramOf(index, place))
  }
  return addresses
}

function addressOf(part: Part, param: string): MediaAddress | undefined {
  switch (part.kind) {
    case 'image':
    case 'audio':
    case 'video':
    case 'file':
      return part.source.kind === 'url'
        ? { url: part.source.url, kind: part.kind, param }
        : undefined
    default:
      return undefined
  }
}

function replaced<Kind extends Part>(part: Kind, sources: Sources): Kind {
  if (part.kind === 'tool_result') {
    return { ...part, content: part.content.map((one) => replaced(one, sources)) }
  }
  const address = addressOf(part, '')
  const source = address === undefined ? undefined : sources.get(keyOf(address))
  return source === undefined ? part : { ...part, source }
}

function keyOf({ kind, url }: MediaAddress): string {
  return `${kind} ${url}`
}

function paramOf(message: number, part: number): string {
  return `messages[${message}].content[${part}]`
}
