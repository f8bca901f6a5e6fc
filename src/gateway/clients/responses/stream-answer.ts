import type { Fault } from '#domain/faults.ts'
import { unreachable } from '#domain/faults.ts'
import type { AnswerFacts, AnswerStream, Closing } from '#gateway/canonical/client-protocol.ts'
import type { Citation, Delta, FinishReason, ReasoningDelta } from '#gateway/canonical/delta.ts'
import { parseJson } from '#gateway/canonical/json.ts'
import type { TokenLogprob } from '#gateway/canonical/logprobs.ts'
import type { JsonObject, ReasoningPart } from '#gateway/canonical/request.ts'

import { namespacedTools } from './read-tools.ts'
import { itemIdOf } from './response-ids.ts'
import { endOf, inProgress, modelGaveUp, responseObjects } from './response-object.ts'
import { errorEventText, failureOf } from './write-fault.ts'
import {
  annotationOf,
  callItem,
  contentOf,
  doneText,
  imageItem,
  messageItem,
  reasoningItem,
  type ItemFrame,
  type ItemStatus,
  withLogprobs,
} from './write-items.ts'
import { usageText } from './write-usage.ts'

/** Writes the events of one response in the order of the protocol. */
export function openStream(facts: AnswerFacts): AnswerStream {
  return new ResponseStream(facts)
}

interface OpenMessage {
  readonly id: string
  readonly outputIndex: number
  readonly isRefusal: boolean
  /** The delta event up to its text, made once. */
  readonly deltaHead: string
  readonly annotations: JsonObject[]
  readonly logprobs: TokenLogprob[]
  text: string
}

interface OpenReasoning {
  readonly id: string
  readonly outputIndex: number
  readonly block: number
  readonly deltaHead: string
  part: ReasoningPart
}

interface OpenCall {
  readonly id: string
  readonly outputIndex: number
  readonly callId: string
  readonly name: string
  readonly isCustom: boolean
  readonly deltaHead: string
  text: string
}

class ResponseStream implements AnswerStream {
  readonly #responseText: ReturnType<typeof responseObjects>
  readonly #frame: ItemFrame
  /** JSON text of the items that are done, by their place. */
  readonly #done: string[] = []
  readonly #calls = new Map<number, OpenCall>()
  #message: OpenMessage | null = null
  /** The last text that is done. */
  #said: OpenMessage | null = null
  #reasoning: OpenReasoning | null = null
  #finish: FinishReason | null = null
  #itemCount = 0
  #sequence = 0
  #isBegun = false

  constructor(facts: AnswerFacts) {
    this.#responseText = responseObjects(facts)
    this.#frame = { generationId: facts.id, namespaced: namespacedTools(facts.body) }
  }

  push(delta: Delta): string {
    const begin = this.#isBegun ? '' : this.#begin()
    switch (delta.kind) {
      case 'start':
      case 'usage':
      case 'error':
        return begin
      case 'text':
      case 'refusal':
        return begin + this.#say(delta)
      case 'reasoning':
        return begin + this.#reason(delta)
      case 'tool_call':
        return begin + this.#call(delta)
      case 'tool_arguments':
        return begin + this.#argue(delta.call, delta.text)
      case 'media':
        return begin + this.#show(delta)
      case 'citation':
        return begin + this.#cite(delta.citation)
      case 'finish':
        this.#finish = delta.reason
        return begin + this.#closeAll()
      default:
        return unreachable(delta)
    }
  }

