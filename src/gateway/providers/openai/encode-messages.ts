import { callIdFor } from '#gateway/canonical/call-ids.ts'
import { reasoningDetails } from '#gateway/canonical/reasoning-details.ts'
import type {
  JsonObject,
  Message,
  ReasoningPart,
  ToolCallPart,
  ToolResultPart,
} from '#gateway/canonical/request.ts'
import { openReasoning } from '#gateway/canonical/sealed-reasoning.ts'

import { encodeContent, encodeImage, withMark, type ListedPart } from './encode-parts.ts'
import { customInput } from './encode-tools.ts'
import type { Writing } from './writing.ts'

/** The messages of a request as this dialect wants them. */
export function encodeMessages(
  messages: readonly Message[],
  writing: Writing,
): readonly JsonObject[] {
  const written: JsonObject[] = []
  const turnStart = messages.findLastIndex((message) => message.role === 'user')
  for (const [index, message] of messages.entries()) {
    const param = `messages[${index}]`
    if (message.role === 'assistant') {
      written.push(encodeAssistant(message, { param, isInTurn: index > turnStart, writing }))
    } else if (message.role === 'tool') encodeResults(message, { param, written, writing })
    else encodeSpeech(message, { param, written, writing })
  }
  markPrefill(messages, written, writing)
  return written
}

interface Target {
  readonly param: string
  readonly written: JsonObject[]
  readonly writing: Writing
}

function encodeSpeech(message: Message, { param, written, writing }: Target): void {
  const { dialect } = writing
  const listed = message.parts.filter(isListed)
  if (message.parts.some((part) => part.kind === 'tool_result')) {
    encodeResults(message, { param, written, writing })
    if (listed.length === 0) return
  }
  if (message.role === 'user' && !dialect.hasUserAfterTool && written.at(-1)?.['role'] === 'tool') {
    written.push({ role: 'assistant', content: 'OK.' })
  }
  const role = message.role === 'developer' && !dialect.hasDeveloperRole ? 'system' : message.role
  const named = message.name === null ? {} : { name: message.name }
  written.push({ role, content: encodeContent(listed, param, writing), ...named })
}

function isListed(part: Message['parts'][number]): part is ListedPart {
  return (
    part.kind === 'text' ||
    part.kind === 'image' ||
    part.kind === 'audio' ||
    part.kind === 'video' ||
    part.kind === 'file'
  )
}

function encodeAssistant(
  message: Message,
  { param, isInTurn, writing }: { param: string; isInTurn: boolean; writing: Writing },
): JsonObject {
  const { dialect } = writing
  const written: Record<string, unknown> = { role: 'assistant', content: null }
  const said: ListedPart[] = []
  const images: JsonObject[] = []
  const calls: JsonObject[] = []
  const thoughts: ReasoningPart[] = []
  for (const part of message.parts) {
    if (part.kind === 'tool_call') calls.push(encodeCall(part, writing))
    else if (part.kind === 'reasoning') thoughts.push(part)
    else if (part.kind === 'refusal') written['refusal'] = part.text
    else if (part.kind === 'audio' && part.source.kind === 'file_id') {
      written['audio'] = { id: part.source.id }
    } else if (part.kind === 'image') {
      if (!dialect.hasAnswerImages) {
        writing.warn(param, 'This provider is not shown the images that an assistant made before.')
      } else {
        const image = encodeImage(part, param, writing)
        if (image) images.push(image)
      }
    } else if (isListed(part) && !(part.kind === 'text' && part.text === '')) said.push(part)
  }
  if (said.length > 0) written['content'] = encodeContent(said, param, writing)
  else if (calls.length === 0 && written['refusal'] === undefined) written['content'] = ''
  if (message.name !== null) written['name'] = message.name
  if (images.length > 0) written['images'] = images
  Object.assign(written, encodeThoughts(thoughts, isInTurn, writing))
  if (calls.length > 0) written['tool_calls'] = calls
  return written
}

/**
 * Earlier reasoning, for servers that take it back. A server that is no router sees plain text only, which
 * is of no other maker.
 */
