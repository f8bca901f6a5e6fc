import { callIdFor, type CallIdRule } from '#gateway/canonical/call-ids.ts'
import type { Citation } from '#gateway/canonical/delta.ts'
import type { FinishReason } from '#gateway/canonical/delta.ts'
import type { JsonObject, ReasoningPart } from '#gateway/canonical/request.ts'
import { sealReasoning } from '#gateway/canonical/sealed-reasoning.ts'

/**
 * A piece of reasoning as a block. Claude's own is written as it came; that of others has its signature
 * sealed, so that it comes back byte for byte.
 */
export function reasoningBlock(part: ReasoningPart): JsonObject {
  const isOwn = part.format === 'anthropic-claude-v1' && part.id === null && part.callId === null
  if (isOwn && part.data !== null) return { type: 'redacted_thinking', data: part.data }
  if (isOwn) return { type: 'thinking', thinking: part.text, signature: part.signature ?? '' }
  const sealed = sealReasoning(part)
  if (part.text === '' && part.form === 'encrypted') {
    return { type: 'redacted_thinking', data: sealed }
  }
  return { type: 'thinking', thinking: part.text, signature: sealed }
}

/** A source, as a citation of a web page, or of a document where there is no address. */
export function citationValue(citation: Citation): JsonObject {
  const quote = citation.quote ?? ''
  if (citation.url === null) {
    return {
      type: 'char_location',
      cited_text: quote,
      document_index: 0,
      document_title: citation.title,
      start_char_index: 0,
      end_char_index: quote.length,
      file_id: null,
    }
  }
  return {
    type: 'web_search_result_location',
    cited_text: quote,
    encrypted_index: '',
    title: citation.title,
    url: citation.url,
  }
}

/** What Anthropic's own ids are made of; longer ones than this are no ids. */
const callIds: CallIdRule = { pattern: /^[a-zA-Z0-9_-]+$/, lengthMax: 4_096 }

/** The id of a call in letters that this protocol has; `originalCallId` reads it back. */
export function toolUseId(id: string): string {
  return callIdFor(id, callIds)
}

/** An image or sound that the protocol has no block for, as text that shows it. */
export function mediaText({ mediaType, base64 }: { mediaType: string; base64: string }): string {
  const mark = mediaType.startsWith('image/') ? '!' : ''
  return `${mark}[${mediaType}](data:${mediaType};base64,${base64})`
}

/** Reasons that this protocol has a word of its own for. */
const ownReasons: ReadonlySet<string> = new Set([
  ...['end_turn', 'max_tokens', 'stop_sequence', 'tool_use', 'pause_turn', 'refusal'],
  'model_context_window_exceeded',
])

/** `stop_reason`. Agents go on with tools only when it says so, whatever the provider calls it. */
export function stopReason(end: {
  readonly reason: FinishReason | null
  readonly native: string | null
  readonly stopSequence: string | null
  readonly hasCalls: boolean
}): string {
  const { reason, native, stopSequence, hasCalls } = end
  switch (reason) {
    case 'length':
      return native === 'model_context_window_exceeded' ? native : 'max_tokens'
    case 'tool_calls':
      return 'tool_use'
    case 'content_filter':
      return 'refusal'
    case 'stop':
    case 'error':
    case null:
      if (hasCalls) return 'tool_use'
      if (stopSequence !== null) return 'stop_sequence'
      return native !== null && native !== 'tool_use' && ownReasons.has(native)
        ? native
        : 'end_turn'
    default:
      return reason
  }
}
