import { invalid, isObject, listOf, objectOf, textOf } from '#gateway/canonical/json.ts'
import type {
  AudioPart,
  FilePart,
  ImagePart,
  JsonObject,
  MediaSource,
  RefusalPart,
  TextPart,
} from '#gateway/canonical/request.ts'

/** What a message or the output of a tool may hold. */
export type ContentPart = TextPart | ImagePart | FilePart | AudioPart | RefusalPart

/** The parts of a message: a text, or a list of parts. */
export function readContent(content: unknown, param: string): readonly ContentPart[] {
  if (content === undefined || content === null) return []
  if (typeof content === 'string') return [textPart(content)]
  if (!Array.isArray(content)) throw invalid(param, 'expected text or a list of parts.')
  return content.map((part, index) => readPart(part, `${param}[${index}]`))
}

/** A part of plain text. */
export function textPart(text: string): TextPart {
  return { kind: 'text', text, cache: null }
}

function readPart(part: unknown, param: string): ContentPart {
  if (typeof part === 'string') return textPart(part)
  if (!isObject(part)) throw invalid(param, 'expected an object.')
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'summary_text':
    case 'reasoning_text':
    case 'text': {
      const text = textOf(part['text'])
      if (text === null) throw invalid(`${param}.text`, 'expected text.')
      const isMarked = isObject(part['cache_control']) || isObject(part['prompt_cache_breakpoint'])
      return { kind: 'text', text, cache: isMarked ? { ttl: null } : null }
    }
    case 'refusal':
      return { kind: 'refusal', text: textOf(part['refusal']) ?? '' }
    case 'input_image':
    case 'computer_screenshot':
    case 'image_url':
      return readImage(part, param)
    case 'input_file':
    case 'file':
      return readFile(part, param)
    case 'input_audio':
      return readAudio(part, param)
    default:
      throw invalid(
        `${param}.type`,
        `${JSON.stringify(part['type'] ?? null)} is no type of content that is known here.`,
      )
  }
}

function readImage(part: JsonObject, param: string): ImagePart {
  const { image_url: given } = part
  const url = textOf(given) ?? textOf(objectOf(given)['url'])
  const id = textOf(part['file_id'])
  const detail = textOf(part['detail']) ?? textOf(objectOf(given)['detail'])
  if (url)
    return { kind: 'image', source: sourceOf(url, `${param}.image_url`), detail, cache: null }
  if (!id) throw invalid(`${param}.image_url`, 'an image needs image_url or file_id.')
  return { kind: 'image', source: { kind: 'file_id', id }, detail, cache: null }
}

function readFile(part: JsonObject, param: string): FilePart {
  const given = isObject(part['file']) ? part['file'] : part
  const data = textOf(given['file_data'])
  const url = textOf(given['file_url'])
  const id = textOf(given['file_id'])
  const rest = { name: textOf(given['filename']), citations: null, cache: null }
  if (data) {
    // Some clients send the bytes without a head.
    const source = data.startsWith('data:')
      ? sourceOf(data, `${param}.file_data`)
      : { kind: 'data' as const, mediaType: 'application/pdf', base64: data }
    return { kind: 'file', source, ...rest }
  }
  if (url) return { kind: 'file', source: sourceOf(url, `${param}.file_url`), ...rest }
  if (!id) throw invalid(param, 'a file needs file_data, file_url or file_id.')
  return { kind: 'file', source: { kind: 'file_id', id }, ...rest }
}

function readAudio(part: JsonObject, param: string): AudioPart {
  const given = isObject(part['input_audio']) ? part['input_audio'] : part
  const base64 = textOf(given['data'])
  if (!base64) throw invalid(`${param}.input_audio.data`, 'is missing.')
  const format = textOf(given['format']) ?? 'wav'
  const mediaType = format === 'mp3' ? 'audio/mpeg' : `audio/${format}`
  return { kind: 'audio', source: { kind: 'data', mediaType, base64 }, cache: null }
}

const dataHead = /^data:([\w.+-]+\/[\w.+-]+)?(?:;[\w-]+=[^;,]{0,100})*(;base64)?,/

function sourceOf(url: string, param: string): MediaSource {
  if (!url.startsWith('data:')) return { kind: 'url', url, mediaType: null }
  const head = dataHead.exec(url.slice(0, 500))
  if (!head?.[2]) throw invalid(param, 'expected "data:<type>;base64,<bytes>" or an address.')
  const mediaType = head[1] ?? 'application/octet-stream'
  return { kind: 'data', mediaType, base64: url.slice(head[0].length) }
}

/** The output of a tool: a text, a list of parts, or any other JSON, which is written as text. */
export function readToolOutput(
  output: unknown,
  param: string,
): readonly (TextPart | ImagePart | FilePart)[] {
  if (output === undefined || output === null) throw invalid(param, 'is missing.')
  if (typeof output === 'string') return [textPart(output)]
  const parts = listOf(output)
  const isContent =
    parts.length > 0 && parts.every((part) => isObject(part) && textOf(part['type']))
  if (!isContent) return Array.isArray(output) && output.length === 0 ? [] : [jsonPart(output)]
  return readContent(parts, param).map((part) => {
    if (part.kind === 'audio') throw invalid(param, 'a tool cannot answer with sound here.')
    return part.kind === 'refusal' ? textPart(part.text) : part
  })
}

function jsonPart(value: unknown): TextPart {
  return textPart(JSON.stringify(value))
}
