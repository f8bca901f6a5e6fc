import { findUsage } from '#domain/metering.ts'
import { isErrorBody } from '#domain/upstream-complaint.ts'
import type { Delta, FinishReason } from '#gateway/canonical/delta.ts'
import { isObject, listOf, numberOf, parseJson, textOf } from '#gateway/canonical/json.ts'
import { addLogprobs, readLogprobs } from '#gateway/canonical/logprobs.ts'
import type {
  AnswerDecoder,
  DecodedWhole,
  DecodingContext,
  ErrorAnswer,
  ReadError,
} from '#gateway/canonical/provider-protocol.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import type { WireEvent } from '#gateway/canonical/wire-event.ts'

import { MessageDecoder } from './decode-message.ts'

/** Reads one stream of chat completion chunks, whoever of the family wrote it. */
export function openChatDecoder(context: DecodingContext): AnswerDecoder {
  const answer = new AnswerReader(context)
  return {
    take(event) {
      const deltas: Delta[] = []
      answer.takeEvent(event, deltas)
      return deltas
    },
    end() {
      const deltas: Delta[] = []
      answer.finish(deltas)
      return deltas
    },
  }
}

/** Reads a whole chat completion. */
export function decodeChat(body: unknown, context: DecodingContext): DecodedWhole {
  if (isErrorBody(body)) return { kind: 'error', body }
  if (!isObject(body) || !Array.isArray(body['choices'])) {
    return { kind: 'unreadable', detail: 'it is not a chat completion' }
  }
  const answer = new AnswerReader(context)
  const deltas: Delta[] = []
  answer.takeChunk(body, deltas)
  answer.markEnd()
  answer.finish(deltas)
  return { kind: 'answer', deltas }
}

class AnswerReader {
  readonly #message: MessageDecoder
  #hasStarted = false
  #finish: string | null = null
  #native: string | null = null
  #hasEnd = false
  #hasFinished = false
  #sources: readonly unknown[] = []

  constructor(context: DecodingContext) {
    this.#message = new MessageDecoder(context)
  }

  takeEvent(event: WireEvent, deltas: Delta[]): void {
    const { data } = event
    if (data === '[DONE]') {
      this.#hasEnd = true
      this.finish(deltas)
      return
    }
    const value = parseJson(data)
    if (value === undefined) {
      if (data.trim() !== '') deltas.push({ kind: 'error', body: notJson(event) })
      return
    }
    if (event.isException || event.name === 'error' || isErrorBody(value)) {
      deltas.push({ kind: 'error', body: value })
      return
    }
    if (isObject(value)) this.takeChunk(value, deltas)
  }

  takeChunk(chunk: JsonObject, deltas: Delta[]): void {
    if (!this.#hasStarted) this.#start(chunk, deltas)
    const choices = chunk['choices']
    if (Array.isArray(choices)) {
      for (const choice of choices as readonly unknown[]) {
        if (isObject(choice) && (numberOf(choice['index']) ?? 0) === 0)
          this.#takeChoice(choice, deltas)
      }
    }
    // Perplexity says its sources in every chunk, and all of them in the last.
    const sources = chunk['search_results'] ?? chunk['citations']
    if (Array.isArray(sources)) this.#sources = sources
    const usage = findUsage(chunk)
    if (isObject(usage)) deltas.push({ kind: 'usage', usage })
  }

  /** A whole answer needs no proof that it is over. */
  markEnd(): void {
    this.#hasEnd = true
  }

  finish(deltas: Delta[]): void {
    this.#message.end(deltas)
    if (this.#hasFinished || (this.#finish === null && !this.#hasEnd)) return
    this.#hasFinished = true
    for (const source of this.#sources) takeSource(source, deltas)
    const reason = reasonOf(this.#finish)
    deltas.push({
      kind: 'finish',
      // Some servers stop where others call.
      reason: reason === 'stop' && this.#message.calls.hasCalls ? 'tool_calls' : reason,
      native: this.#native ?? this.#finish,
      stopSequence: null,
    })
  }

  /** Azure's first chunk says nothing of itself yet. */
  #start(chunk: JsonObject, deltas: Delta[]): void {
    const id = textOf(chunk['id'])
    const hasChoices = listOf(chunk['choices']).length > 0
    if (!id && !hasChoices) return
    this.#hasStarted = true
    deltas.push({
      kind: 'start',
      upstreamId: id || null,
      model: textOf(chunk['model']) || null,
      createdAtSeconds: numberOf(chunk['created']),
    })
  }

  #takeChoice(choice: JsonObject, deltas: Delta[]): void {
    const message = isObject(choice['delta']) ? choice['delta'] : choice['message']
    const before = deltas.length
    if (isObject(message)) this.#message.take(message, deltas)
    const told = choice['logprobs']
    if (isObject(told)) addLogprobs(deltas, { from: before, tokens: readLogprobs(told['content']) })
    const finish = choice['finish_reason']
    if (typeof finish === 'string' && finish !== '') {
      this.#finish ??= finish
      this.#native ??= textOf(choice['native_finish_reason'])
    }
  }
}

function takeSource(source: unknown, deltas: Delta[]): void {
  const url = typeof source === 'string' ? source : isObject(source) ? textOf(source['url']) : null
  if (url === null) return
  const title = isObject(source) ? textOf(source['title']) : null
  deltas.push({
    kind: 'citation',
    citation: { url, title, quote: null, startIndex: null, endIndex: null },
  })
}

const reasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
  error: 'error',
  max_tokens: 'length',
  MAX_TOKENS: 'length',
  model_length: 'length',
  tool_use: 'tool_calls',
  TOOL_CALL: 'tool_calls',
  safety: 'content_filter',
  SAFETY: 'content_filter',
  refusal: 'content_filter',
}

/** The reason in OpenAI's words; what nobody knows is an end like any other. */
function reasonOf(native: string | null): FinishReason {
  return (native === null ? undefined : reasons[native]) ?? 'stop'
}

function notJson({ name, data, isException }: WireEvent): JsonObject {
  const says = isException || name === 'error'
  const message = says ? data.slice(0, 500) : 'The stream holds an event that is not JSON.'
  return { error: { message } }
}

/** Reads an error status of any server of the family. */
export function readChatError({ status, headers, body }: ErrorAnswer): ReadError {
  return { status: statusOf(status, body), body, retryAfterSeconds: retryAfter(headers) }
}

/** xAI calls a bad key a bad request. */
function statusOf(status: number, body: unknown): number {
  if (status !== 400 || !isObject(body)) return status
  const text = textOf(body['error']) ?? ''
  return /incorrect api key/i.test(text) ? 401 : status
}

function retryAfter(headers: Readonly<Record<string, string>>): number | null {
  const inMs = Number(headers['retry-after-ms'])
  if (inMs > 0) return Math.ceil(inMs / 1000)
  const seconds = Number(headers['retry-after'])
  return seconds > 0 ? Math.ceil(seconds) : null
}
