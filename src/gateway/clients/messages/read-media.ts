import { invalid, isObject, listOf, textOf } from '#gateway/canonical/json.ts'
import type {
  FilePart,
  ImagePart,
  JsonObject,
  MediaSource,
  TextPart,
} from '#gateway/canonical/request.ts'

import { readCacheMark } from './cache-mark.ts'

/** An image block. */
export function readImage(block: JsonObject, param: string): ImagePart {
  return {
    kind: 'image',
    source: readSource(block['source'], `${param}.source`, 'image/png'),
    detail: null,
    cache: readCacheMark(block['cache_control'], `${param}.cache_control`),
  }
}

/** A document block: PDF, text, or the text of its own blocks. */
export function readDocument(block: JsonObject, param: string): FilePart {
  const { source, citations, context } = block
  return {
    kind: 'file',
    source: readDocumentSource(source, `${param}.source`),
    name: textOf(block['title']),
    citations:
      isObject(citations) || typeof context === 'string'
        ? { ...(isObject(citations) ? { citations } : {}), ...(context ? { context } : {}) }
        : null,
    cache: readCacheMark(block['cache_control'], `${param}.cache_control`),
  }
}

function readDocumentSource(source: unknown, param: string): MediaSource {
  if (!isObject(source)) throw invalid(param, 'must be an object.')
  switch (source['type']) {
    case 'text':
      return textSource(requiredText(source, 'data', param))
    case 'content': {
      const { content } = source
      const texts = typeof content === 'string' ? [content] : listOf(content).map(textOfBlock)
      return textSource(texts.join('\n\n'))
    }
    default:
      return readSource(source, param, 'application/pdf')
  }
}

function textOfBlock(block: unknown): string {
  return isObject(block) ? (textOf(block['text']) ?? '') : ''
}

function textSource(text: string): MediaSource {
  return { kind: 'data', mediaType: 'text/plain', base64: Buffer.from(text).toString('base64') }
}

function readSource(source: unknown, param: string, usualType: string): MediaSource {
  if (!isObject(source)) throw invalid(param, 'must be an object.')
  switch (source['type']) {
    case 'base64': {
      const mediaType = textOf(source['media_type']) ?? usualType
      return { kind: 'data', mediaType, base64: requiredText(source, 'data', param) }
    }
    case 'url':
      return { kind: 'url', url: requiredText(source, 'url', param), mediaType: null }
    case 'file':
      return { kind: 'file_id', id: requiredText(source, 'file_id', param) }
    default:
      throw invalid(`${param}.type`, 'must be "base64", "url" or "file".')
  }
}

/** A search result, as the text that it holds under its title and source. */
export function readSearchResult(block: JsonObject, param: string): TextPart {
  const title = textOf(block['title']) ?? ''
  const source = textOf(block['source']) ?? ''
  const texts = listOf(block['content']).map(textOfBlock)
  return {
    kind: 'text',
    text: [`${title} (${source})`, ...texts].join('\n'),
    cache: readCacheMark(block['cache_control'], `${param}.cache_control`),
  }
}

function requiredText(source: JsonObject, name: string, param: string): string {
  const text = textOf(source[name])
  if (text === null) throw invalid(`${param}.${name}`, 'must be text.')
  return text
}
