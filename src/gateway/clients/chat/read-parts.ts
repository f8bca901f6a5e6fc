import { Buffer } from 'node:buffer'

import { invalid, isObject, textOf } from '#gateway/canonical/json.ts'
import { objectAt, pathOf, readObject, readText, type Place } from '#gateway/canonical/members.ts'
import type {
  AudioPart,
  CacheMark,
  FilePart,
  ImagePart,
  MediaSource,
  ReasoningPart,
  RefusalPart,
  TextPart,
  VideoPart,
} from '#gateway/canonical/request.ts'

/** What a content list may hold. */
export type ContentPart =
  | TextPart
  | ImagePart
  | AudioPart
  | VideoPart
  | FilePart
  | ReasoningPart
  | RefusalPart

/** The content of a message as parts. Throws `invalid_request` with the path of what cannot be read. */
export function readContent(place: Place): readonly ContentPart[] {
  const content = place.object['content']
  if (content === undefined || content === null) return []
  if (typeof content === 'string') return [{ kind: 'text', text: content, cache: null }]
  const path = pathOf(place, 'content')
  if (!Array.isArray(content)) throw invalid(path, 'expected text or a list of parts')
  return content.flatMap((part: unknown, index) => {
    const read = readPart(objectAt(part, `${path}[${index}]`))
    return read === null ? [] : [read]
  })
}

function readPart(place: Place): ContentPart | null {
  const { object } = place
  const cache = readCacheMark(object)
  switch (object['type']) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return { kind: 'text', text: needText(place, 'text'), cache }
    case 'refusal':
      return { kind: 'refusal', text: needText(place, 'refusal') }
    case 'image_url':
    case 'input_image':
      return readImage(place, cache)
    case 'input_audio':
      return { kind: 'audio', source: readAudioSource(place), cache }
    case 'video_url':
    case 'input_video':
      return { kind: 'video', source: readVideoSource(place), cache }
    case 'file':
    case 'input_file':
      return readFile(place, cache)
    case 'document_url':
      return {
        kind: 'file',
        source: mediaSource(needText(place, 'document_url'), pathOf(place, 'document_url')),
        name: readText(place, 'document_name'),
        citations: null,
        cache,
      }
    case 'thinking':
      return readThinking(place)
    case 'redacted_thinking':
      return thought('encrypted', '', { data: textOf(object['data']) })
    default:
      throw invalid(
        pathOf(place, 'type'),
        typeof object['type'] === 'string'
          ? `"${object['type'].slice(0, 60)}" is no kind of content part`
          : 'is missing',
      )
  }
}

/** Mistral's list of texts, or Anthropic's text with a signature, as some clients hand it back. */
function readThinking({ object, path }: Place): ReasoningPart | null {
  const { thinking } = object as { thinking?: unknown }
  const signature = textOf(object['signature'])
  if (typeof thinking === 'string') {
    return {
      ...thought('text', thinking, {}),
      signature,
      format: signature === null ? 'unknown' : 'anthropic-claude-v1',
    }
  }
  if (!Array.isArray(thinking)) throw invalid(`${path}.thinking`, 'expected text or a list')
  const texts = thinking.map((part: unknown) =>
    isObject(part) ? (textOf(part['text']) ?? '') : '',
  )
  return thought('text', texts.join(''), {})
}

function thought(
  form: ReasoningPart['form'],
  text: string,
  { data = null }: { data?: string | null },
): ReasoningPart {
  const format = data === null ? 'unknown' : 'anthropic-claude-v1'
  return { kind: 'reasoning', form, text, signature: null, data, id: null, format, callId: null }
}

function readImage(place: Place, cache: CacheMark | null): ImagePart {
  const { object } = place
  const value = object['image_url']
  const detail = textOf(isObject(value) ? value['detail'] : object['detail'])
  const fileId = textOf(object['file_id'])
  if (value === undefined && fileId !== null) {
    return { kind: 'image', source: { kind: 'file_id', id: fileId }, detail, cache }
  }
  const path = pathOf(place, 'image_url')
  const source = isObject(value)
    ? mediaSource(needText({ object: value, path }, 'url'), `${path}.url`)
    : mediaSource(needText(place, 'image_url'), path)
  return { kind: 'image', source, detail, cache }
}

/** One of OpenRouter's `images` of an assistant's message. */
export function readAnswerImage(value: unknown, path: string): ImagePart {
  return readImage(objectAt(value, path), null)
}

