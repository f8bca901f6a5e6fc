import { invalid, isObject, textOf } from '#gateway/canonical/json.ts'
import type {
  JsonObject,
  Message,
  Part,
  Role,
  TextPart,
  ToolResultPart,
  Warning,
} from '#gateway/canonical/request.ts'

import { listAt, member, objectAt, textAt } from './proto-json.ts'
import { dataOf, mediaPart, partSettings, ranCode, reasoningOf } from './read-parts.ts'

/** Reads `systemInstruction`: a content, or the text alone. */
export function readSystem(value: unknown): Message[] {
  if (value === undefined || value === null) return []
  if (typeof value === 'string') return [messageOf('system', [textPart(value)])]
  const content = objectAt(value, 'systemInstruction') ?? {}
  const parts = listAt(member(content, 'parts'), 'systemInstruction.parts')
  const texts = parts.map((part, index) => {
    const param = `systemInstruction.parts[${index}]`
    const text = isObject(part) ? textAt(member(part, 'text'), `${param}.text`) : null
    if (text === null) throw invalid(param, 'system text must be text')
    return textPart(text)
  })
  return texts.length === 0 ? [] : [messageOf('system', texts)]
}

/**
 * Reads `contents` as messages. Calls without an id get one that is the same each time, and responses
 * without one answer the oldest open call of their name. A response that answers no call is refused.
 */
export function readContents(value: unknown, leftovers: Warning[]): Message[] {
  const state: State = { leftovers, messages: [], ids: new Set(), open: [] }
  for (const [index, content] of listAt(value, 'contents').entries()) {
    const param = `contents[${index}]`
    if (typeof content === 'string') {
      state.messages.push(messageOf('user', [textPart(content)]))
      continue
    }
    const { role, parts } = contentOf(content, param)
    if (role === 'model') readModelTurn(state, parts, param)
    else readUserTurn(state, parts, param)
  }
  if (state.messages.length === 0) throw invalid('contents', 'at least one content is needed')
  return state.messages
}

interface State {
  readonly leftovers: Warning[]
  readonly messages: Message[]
  readonly ids: Set<string>
  /** Calls that were not answered yet, oldest first. */
  readonly open: { readonly id: string; readonly name: string }[]
}

function contentOf(value: unknown, param: string) {
  if (!isObject(value)) throw invalid(param, 'it must be an object with role and parts')
  const role = textAt(value['role'], `${param}.role`) ?? 'user'
  if (role !== 'user' && role !== 'model' && role !== 'function' && role !== '') {
    throw invalid(`${param}.role`, 'use a valid role: user, model')
  }
  const parts = listAt(member(value, 'parts'), `${param}.parts`).map((part, index) => {
    if (typeof part === 'string') return { text: part }
    if (!isObject(part)) throw invalid(`${param}.parts[${index}]`, 'it must be an object')
    return part
  })
  return { role, parts }
}

function readUserTurn(state: State, parts: readonly JsonObject[], content: string): void {
  let current: { role: Role; parts: Part[] } | undefined
  for (const [index, part] of parts.entries()) {
    const param = `${content}.parts[${index}]`
    const data = dataOf(part, param)
    state.leftovers.push(...partSettings(part, param))
    const role = data.name === 'functionResponse' ? 'tool' : 'user'
    if (current?.role !== role) {
      current = { role, parts: [] }
      state.messages.push(messageOf(role, current.parts))
    }
    switch (data.name) {
      case 'functionResponse':
        current.parts.push(readResponse(state, objectAt(data.value, param) ?? {}, param))
        break
      case 'text':
        current.parts.push(textPart(textAt(data.value, `${param}.text`) ?? ''))
        break
      case 'inlineData':
      case 'fileData':
        current.parts.push(mediaPart(data, param))
        break
      case 'executableCode':
      case 'codeExecutionResult':
        current.parts.push(textPart(ranCode(data)))
        break
      default:
        throw invalid(param, `a user's content cannot hold "${data.name}"`)
    }
  }
}

