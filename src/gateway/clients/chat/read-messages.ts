import { invalid, isObject, textOf } from '#gateway/canonical/json.ts'
import {
  objectAt,
  pathOf,
  readList,
  readObject,
  readText,
  type Place,
} from '#gateway/canonical/members.ts'
import { readReasoningDetails } from '#gateway/canonical/reasoning-details.ts'
import type {
  Message,
  Part,
  ReasoningPart,
  ToolCallPart,
  ToolResultPart,
  Warning,
} from '#gateway/canonical/request.ts'

import { readAnswerImage, readCacheMark, readContent, type ContentPart } from './read-parts.ts'

/** The messages, and what they hold that nobody but OpenAI's protocol has a place for. */
export interface ReadMessages {
  readonly messages: readonly Message[]
  readonly leftovers: readonly Warning[]
}

/**
 * Reads `messages`. Tool results are paired with calls: one without its call is refused, and an id that
 * was answered and is used again in a later turn becomes another id on both sides.
 */
export function readMessages(list: readonly unknown[]): ReadMessages {
  const calls: OpenCalls = { open: new Map(), used: new Map(), legacyCount: 0 }
  const leftovers: Warning[] = []
  const messages: Message[] = []
  for (const [index, value] of list.entries()) {
    const place = objectAt(value, `messages[${index}]`)
    const message = readMessage(place, calls)
    noteLeftovers(place, leftovers)
    const last = messages.at(-1)
    if (message.role === 'tool' && last?.role === 'tool') {
      messages[messages.length - 1] = { ...last, parts: [...last.parts, ...message.parts] }
    } else messages.push(message)
  }
  return { messages, leftovers }
}

/** Which calls still wait for their result, by the id that the client uses. */
interface OpenCalls {
  readonly open: Map<string, ToolCallPart>
  /** How often each id was used. */
  readonly used: Map<string, number>
  legacyCount: number
}

const knownMembers: ReadonlySet<string> = new Set([
  ...['role', 'content', 'name', 'tool_calls', 'tool_call_id', 'function_call', 'refusal', 'audio'],
  ...['reasoning', 'reasoning_content', 'reasoning_details', 'thinking_blocks', 'images'],
  ...['cache_control', 'annotations', 'prefix', 'model', 'id', 'type', 'status', 'index'],
  ...['provider_specific_fields', 'executed_tools', 'tool_name', 'partial', 'is_error'],
])

function noteLeftovers({ object, path }: Place, leftovers: Warning[]): void {
  for (const name in object) {
    if (knownMembers.has(name) || object[name] === null) continue
    leftovers.push({
      param: `${path}.${name}`,
      detail: 'This member is not known here and was left out.',
    })
  }
}

function readMessage(place: Place, calls: OpenCalls): Message {
  const name = readText(place, 'name')
  const role = place.object['role']
  switch (role) {
    case 'system':
    case 'developer':
    case 'user':
      return { role, parts: marked(place, readContent(place)), name }
    case 'assistant':
      return { role, parts: marked(place, readAssistant(place, calls)), name }
    case 'tool':
    case 'function':
      return { role: 'tool', parts: marked(place, [readResult(place, calls, role)]), name: null }
    default:
      throw invalid(
        pathOf(place, 'role'),
        role === undefined ? 'is missing' : `${JSON.stringify(role)?.slice(0, 60)} is no role`,
      )
  }
}

/** Some clients mark the message instead of its last part. */
function marked<Kind extends Part>(place: Place, parts: readonly Kind[]): readonly Kind[] {
  const cache = readCacheMark(place.object)
  const last = parts.findLastIndex((part) => 'cache' in part)
  const part = parts[last]
  if (cache === null || !part) return parts
  return parts.with(last, { ...part, cache })
}

function readAssistant(place: Place, calls: OpenCalls): readonly Part[] {
  const content = readContent(place)
  const hasCalls = isFilled(place.object['tool_calls']) || isObject(place.object['function_call'])
  const said = hasCalls
    ? content.filter((part) => part.kind !== 'text' || part.text !== '')
    : content
  const thoughts = said.filter((part) => part.kind === 'reasoning')
  const parts: Part[] = [
    ...(thoughts.length > 0 ? thoughts : readReasoning(place)),
    ...said.filter((part) => part.kind !== 'reasoning'),
  ]
  const refusal = readText(place, 'refusal')
  if (refusal !== null && refusal !== '') parts.push({ kind: 'refusal', text: refusal })
  for (const [index, image] of readList(place, 'images').entries()) {
    parts.push(readAnswerImage(image, `${pathOf(place, 'images')}[${index}]`))
  }
  const audio = readObject(place, 'audio')
  if (audio) {
    const id = readText({ object: audio, path: pathOf(place, 'audio') }, 'id')
    if (id === null) throw invalid(`${place.path}.audio.id`, 'is missing')
    parts.push({ kind: 'audio', source: { kind: 'file_id', id }, cache: null })
  }
  return [...parts, ...readCalls(place, calls)]
}

