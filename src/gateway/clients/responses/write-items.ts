import type { AnswerItem } from '#gateway/canonical/answer.ts'
import type { Citation } from '#gateway/canonical/delta.ts'
import { logprobsOf, type TokenLogprob } from '#gateway/canonical/logprobs.ts'
import type { JsonObject, ReasoningPart } from '#gateway/canonical/request.ts'
import { isFromOpenai, sealReasoning } from '#gateway/canonical/sealed-reasoning.ts'

import type { NamespacedTool } from './read-tools.ts'
import { itemIdOf, type ItemPrefix } from './response-ids.ts'

/** What writing an item needs to know of its answer. */
export interface ItemFrame {
  readonly generationId: string
  readonly namespaced: ReadonlyMap<string, NamespacedTool>
}

/** Whether an item was said to its end. */
export type ItemStatus = 'in_progress' | 'completed' | 'incomplete'

/** One output item of a whole answer. */
export function writeItem(
  item: AnswerItem,
  frame: ItemFrame,
  place: { readonly outputIndex: number; readonly status: ItemStatus },
): JsonObject {
  const idOf = (prefix: ItemPrefix) => itemIdOf(prefix, frame.generationId, place.outputIndex)
  const { status } = place
  switch (item.kind) {
    case 'text': {
      const annotations = item.citations.map((citation) => annotationOf(citation))
      return messageItem(idOf('msg'), status, [textContent(item.text, annotations, item.logprobs)])
    }
    case 'refusal':
      return messageItem(idOf('msg'), status, [{ type: 'refusal', refusal: item.text }])
    case 'reasoning':
      return reasoningItem(idOf('rs'), item)
    case 'tool_call': {
      const { id: callId, name, isCustom, arguments: text } = item
      const id = idOf(isCustom ? 'ctc' : 'fc')
      return callItem({ id, callId, name, isCustom, text, status }, frame)
    }
    default:
      return imageItem(idOf('ig'), item)
  }
}

/** A message of the assistant. */
export function messageItem(
  id: string,
  status: ItemStatus,
  content: readonly JsonObject[],
): JsonObject {
  return { id, type: 'message', status, role: 'assistant', content }
}

/** Text of a message, with its sources, and how likely its tokens were. */
function textContent(
  text: string,
  annotations: readonly JsonObject[],
  logprobs: readonly TokenLogprob[] = [],
): JsonObject {
  return { type: 'output_text', annotations, logprobs: logprobsOf(logprobs), text }
}

/** What a message holds: text, or a refusal. */
export function contentOf(said: {
  readonly isRefusal: boolean
  readonly text: string
  readonly annotations?: readonly JsonObject[]
  readonly logprobs?: readonly TokenLogprob[]
}): JsonObject {
  const { isRefusal, text, annotations = [], logprobs = [] } = said
  return isRefusal ? { type: 'refusal', refusal: text } : textContent(text, annotations, logprobs)
}

/** A text that is over, as its event tells it. */
export function doneText(said: {
  readonly text: string
  readonly logprobs: readonly TokenLogprob[]
}): JsonObject {
  return { text: said.text, logprobs: logprobsOf(said.logprobs) }
}

/** The beginning of a delta event, with how likely the tokens of its text were. */
export function withLogprobs(deltaHead: string, tokens: readonly TokenLogprob[]): string {
  if (tokens.length === 0) return deltaHead
  return deltaHead.replace('[]', () => JSON.stringify(logprobsOf(tokens)))
}

/** A source as this protocol names it. The places in the text are where it ends when none were given. */
export function annotationOf(citation: Citation): JsonObject {
  const { url, title, startIndex, endIndex } = citation
  return {
    type: 'url_citation',
    start_index: startIndex ?? 0,
    end_index: endIndex ?? startIndex ?? 0,
    title: title ?? url ?? '',
    url: url ?? '',
  }
}

/**
 * Reasoning in the one place that every client of this protocol shows. What its maker must get back goes
 * along encrypted: OpenAI's own as it is, that of others sealed.
 */
export function reasoningItem(id: string, part: ReasoningPart): JsonObject {
  const summary = part.text === '' ? [] : [{ type: 'summary_text', text: part.text }]
  const encrypted = encryptedContent(part)
  const item = { id, type: 'reasoning', summary }
  return encrypted === null ? item : { ...item, encrypted_content: encrypted }
}

function encryptedContent(part: ReasoningPart): string | null {
  const { format, signature, data, callId, form, id } = part
  if (format === 'unknown' && signature === null && data === null) return null
  const isPlain = format === 'openai-responses-v1' && signature === null && callId === null
  // Others encrypt for OpenAI's models in ways of their own (Bedrock): those have to say whose they are.
  if (isPlain && (data === null || isFromOpenai(data))) return data
  return sealReasoning({ form, signature, data, id, format, callId })
}

/** A call, of a function or of a custom tool, under the name that the client gave its tool. */
export function callItem(
  call: {
    readonly id: string
    readonly callId: string
    readonly name: string
    readonly isCustom: boolean
    readonly text: string
    readonly status: ItemStatus
  },
  { namespaced }: ItemFrame,
): JsonObject {
  const { id, callId, isCustom, text, status } = call
  const home = namespaced.get(call.name)
  const names = home ? { name: home.name, namespace: home.namespace } : { name: call.name }
  if (isCustom) {
    return { id, type: 'custom_tool_call', status, call_id: callId, input: text, ...names }
  }
  const written = text === '' && status !== 'in_progress' ? '{}' : text
  return { id, type: 'function_call', status, arguments: written, call_id: callId, ...names }
}

/** An image that the model made. */
export function imageItem(
  id: string,
  { mediaType, base64 }: { readonly mediaType: string; readonly base64: string },
): JsonObject {
  const format = mediaType.startsWith('image/') ? mediaType.slice('image/'.length) : 'png'
  return {
    id,
    type: 'image_generation_call',
    status: 'completed',
    output_format: format,
    result: base64,
  }
}
