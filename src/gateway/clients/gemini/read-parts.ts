import { invalid, isObject, textOf } from '#gateway/canonical/json.ts'
import type {
  JsonObject,
  MediaSource,
  Part,
  ReasoningPart,
  Warning,
} from '#gateway/canonical/request.ts'

import { member, objectAt, textAt } from './proto-json.ts'
import { openSignature } from './signatures.ts'

/** Data of one part: what kind it is, and its value. */
export interface PartData {
  readonly name: string
  readonly value: unknown
}

const dataNames = [
  'text',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
  'toolCall',
  'toolResponse',
] as const

/** What a part holds. A part that holds nothing Gemini knows is refused. */
export function dataOf(part: JsonObject, param: string): PartData {
  for (const name of dataNames) {
    const value = member(part, name)
    if (value !== undefined) return { name, value }
  }
  if (member(part, 'thoughtSignature') !== undefined) return { name: 'text', value: '' }
  throw invalid(param, `it must hold one of ${dataNames.join(', ')}`)
}

/** Bytes or an address, as the kind of part that its type says. */
export function mediaPart({ name, value }: PartData, param: string): Part {
  const holder = objectAt(value, `${param}.${name}`) ?? {}
  const mediaType = textAt(member(holder, 'mimeType'), `${param}.${name}.mimeType`)
  const source =
    name === 'inlineData' ? bytesOf(holder, mediaType, param) : addressOf(holder, mediaType, param)
  const kind = mediaType?.split('/', 1)[0]
  if (kind === 'image') return { kind, source, detail: null, cache: null }
  if (kind === 'audio' || kind === 'video') return { kind, source, cache: null }
  const name_ = textOf(member(holder, 'displayName'))
  return { kind: 'file', source, name: name_, citations: null, cache: null }
}

function bytesOf(holder: JsonObject, mediaType: string | null, param: string): MediaSource {
  const base64 = textAt(member(holder, 'data'), `${param}.inlineData.data`)
  if (base64 === null) throw invalid(`${param}.inlineData.data`, 'the bytes are missing')
  if (mediaType === null) throw invalid(`${param}.inlineData.mimeType`, 'the type is missing')
  // Some clients write bytes in the alphabet of addresses.
  const plain = /[-_]/.test(base64) ? base64.replaceAll('-', '+').replaceAll('_', '/') : base64
  return { kind: 'data', mediaType, base64: plain }
}

function addressOf(holder: JsonObject, mediaType: string | null, param: string): MediaSource {
  const url = textAt(member(holder, 'fileUri'), `${param}.fileData.fileUri`)
  if (url === null) throw invalid(`${param}.fileData.fileUri`, 'the address is missing')
  const isStored =
    url.startsWith('gs://') || url.startsWith('https://generativelanguage.googleapis.com/')
  return isStored ? { kind: 'file_id', id: url } : { kind: 'url', url, mediaType }
}

/** The piece of reasoning that a signature stands for; `text` is what can be read of it. */
export function reasoningOf(
  signature: string | null,
  { text, callId }: { text: string; callId: string | null },
): ReasoningPart {
  const sealed = signature === null ? undefined : openSignature(signature)
  if (sealed !== undefined) return { kind: 'reasoning', text, ...sealed }
  const isThought = text !== ''
  return {
    kind: 'reasoning',
    form: isThought ? 'text' : 'encrypted',
    text,
    signature: isThought ? signature : null,
    data: isThought ? null : signature,
    id: null,
    format: signature === null ? 'unknown' : 'google-gemini-v1',
    callId,
  }
}

/** Code that the provider ran, as the text that another model can read. */
export function ranCode({ name, value }: PartData): string {
  const holder = isObject(value) ? value : {}
  const body = textOf(member(holder, name === 'executableCode' ? 'code' : 'output')) ?? ''
  const language = (textOf(member(holder, 'language')) ?? '').toLowerCase()
  return `\n\`\`\`${name === 'executableCode' ? language : ''}\n${body}\n\`\`\`\n`
}

/** Settings of one part that only Gemini obeys. */
export function partSettings(part: JsonObject, param: string): Warning[] {
  return ['videoMetadata', 'mediaResolution', 'mediaProcessing']
    .filter((name) => member(part, name) !== undefined)
    .map((name) => ({ param: `${param}.${name}`, detail: 'only Gemini knows this setting' }))
}
