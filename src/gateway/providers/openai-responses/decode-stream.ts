import type { Delta } from '#gateway/canonical/delta.ts'
import { isObject, listOf, objectOf, parseJson, textOf } from '#gateway/canonical/json.ts'
import type { AnswerDecoder, DecodingContext } from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import type { WireEvent } from '#gateway/canonical/wire-event.ts'

import { countFor, errorIn, startOf } from './decode-whole.ts'
import {
  argumentsOf,
  citationOf,
  finishOf,
  openCall,
  piecesOfItem,
  reasoningPiece,
  reasoningTexts,
  type AnswerCount,
  textPieces,
} from './output-items.ts'
import { readUsage } from './read-usage.ts'

/** One output item under way. */
interface OpenItem {
  item: JsonObject
  /** Number of its call; null before it was told, or for what is no call of the client's. */
  call: number | null
  /** Numbers of its blocks of reasoning. */
  summaryBlock: number | null
  textBlock: number | null
  /** What was told of it in pieces: the whole that follows says the same again. */
  hasPieces: boolean
  annotations: number
  summaryIndex: number
}

/** Reads the events of one response. */
export function openDecoder(context: DecodingContext): AnswerDecoder {
  const decoder = new ResponsesDecoder(countFor(context))
  return { take: (event) => decoder.take(event), end: () => [] }
}

class ResponsesDecoder {
  readonly #count: AnswerCount
  /** By the item's id; by its place where it has none. */
  readonly #items = new Map<string, OpenItem>()
  #isStarted = false
  #isOver = false
  #itemCount = 0

  constructor(count: AnswerCount) {
    this.#count = count
  }

  take(event: WireEvent): readonly Delta[] {
    if (this.#isOver || event.data === '[DONE]') return []
    const body = parseJson(event.data)
    if (!isObject(body)) {
      return this.#stop({ error: { message: 'An event of the stream is not a JSON object.' } })
    }
    const type = textOf(body['type']) ?? event.name ?? ''
    if (type.endsWith('.delta')) return this.#takeDelta(type, body)
    switch (type) {
      case 'response.created':
      case 'response.in_progress':
      case 'response.queued':
        return this.#start(objectOf(body['response']))
      case 'response.output_item.added':
        return this.#open(body)
      case 'response.output_item.done':
        return this.#close(body)
      case 'response.output_text.annotation.added':
        return this.#annotate(body)
      case 'response.completed':
      case 'response.incomplete':
      case 'response.cancelled':
        return this.#finish(objectOf(body['response']))
      case 'response.failed':
        return this.#stop(errorIn(objectOf(body['response'])))
      case 'error':
      case 'response.error':
        return this.#stop(errorIn(body))
      default:
        return type === '' && body['error'] ? this.#stop(errorIn(body)) : []
    }
  }

  #start(response: JsonObject): readonly Delta[] {
    if (this.#isStarted) return []
    this.#isStarted = true
    return [startOf(response)]
  }

  #stop(body: JsonObject): readonly Delta[] {
    this.#isOver = true
    return [{ kind: 'error', body }]
  }