const audioTypes: Readonly<Record<string, string>> = {
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  m4a: 'audio/mp4',
  pcm16: 'audio/l16',
}

function readAudioSource(place: Place): MediaSource {
  const value = place.object['input_audio']
  const path = pathOf(place, 'input_audio')
  // Mistral takes the address or the data as plain text.
  const inner: Place = isObject(value) ? { object: value, path } : { object: { data: value }, path }
  const data = readText(inner, 'data') ?? needText(inner, 'url')
  if (/^(?:data:|https?:)/.test(data)) return mediaSource(data, pathOf(inner, 'data'))
  const format = (readText(inner, 'format') ?? 'wav').toLowerCase()
  return { kind: 'data', mediaType: audioTypes[format] ?? `audio/${format}`, base64: data }
}

function readVideoSource(place: Place): MediaSource {
  const name = place.object['video_url'] === undefined ? 'input_video' : 'video_url'
  const value = place.object[name]
  const path = pathOf(place, name)
  if (!isObject(value)) return mediaSource(needText(place, name), path)
  const url = readText({ object: value, path }, 'data') ?? needText({ object: value, path }, 'url')
  return mediaSource(url, `${path}.url`)
}

function readFile(place: Place, cache: CacheMark | null): FilePart {
  const inner = readObject(place, 'file')
  const file: Place = inner ? { object: inner, path: pathOf(place, 'file') } : place
  const name = readText(file, 'filename')
  const rest = { kind: 'file', name, citations: null, cache } as const
  const data = readText(file, 'file_data') ?? readText(file, 'file_url')
  if (data !== null) {
    if (/^(?:data:|[a-z]+:\/\/)/i.test(data)) {
      return { ...rest, source: mediaSource(data, pathOf(file, 'file_data')) }
    }
    return { ...rest, source: { kind: 'data', mediaType: mediaTypeOfName(name), base64: data } }
  }
  const id = readText(file, 'file_id')
  if (id === null) {
    throw invalid(pathOf(file, 'file_data'), 'is missing: send file_data or file_id')
  }
  return { ...rest, source: { kind: 'file_id', id } }
}

function mediaTypeOfName(name: string | null): string {
  if (name === null || name.endsWith('.pdf')) return 'application/pdf'
  return /\.(?:txt|md|csv|json|xml|html?)$/.test(name) ? 'text/plain' : 'application/octet-stream'
}

/** An address, or the data inside a `data:` address. Throws `invalid_request` for a broken one. */
function mediaSource(url: string, path: string): MediaSource {
  if (!url.startsWith('data:')) {
    if (url === '') throw invalid(path, 'is empty')
    return { kind: 'url', url, mediaType: null }
  }
  const comma = url.indexOf(',')
  if (comma === -1) throw invalid(path, 'is a data address without a comma')
  const [mediaType = '', ...attributes] = url.slice(5, comma).split(';')
  const rest = url.slice(comma + 1)
  const isBase64 = attributes.some((attribute) => attribute.trim().toLowerCase() === 'base64')
  return {
    kind: 'data',
    mediaType: mediaType.trim().toLowerCase() || 'text/plain',
    base64: isBase64 ? withoutBreaks(rest) : Buffer.from(decoded(rest, path)).toString('base64'),
  }
}

function withoutBreaks(base64: string): string {
  return base64.includes('\n') || base64.includes('\r') || base64.includes(' ')
    ? base64.replaceAll(/[\r\n ]/g, '')
    : base64
}

function decoded(text: string, path: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid(path, 'is a data address that is not percent-encoded text')
  }
}

/**
 * The wish to cache up to here: Anthropic's and OpenRouter's `cache_control`, or OpenAI's breakpoint.
 */
export function readCacheMark(object: JsonObjectLike): CacheMark | null {
  const control = object['cache_control']
  if (isObject(control))
    return { ttl: control['ttl'] === '1h' ? '1h' : control['ttl'] === '5m' ? '5m' : null }
  return isObject(object['prompt_cache_breakpoint']) || object['prompt_cache_breakpoint'] === true
    ? { ttl: null }
    : null
}

type JsonObjectLike = Readonly<Record<string, unknown>>

function needText(place: Place, name: string): string {
  const text = readText(place, name)
  if (text === null) throw invalid(pathOf(place, name), 'is missing')
  return text
}