  end(closing: Closing): string {
    const begin = this.#isBegun ? '' : this.#begin()
    const rest = this.#closeAll()
    const { status, incompleteReason } = endOf(this.#finish)
    const response = this.#responseText({
      status,
      error: status === 'failed' ? modelGaveUp : null,
      incompleteReason,
      outputText: this.#outputText(),
      usageText: usageText(closing.usage, closing.cost),
      warnings: closing.warnings,
    })
    return begin + rest + this.#responseEvent(`response.${status}`, response)
  }

  fail(fault: Fault): string {
    const begin = this.#isBegun ? '' : this.#begin()
    const error = errorEventText(fault, this.#sequence++)
    const response = this.#responseText({
      ...inProgress,
      status: 'failed',
      error: failureOf(fault),
      outputText: this.#outputText(),
    })
    return begin + error + this.#responseEvent('response.failed', response)
  }

  #begin(): string {
    this.#isBegun = true
    const response = this.#responseText(inProgress)
    return (
      this.#responseEvent('response.created', response) +
      this.#responseEvent('response.in_progress', response)
    )
  }

  #responseEvent(type: string, response: string): string {
    const number = this.#sequence++
    return `event: ${type}\ndata: {"type":"${type}","sequence_number":${number},"response":${response}}\n\n`
  }

  #event(type: string, members: JsonObject): string {
    const text = JSON.stringify({ type, sequence_number: this.#sequence++, ...members })
    return `event: ${type}\ndata: ${text}\n\n`
  }

  #delta(head: string, text: string): string {
    return `${head}${JSON.stringify(text)},"sequence_number":${this.#sequence++}}\n\n`
  }

  #outputText(): string {
    return `[${this.#done.filter((text) => text !== undefined).join(',')}]`
  }

  #say(delta: Extract<Delta, { kind: 'text' | 'refusal' }>): string {
    const { text } = delta
    if (text === '') return ''
    const isRefusal = delta.kind === 'refusal'
    let opening = ''
    if (this.#message?.isRefusal !== isRefusal) opening = this.#openMessage(isRefusal)
    const message = this.#message
    if (!message) return opening
    message.text += text
    const tokens = delta.kind === 'text' && delta.logprobs ? delta.logprobs : []
    message.logprobs.push(...tokens)
    return opening + this.#delta(withLogprobs(message.deltaHead, tokens), text)
  }

  #openMessage(isRefusal: boolean): string {
    const closed = this.#closeMessage() + this.#closeReasoning() + this.#closeWholeCalls()
    const outputIndex = this.#itemCount++
    const id = itemIdOf('msg', this.#frame.generationId, outputIndex)
    const type = isRefusal ? 'response.refusal.delta' : 'response.output_text.delta'
    const extra = isRefusal ? '' : '"logprobs":[],'
    const deltaHead =
      `event: ${type}\ndata: {"type":"${type}","item_id":"${id}",` +
      `"output_index":${outputIndex},"content_index":0,${extra}"delta":`
    this.#message = {
      id,
      outputIndex,
      isRefusal,
      deltaHead,
      annotations: [],
      logprobs: [],
      text: '',
    }
    return (
      closed +
      this.#event('response.output_item.added', {
        output_index: outputIndex,
        item: messageItem(id, 'in_progress', []),
      }) +
      this.#event('response.content_part.added', {
        item_id: id,
        output_index: outputIndex,
        content_index: 0,
        part: contentOf({ isRefusal, text: '' }),
      })
    )
  }

  /** A source may come when the text is done already: then it stands in the answer's end. */
  #cite(citation: Citation): string {
    const known = this.#message ?? this.#said
    const opening = known ? '' : this.#openMessage(false)
    const message = known ?? this.#message
    if (!message) return opening
    const annotation = annotationOf(citation)
    message.annotations.push(annotation)
    if (message === this.#said) this.#done[message.outputIndex] = this.#messageText(message)
    return (
      opening +
      this.#event('response.output_text.annotation.added', {
        item_id: message.id,
        output_index: message.outputIndex,
        content_index: 0,
        annotation_index: message.annotations.length - 1,
        annotation,
      })
    )
  }

  #closeMessage(): string {
    const message = this.#message
    if (!message) return ''
    this.#message = null
    if (!message.isRefusal) this.#said = message
    const { id, outputIndex, isRefusal, text } = message
    const place = { item_id: id, output_index: outputIndex, content_index: 0 }
    const part = contentOf(message)
    return (
      (isRefusal
        ? this.#event('response.refusal.done', { ...place, refusal: text })
        : this.#event('response.output_text.done', { ...place, ...doneText(message) })) +
      this.#event('response.content_part.done', { ...place, part }) +
      this.#itemDone(outputIndex, messageItem(id, this.#statusOf(outputIndex), [part]))
    )
  }

  #messageText(message: OpenMessage): string {
    const status = this.#statusOf(message.outputIndex)
    return JSON.stringify(messageItem(message.id, status, [contentOf(message)]))
  }

  #reason(delta: ReasoningDelta): string {
    let opening = ''
    if (this.#reasoning?.block !== delta.block) opening = this.#openReasoning(delta)
    const open = this.#reasoning
    if (!open) return opening
    const { part } = open
    const isFirstText = part.text === '' && delta.text !== ''
    open.part = {
      ...part,
      text: part.text + delta.text,
      signature: delta.signature ?? part.signature,
      data: delta.data ?? part.data,
      id: delta.id ?? part.id,
      callId: delta.callId ?? part.callId,
    }
    if (delta.text === '') return opening
    if (isFirstText) {
      opening += this.#event('response.reasoning_summary_part.added', {
        item_id: open.id,
        output_index: open.outputIndex,
        summary_index: 0,
        part: { type: 'summary_text', text: '' },
      })
    }
    return opening + this.#delta(open.deltaHead, delta.text)
  }

  #openReasoning(delta: ReasoningDelta): string {
    const closed = this.#closeReasoning() + this.#closeMessage() + this.#closeWholeCalls()
    const outputIndex = this.#itemCount++
    const id = itemIdOf('rs', this.#frame.generationId, outputIndex)
    const type = 'response.reasoning_summary_text.delta'
    const deltaHead =
      `event: ${type}\ndata: {"type":"${type}","item_id":"${id}",` +
      `"output_index":${outputIndex},"summary_index":0,"delta":`
    const { block, ...piece } = delta
    const part = { ...piece, text: '', signature: null, data: null, id: null, callId: null }
    this.#reasoning = { id, outputIndex, block, deltaHead, part }
    const item = { id, type: 'reasoning', summary: [] }
    return closed + this.#event('response.output_item.added', { output_index: outputIndex, item })
  }

  #closeReasoning(): string {
    const open = this.#reasoning
    if (!open) return ''
    this.#reasoning = null
    const { id, outputIndex, part } = open
    const place = { item_id: id, output_index: outputIndex, summary_index: 0 }
    const { text } = part
    const said =
      text === ''
        ? ''
        : this.#event('response.reasoning_summary_text.done', { ...place, text }) +
          this.#event('response.reasoning_summary_part.done', {
            ...place,
            part: { type: 'summary_text', text },
          })
    return said + this.#itemDone(outputIndex, reasoningItem(id, part))
  }

  #call(delta: Extract<Delta, { kind: 'tool_call' }>): string {
    const closed = this.#closeMessage() + this.#closeReasoning()
    const { isCustom, name, id: callId } = delta
    const outputIndex = this.#itemCount++
    const id = itemIdOf(isCustom ? 'ctc' : 'fc', this.#frame.generationId, outputIndex)
    const type = isCustom
      ? 'response.custom_tool_call_input.delta'
      : 'response.function_call_arguments.delta'
    const deltaHead =
      `event: ${type}\ndata: {"type":"${type}","item_id":"${id}",` +
      `"output_index":${outputIndex},"delta":`
    const call: OpenCall = { id, outputIndex, callId, name, isCustom, deltaHead, text: '' }
    this.#calls.set(delta.call, call)
    const item = callItem({ ...call, status: 'in_progress' }, this.#frame)
    return closed + this.#event('response.output_item.added', { output_index: outputIndex, item })
  }

  #argue(call: number, text: string): string {
    const open = this.#calls.get(call)
    if (!open || text === '') return ''
    open.text += text
    return this.#delta(open.deltaHead, text)
  }

  /**
   * Calls may be told side by side, so they stay open. When something else is said, those that are whole
   * are done: clients keep items in the order in which they end.
   */
  #closeWholeCalls(): string {
    let text = ''
    for (const [call, open] of this.#calls) {
      if (open.isCustom || parseJson(open.text) !== undefined) text += this.#closeCall(call, open)
    }
    return text
  }

  #closeCall(call: number, open: OpenCall): string {
    this.#calls.delete(call)
    const { id, outputIndex, isCustom } = open
    const item = callItem({ ...open, status: this.#statusOf(outputIndex) }, this.#frame)
    const place = { item_id: id, output_index: outputIndex }
    return (
      (isCustom
        ? this.#event('response.custom_tool_call_input.done', { ...place, input: item['input'] })
        : this.#event('response.function_call_arguments.done', {
            ...place,
            name: item['name'],
            arguments: item['arguments'],
          })) + this.#itemDone(outputIndex, item)
    )
  }

  #show(media: Extract<Delta, { kind: 'media' }>): string {
    const closed = this.#closeMessage() + this.#closeReasoning() + this.#closeWholeCalls()
    const outputIndex = this.#itemCount++
    const id = itemIdOf('ig', this.#frame.generationId, outputIndex)
    const place = { item_id: id, output_index: outputIndex }
    const added = { id, type: 'image_generation_call', status: 'in_progress', result: null }
    return (
      closed +
      this.#event('response.output_item.added', { output_index: outputIndex, item: added }) +
      this.#event('response.image_generation_call.in_progress', place) +
      this.#event('response.image_generation_call.completed', place) +
      this.#itemDone(outputIndex, imageItem(id, media))
    )
  }

  #closeAll(): string {
    let text = this.#closeReasoning() + this.#closeMessage()
    for (const [call, open] of this.#calls) text += this.#closeCall(call, open)
    return text
  }

  /** What was cut off is the last thing that was said. */
  #statusOf(outputIndex: number): ItemStatus {
    const isLast = outputIndex === this.#itemCount - 1
    return isLast && endOf(this.#finish).status === 'incomplete' ? 'incomplete' : 'completed'
  }

  #itemDone(outputIndex: number, item: JsonObject): string {
    const text = JSON.stringify(item)
    this.#done[outputIndex] = text
    const type = 'response.output_item.done'
    const number = this.#sequence++
    return `event: ${type}\ndata: {"type":"${type}","sequence_number":${number},"output_index":${outputIndex},"item":${text}}\n\n`
  }
}
