import type {
  Message,
  Part,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from '#gateway/canonical/request.ts'

import type { Notes } from './notes.ts'

/** What one side said, until another side speaks. Never empty. */
export interface Turn {
  readonly role: 'system' | 'user' | 'assistant'
  readonly parts: Part[]
  /** Where it begins in the request, for warnings (`messages[3]`). */
  readonly param: string
}

/** A conversation whose sides alternate. */
export interface Conversation {
  /** The system's words before anybody spoke. */
  readonly system: readonly TextPart[]
  readonly turns: readonly Turn[]
}

/**
 * Puts a conversation in the order that Anthropic and Bedrock demand: neighbours of one role are one turn,
 * each turn with tool calls is followed at once by the results of all of them, and texts without a visible
 * character are left out. A call that nobody answered gets an error for a result.
 */
export function alternatingTurns(messages: readonly Message[], notes: Notes): Conversation {
  const firstSpoken = messages.findIndex(({ role }) => role !== 'system' && role !== 'developer')
  const leading = firstSpoken === -1 ? messages.length : firstSpoken
  const system = messages.slice(0, leading).flatMap(({ parts }) => parts.filter(isVisibleText))
  const turns: Turn[] = []
  const results = resultsByCall(messages)
  for (let at = leading; at < messages.length; at += 1) {
    const message = messages[at]
    if (message === undefined) break
    const param = `messages[${at}]`
    if (message.name !== null && message.role !== 'tool') {
      notes.warn(`${param}.name`, 'Names of participants are not told to this provider.')
    }
    addMessage(turns, message, { param, results, notes })
  }
  for (const [id, unused] of results) {
    if (unused.length > 0) notes.warn('messages', `A result for "${id}" has no call; left out.`)
  }
  return { system, turns }
}

interface Place {
  readonly param: string
  readonly results: Map<string, ToolResultPart[]>
  readonly notes: Notes
}

function addMessage(turns: Turn[], message: Message, place: Place): void {
  const { param } = place
  const spoken = message.parts.filter(
    (part) => part.kind !== 'tool_result' && (part.kind !== 'text' || isVisibleText(part)),
  )
  switch (message.role) {
    case 'system':
    case 'developer':
      return addParts(turns, { role: 'system', parts: spoken, param })
    case 'user':
    case 'tool':
      return addParts(turns, { role: 'user', parts: spoken, param })
    case 'assistant': {
      addParts(turns, { role: 'assistant', parts: spoken, param })
      const calls = spoken.filter((part): part is ToolCallPart => part.kind === 'tool_call')
      return addParts(turns, {
        role: 'user',
        parts: calls.map((call) => resultOf(call, place)),
        param,
      })
    }
    default:
      return
  }
}

function addParts(turns: Turn[], turn: Turn): void {
  if (turn.parts.length === 0) return
  const last = turns.at(-1)
  if (last?.role === turn.role) last.parts.push(...turn.parts)
  else turns.push({ ...turn, parts: [...turn.parts] })
}

function resultOf({ id, name, isCustom }: ToolCallPart, place: Place): ToolResultPart {
  const found = place.results.get(id)?.shift()
  if (found) return found
  place.notes.warn(
    place.param,
    `The call of "${name}" has no result; an error was put in its place.`,
  )
  return {
    kind: 'tool_result',
    callId: id,
    content: [{ kind: 'text', text: 'This call was given no result.', cache: null }],
    isError: true,
    isCustom,
    cache: null,
  }
}

function resultsByCall(messages: readonly Message[]): Map<string, ToolResultPart[]> {
  const results = new Map<string, ToolResultPart[]>()
  for (const { parts } of messages) {
    for (const part of parts) {
      if (part.kind !== 'tool_result') continue
      const known = results.get(part.callId)
      if (known) known.push(part)
      else results.set(part.callId, [part])
    }
  }
  return results
}

function isVisibleText(part: Part): part is TextPart {
  return part.kind === 'text' && part.text.trim() !== ''
}

/** The system's words in the middle of a conversation, as a user's text that says whose they are. */
export function systemTextForUser(text: string): string {
  return `<system>\n${text}\n</system>`
}