function readModelTurn(state: State, contentParts: readonly JsonObject[], content: string): void {
  const parts: Part[] = []
  let thoughts: string | null = null
  const closeThoughts = (signature: string | null) => {
    if (thoughts === null && signature === null) return
    parts.push(reasoningOf(signature, { text: thoughts ?? '', callId: null }))
    thoughts = null
  }
  for (const [index, part] of contentParts.entries()) {
    const param = `${content}.parts[${index}]`
    const data = dataOf(part, param)
    const signature = textAt(member(part, 'thoughtSignature'), `${param}.thoughtSignature`)
    if (part['thought'] === true) {
      thoughts = `${thoughts ?? ''}${textOf(data.value) ?? ''}`
      if (signature !== null) closeThoughts(signature)
      continue
    }
    closeThoughts(null)
    switch (data.name) {
      case 'functionCall':
        parts.push(...readCall(state, objectAt(data.value, param) ?? {}, { signature, param }))
        continue
      case 'text': {
        const text = textAt(data.value, `${param}.text`) ?? ''
        if (text !== '') parts.push(textPart(text))
        break
      }
      case 'inlineData':
      case 'fileData':
        parts.push(mediaPart(data, param))
        break
      case 'executableCode':
      case 'codeExecutionResult':
        parts.push(textPart(ranCode(data)))
        break
      case 'toolCall':
      case 'toolResponse': {
        const detail = 'only Gemini can go on from a tool that it ran itself'
        state.leftovers.push({ param: `${param}.${data.name}`, detail })
        continue
      }
      default:
        throw invalid(param, `a model's content cannot hold "${data.name}"`)
    }
    if (signature !== null) closeThoughts(signature)
  }
  closeThoughts(null)
  if (parts.length > 0) state.messages.push(messageOf('assistant', parts))
}

function readCall(
  state: State,
  call: JsonObject,
  { signature, param }: { signature: string | null; param: string },
): Part[] {
  const name = textAt(call['name'], `${param}.functionCall.name`)
  if (name === null) throw invalid(`${param}.functionCall.name`, 'the name is missing')
  const args = objectAt(call['args'], `${param}.functionCall.args`) ?? {}
  const given = textAt(call['id'], `${param}.functionCall.id`)
  const id = given === null || given === '' ? `call_${state.ids.size}_${name}`.slice(0, 64) : given
  if (state.ids.has(id)) throw invalid(`${param}.functionCall.id`, `"${id}" is used twice`)
  state.ids.add(id)
  state.open.push({ id, name })
  const part: Part = {
    kind: 'tool_call',
    id,
    name,
    arguments: JSON.stringify(args),
    isCustom: false,
    cache: null,
  }
  return signature === null ? [part] : [reasoningOf(signature, { text: '', callId: id }), part]
}

function readResponse(state: State, response: JsonObject, param: string): ToolResultPart {
  const name = textAt(response['name'], `${param}.functionResponse.name`)
  const id = textAt(response['id'], `${param}.functionResponse.id`)
  const byId = id === null || id === '' ? -1 : state.open.findIndex((call) => call.id === id)
  const place = byId === -1 ? state.open.findIndex((call) => call.name === name) : byId
  const [call] = place === -1 ? [] : state.open.splice(place, 1)
  if (call === undefined) {
    throw invalid(`${param}.functionResponse`, 'no open functionCall before it has this id or name')
  }
  const value = objectAt(response['response'], `${param}.functionResponse.response`) ?? {}
  const { text, isError } = wordsOf(value)
  const media = listAt(member(response, 'parts'), `${param}.functionResponse.parts`)
  return {
    kind: 'tool_result',
    callId: call.id,
    content: [textPart(text), ...media.flatMap((part) => resultMedia(part, param))],
    isError,
    isCustom: false,
    cache: null,
  }
}

/** Gemini documents `output` and `error`; its older examples say `result`. */
function wordsOf(response: JsonObject): { text: string; isError: boolean } {
  const [[name, value] = [], ...others] = Object.entries(response)
  const isAlone = others.length === 0
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (isAlone && name === 'error') return { text, isError: true }
  const isWrapped = isAlone && typeof value === 'string' && (name === 'output' || name === 'result')
  return { text: isWrapped ? value : JSON.stringify(response), isError: false }
}

function resultMedia(value: unknown, param: string): ToolResultPart['content'][number][] {
  if (!isObject(value)) throw invalid(`${param}.functionResponse.parts`, 'parts must be objects')
  const part = mediaPart(dataOf(value, `${param}.functionResponse.parts`), param)
  return part.kind === 'image' || part.kind === 'file' ? [part] : []
}

function messageOf(role: Role, parts: readonly Part[]): Message {
  return { role, parts, name: null }
}

function textPart(text: string): TextPart {
  return { kind: 'text', text, cache: null }
}
