import { originalCallId } from '#gateway/canonical/call-ids.ts'
import { invalid, isObject, objectOf, textOf } from '#gateway/canonical/json.ts'
import type {
  JsonObject,
  Message,
  Part,
  ReasoningPart,
  Role,
  TextPart,
  ToolResultPart,
  Warning,
} from '#gateway/canonical/request.ts'
import { openReasoning } from '#gateway/canonical/sealed-reasoning.ts'

import { readCacheMark } from './cache-mark.ts'
import { readDocument, readImage, readSearchResult } from './read-media.ts'

/** What reading a conversation collects. */
interface Reading {
  readonly leftovers: Warning[]
  /** The calls so far, in all messages: ids are unique, and results belong to one of them. */
  readonly callIds: Set<string>
}

/** The top-level `system`, as the first message. */
export function readSystem(system: unknown, leftovers: Warning[]): readonly Message[] {
  if (system === undefined || system === null || system === '') return []
  const reading = { leftovers, callIds: new Set<string>() }
  const parts = readContent(system, { role: 'system', param: 'system' }, reading)
  return parts.length === 0 ? [] : [{ role: 'system', parts, name: null }]
}

/** The messages. Results of tools become messages of their own. Throws with the path of what is wrong. */
export function readMessages(
  messages: readonly unknown[],
  leftovers: Warning[],
): readonly Message[] {
  const reading = { leftovers, callIds: new Set<string>() }
  return messages.flatMap((message, at) => readMessage(message, `messages[${at}]`, reading))
}

function readMessage(message: unknown, param: string, reading: Reading): Message[] {
  if (!isObject(message)) throw invalid(param, 'must be an object.')
  const { role, content } = message
  if (role !== 'user' && role !== 'assistant' && role !== 'system') {
    throw invalid(`${param}.role`, 'must be "user", "assistant" or "system".')
  }
  const parts = readContent(content, { role, param: `${param}.content` }, reading)
  if (parts.length === 0 && role === 'user' && Array.isArray(content) && content.length > 0) {
    const types = content.map((block) => textOf(objectOf(block)['type'])).map(quotedName)
    const known = '"text", "image", "document", "search_result" or "tool_result"'
    throw invalid(
      `${param}.content`,
      `holds only blocks that are not known here (${[...new Set(types)].join(', ')}), so nothing would be said. Use ${known}.`,
    )
  }
  const results = parts.filter(({ kind }) => kind === 'tool_result')
  if (results.length === 0) return parts.length === 0 ? [] : [{ role, parts, name: null }]
  const rest = parts.filter(({ kind }) => kind !== 'tool_result')
  const answered: Message = { role: 'tool', parts: results, name: null }
  return rest.length === 0 ? [answered] : [answered, { role, parts: rest, name: null }]
}

function quotedName(name: string | null): string {
  return JSON.stringify((name ?? '').slice(0, 60))
}

interface ContentPlace {
  readonly role: Role
  readonly param: string
}

function readContent(content: unknown, place: ContentPlace, reading: Reading): Part[] {
  if (typeof content === 'string') return [{ kind: 'text', text: content, cache: null }]
  if (!Array.isArray(content)) throw invalid(place.param, 'must be text or a list of blocks.')
  return content.flatMap((block: unknown, at) => {
    const param = `${place.param}[${at}]`
    if (!isObject(block)) throw invalid(param, 'must be an object.')
    const part = readBlock(block, { role: place.role, param }, reading)
    return part === undefined ? [] : [part]
  })
}

function readBlock(block: JsonObject, place: ContentPlace, reading: Reading): Part | undefined {
  const { role, param } = place
  switch (block['type']) {
    case 'text':
      return readText(block, param)
    case 'image':
      return readImage(block, param)
    case 'document':
      return readDocument(block, param)
    case 'search_result':
      return readSearchResult(block, param)
    case 'thinking':
      return readThinking(block, param)
    case 'redacted_thinking':
      return readRedacted(block, param)
    case 'tool_use': {
      if (role !== 'assistant') throw invalid(param, 'tool_use belongs to the assistant.')
      return readCall(block, param, reading)
    }
    case 'tool_result': {
      if (role !== 'user') throw invalid(param, 'tool_result belongs to the user.')
      return readResult(block, param, reading)
    }
    default: {
      const type = textOf(block['type'])
      if (!type) throw invalid(`${param}.type`, 'must name the type of the block.')
      const detail = `A block of type "${type}" means nothing to this provider; it was left out.`
      reading.leftovers.push({ param, detail })
      return undefined
    }
  }
}

function readText(block: JsonObject, param: string): TextPart {
  return {
    kind: 'text',
    text: requiredText(block, 'text', param),
    cache: readCacheMark(block['cache_control'], `${param}.cache_control`),
  }
}

/** Claude's own thought, or one of another maker that we sealed when it was written for this client. */
function readThinking(block: JsonObject, param: string): ReasoningPart {
  const text = requiredText(block, 'thinking', param)
  const signature = textOf(block['signature']) || null
  const sealed = signature === null ? undefined : openReasoning(signature)
  if (sealed) return { kind: 'reasoning', text, ...sealed }
  return {
    kind: 'reasoning',
    form: 'text',
    text,
    signature,
    data: null,
    id: null,
    format: 'anthropic-claude-v1',
    callId: null,
  }
}

function readRedacted(block: JsonObject, param: string): ReasoningPart {
  const data = requiredText(block, 'data', param)
  const sealed = openReasoning(data)
  if (sealed) return { kind: 'reasoning', text: '', ...sealed }
  return {
    kind: 'reasoning',
    form: 'encrypted',
    text: '',
    signature: null,
    data,
    id: null,
    format: 'anthropic-claude-v1',
    callId: null,
  }
}

function readCall(block: JsonObject, param: string, reading: Reading): Part {
  const id = requiredText(block, 'id', param)
  if (id === '') throw invalid(`${param}.id`, 'must not be empty.')
  if (reading.callIds.has(id)) throw invalid(`${param}.id`, `"${id}" is used twice.`)
  reading.callIds.add(id)
  const input = block['input'] ?? {}
  if (!isObject(input)) throw invalid(`${param}.input`, 'must be an object.')
  return {
    kind: 'tool_call',
    id: originalCallId(id),
    name: requiredText(block, 'name', param),
    arguments: JSON.stringify(input),
    isCustom: false,
    cache: readCacheMark(block['cache_control'], `${param}.cache_control`),
  }
}

function readResult(block: JsonObject, param: string, reading: Reading): ToolResultPart {
  const callId = requiredText(block, 'tool_use_id', param)
  if (!reading.callIds.has(callId)) {
    throw invalid(`${param}.tool_use_id`, `"${callId}" is no tool_use of an earlier message.`)
  }
  return {
    kind: 'tool_result',
    callId: originalCallId(callId),
    content: readResultContent(block['content'], `${param}.content`, reading),
    isError: block['is_error'] === true,
    isCustom: false,
    cache: readCacheMark(block['cache_control'], `${param}.cache_control`),
  }
}

function readResultContent(
  content: unknown,
  param: string,
  reading: Reading,
): ToolResultPart['content'] {
  if (content === undefined || content === null) return []
  const parts = readContent(content, { role: 'tool', param }, reading)
  return parts.flatMap((part) => {
    if (part.kind === 'text' || part.kind === 'image' || part.kind === 'file') return [part]
    throw invalid(param, `a result cannot hold "${part.kind}".`)
  })
}

function requiredText(block: JsonObject, name: string, param: string): string {
  const text = textOf(block[name])
  if (text === null) throw invalid(`${param}.${name}`, 'must be text.')
  return text
}
