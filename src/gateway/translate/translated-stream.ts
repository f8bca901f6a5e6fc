import type { Fault } from '#domain/faults.ts'
import { chargeOf } from '#domain/own-fee.ts'
import type { AnswerRoom } from '#gateway/answer-memory.ts'
import type { HeardAnswer } from '#gateway/answered.ts'
import { foldDeltas } from '#gateway/canonical/answer.ts'
import type { AnswerFacts, ClientProtocol, Closing } from '#gateway/canonical/client-protocol.ts'
import type { Delta } from '#gateway/canonical/delta.ts'
import type { AnswerDecoder } from '#gateway/canonical/provider-protocol.ts'
import type { Warning } from '#gateway/canonical/request.ts'
import type { WireEvent } from '#gateway/canonical/wire-event.ts'
import { jsonArrayPing } from '#gateway/clients/gemini/json-array.ts'
import { roughUsage } from '#gateway/estimate.ts'
import type { House } from '#gateway/house.ts'
import type { Life } from '#gateway/life.ts'
import type { BoundedAttempt } from '#gateway/plan-chat.ts'
import { EventTooLarge } from '#gateway/stream/event-splitter.ts'
import type { StreamEnd } from '#gateway/stream/stream-relay.ts'
import { StreamWriter } from '#gateway/stream/stream-writer.ts'
import {
  failureOfAnswer,
  failureOfErrorBody,
  failureOfTransport,
} from '#gateway/upstream-faults.ts'
import type { UpstreamCall, UpstreamError } from '#ports/upstream.ts'

import { OutputTally } from './output-tally.ts'
import { FramingError, type EventFramer } from './sse-events.ts'
import { voiceOf, type Voice } from './voice.ts'

/** What a piece takes beside its text, roughly. */
const pieceBytes = 100

/** What a translated stream is made of. */
export interface TranslatedStreamParts {
  readonly house: House
  readonly life: Life
  readonly attempt: BoundedAttempt
  readonly call: UpstreamCall
  readonly client: ClientProtocol
  readonly facts: AnswerFacts
  readonly warnings: readonly Warning[]
  readonly decoder: AnswerDecoder
  /** The client speaks the upstream's protocol: it gets the upstream's own events. */
  readonly isNative: boolean
  readonly framer: (sink: (event: WireEvent) => void) => EventFramer
  /** The stream goes over the wire as one JSON array (Gemini's, without `alt=sse`). */
  readonly isJsonArray: boolean
  readonly onEnd: (end: StreamEnd) => void
}

/**
 * One stream in the client's protocol, out of an upstream that may speak another. The first piece of
 * output opens it; the end waits for its charge.
 */
export class TranslatedStream {
  readonly writer: StreamWriter
  readonly tally: OutputTally
  /** The last counts that were reported, in OpenAI's names; undefined: none. */
  rawUsage: unknown = undefined
  /** Output that was counted when they were reported. */
  lengthAtUsage = 0
  finishReason: string | null = null
  upstreamId: string | null = null
  readonly #parts: TranslatedStreamParts
  readonly #framer: EventFramer
  readonly #voice: Voice
  /** Pieces, for the log; null where nothing is kept. */
  readonly #pieces: Delta[] | null
  readonly #room: AnswerRoom
  #isKept = true
  #out = ''
  #hasBegun = false
  #end: StreamEnd | null = null
  #notedMs: number
  #notedLength = 0

