import type { Delta, FinishReason } from '#gateway/canonical/delta.ts'
import { isObject, listOf, objectOf, parseJson, textOf } from '#gateway/canonical/json.ts'
import type {
  AnswerDecoder,
  DecodedWhole,
  DecodingContext,
} from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import type { WireEvent } from '#gateway/canonical/wire-event.ts'
import { isAnswerTool } from '#gateway/providers/answer-tool.ts'
import { customInputOf, type ToolNames, toolNamesFor } from '#gateway/providers/tool-names.ts'

import { readCitation, type UnplacedCitation } from './decode-citation.ts'
import { mergeUsage, usageOf } from './decode-usage.ts'
import { anthropicToolNames } from './encode-messages.ts'
import { errorBody } from './errors.ts'

/** One block that is being read. */
type OpenBlock =
  | { readonly kind: 'text'; readonly start: number; readonly citations: UnplacedCitation[] }
  | { readonly kind: 'thinking'; readonly block: number }
  | { readonly kind: 'answer'; isEmpty: boolean; readonly input: unknown }
  | { readonly kind: 'custom'; readonly call: number; json: string; readonly input: unknown }
  | { readonly kind: 'call'; readonly call: number; isEmpty: boolean; readonly input: unknown }
  | { readonly kind: 'other' }

const noDeltas: readonly Delta[] = []

/** Reads the events of one stream. */
export function openAnthropicDecoder({ request }: DecodingContext): AnswerDecoder {
  const reader = createReader({
    names: toolNamesFor(request, anthropicToolNames),
    isAnswer: (name) => isAnswerTool(name, request),
    isHidden: request.reasoning?.isHidden === true,
  })
  return {
    take(event: WireEvent) {
      const value = parseJson(event.data)
      if (!isObject(value)) return noDeltas
      if (event.isException && value['type'] === undefined) {
        return [{ kind: 'error', body: errorBody(value) }]
      }
      return reader.take(value)
    },
    end: () => noDeltas,
  }
}

/** Reads a whole answer: its blocks are the events of a stream, all at once. */
export function decodeAnthropicWhole(body: unknown, context: DecodingContext): DecodedWhole {
  if (!isObject(body)) return { kind: 'unreadable', detail: 'it is not an object' }
  if (body['type'] === 'error' || isObject(body['error'])) {
    return { kind: 'error', body: errorBody(body) }
  }
  if (!Array.isArray(body['content'])) return { kind: 'unreadable', detail: 'it has no content' }
  const { request } = context
  const reader = createReader({
    names: toolNamesFor(request, anthropicToolNames),
    isAnswer: (name) => isAnswerTool(name, request),
    isHidden: request.reasoning?.isHidden === true,
  })
  const deltas: Delta[] = [...reader.take({ type: 'message_start', message: body })]
  for (const [index, block] of body['content'].entries()) {
    deltas.push(
      ...reader.take({ type: 'content_block_start', index, content_block: block }),
      ...reader.take({ type: 'content_block_stop', index }),
    )
  }
  deltas.push(...reader.take({ type: 'message_delta', delta: body, usage: body['usage'] }))
  return { kind: 'answer', deltas }
}

interface ReaderFacts {
  readonly names: ToolNames
  readonly isAnswer: (name: string) => boolean
  readonly isHidden: boolean
}

function createReader(facts: ReaderFacts): { take: (event: JsonObject) => readonly Delta[] } {
  const open = new Map<unknown, OpenBlock>()
  const state = { calls: 0, thoughts: 0, textLength: 0, hasAnswer: false }
  const place = { facts, state }
  let usage: JsonObject = {}

  function start({ index, content_block: content }: JsonObject): readonly Delta[] {
    const { block, deltas } = openBlock(objectOf(content), facts, state)
    open.set(index, block)
    return deltas
  }

  function finish({ delta, usage: later }: JsonObject): readonly Delta[] {
    usage = mergeUsage(usage, later)
    const deltas: Delta[] = []
    if (isObject(later)) deltas.push({ kind: 'usage', usage: usageOf(usage) })
    const end = objectOf(delta)
    const native = textOf(end['stop_reason'])
    if (native === null) return deltas
    const explanation = textOf(objectOf(end['stop_details'])['explanation'])
    if (native === 'refusal' && explanation) deltas.push({ kind: 'refusal', text: explanation })
    deltas.push({
      kind: 'finish',
      reason: state.hasAnswer && state.calls === 0 ? answerReason(native) : finishReason(native),
      native,
      stopSequence: textOf(end['stop_sequence']),
    })
    return deltas
  }

  return {
    take(event) {
      switch (event['type']) {
        case 'content_block_delta':
          return continueBlock(open.get(event['index']), objectOf(event['delta']), place)
        case 'content_block_start':
          return start(event)
        case 'content_block_stop': {
          const block = open.get(event['index'])
          open.delete(event['index'])
          return closeBlock(block, state)
        }
        case 'message_start': {
          const message = objectOf(event['message'])
          usage = mergeUsage(usage, message['usage'])
          const { id, model } = message
          const start: Delta = {
            kind: 'start',
            upstreamId: textOf(id),
            model: textOf(model),
            createdAtSeconds: null,
          }
          return isObject(message['usage'])
            ? [start, { kind: 'usage', usage: usageOf(usage) }]
            : [start]
        }
        case 'message_delta':
          return finish(event)
        case 'error':
          return [{ kind: 'error', body: errorBody(event) }]
        default:
          return noDeltas
      }
    },
  }
}

