import type { AnswerItem, ModelAnswer } from '#gateway/canonical/answer.ts'
import type { AnswerFacts, Closing } from '#gateway/canonical/client-protocol.ts'
import { isObject, parseJson } from '#gateway/canonical/json.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

import { citationValue, mediaText, reasoningBlock, stopReason, toolUseId } from './write-blocks.ts'
import { usageText, warningsMember } from './write-usage.ts'

/** A whole message. */
export function writeWholeMessage(
  answer: ModelAnswer,
  facts: AnswerFacts,
  closing: Closing,
): string {
  const { finish, nativeFinish, stopSequence, items } = answer
  const stop = stopReason({
    reason: finish,
    native: nativeFinish,
    stopSequence,
    hasCalls: items.some(({ kind }) => kind === 'tool_call'),
  })
  const message = {
    id: facts.id,
    type: 'message',
    role: 'assistant',
    model: facts.model,
    content: items.map(blockOf),
    stop_reason: stop,
    stop_sequence: stop === 'stop_sequence' ? stopSequence : null,
    stop_details: null,
    container: null,
    provider: facts.provider,
  }
  return withUsage(message, {}, closing)
}

/** The message of an upstream that speaks the same protocol, with our name for it and what was charged. */
export function editWholeMessage(body: JsonObject, facts: AnswerFacts, closing: Closing): string {
  const { usage, ...rest } = body
  const message = { ...rest, id: facts.id, model: facts.model, provider: facts.provider }
  return withUsage(message, isObject(usage) ? usage : {}, closing)
}

function withUsage(message: JsonObject, before: JsonObject, closing: Closing): string {
  const text = JSON.stringify(message)
  return `${text.slice(0, -1)},"usage":${usageText(closing, before)}${warningsMember(closing)}}`
}

function blockOf(item: AnswerItem): JsonObject {
  switch (item.kind) {
    case 'text': {
      const citations = item.citations.map(citationValue)
      return { type: 'text', text: item.text, citations: citations.length === 0 ? null : citations }
    }
    case 'refusal':
      return { type: 'text', text: item.text, citations: null }
    case 'reasoning':
      return reasoningBlock(item)
    case 'tool_call':
      return { type: 'tool_use', id: toolUseId(item.id), name: item.name, input: inputOf(item) }
    case 'media':
      return { type: 'text', text: mediaText(item), citations: null }
    default:
      return item
  }
}

function inputOf(call: { readonly arguments: string; readonly isCustom: boolean }): JsonObject {
  if (call.isCustom) return { input: call.arguments }
  if (call.arguments.trim() === '') return {}
  const value = parseJson(call.arguments)
  if (isObject(value)) return value
  return value === null ? {} : { invalid_json: call.arguments }
}
