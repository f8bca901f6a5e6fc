import type { Delta, FinishReason } from '#gateway/canonical/delta.ts'
import { isObject, listOf, numberOf, objectOf, textOf } from '#gateway/canonical/json.ts'
import { readLogprobs } from '#gateway/canonical/logprobs.ts'
import { namespacedName } from '#gateway/canonical/namespaced-name.ts'
import type { DecodingContext } from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject, ReasoningFormat } from '#gateway/canonical/request.ts'

/** What one answer has so far: it numbers calls and blocks of reasoning. */
export interface AnswerCount {
  readonly context: DecodingContext
  readonly format: ReasoningFormat
  calls: number
  blocks: number
}

/** The pieces of one output item that came whole. What only the provider understands has none. */
export function piecesOfItem(item: JsonObject, count: AnswerCount): Delta[] {
  switch (item['type']) {
    case 'message':
      return listOf(item['content']).flatMap((part) => piecesOfPart(part))
    case 'function_call':
    case 'custom_tool_call':
      return piecesOfCall(item, count)
    case 'reasoning':
      return piecesOfReasoning(item, count)
    case 'image_generation_call':
      return piecesOfImage(item)
    default:
      return []
  }
}

function piecesOfPart(part: unknown): Delta[] {
  if (!isObject(part)) return []
  if (part['type'] === 'refusal') {
    const text = textOf(part['refusal'])
    return text ? [{ kind: 'refusal', text }] : []
  }
  if (part['type'] !== 'output_text') return []
  const pieces = textPieces(textOf(part['text']) ?? '', part['logprobs'])
  for (const annotation of listOf(part['annotations'])) {
    const citation = citationOf(annotation)
    if (citation) pieces.push(citation)
  }
  return pieces
}

/** A piece of text with how likely its tokens were, where that was told; nothing for no text. */
export function textPieces(text: string, told: unknown): Delta[] {
  if (text === '') return []
  const logprobs = readLogprobs(told)
  return [{ kind: 'text', text, ...(logprobs.length > 0 && { logprobs }) }]
}

/** A source that an annotation names; undefined for one that names none. */
export function citationOf(annotation: unknown): Delta | undefined {
  if (!isObject(annotation)) return undefined
  const url = textOf(annotation['url'])
  const title = textOf(annotation['title']) ?? textOf(annotation['filename'])
  if (url === null && title === null) return undefined
  return {
    kind: 'citation',
    citation: {
      url,
      title,
      quote: null,
      startIndex: numberOf(annotation['start_index']),
      endIndex: numberOf(annotation['end_index']),
    },
  }
}

function piecesOfCall(item: JsonObject, count: AnswerCount): Delta[] {
  const opening = openCall(item, count)
  if (!opening) return []
  const text = argumentsOf(item)
  return text === '' ? [opening] : [opening, { kind: 'tool_arguments', call: opening.call, text }]
}

/** The text that a call was given, function or custom. */
export function argumentsOf(item: JsonObject): string {
  return textOf(item['arguments']) ?? textOf(item['input']) ?? ''
}

/**
 * The beginning of a call; undefined for a custom call of a tool that is none of the client's (xAI reports
 * its own searches so).
 */
export function openCall(
  item: JsonObject,
  count: AnswerCount,
): Extract<Delta, { kind: 'tool_call' }> | undefined {
  const name = nameOf(item)
  const isCustom = item['type'] === 'custom_tool_call'
  if (isCustom && !isCustomTool(count.context, name)) return undefined
  const call = count.calls
  count.calls += 1
  const id = textOf(item['call_id']) || textOf(item['id'])
  return {
    kind: 'tool_call',
    call,
    id: id || `call_${count.context.callIdPrefix}${call}`,
    name,
    isCustom,
  }
}

/** A namespaced call by the one name that it has in this house. */
function nameOf(item: JsonObject): string {
  const name = textOf(item['name']) ?? ''
  const namespace = textOf(item['namespace'])
  return namespace ? namespacedName(namespace, name) : name
}

function isCustomTool({ request }: DecodingContext, name: string): boolean {
  return request.tools.some((tool) => tool.kind === 'custom' && tool.name === name)
}

/** The texts of a reasoning item, of either kind, joined as they are shown. */
export function reasoningTexts(item: JsonObject): { summary: string; content: string } {
  return { summary: joined(item['summary']), content: joined(item['content']) }
}

function joined(parts: unknown): string {
  return listOf(parts)
    .map((part) => (isObject(part) ? (textOf(part['text']) ?? '') : ''))
    .filter((text) => text !== '')
    .join('\n\n')
}

function piecesOfReasoning(item: JsonObject, count: AnswerCount): Delta[] {
  const { summary, content } = reasoningTexts(item)
  const data = textOf(item['encrypted_content']) || null
  const text = summary || content
  if (text === '' && data === null) return []
  const form = summary ? 'summary' : content ? 'text' : 'encrypted'
  return [reasoningPiece(count.blocks++, { item, form, text, data, format: count.format })]
}

/** One piece of reasoning with what its item says of it. */
export function reasoningPiece(
  block: number,
  piece: {
    readonly item: JsonObject
    readonly form: 'text' | 'summary' | 'encrypted'
    readonly text: string
    readonly data: string | null
    readonly format: ReasoningFormat
  },
): Delta {
  const { item, form, text, data } = piece
  const said = knownFormats.get(textOf(item['format']) ?? '')
  return {
    kind: 'reasoning',
    block,
    form,
    text,
    signature: null,
    data,
    id: textOf(item['id']),
    format: said ?? piece.format,
    callId: null,
  }
}

const knownFormats: ReadonlyMap<string, ReasoningFormat> = new Map(
  (
    [
      'anthropic-claude-v1',
      'google-gemini-v1',
      'openai-responses-v1',
      'azure-openai-responses-v1',
      'xai-responses-v1',
    ] as const
  ).map((format) => [format, format]),
)

function piecesOfImage(item: JsonObject): Delta[] {
  const base64 = textOf(item['result'])
  if (!base64) return []
  return [{ kind: 'media', mediaType: imageType(textOf(item['output_format']), base64), base64 }]
}

function imageType(format: string | null, base64: string): string {
  if (format) return `image/${format === 'jpg' ? 'jpeg' : format}`
  if (base64.startsWith('/9j/')) return 'image/jpeg'
  return base64.startsWith('UklGR') ? 'image/webp' : 'image/png'
}

/** Why a response ended, in chat's words. */
export function finishOf(response: JsonObject, count: AnswerCount): Delta {
  const reason = textOf(objectOf(response['incomplete_details'])['reason'])
  const status = textOf(response['status'])
  const native = status === 'incomplete' ? (reason ?? status) : status
  return { kind: 'finish', reason: reasonOf(status, reason, count), native, stopSequence: null }
}

function reasonOf(status: string | null, reason: string | null, count: AnswerCount): FinishReason {
  if (status === 'cancelled') return 'error'
  if (status === 'incomplete') {
    if (reason === 'max_output_tokens' || reason === 'max_tokens') return 'length'
    if (reason === 'content_filter') return 'content_filter'
  }
  return count.calls > 0 ? 'tool_calls' : 'stop'
}
