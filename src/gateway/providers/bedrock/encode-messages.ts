import { callIdFor } from '#gateway/canonical/call-ids.ts'
import type {
  CacheMark,
  Part,
  ReasoningPart,
  TextPart,
  ToolResultPart,
} from '#gateway/canonical/request.ts'
import type { Notes } from '#gateway/providers/notes.ts'
import { argumentsObject, type ToolNames } from '#gateway/providers/tool-names.ts'
import { type Conversation, systemTextForUser, type Turn } from '#gateway/providers/turns.ts'

import type { BedrockTraits } from './bedrock-models.ts'
import type { CachePoints } from './cache-points.ts'
import {
  type Block,
  documentBlock,
  imageBlock,
  mediaBlock,
  type MediaPlace,
} from './encode-media.ts'

/** What ids of calls may be. */
const bedrockCallIds = { pattern: /^[a-zA-Z0-9_-]+$/, lengthMax: 64 }
/** What names of tools may be. */
export const bedrockToolNames = { pattern: /^[a-zA-Z0-9_-]+$/, lengthMax: 64 }

/** What the messages of one request share. */
export interface MessageFacts {
  readonly notes: Notes
  readonly names: ToolNames
  readonly points: CachePoints
  readonly traits: BedrockTraits
  readonly documentNames: Set<string>
}

/** The words of the system, with cache points. */
export function encodeSystem(system: readonly TextPart[], { points }: MessageFacts): Block[] {
  return system.flatMap(({ text, cache }) => [{ text }, ...points.after(cache)])
}

/** The messages of a conversation. */
export function encodeMessages({ turns }: Conversation, facts: MessageFacts): Block[] {
  const messages: { role: string; content: Block[] }[] = []
  for (const turn of turns) {
    const { role, parts } = spokenBy(turn, facts.notes)
    const content = parts.flatMap((part) => encodePart(part, turn.param, facts))
    const last = messages.at(-1)
    if (content.length === 0) continue
    if (last?.role === role) last.content.push(...content)
    else messages.push({ role, content })
  }
  if (messages[0]?.role === 'assistant' && !facts.traits.takesAssistantFirst) {
    facts.notes.warn('messages', 'This provider begins with the user: a short text was put first.')
    messages.unshift({ role: 'user', content: [{ text: '(The conversation begins.)' }] })
  }
  return messages.map(({ role, content }) => ({ role, content: arranged(content) }))
}

/** Words of the system have no place among the messages. */
function spokenBy({ role, parts, param }: Turn, notes: Notes): Pick<Turn, 'role' | 'parts'> {
  if (role !== 'system') return { role, parts }
  notes.warn(param, 'Words of the system in this place were sent as a marked text of the user.')
  const marked = parts.map((part) =>
    part.kind === 'text' ? { ...part, text: systemTextForUser(part.text) } : part,
  )
  return { role: 'user', parts: marked }
}

function encodePart(part: Part, param: string, facts: MessageFacts): Block[] {
  const block = blockOf(part, { param, ...facts })
  if (block === undefined) return []
  return [block, ...facts.points.after(markOf(part))]
}

function markOf(part: Part): CacheMark | null {
  return part.kind === 'reasoning' || part.kind === 'refusal' ? null : part.cache
}

function blockOf(part: Part, place: MessageFacts & MediaPlace): Block | undefined {
  switch (part.kind) {
    case 'text':
      return { text: part.text }
    case 'image':
      return imageBlock(part, place)
    case 'file':
      return documentBlock(part, place)
    case 'audio':
    case 'video':
      if (place.traits.claude.isClaude) {
        place.notes.refuse(place.param, `This model does not take ${part.kind}.`)
      }
      return mediaBlock(part, place)
    case 'tool_call':
      return {
        toolUse: {
          toolUseId: callIdFor(part.id, bedrockCallIds),
          name: place.names.toProvider(part.name),
          input: argumentsObject(part),
        },
      }
    case 'tool_result':
      return resultBlock(part, place)
    case 'reasoning':
      return place.traits.claude.isClaude ? reasoningBlock(part) : undefined
    case 'refusal':
      return part.text.trim() === '' ? undefined : { text: part.text }
    default:
      return part
  }
}

function resultBlock(part: ToolResultPart, place: MessageFacts & MediaPlace): Block {
  const content = part.content.flatMap((inner) => {
    if (inner.kind === 'text' && inner.text.trim() === '') return []
    const block = blockOf(inner, place)
    return block === undefined ? [] : [block]
  })
  return {
    toolResult: {
      toolUseId: callIdFor(part.callId, bedrockCallIds),
      content: content.length === 0 ? [{ text: '(empty)' }] : content,
      ...(part.isError ? { status: 'error' } : {}),
    },
  }
}

/** Claude's own thoughts, byte for byte; those of others are not shown to it. */
function reasoningBlock(part: ReasoningPart): Block | undefined {
  if (part.format !== 'anthropic-claude-v1') return undefined
  if (part.data !== null) return { reasoningContent: { redactedContent: part.data } }
  if (part.signature === null) return undefined
  const { text, signature } = part
  return { reasoningContent: { reasoningText: { text, signature } } }
}

/** Results of tools stand first; a document does not stand without a text. */
function arranged(content: readonly Block[]): readonly Block[] {
  const firstOther = content.findIndex((block) => !('toolResult' in block))
  const isInOrder =
    firstOther === -1 || !content.slice(firstOther).some((block) => 'toolResult' in block)
  const ordered = isInOrder
    ? content
    : [
        ...content.filter((block) => 'toolResult' in block),
        ...content.filter((block) => !('toolResult' in block)),
      ]
  const needsText =
    ordered.some((block) => 'document' in block) && !ordered.some((block) => 'text' in block)
  return needsText ? [...ordered, { text: 'Here is a document.' }] : ordered
}
