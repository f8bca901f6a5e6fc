import type { Citation, Delta, FinishReason } from '#gateway/canonical/delta.ts'
import { isObject, listOf, objectOf, parseJson, textOf } from '#gateway/canonical/json.ts'
import type {
  AnswerDecoder,
  DecodedWhole,
  DecodingContext,
} from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject, ReasoningFormat } from '#gateway/canonical/request.ts'
import { isAnswerTool } from '#gateway/providers/answer-tool.ts'
import { customInputOf, type ToolNames, toolNamesFor } from '#gateway/providers/tool-names.ts'

import { usageIn } from './decode-usage.ts'
import { bedrockToolNames } from './encode-messages.ts'
import { exceptionBody } from './errors.ts'

/** One block that is being read. Blocks of text and thought begin with their first piece. */
type OpenBlock =
  | { readonly kind: 'text'; readonly start: number; readonly citations: Citation[] }
  | { readonly kind: 'thinking'; readonly block: number }
  | { readonly kind: 'answer'; isEmpty: boolean }
  | { readonly kind: 'custom'; readonly call: number; json: string }
  | { readonly kind: 'call'; readonly call: number; isEmpty: boolean }
  | { readonly kind: 'other' }

interface Reader {
  readonly names: ToolNames
  readonly isAnswer: (name: string) => boolean
  readonly isHidden: boolean
  /** Whose thoughts they are. */
  readonly format: ReasoningFormat
  readonly open: Map<unknown, OpenBlock>
  calls: number
  thoughts: number
  textLength: number
  hasAnswer: boolean
}

const noDeltas: readonly Delta[] = []

function createReader({ request, upstreamModel = 'claude' }: DecodingContext): Reader {
  return {
    names: toolNamesFor(request, bedrockToolNames),
    isAnswer: (name) => isAnswerTool(name, request),
    isHidden: request.reasoning?.isHidden === true,
    format: upstreamModel.includes('claude') ? 'anthropic-claude-v1' : 'unknown',
    open: new Map(),
    calls: 0,
    thoughts: 0,
    textLength: 0,
    hasAnswer: false,
  }
}

/** Reads the events of one stream. */
export function openBedrockDecoder(context: DecodingContext): AnswerDecoder {
  const reader = createReader(context)
  return {
    take(event) {
      const value = parseJson(event.data)
      if (event.isException) return [{ kind: 'error', body: exceptionBody(event.name, value) }]
      return isObject(value) ? takeEvent(reader, event.name, value) : noDeltas
    },
    end: () => noDeltas,
  }
}

/** Reads a whole answer: its blocks are the events of a stream, all at once. */
export function decodeBedrockWhole(body: unknown, context: DecodingContext): DecodedWhole {
  if (!isObject(body)) return { kind: 'unreadable', detail: 'it is not an object' }
  const message = objectOf(objectOf(body['output'])['message'])
  if (!Array.isArray(message['content'])) {
    const text = textOf(body['message'])
    if (text !== null) return { kind: 'error', body: exceptionBody(null, body) }
    return { kind: 'unreadable', detail: 'it has no message' }
  }
  const reader = createReader(context)
  const deltas: Delta[] = [...takeEvent(reader, 'messageStart', message)]
  for (const [index, block] of message['content'].entries()) {
    for (const { name, event } of eventsOfBlock(objectOf(block))) {
      deltas.push(...takeEvent(reader, name, { contentBlockIndex: index, ...event }))
    }
  }
  deltas.push(...takeEvent(reader, 'messageStop', body), ...takeEvent(reader, 'metadata', body))
  return { kind: 'answer', deltas }
}

function eventsOfBlock(block: JsonObject): { name: string; event: JsonObject }[] {
  const stop = { name: 'contentBlockStop', event: {} }
  const delta = (piece: JsonObject) => ({ name: 'contentBlockDelta', event: { delta: piece } })
  const { text, toolUse, reasoningContent, citationsContent } = block
  if (typeof text === 'string') return [delta({ text }), stop]
  if (isObject(toolUse)) {
    const input = toolUse['input'] === undefined ? '' : JSON.stringify(toolUse['input'])
    const start = { name: 'contentBlockStart', event: { start: { toolUse } } }
    return [start, delta({ toolUse: { input } }), stop]
  }
  if (isObject(reasoningContent)) {
    const thought = isObject(reasoningContent['reasoningText'])
      ? reasoningContent['reasoningText']
      : reasoningContent
    return [delta({ reasoningContent: thought }), stop]
  }
  if (isObject(citationsContent)) {
    const texts = listOf(citationsContent['content']).map(objectOf)
    const citations = listOf(citationsContent['citations'])
    return [
      ...texts.map((piece) => delta({ text: piece['text'] })),
      ...citations.map((citation) => delta({ citation })),
      stop,
    ]
  }
  return []
}

function takeEvent(reader: Reader, name: string | null, event: JsonObject): readonly Delta[] {
  switch (name) {
    case 'contentBlockDelta':
      return takeDelta(reader, event['contentBlockIndex'], objectOf(event['delta']))
    case 'contentBlockStart':
      return startBlock(reader, event['contentBlockIndex'], objectOf(event['start']))
    case 'contentBlockStop': {
      const block = reader.open.get(event['contentBlockIndex'])
      reader.open.delete(event['contentBlockIndex'])
      return closeBlock(reader, block)
    }
    case 'messageStart':
      return [{ kind: 'start', upstreamId: null, model: null, createdAtSeconds: null }]
    case 'messageStop':
      return finish(reader, event)
    case 'metadata': {
      const usage = usageIn(event)
      return usage === null ? noDeltas : [{ kind: 'usage', usage }]
    }
    default:
      return noDeltas
  }
}

