import { Buffer } from 'node:buffer'

import type {
  AudioPart,
  CacheMark,
  FilePart,
  ImagePart,
  JsonObject,
  MediaSource,
  TextPart,
  VideoPart,
} from '#gateway/canonical/request.ts'

import type { Writing } from './writing.ts'

/** A part of a message that stands in its content list. */
export type ListedPart = TextPart | ImagePart | AudioPart | VideoPart | FilePart

/**
 * The content of a message: plain text where it is text alone and nothing is marked, a list otherwise. A
 * part that the server has no place for is refused.
 */
export function encodeContent(
  parts: readonly ListedPart[],
  param: string,
  writing: Writing,
): string | readonly JsonObject[] {
  const { hasCacheMarks, hasTextLists } = writing.dialect
  const isOne = parts.length < 2 || !hasTextLists
  if (isOne && parts.every((part) => part.kind === 'text' && !(part.cache && hasCacheMarks))) {
    const texts = parts.map((part) => (part.kind === 'text' ? part.text : ''))
    return texts.length > 1 ? texts.filter((text) => text !== '').join('\n\n') : (texts[0] ?? '')
  }
  const list: JsonObject[] = []
  for (const part of parts) {
    const written = encodePart(part, param, writing)
    if (written) list.push(hasCacheMarks ? withMark(written, part.cache) : written)
  }
  return list
}

function encodePart(part: ListedPart, param: string, writing: Writing): JsonObject | null {
  switch (part.kind) {
    case 'text':
      return { type: 'text', text: part.text }
    case 'image':
      return encodeImage(part, param, writing)
    case 'audio':
      return encodeAudio(part, param, writing)
    case 'video':
      return encodeVideo(part, param, writing)
    default:
      return encodeFile(part, param, writing)
  }
}

/** An image as `image_url`; null and a refusal where it is a file of somebody else's. */
export function encodeImage(part: ImagePart, param: string, writing: Writing): JsonObject | null {
  const url = urlOf(part.source)
  if (url === null) {
    writing.refuse(
      param,
      'This provider takes images by address or as data, not by the id of a file.',
    )
    return null
  }
  const image = part.detail === null ? { url } : { url, detail: part.detail }
  return { type: 'image_url', image_url: image }
}

const audioFormats: Readonly<Record<string, string>> = {
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
  'audio/mp4': 'm4a',
  'audio/x-m4a': 'm4a',
  'audio/l16': 'pcm16',
}

function encodeAudio(part: AudioPart, param: string, writing: Writing): JsonObject | null {
  const { source } = part
  if (source.kind !== 'data') {
    writing.refuse(param, 'This provider takes sound as data only, not by address or id.')
    return null
  }
  const format = audioFormats[source.mediaType] ?? source.mediaType.replace(/^audio\/(?:x-)?/, '')
  return { type: 'input_audio', input_audio: { data: source.base64, format } }
}

function encodeVideo(part: VideoPart, param: string, writing: Writing): JsonObject | null {
  const url = urlOf(part.source)
  if (!writing.dialect.hasVideos || url === null) {
    writing.refuse(param, 'This provider takes no videos.')
    return null
  }
  return { type: 'video_url', video_url: { url } }
}

function encodeFile(part: FilePart, param: string, writing: Writing): JsonObject | null {
  const { source, name } = part
  if (source.kind === 'data' && isText(source.mediaType)) return textOfFile(part, source.base64)
  const { files } = writing.dialect
  const url = urlOf(source)
  if (files === 'none') {
    writing.refuse(param, 'This provider takes no files.')
    return null
  }
  if (files === 'document_url') {
    if (url !== null) {
      const named = name === null ? {} : { document_name: name }
      return { type: 'document_url', document_url: url, ...named }
    }
    writing.refuse(param, 'This provider takes files by address or as data, not by id.')
    return null
  }
  if (source.kind === 'file_id') return { type: 'file', file: { file_id: source.id } }
  return {
    type: 'file',
    file: { filename: name ?? defaultName(source), file_data: url },
  }
}

function defaultName(source: MediaSource): string {
  if (source.kind === 'url') return source.url.split(/[?#]/)[0]?.split('/').at(-1) || 'document.pdf'
  return 'document.pdf'
}

function isText(mediaType: string): boolean {
  return mediaType.startsWith('text/') || /^application\/(?:json|xml|x-yaml)$/.test(mediaType)
}

/** A document that is text is said as text: every model can read it. */
function textOfFile({ name }: FilePart, base64: string): JsonObject {
  const text = Buffer.from(base64, 'base64').toString('utf8')
  return { type: 'text', text: name === null ? text : `${name}:\n\n${text}` }
}

/** The address of a medium, or its data as an address; null for a file that only its maker has. */
function urlOf(source: MediaSource): string | null {
  if (source.kind === 'url') return source.url
  return source.kind === 'data' ? `data:${source.mediaType};base64,${source.base64}` : null
}

/** With the wish to cache up to here. */
export function withMark(object: JsonObject, mark: CacheMark | null): JsonObject {
  return mark === null ? object : { ...object, cache_control: encodeMark(mark) }
}

/** OpenRouter's and Anthropic's `cache_control`. */
export function encodeMark({ ttl }: CacheMark): JsonObject {
  return ttl === null ? { type: 'ephemeral' } : { type: 'ephemeral', ttl }
}