  #takeDelta(type: string, body: JsonObject): readonly Delta[] {
    const text = textOf(body['delta'])
    if (text === null || text === '') return []
    const open = this.#itemOf(body)
    switch (type) {
      case 'response.output_text.delta':
        if (open) open.hasPieces = true
        return textPieces(text, body['logprobs'])
      case 'response.refusal.delta':
        if (open) open.hasPieces = true
        return [{ kind: 'refusal', text }]
      case 'response.reasoning_summary_text.delta':
        return open ? this.#summarise(open, text, body['summary_index']) : []
      case 'response.reasoning_text.delta':
      case 'response.reasoning.delta':
        return open ? this.#think(open, text) : []
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
        return open ? this.#argue(open, text) : []
      default:
        return []
    }
  }

  #summarise(open: OpenItem, text: string, index: unknown): readonly Delta[] {
    const { item } = open
    open.hasPieces = true
    const isNextPart = open.summaryBlock !== null && index !== open.summaryIndex
    open.summaryBlock ??= this.#count.blocks++
    if (typeof index === 'number') open.summaryIndex = index
    const shown = isNextPart ? `\n\n${text}` : text
    const { format } = this.#count
    return [
      reasoningPiece(open.summaryBlock, { item, form: 'summary', text: shown, data: null, format }),
    ]
  }

  #think(open: OpenItem, text: string): readonly Delta[] {
    const { item } = open
    open.hasPieces = true
    open.textBlock ??= this.#count.blocks++
    const { format } = this.#count
    return [reasoningPiece(open.textBlock, { item, form: 'text', text, data: null, format })]
  }

  #argue(open: OpenItem, text: string): readonly Delta[] {
    // Without a name yet, the call is told whole at its end.
    const opening = textOf(open.item['name']) ? this.#openCall(open) : []
    if (open.call === null) return []
    open.hasPieces = true
    return [...opening, { kind: 'tool_arguments', call: open.call, text }]
  }

  #openCall(open: OpenItem): readonly Delta[] {
    if (open.call !== null) return []
    const { type } = open.item
    if (type !== 'function_call' && type !== 'custom_tool_call') return []
    const opening = openCall(open.item, this.#count)
    if (!opening) return []
    open.call = opening.call
    return [opening]
  }

  #open(body: JsonObject): readonly Delta[] {
    const item = objectOf(body['item'])
    const open: OpenItem = {
      item,
      call: null,
      summaryBlock: null,
      textBlock: null,
      hasPieces: false,
      annotations: 0,
      summaryIndex: 0,
    }
    this.#itemCount += 1
    this.#items.set(this.#keyOf(item['id'], body['output_index']), open)
    // A call that has its name begins at once; one without waits for it.
    return textOf(item['name']) ? this.#openCall(open) : []
  }

  #close(body: JsonObject): readonly Delta[] {
    const item = objectOf(body['item'])
    const key = this.#keyOf(item['id'], body['output_index'])
    const open = this.#items.get(key)
    this.#items.delete(key)
    if (!open) {
      this.#itemCount += 1
      return piecesOfItem(item, this.#count)
    }
    open.item = item
    switch (item['type']) {
      case 'function_call':
      case 'custom_tool_call':
        return this.#closeCall(open)
      case 'reasoning':
        return this.#closeReasoning(open)
      case 'message':
        return open.hasPieces ? missedAnnotations(open) : piecesOfItem(item, this.#count)
      default:
        return piecesOfItem(item, this.#count)
    }
  }

  #closeCall(open: OpenItem): readonly Delta[] {
    const opening = this.#openCall(open)
    const text = argumentsOf(open.item)
    if (open.call === null || open.hasPieces || text === '') return opening
    return [...opening, { kind: 'tool_arguments', call: open.call, text }]
  }

  /** The encrypted content comes with the whole item only. */
  #closeReasoning(open: OpenItem): readonly Delta[] {
    const { item } = open
    if (!open.hasPieces) return piecesOfItem(item, this.#count)
    const data = textOf(item['encrypted_content']) || null
    const { format } = this.#count
    const told: Delta[] = []
    // Some servers stream one of the two texts and give the other one whole.
    const { summary } = reasoningTexts(item)
    if (open.summaryBlock === null && summary !== '') {
      const block = this.#count.blocks++
      told.push(reasoningPiece(block, { item, form: 'summary', text: summary, data, format }))
    } else if (data !== null) {
      const block = open.summaryBlock ?? open.textBlock ?? this.#count.blocks++
      const form = open.summaryBlock === null ? 'text' : 'summary'
      told.push(reasoningPiece(block, { item, form, text: '', data, format }))
    }
    return told
  }

  #annotate(body: JsonObject): readonly Delta[] {
    const open = this.#itemOf(body)
    if (open) open.annotations += 1
    const citation = citationOf(body['annotation'])
    return citation ? [citation] : []
  }

  #finish(response: JsonObject): readonly Delta[] {
    this.#isOver = true
    const told: Delta[] = [...this.#start(response)]
    if (this.#itemCount === 0) {
      for (const item of listOf(response['output'])) {
        if (isObject(item)) told.push(...piecesOfItem(item, this.#count))
      }
    }
    const usage = readUsage(response['usage'])
    if (usage) told.push({ kind: 'usage', usage })
    told.push(finishOf(response, this.#count))
    return told
  }

  #itemOf(body: JsonObject): OpenItem | undefined {
    return this.#items.get(this.#keyOf(body['item_id'], body['output_index']))
  }

  #keyOf(id: unknown, outputIndex: unknown): string {
    return typeof id === 'string' && id !== '' ? id : `#${String(outputIndex)}`
  }
}

/** Sources that came with the whole message and with no event of their own. */
function missedAnnotations(open: OpenItem): readonly Delta[] {
  if (open.annotations > 0) return []
  const found: Delta[] = []
  for (const part of listOf(open.item['content'])) {
    for (const annotation of isObject(part) ? listOf(part['annotations']) : []) {
      const citation = citationOf(annotation)
      if (citation) found.push(citation)
    }
  }
  return found
}
