import { callIdFor } from '#gateway/canonical/call-ids.ts'
import type {
  FilePart,
  ImagePart,
  JsonObject,
  MediaSource,
  Message,
  Part,
  ReasoningPart,
  TextPart,
  ToolResultPart,
  Warning,
} from '#gateway/canonical/request.ts'

import type { ResponsesDialect } from './responses-dialect.ts'

const callIds = { pattern: /^[a-zA-Z0-9_-]+$/, lengthMax: 64 }

/** The input of a request, or what no server of this protocol can be told. */
export type EncodedInput =
  | {
      readonly kind: 'input'
      readonly instructions: string | null
      readonly items: readonly JsonObject[]
      readonly warnings: readonly Warning[]
    }
  | { readonly kind: 'impossible'; readonly param: string; readonly detail: string }

/** Writes messages as input items. The first system message, when it is text, becomes the instructions. */
export function encodeInput(messages: readonly Message[], dialect: ResponsesDialect): EncodedInput {
  const obstacle = impossiblePart(messages)
  if (obstacle) return obstacle
  const warnings: Warning[] = []
  const items: JsonObject[] = []
  const instructions = instructionsIn(messages[0])
  const lastUser = messages.findLastIndex(({ role }) => role === 'user')
  for (const [index, message] of messages.entries()) {
    if (index === 0 && instructions !== null) continue
    if (message.name !== null) {
      const detail = 'Participants have no names here; the message was sent without it.'
      warnings.push({ param: `messages[${index}].name`, detail })
    }
    // Reasoning that can be read goes back within the turn that it belongs to, and not later.
    const isInTurn = index > lastUser
    items.push(...itemsOf(message, { dialect, warnings, isInTurn, param: `messages[${index}]` }))
  }
  return { kind: 'input', instructions, items, warnings }
}

interface Writing {
  readonly dialect: ResponsesDialect
  readonly warnings: Warning[]
  readonly isInTurn: boolean
  readonly param: string
}

function instructionsIn(message: Message | undefined): string | null {
  if (!message || (message.role !== 'system' && message.role !== 'developer')) return null
  const texts = message.parts.map((part) => (part.kind === 'text' ? part.text : null))
  if (texts.length === 0 || texts.includes(null) || message.name !== null) return null
  return texts.join('\n\n')
}

function impossiblePart(messages: readonly Message[]): EncodedInput | undefined {
  for (const [index, { parts }] of messages.entries()) {
    const place = parts.findIndex(({ kind }) => kind === 'audio' || kind === 'video')
    if (place === -1) continue
    const param = `messages[${index}].content[${place}]`
    const detail = `This provider takes no ${parts[place]?.kind} as input here.`
    return { kind: 'impossible', param, detail }
  }
  return undefined
}

function itemsOf(message: Message, writing: Writing): readonly JsonObject[] {
  switch (message.role) {
    case 'assistant':
      return assistantItems(message.parts, writing)
    case 'tool':
      return message.parts.flatMap((part) =>
        part.kind === 'tool_result' ? [resultItem(part)] : [],
      )
    default:
      return inputMessage(message, writing)
  }
}

function inputMessage({ role, parts }: Message, writing: Writing): readonly JsonObject[] {
  // Protocols that answer tools inside a user's message have them here.
  const results = parts.flatMap((part) => (part.kind === 'tool_result' ? [resultItem(part)] : []))
  const content = parts.flatMap((part) => inputPart(part, writing))
  if (content.length === 0) return results
  return [...results, { role, content: asShortAsPossible(content) }]
}

function asShortAsPossible(content: readonly JsonObject[]): unknown {
  const [only] = content
  return content.length === 1 && only?.['type'] === 'input_text' ? only['text'] : content
}

function inputPart(part: Part, writing: Writing): readonly JsonObject[] {
  switch (part.kind) {
    case 'text':
      return part.text === '' ? [] : [{ type: 'input_text', text: part.text }]
    case 'refusal':
      return [{ type: 'input_text', text: part.text }]
    case 'image':
      return [imageItem(part)]
    case 'file':
      if (part.citations !== null) {
        const detail = 'Citations of files cannot be asked for here; the file was sent without.'
        writing.warnings.push({ param: `${writing.param}.content`, detail })
      }
      return [fileItem(part)]
    default:
      return []
  }
}

function imageItem({ source, detail }: ImagePart): JsonObject {
  const wished = detail === null ? {} : { detail }
  if (source.kind === 'file_id') return { type: 'input_image', file_id: source.id, ...wished }
  return { type: 'input_image', image_url: urlOf(source), ...wished }
}

