import type {
  JsonObject,
  Message,
  ModelRequest,
  Part,
  Warning,
} from '#gateway/canonical/request.ts'

import { mediaPartOf } from './media-part.ts'
import type { ModelTraits } from './model-traits.ts'
import { modelParts } from './model-turn.ts'
import { encodeResult } from './tool-response.ts'

/** Google's documented stand-in for the signature of a call that Gemini did not make itself. */
export const foreignCallSignature = 'skip_thought_signature_validator'

/** The conversation, written; or the first thing in it that cannot be. */
export interface EncodedContents {
  readonly contents: readonly JsonObject[]
  readonly systemInstruction: JsonObject | null
  readonly impossible: Warning | null
}

interface Content {
  readonly role: 'user' | 'model'
  readonly parts: { readonly part: JsonObject; readonly callOrder: number | null }[]
}

/**
 * Writes messages as contents of two roles, neighbours of one role together. System text at the start has
 * its own place; later system text stays where it was said, marked, as user text. The results of parallel
 * calls stand first and in the order of the calls.
 */
export function encodeContents(
  request: ModelRequest,
  {
    traits,
    toldText,
    warnings,
  }: { traits: ModelTraits; toldText: string | null; warnings: Warning[] },
): EncodedContents {
  const state: State = {
    traits,
    warnings,
    contents: [],
    system: [],
    calls: new Map(),
    impossible: null,
  }
  for (const [index, message] of request.messages.entries()) addMessage(state, message, index)
  if (toldText !== null) {
    if (traits.takesSystemInstruction) state.system.push({ text: toldText })
    else contentOf(state, 'user').parts.push({ part: { text: toldText }, callOrder: null })
  }
  if (state.contents.length === 0) {
    const parts = state.system.splice(0).map((part) => ({ part, callOrder: null }))
    state.contents.push({ role: 'user', parts: parts.length > 0 ? parts : [blank] })
  }
  const contents = state.contents.map((content) => finished(content, traits))
  if (startsWithCall(contents[0])) contents.unshift({ role: 'user', parts: [blank.part] })
  return {
    contents,
    systemInstruction: state.system.length === 0 ? null : { parts: state.system },
    impossible: state.impossible,
  }
}

interface State {
  readonly traits: ModelTraits
  readonly warnings: Warning[]
  readonly contents: Content[]
  readonly system: JsonObject[]
  /** By call id: what was called, and as which of all calls. */
  readonly calls: Map<string, { readonly name: string; readonly order: number }>
  impossible: Warning | null
}

/** A turn that must be there and has nothing to say. */
const blank = { part: { text: '.' }, callOrder: null }

function addMessage(state: State, message: Message, index: number): void {
  const param = `messages[${index}]`
  if (message.name !== null && message.role !== 'tool') {
    const detail = 'Gemini knows no names of participants; it was left out'
    state.warnings.push({ param: `${param}.name`, detail })
  }
  switch (message.role) {
    case 'system':
    case 'developer':
      addSystem(state, message, param)
      return
    case 'user':
    case 'tool':
      for (const [place, part] of message.parts.entries()) {
        addUserPart(state, part, `${param}.content[${place}]`)
      }
      return
    case 'assistant': {
      for (const part of message.parts) {
        if (part.kind !== 'tool_call') continue
        state.calls.set(part.id, { name: part.name, order: state.calls.size })
      }
      const parts = modelParts(message)
      if (parts.length === 0) return
      contentOf(state, 'model').parts.push(...parts.map((part) => ({ part, callOrder: null })))
      return
    }
    default:
      message.role satisfies never
  }
}

function addSystem(state: State, message: Message, param: string): void {
  const texts = message.parts.flatMap((part) =>
    part.kind === 'text' && part.text !== '' ? [part.text] : [],
  )
  const isStart = state.contents.length === 0
  if (isStart && state.traits.takesSystemInstruction) {
    state.system.push(...texts.map((text) => ({ text })))
    return
  }
  if (texts.length === 0) return
  const text = texts.join('\n')
  const marked = isStart ? text : `<system_message>\n${text}\n</system_message>`
  contentOf(state, 'user').parts.push({ part: { text: marked }, callOrder: null })
  state.warnings.push({
    param,
    detail: 'this model has no place for system text here; it was sent as marked user text',
  })
}

function addUserPart(state: State, part: Part, param: string): void {
  switch (part.kind) {
    case 'text':
      if (part.text === '') return
      contentOf(state, 'user').parts.push({ part: { text: part.text }, callOrder: null })
      return
    case 'image':
    case 'audio':
    case 'video':
    case 'file': {
      const reading = mediaPartOf(part.source)
      if (reading.kind === 'impossible') {
        state.impossible ??= { param, detail: reading.detail }
        return
      }
      contentOf(state, 'user').parts.push({ part: reading.part, callOrder: null })
      if (part.kind === 'file' && part.citations?.['enabled'] === true) {
        const detail = 'Gemini does not cite documents that were sent to it'
        state.warnings.push({ param: `${param}.citations`, detail })
      }
      return
    }
    case 'tool_result': {
      const call = state.calls.get(part.callId)
      const name = call?.name ?? part.callId
      const result = encodeResult(part, { name, traits: state.traits })
      if (result.impossible !== null) state.impossible ??= { param, detail: result.impossible }
      const { parts } = contentOf(state, 'user')
      parts.push({ part: result.part, callOrder: call?.order ?? Number.MAX_SAFE_INTEGER })
      parts.push(...result.beside.map((one) => ({ part: one, callOrder: null })))
      return
    }
    case 'tool_call':
    case 'reasoning':
    case 'refusal':
      return
    default:
      part satisfies never
  }
}

function contentOf({ contents }: State, role: 'user' | 'model'): Content {
  const last = contents.at(-1)
  if (last?.role === role) return last
  const content: Content = { role, parts: [] }
  contents.push(content)
  return content
}

function finished({ role, parts }: Content, traits: ModelTraits): JsonObject {
  if (role === 'model') {
    const plain = parts.map(({ part }) => part)
    return { role, parts: traits.needsSignatures ? withSignature(plain) : plain }
  }
  const responses = parts.filter(({ callOrder }) => callOrder !== null)
  if (responses.length === 0) return { role, parts: parts.map(({ part }) => part) }
  const inOrder = responses.toSorted((one, other) => (one.callOrder ?? 0) - (other.callOrder ?? 0))
  const others = parts.filter(({ callOrder }) => callOrder === null)
  return { role, parts: [...inOrder, ...others].map(({ part }) => part) }
}

/** The first call of a turn must be signed; the others of the same turn need not. */
function withSignature(parts: readonly JsonObject[]): readonly JsonObject[] {
  const place = parts.findIndex((part) => part['functionCall'] !== undefined)
  const call = parts[place]
  if (call === undefined || call['thoughtSignature'] !== undefined) return parts
  return parts.with(place, { ...call, thoughtSignature: foreignCallSignature })
}

function startsWithCall(content: JsonObject | undefined): boolean {
  if (content?.['role'] !== 'model') return false
  const [first] = content['parts'] as readonly JsonObject[]
  return first?.['functionCall'] !== undefined
}
