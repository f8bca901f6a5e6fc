import { callIdFor } from '#gateway/canonical/call-ids.ts'
import type { Part, ReasoningPart, ToolResultPart } from '#gateway/canonical/request.ts'
import type { Notes } from '#gateway/providers/notes.ts'
import { argumentsObject, type ToolNames } from '#gateway/providers/tool-names.ts'
import { systemTextForUser, type Turn } from '#gateway/providers/turns.ts'

import type { Block, CacheMarks } from './cache-marks.ts'
import { documentBlock, imageBlock, type PartPlace } from './encode-media.ts'

/** What ids of calls may be. */
export const anthropicCallIds = { pattern: /^[a-zA-Z0-9_-]+$/, lengthMax: 64 }
/** What names of tools may be. */
export const anthropicToolNames = { pattern: /^[a-zA-Z0-9_-]+$/, lengthMax: 128 }

/** What the messages of one request share. */
export interface MessageFacts {
  readonly notes: Notes
  readonly names: ToolNames
  readonly marks: CacheMarks
  readonly betas: Set<string>
  readonly takesSystemInside: boolean
}

/** The messages of a conversation. Results of tools stand first in their message. */
export function encodeMessages(turns: readonly Turn[], facts: MessageFacts): Block[] {
  const messages: { role: string; content: Block[] }[] = []
  for (const [at, turn] of turns.entries()) {
    const { role, content } = encodeTurn(
      turn,
      { before: turns[at - 1], after: turns[at + 1] },
      facts,
    )
    if (content.length === 0) continue
    const last = messages.at(-1)
    if (last?.role === role) last.content.push(...content)
    else messages.push({ role, content })
  }
  const last = messages.at(-1)
  if (last?.role === 'assistant') trimEnd(last.content, facts.notes)
  return messages.map(({ role, content }) => ({ role, content: resultsFirst(content) }))
}

function encodeTurn(
  turn: Turn,
  neighbours: { before: Turn | undefined; after: Turn | undefined },
  facts: MessageFacts,
): { role: string; content: Block[] } {
  const { role, parts, param } = turn
  const place = { param, notes: facts.notes, betas: facts.betas }
  if (role !== 'system') return { role, content: encodeParts(parts, place, facts) }
  const mayStand = neighbours.before?.role === 'user' && neighbours.after?.role !== 'user'
  if (facts.takesSystemInside && mayStand) {
    return { role, content: encodeParts(parts, place, facts) }
  }
  facts.notes.warn(
    param,
    'Words of the system in this place were sent as a marked text of the user.',
  )
  const marked = parts.map((part) =>
    part.kind === 'text' ? { ...part, text: systemTextForUser(part.text) } : part,
  )
  return { role: 'user', content: encodeParts(marked, place, facts) }
}

function encodeParts(parts: readonly Part[], place: PartPlace, facts: MessageFacts): Block[] {
  return parts.flatMap((part) => {
    const block = encodePart(part, place, facts)
    if (block === undefined) return []
    return [
      part.kind === 'reasoning' || part.kind === 'refusal'
        ? block
        : facts.marks.put(block, part.cache),
    ]
  })
}

function encodePart(part: Part, place: PartPlace, facts: MessageFacts): Block | undefined {
  switch (part.kind) {
    case 'text':
      return { type: 'text', text: part.text }
    case 'image':
      return imageBlock(part, place)
    case 'file':
      return documentBlock(part, place)
    case 'audio':
    case 'video':
      place.notes.refuse(place.param, `This provider does not take ${part.kind}.`)
      return undefined
    case 'tool_call':
      return {
        type: 'tool_use',
        id: callIdFor(part.id, anthropicCallIds),
        name: facts.names.toProvider(part.name),
        input: argumentsObject(part),
      }
    case 'tool_result':
      return resultBlock(part, place, facts)
    case 'reasoning':
      return thinkingBlock(part)
    case 'refusal':
      return part.text.trim() === '' ? undefined : { type: 'text', text: part.text }
    default:
      return part
  }
}

function resultBlock(part: ToolResultPart, place: PartPlace, facts: MessageFacts): Block {
  const content = part.content.flatMap((inner) => {
    if (inner.kind === 'text' && inner.text.trim() === '') return []
    const block = encodePart(inner, place, facts)
    return block === undefined ? [] : [facts.marks.put(block, inner.cache)]
  })
  return {
    type: 'tool_result',
    tool_use_id: callIdFor(part.callId, anthropicCallIds),
    ...(content.length === 0 ? {} : { content }),
    ...(part.isError ? { is_error: true } : {}),
  }
}

/** Claude's own thoughts, byte for byte; those of others are not shown to it. */
function thinkingBlock(part: ReasoningPart): Block | undefined {
  if (part.format !== 'anthropic-claude-v1') return undefined
  if (part.data !== null) return { type: 'redacted_thinking', data: part.data }
  if (part.signature === null) return undefined
  return { type: 'thinking', thinking: part.text, signature: part.signature }
}

function resultsFirst(content: readonly Block[]): readonly Block[] {
  const results = content.filter(({ type }) => type === 'tool_result')
  if (results.length === 0) return content
  return [...results, ...content.filter(({ type }) => type !== 'tool_result')]
}

/** A text to be continued may not end in white space. */
function trimEnd(content: readonly Block[], notes: Notes): void {
  const last = content.at(-1)
  const text = last?.['text']
  if (last?.['type'] !== 'text' || typeof text !== 'string') return
  if (text.trimEnd() === text) return
  last['text'] = text.trimEnd()
  notes.warn('messages', 'White space at the end of the text to be continued was left out.')
}