/** The richest of the places where clients put it: they say the same. */
function readReasoning({ object }: Place): readonly ReasoningPart[] {
  const details = readReasoningDetails(object['reasoning_details'])
  if (details.length > 0) return details
  const blocks = object['thinking_blocks']
  if (Array.isArray(blocks) && blocks.length > 0) {
    const content = readContent({ object: { content: blocks }, path: 'thinking_blocks' })
    return content.filter((part) => part.kind === 'reasoning')
  }
  const text = textOf(object['reasoning_content']) ?? textOf(object['reasoning'])
  if (text === null || text === '') return []
  const none = { signature: null, data: null, id: null, callId: null }
  return [{ kind: 'reasoning', form: 'text', text, format: 'unknown', ...none }]
}

function readCalls(place: Place, calls: OpenCalls): readonly ToolCallPart[] {
  const path = pathOf(place, 'tool_calls')
  const here = new Set<string>()
  const parts = readList(place, 'tool_calls').map((value, index) => {
    const call = readCall(objectAt(value, `${path}[${index}]`))
    if (here.has(call.id)) {
      throw invalid(`${path}[${index}].id`, `another call of this message has the id "${call.id}"`)
    }
    here.add(call.id)
    return open(call, calls)
  })
  const legacy = readObject(place, 'function_call')
  if (!legacy || parts.length > 0) return parts
  calls.legacyCount += 1
  const called: Place = { object: legacy, path: pathOf(place, 'function_call') }
  const id = `call_legacy_${calls.legacyCount}`
  return [open({ ...noCall, id, name: needName(called), arguments: argumentsOf(called) }, calls)]
}

const noCall = { kind: 'tool_call', isCustom: false, cache: null } as const

function open(call: ToolCallPart, calls: OpenCalls): ToolCallPart {
  const count = (calls.used.get(call.id) ?? 0) + 1
  calls.used.set(call.id, count)
  const unique = count === 1 ? call : { ...call, id: `${call.id}_${count}` }
  calls.open.set(call.id, unique)
  return unique
}

function readCall(place: Place): ToolCallPart {
  const id = readText(place, 'id')
  if (id === null || id === '') throw invalid(pathOf(place, 'id'), 'is missing')
  const cache = readCacheMark(place.object)
  const custom = readObject(place, 'custom')
  if (custom) {
    const called: Place = { object: custom, path: pathOf(place, 'custom') }
    const input = readText(called, 'input') ?? ''
    return {
      kind: 'tool_call',
      id,
      name: needName(called),
      arguments: input,
      isCustom: true,
      cache,
    }
  }
  const described = readObject(place, 'function')
  if (!described) throw invalid(pathOf(place, 'function'), 'is missing')
  const called: Place = { object: described, path: pathOf(place, 'function') }
  return { ...noCall, id, name: needName(called), arguments: argumentsOf(called), cache }
}

function argumentsOf(place: Place): string {
  const value = place.object['arguments']
  if (value === undefined || value === null || value === '') return '{}'
  if (typeof value === 'string') return value
  if (isObject(value)) return JSON.stringify(value)
  throw invalid(pathOf(place, 'arguments'), 'expected JSON text')
}

function needName(place: Place): string {
  const name = readText(place, 'name')
  if (name === null || name === '') throw invalid(pathOf(place, 'name'), 'is missing')
  return name
}

function readResult(place: Place, calls: OpenCalls, role: 'tool' | 'function'): ToolResultPart {
  const call = role === 'tool' ? callById(place, calls) : callByName(place, calls)
  const content = readContent(place)
  const odd = content.findIndex((part) => !isResultContent(part))
  if (odd !== -1) {
    throw invalid(
      `${pathOf(place, 'content')}[${odd}]`,
      'a tool result holds text, images and files only',
    )
  }
  return {
    kind: 'tool_result',
    callId: call.id,
    content: content.filter(isResultContent),
    isError: place.object['is_error'] === true,
    isCustom: call.isCustom,
    cache: null,
  }
}

function isResultContent(
  part: ContentPart,
): part is ContentPart & ToolResultPart['content'][number] {
  return part.kind === 'text' || part.kind === 'image' || part.kind === 'file'
}

function callById(place: Place, calls: OpenCalls): ToolCallPart {
  const id = readText(place, 'tool_call_id')
  const path = pathOf(place, 'tool_call_id')
  if (id === null || id === '') throw invalid(path, 'is missing')
  const call = calls.open.get(id)
  if (!call) {
    throw invalid(
      path,
      calls.used.has(id)
        ? `the call "${id}" has its result already`
        : `no assistant message before calls a tool with the id "${id}"`,
    )
  }
  calls.open.delete(id)
  return call
}

function callByName(place: Place, calls: OpenCalls): ToolCallPart {
  const name = needName(place)
  for (const [id, call] of calls.open) {
    if (call.name !== name) continue
    calls.open.delete(id)
    return call
  }
  throw invalid(pathOf(place, 'name'), `no assistant message before calls the function "${name}"`)
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0
}