interface ReaderState {
  calls: number
  thoughts: number
  textLength: number
  hasAnswer: boolean
}

function openBlock(
  content: JsonObject,
  facts: ReaderFacts,
  state: ReaderState,
): { block: OpenBlock; deltas: readonly Delta[] } {
  switch (content['type']) {
    case 'text': {
      const text = textOf(content['text']) ?? ''
      const citations = listOf(content['citations']).map(readCitation)
      const block: OpenBlock = { kind: 'text', start: state.textLength, citations }
      state.textLength += text.length
      return { block, deltas: text === '' ? noDeltas : [{ kind: 'text', text }] }
    }
    case 'thinking': {
      const block = state.thoughts++
      const signature = textOf(content['signature']) || null
      const text = facts.isHidden ? '' : (textOf(content['thinking']) ?? '')
      return {
        block: { kind: 'thinking', block },
        deltas: [{ ...thought(block), form: 'text', text, signature, data: null }],
      }
    }
    case 'redacted_thinking': {
      const data = textOf(content['data'])
      return {
        block: { kind: 'other' },
        deltas: [
          { ...thought(state.thoughts++), form: 'encrypted', text: '', signature: null, data },
        ],
      }
    }
    case 'tool_use':
      return openCall(content, facts, state)
    default:
      // Calls of tools that the provider runs itself, and their results: the text says what came of them.
      return { block: { kind: 'other' }, deltas: noDeltas }
  }
}

function openCall(
  content: JsonObject,
  { names, isAnswer }: ReaderFacts,
  state: ReaderState,
): { block: OpenBlock; deltas: readonly Delta[] } {
  const { input } = content
  const written = textOf(content['name']) ?? ''
  if (isAnswer(written)) {
    state.hasAnswer = true
    return { block: { kind: 'answer', isEmpty: true, input }, deltas: noDeltas }
  }
  const name = names.toClient(written)
  const call = state.calls++
  const isCustom = names.isCustom(name)
  const id = textOf(content['id']) ?? `call_${call}`
  return {
    block: isCustom
      ? { kind: 'custom', call, json: '', input }
      : { kind: 'call', call, isEmpty: true, input },
    deltas: [{ kind: 'tool_call', call, id, name, isCustom }],
  }
}

function continueBlock(
  block: OpenBlock | undefined,
  delta: JsonObject,
  { facts, state }: { facts: ReaderFacts; state: ReaderState },
): readonly Delta[] {
  switch (delta['type']) {
    case 'text_delta': {
      const text = textOf(delta['text']) ?? ''
      state.textLength += text.length
      return text === '' ? noDeltas : [{ kind: 'text', text }]
    }
    case 'input_json_delta':
      return addArguments(block, textOf(delta['partial_json']) ?? '', state)
    case 'thinking_delta': {
      const text = textOf(delta['thinking']) ?? ''
      if (block?.kind !== 'thinking' || facts.isHidden || text === '') return noDeltas
      return [{ ...thought(block.block), form: 'text', text, signature: null, data: null }]
    }
    case 'signature_delta': {
      const signature = textOf(delta['signature'])
      if (block?.kind !== 'thinking' || !signature) return noDeltas
      return [{ ...thought(block.block), form: 'text', text: '', signature, data: null }]
    }
    case 'citations_delta':
      if (block?.kind === 'text') block.citations.push(readCitation(delta['citation']))
      return noDeltas
    default:
      return noDeltas
  }
}

function addArguments(
  block: OpenBlock | undefined,
  text: string,
  state: ReaderState,
): readonly Delta[] {
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
      state.textLength += text.length
      return [{ kind: 'text', text }]
    default:
      return noDeltas
  }
}

function closeBlock(block: OpenBlock | undefined, state: ReaderState): readonly Delta[] {
  switch (block?.kind) {
    case 'text':
      return block.citations.map((citation) => ({
        kind: 'citation',
        citation: { ...citation, startIndex: block.start, endIndex: state.textLength },
      }))
    case 'call': {
      // Some servers give the whole input when the block begins.
      const text = block.isEmpty ? inputText(block.input) || '{}' : ''
      return text === '' ? noDeltas : [{ kind: 'tool_arguments', call: block.call, text }]
    }
    case 'custom': {
      const text = customInputOf(block.json === '' ? inputText(block.input) : block.json)
      return text === '' ? noDeltas : [{ kind: 'tool_arguments', call: block.call, text }]
    }
    case 'answer': {
      const text = block.isEmpty ? inputText(block.input) || '{}' : ''
      state.textLength += text.length
      return text === '' ? noDeltas : [{ kind: 'text', text }]
    }
    default:
      return noDeltas
  }
}

/** The input as JSON; empty where there is none, which a protocol may write in its own way. */
function inputText(input: unknown): string {
  return isObject(input) && Object.keys(input).length > 0 ? JSON.stringify(input) : ''
}

function thought(block: number) {
  const rest = { id: null, callId: null, format: 'anthropic-claude-v1' } as const
  return { kind: 'reasoning', block, ...rest } as const
}

function answerReason(native: string): FinishReason {
  const reason = finishReason(native)
  return reason === 'tool_calls' ? 'stop' : reason
}

/** Why Claude stopped, in OpenAI's words. */
function finishReason(native: string): FinishReason {
  switch (native) {
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length'
    case 'tool_use':
      return 'tool_calls'
    case 'refusal':
      return 'content_filter'
    default:
      return 'stop'
  }
}