function finish(reader: Reader, event: JsonObject): readonly Delta[] {
  const native = textOf(event['stopReason'])
  if (native === null) return noDeltas
  const reason = finishReason(native)
  const isAnswer = reason === 'tool_calls' && reader.hasAnswer && reader.calls === 0
  const fields = objectOf(event['additionalModelResponseFields'])
  return [
    {
      kind: 'finish',
      reason: isAnswer ? 'stop' : reason,
      native,
      stopSequence: textOf(fields['stop_sequence']),
    },
  ]
}

function startBlock(reader: Reader, index: unknown, { toolUse }: JsonObject): readonly Delta[] {
  if (!isObject(toolUse) || toolUse['type'] === 'server_tool_use') {
    // Calls of tools that the provider runs itself, and their results: the text says what came of them.
    reader.open.set(index, { kind: 'other' })
    return noDeltas
  }
  const written = textOf(toolUse['name']) ?? ''
  if (reader.isAnswer(written)) {
    reader.hasAnswer = true
    reader.open.set(index, { kind: 'answer', isEmpty: true })
    return noDeltas
  }
  const call = reader.calls++
  const name = reader.names.toClient(written)
  const isCustom = reader.names.isCustom(name)
  reader.open.set(
    index,
    isCustom ? { kind: 'custom', call, json: '' } : { kind: 'call', call, isEmpty: true },
  )
  const id = textOf(toolUse['toolUseId']) ?? `call_${call}`
  return [{ kind: 'tool_call', call, id, name, isCustom }]
}

function takeDelta(reader: Reader, index: unknown, delta: JsonObject): readonly Delta[] {
  const { text, toolUse, reasoningContent, citation } = delta
  if (typeof text === 'string') {
    textBlock(reader, index)
    reader.textLength += text.length
    return text === '' ? noDeltas : [{ kind: 'text', text }]
  }
  if (isObject(toolUse)) return addInput(reader, index, textOf(toolUse['input']) ?? '')
  if (isObject(reasoningContent)) return addThought(reader, index, reasoningContent)
  if (isObject(citation)) textBlock(reader, index).citations.push(readCitation(citation))
  return noDeltas
}

function textBlock(reader: Reader, index: unknown): Extract<OpenBlock, { kind: 'text' }> {
  const known = reader.open.get(index)
  if (known?.kind === 'text') return known
  const block: OpenBlock = { kind: 'text', start: reader.textLength, citations: [] }
  reader.open.set(index, block)
  return block
}

function addInput(reader: Reader, index: unknown, text: string): readonly Delta[] {
  const block = reader.open.get(index)
  if (text === '') return noDeltas
  switch (block?.kind) {
    case 'call':
      block.isEmpty = false
      return [{ kind: 'tool_arguments', call: block.call, text }]
    case 'custom':
      block.json += text
      return noDeltas
    case 'answer':
      block.isEmpty = false
      reader.textLength += text.length
      return [{ kind: 'text', text }]
    default:
      return noDeltas
  }
}

/** Claude's thoughts are signed and go back to it; those of other models are text of no further use. */
function addThought(reader: Reader, index: unknown, thought: JsonObject): readonly Delta[] {
  const data = textOf(thought['redactedContent'])
  const rest = { kind: 'reasoning', id: null, callId: null, format: reader.format } as const
  if (data !== null) {
    const block = reader.thoughts++
    return [{ ...rest, block, form: 'encrypted', text: '', signature: null, data }]
  }
  const known = reader.open.get(index)
  const block = known?.kind === 'thinking' ? known.block : reader.thoughts++
  if (known?.kind !== 'thinking') reader.open.set(index, { kind: 'thinking', block })
  const text = reader.isHidden ? '' : (textOf(thought['text']) ?? '')
  const signature = textOf(thought['signature']) || null
  if (text === '' && signature === null) return noDeltas
  return [{ ...rest, block, form: 'text', text, signature, data: null }]
}

function closeBlock(reader: Reader, block: OpenBlock | undefined): readonly Delta[] {
  switch (block?.kind) {
    case 'text':
      return block.citations.map((citation) => ({
        kind: 'citation',
        citation: { ...citation, startIndex: block.start, endIndex: reader.textLength },
      }))
    case 'call':
      return block.isEmpty ? [{ kind: 'tool_arguments', call: block.call, text: '{}' }] : noDeltas
    case 'custom': {
      const text = customInputOf(block.json)
      return text === '' ? noDeltas : [{ kind: 'tool_arguments', call: block.call, text }]
    }
    case 'answer':
      return block.isEmpty ? [{ kind: 'text', text: '{}' }] : noDeltas
    default:
      return noDeltas
  }
}

function readCitation(citation: JsonObject): Citation {
  const web = objectOf(objectOf(citation['location'])['web'])
  const source = textOf(citation['source'])
  const quotes = listOf(citation['sourceContent']).map((piece) => textOf(objectOf(piece)['text']))
  return {
    url: textOf(web['url']) ?? (source !== null && /^https?:/.test(source) ? source : null),
    title: textOf(citation['title']) ?? source,
    quote: quotes.filter((quote) => quote !== null).join('') || null,
    startIndex: null,
    endIndex: null,
  }
}

/** Why the model stopped, in OpenAI's words. */
function finishReason(native: string): FinishReason {
  switch (native) {
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length'
    case 'tool_use':
      return 'tool_calls'
    case 'guardrail_intervened':
    case 'content_filtered':
      return 'content_filter'
    case 'malformed_model_output':
    case 'malformed_tool_use':
      return 'error'
    default:
      return 'stop'
  }
}