function fileItem({ source, name }: FilePart): JsonObject {
  switch (source.kind) {
    case 'file_id':
      return { type: 'input_file', file_id: source.id }
    case 'url':
      return { type: 'input_file', file_url: source.url }
    default: {
      const filename = name ?? `file.${extensionOf(source.mediaType)}`
      return { type: 'input_file', filename, file_data: urlOf(source) }
    }
  }
}

function urlOf(source: Exclude<MediaSource, { kind: 'file_id' }>): string {
  return source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.base64}`
}

function extensionOf(mediaType: string): string {
  if (mediaType === 'text/plain') return 'txt'
  return /\/([a-z0-9]+)$/.exec(mediaType)?.[1] ?? 'bin'
}

function resultItem({ callId, content, isError, isCustom }: ToolResultPart): JsonObject {
  return {
    type: isCustom ? 'custom_tool_call_output' : 'function_call_output',
    call_id: callIdFor(callId, callIds),
    output: outputOf(content, isError),
  }
}

/** There is no member that says that a tool failed: its text has to. */
function outputOf(content: ToolResultPart['content'], isError: boolean): unknown {
  const marked = isError && !saysSo(content) ? [errorMark, ...content] : content
  const [only] = marked
  if (!only) return ''
  if (marked.length === 1 && only.kind === 'text') return only.text
  return marked.map((part) => {
    if (part.kind === 'text') return { type: 'input_text', text: part.text }
    return part.kind === 'image' ? imageItem(part) : fileItem(part)
  })
}

const errorMark: TextPart = { kind: 'text', text: 'The tool failed:', cache: null }

function saysSo(content: ToolResultPart['content']): boolean {
  return content.some((part) => part.kind === 'text' && /error|fail/i.test(part.text))
}

/**
 * What an assistant said, in its order. A reasoning item must stand directly before what it led to, so
 * one that nothing follows is left out.
 */
function assistantItems(parts: readonly Part[], writing: Writing): readonly JsonObject[] {
  const items: JsonObject[] = []
  let texts: JsonObject[] = []
  const flush = () => {
    if (texts.length > 0) items.push(assistantMessage(texts))
    texts = []
  }
  for (const part of parts) {
    if (part.kind === 'text') {
      if (part.text !== '') texts.push({ type: 'output_text', text: part.text, annotations: [] })
      continue
    }
    if (part.kind === 'refusal') {
      texts.push({ type: 'refusal', refusal: part.text })
      continue
    }
    const item = assistantItem(part, writing)
    if (!item) continue
    flush()
    items.push(item)
  }
  flush()
  while (items.at(-1)?.['type'] === 'reasoning') items.pop()
  return items
}

function assistantMessage(content: readonly JsonObject[]): JsonObject {
  const [only] = content
  if (content.length === 1 && only?.['type'] === 'output_text') {
    return { role: 'assistant', content: only['text'] }
  }
  return { type: 'message', role: 'assistant', status: 'completed', content }
}

function assistantItem(part: Part, writing: Writing): JsonObject | undefined {
  switch (part.kind) {
    case 'reasoning':
      return reasoningItem(part, writing)
    case 'tool_call': {
      const { id, name, arguments: text, isCustom } = part
      const call_id = callIdFor(id, callIds)
      if (isCustom) return { type: 'custom_tool_call', call_id, name, input: text }
      return { type: 'function_call', call_id, name, arguments: text === '' ? '{}' : text }
    }
    case 'image': {
      const detail = 'An image of the assistant was shown to the model as one of the user.'
      writing.warnings.push({ param: `${writing.param}.content`, detail })
      return { role: 'user', content: [imageItem(part)] }
    }
    case 'file':
      return { role: 'user', content: inputPart(part, writing) }
    default:
      return undefined
  }
}

/** Reasoning goes back to its maker alone. An id would have to be the one that was encrypted with it. */
function reasoningItem(part: ReasoningPart, writing: Writing): JsonObject | undefined {
  const { reasoningFormat, takesReasoningText, mayHaveMade } = writing.dialect
  const { format, data, text } = part
  if (format !== reasoningFormat) return undefined
  if (data !== null) {
    if (!mayHaveMade(data)) return undefined
    const summary = text === '' ? [] : [{ type: 'summary_text', text }]
    return { type: 'reasoning', summary, encrypted_content: data }
  }
  if (!takesReasoningText || text === '' || !writing.isInTurn) return undefined
  return {
    type: 'reasoning',
    ...(part.id === null ? {} : { id: part.id }),
    summary: [],
    content: [{ type: 'reasoning_text', text }],
  }
}