  constructor(parts: TranslatedStreamParts) {
    const { house, life, call, client, facts, isNative, isJsonArray } = parts
    this.#parts = parts
    this.#room = house.answerMemory.roomOf(life)
    this.tally = new OutputTally(this.#room)
    this.writer = new StreamWriter(house, life, call)
    this.writer.ping = client.ping
    if (isJsonArray) {
      this.writer.contentType = 'application/json'
      this.writer.ping = jsonArrayPing
    }
    this.#framer = parts.framer((event) => this.#takeEvent(event))
    this.#voice = voiceOf(client, facts, { isNative, isJsonArray })
    this.#pieces = life.contentMode === 'full' ? [] : null
    this.#notedMs = life.startedMs
  }

  /** Nothing was produced. */
  get isEmpty(): boolean {
    return this.tally.length === 0 && !this.tally.hasOther
  }

  /** Takes the next bytes from the upstream and passes on what is whole. */
  push(chunk: Buffer): void {
    if (this.#end) return
    try {
      this.#framer.push(chunk)
    } catch (error) {
      this.#breakAtFraming(error)
    }
    this.#flush()
  }

  /** The upstream's body has ended. Only a finished answer is a complete one. */
  close(): void {
    if (this.#end) return
    try {
      this.#framer.end()
    } catch (error) {
      this.#breakAtFraming(error)
    }
    if (this.#end) return
    this.#takeDeltas(this.#parts.decoder.end(), null)
    this.#flush()
    if (this.#end) return
    if (this.finishReason !== null) this.#finish({ kind: 'completed' })
    else this.#break('truncated', 'it broke off in the middle')
  }

  /** The connection to the upstream failed. */
  fail(error: UpstreamError): void {
    if (this.#end) return
    if (this.finishReason !== null) this.#finish({ kind: 'completed' })
    else {
      const failure = failureOfTransport(this.#parts.attempt.endpoint.provider, error)
      this.#finish({ kind: 'broken', failure })
    }
  }

  /** Called now and then: keeps the stream alive, and notes what it has cost so far. */
  tick(nowMs: number): void {
    if (this.#end) return
    const { house, life, attempt } = this.#parts
    this.writer.tick(nowMs)
    if (!this.#hasBegun || nowMs - this.#notedMs < house.limits.progressIntervalMs) return
    this.#notedMs = nowMs
    if (this.tally.length === this.#notedLength) return
    this.#notedLength = this.tally.length
    const usage = roughUsage(life.body?.promptBytes ?? 0, this.tally.length)
    life.hold?.progress(chargeOf(usage, attempt.endpoint).costNanoUsd)
  }

  /** Ends it from outside: the client left, or the house closes. */
  stop(end: StreamEnd): void {
    if (!this.#end) this.#finish(end)
  }

  answered(end: StreamEnd): HeardAnswer {
    return { kind: 'translated_stream', stream: this, end }
  }

  /** Sends the rest of a complete answer, after `keep` has seen it. */
  deliverEnd(closing: Omit<Closing, 'warnings'>, keep: (text: string) => void): void {
    const whole = { ...closing, warnings: this.#parts.warnings }
    const text = this.#voice.end(whole)
    keep(text)
    this.writer.endText(text)
  }

  /** Sends the end of an answer that broke. */
  deliverFault(fault: Fault): void {
    this.writer.endText(this.#voice.fail(fault))
  }

  /** What came of it, as a chat completion; null where nothing is kept. */
  writeForLog(chat: ClientProtocol, closing: Omit<Closing, 'warnings'>): string | null {
    if (this.#pieces === null) return null
    const { facts, warnings } = this.#parts
    return chat.writeWhole(foldDeltas(this.#pieces), facts, { ...closing, warnings })
  }

  #takeEvent(event: WireEvent): void {
    if (this.#end) return
    this.#takeDeltas(this.#parts.decoder.take(event), event)
  }

  #takeDeltas(deltas: readonly Delta[], event: WireEvent | null): void {
    for (const delta of deltas) {
      if (delta.kind === 'error') {
        const { provider } = this.#parts.attempt.endpoint
        this.#finish({ kind: 'broken', failure: failureOfErrorBody(provider, delta.body) })
        return
      }
      this.#note(delta)
    }
    this.#out += this.#voice.next({ event, deltas })
  }

  #note(delta: Delta): void {
    switch (delta.kind) {
      case 'start':
        this.upstreamId = delta.upstreamId
        return
      case 'usage':
        this.rawUsage = delta.usage
        this.lengthAtUsage = this.tally.length
        return
      case 'finish':
        this.finishReason = delta.reason
        this.#begin()
        return
      default:
        this.tally.add(delta)
        this.#keep(delta)
        this.#begin()
    }
  }

  #keep(delta: Delta): void {
    if (!this.#pieces || !this.#isKept) return
    const size = pieceBytes + lengthOf(delta)
    this.#isKept =
      this.tally.length <= this.#parts.house.limits.contentBytesMax && this.#room.take(size)
    if (this.#isKept) this.#pieces.push(delta)
  }

  /** The first piece of output: from here on there is no way back. */
  #begin(): void {
    if (this.#hasBegun) return
    this.#hasBegun = true
    const { life, house } = this.#parts
    life.firstTokenMs = house.clock.monotonicMs()
    this.writer.open()
  }

  #flush(): void {
    if (this.#out === '' || !this.writer.isOpen) return
    const text = this.#out
    this.#out = ''
    this.writer.writeText(text)
  }

  #breakAtFraming(error: unknown): void {
    if (error instanceof EventTooLarge) {
      this.#break('invalid_response', 'one event of it is too large')
    } else if (error instanceof FramingError) {
      this.#break('invalid_response', error.message)
    } else throw error
  }

  #break(errorClass: 'invalid_response' | 'truncated', detail: string): void {
    const { provider } = this.#parts.attempt.endpoint
    const failure = failureOfAnswer({ provider, status: 200, errorClass, detail })
    this.#finish({ kind: 'broken', failure })
  }

  #finish(end: StreamEnd): void {
    this.#end = end
    this.#flush()
    this.#parts.onEnd(end)
  }
}

/** Characters of a piece that may be long. */
function lengthOf(delta: Delta): number {
  if ('text' in delta) return delta.text.length
  return delta.kind === 'media' ? delta.base64.length : 0
}