function encodeThoughts(
  thoughts: readonly ReasoningPart[],
  isInTurn: boolean,
  { dialect }: Writing,
): JsonObject {
  if (thoughts.length === 0 || dialect.reasoningHistory === 'none') return {}
  const plain = thoughts.filter((thought) => thought.format === 'unknown')
  const text = plain.map((thought) => thought.text).join('\n\n')
  if (dialect.reasoningHistory === 'content_in_turn') {
    return isInTurn && text !== '' ? { reasoning_content: text } : {}
  }
  let count = 0
  const details = thoughts
    .flatMap((thought) => reasoningDetails(thought, () => count++))
    .filter((detail) => !isSealed(detail['signature']) && !isSealed(detail['data']))
  const shown = thoughts.map((thought) => thought.text).join('')
  const isSigned = thoughts.some(({ signature, data }) => signature !== null || data !== null)
  return {
    ...(shown === '' ? {} : { reasoning: shown }),
    ...(plain.length === thoughts.length && !isSigned ? {} : { reasoning_details: details }),
  }
}

/** Only this gateway could open it. */
function isSealed(text: unknown): boolean {
  return typeof text === 'string' && openReasoning(text) !== undefined
}

function encodeCall(call: ToolCallPart, { dialect }: Writing): JsonObject {
  const id = dialect.callIds ? callIdFor(call.id, dialect.callIds) : call.id
  if (call.isCustom && dialect.hasCustomTools) {
    return { id, type: 'custom', custom: { name: call.name, input: call.arguments } }
  }
  const text = call.isCustom ? JSON.stringify({ [customInput]: call.arguments }) : call.arguments
  const written = { id, type: 'function', function: { name: call.name, arguments: text } }
  return dialect.hasCacheMarks ? withMark(written, call.cache) : written
}

/** Each result is a message of its own. Images go into a user's message where results are text alone. */
function encodeResults(message: Message, { param, written, writing }: Target): void {
  const { dialect } = writing
  const moved: JsonObject[] = []
  for (const part of message.parts) {
    if (part.kind !== 'tool_result') continue
    const kept = dialect.hasImagesInResults
      ? part.content
      : part.content.filter((item) => item.kind === 'text')
    for (const item of part.content) {
      if (kept.includes(item)) continue
      const content = encodeContent([item], param, writing)
      if (typeof content === 'string') continue
      moved.push(
        { type: 'text', text: `From the result of the tool call ${part.callId}:` },
        ...content,
      )
    }
    written.push(encodeResult(part, kept, { param, writing }))
  }
  if (moved.length === 0) return
  if (!dialect.hasUserAfterTool) written.push({ role: 'assistant', content: 'OK.' })
  written.push({ role: 'user', content: moved })
}

function encodeResult(
  part: ToolResultPart,
  kept: ToolResultPart['content'],
  { param, writing }: { param: string; writing: Writing },
): JsonObject {
  const { dialect } = writing
  const content = encodeContent(kept, param, writing)
  const isSilent = kept.length === 0 && part.content.length > 0
  const shown = isSilent ? 'See the next message.' : content
  const told = part.isError && typeof shown === 'string' ? asError(shown) : shown
  const id = dialect.callIds ? callIdFor(part.callId, dialect.callIds) : part.callId
  const written = { role: 'tool', tool_call_id: id, content: told }
  return dialect.hasCacheMarks && part.cache ? withMark(written, part.cache) : written
}

/** This protocol has no mark for a failed call, so the text says it. */
function asError(text: string): string {
  return /^\W*(?:error|fail|exception|traceback)/i.test(text) ? text : `Error: ${text}`
}

function markPrefill(
  messages: readonly Message[],
  written: JsonObject[],
  { dialect, warn }: Writing,
): void {
  const last = messages.at(-1)
  const encoded = written.at(-1)
  if (
    last?.role !== 'assistant' ||
    !encoded ||
    last.parts.some((part) => part.kind === 'tool_call')
  )
    return
  if (dialect.prefill === 'marked') written[written.length - 1] = { ...encoded, prefix: true }
  else {
    warn(
      `messages[${messages.length - 1}]`,
      'This provider begins a new answer instead of going on with the last message.',
    )
  }
}
