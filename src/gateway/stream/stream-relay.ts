import { chargeOf } from '#domain/own-fee.ts'
import type { AnswerRoom } from '#gateway/answer-memory.ts'
import type { HeardAnswer } from '#gateway/answered.ts'
import { roughUsage } from '#gateway/estimate.ts'
import type { House } from '#gateway/house.ts'
import type { Life } from '#gateway/life.ts'
import type { BoundedAttempt } from '#gateway/plan-chat.ts'
import {
  failureOfAnswer,
  failureOfErrorBody,
  failureOfTransport,
  type AttemptFailure,
} from '#gateway/upstream-faults.ts'
import type { UpstreamCall, UpstreamError } from '#ports/upstream.ts'

import { ChunkEditor } from './chunk-editor.ts'
import { ChunkReader } from './chunk-reader.ts'
import { isComment, readLines, startOfOnlyData } from './event-lines.ts'
import { EventSplitter, EventTooLarge, type EventRange } from './event-splitter.ts'
import { StreamWriter } from './stream-writer.ts'

/**
 * How a relayed stream ended. `completed`: the upstream proved that it was whole. `broken`: it did not;
 * when `writer.isOpen` is false the client has seen nothing of it. `gone`: the client left.
 */
export type StreamEnd =
  | { readonly kind: 'completed' }
  | { readonly kind: 'broken'; readonly failure: AttemptFailure }
  | { readonly kind: 'gone' }

/** A chunk with usage that waits for its price: our form of it, and the lines that came with it. */
export interface HeldChunk {
  readonly others: string
  /** Each letter is one byte. */
  readonly json: string
}

const eventEnd = '\n\n'
/** Comments that came before the first data; more than this are left out. */
const earlyCommentsMax = 16

/**
 * Relays one stream: chunks go to the client as they come, with our id and the provider's name in them.
 * What carries usage at the end, and the end itself, is held back until the charge is settled.
 */
export class StreamRelay {
  readonly reader: ChunkReader
  readonly writer: StreamWriter
  /** The last chunk with usage, if it came at the end. */
  held: HeldChunk | null = null
  /** What the upstream sent, as far as it is kept. */
  readonly received: Buffer[] = []
  #receivedBytes = 0
  #isKept: boolean
  readonly #room: AnswerRoom
  readonly #house: House
  readonly #life: Life
  readonly #attempt: BoundedAttempt
  readonly #editor: ChunkEditor
  readonly #splitter: EventSplitter
  readonly #onEnd: (end: StreamEnd) => void
  /** A chunk that is no error has come. */
  #hasBegun = false
  /** What goes to the client next; each letter is one byte. */
  #out = ''
  #earlyComments: string[] = []
  #end: StreamEnd | null = null
  #notedMs: number
  #notedBytes = 0

  constructor(parts: {
    house: House
    life: Life
    attempt: BoundedAttempt
    call: UpstreamCall
    onEnd: (end: StreamEnd) => void
  }) {
    const { house, life, attempt, call, onEnd } = parts
    this.#house = house
    this.#life = life
    this.#attempt = attempt
    this.#onEnd = onEnd
    this.#notedMs = life.startedMs
    this.#isKept = life.contentMode === 'full'
    this.#room = house.answerMemory.roomOf(life)
    this.reader = new ChunkReader(attempt.bound.choiceCount, this.#room)
    this.writer = new StreamWriter(house, life, call)
    this.#editor = new ChunkEditor({ id: life.id, provider: attempt.endpoint.provider.name })
    this.#splitter = new EventSplitter(
      (event) => this.#takeEvent(event),
      house.limits.upstreamEventBytesMax,
    )
  }

  /** Takes the next bytes from the upstream and passes on what is whole. */
  push(chunk: Buffer): void {
    if (this.#end) return
    this.#keep(chunk)
    try {
      this.#splitter.push(chunk)
    } catch (error) {
      if (!(error instanceof EventTooLarge)) throw error
      this.#break('invalid_response', 'one event of it is too large')
    }
    this.#flush()
  }

  /** The upstream's body has ended. Only a finished answer is a complete one. */
  close(): void {
    if (this.#end) return
    this.#splitter.end()
    this.#flush()
    if (this.#end) return
    if (this.reader.isFinished) this.#finish({ kind: 'completed' })
    else this.#break('truncated', 'it broke off in the middle')
  }

  /** The connection to the upstream failed. */
  fail(error: UpstreamError): void {
    if (this.#end) return
    if (this.reader.isFinished) this.#finish({ kind: 'completed' })
    else {
      const failure = failureOfTransport(this.#attempt.endpoint.provider, error)
      this.#finish({ kind: 'broken', failure })
    }
  }

  /** Called now and then: keeps the stream alive, and notes what it has cost so far. */
  tick(nowMs: number): void {
    if (this.#end) return
    this.writer.tick(nowMs)
    const { progressIntervalMs } = this.#house.limits
    if (!this.#hasBegun || nowMs - this.#notedMs < progressIntervalMs) return
    this.#notedMs = nowMs
    const { tally } = this.reader
    if (tally.byteLength === this.#notedBytes) return
    this.#notedBytes = tally.byteLength
    const usage = roughUsage(this.#life.body?.promptBytes ?? 0, tally.byteLength)
    this.#life.hold?.progress(chargeOf(usage, this.#attempt.endpoint).costNanoUsd)
  }

  /** Ends it from outside: the client left, or the house closes. */
  stop(end: StreamEnd): void {
    if (!this.#end) this.#finish(end)
  }

  answered(end: StreamEnd): HeardAnswer {
    return { kind: 'stream', relay: this, end }
  }

  #takeEvent(event: EventRange): void {
    if (this.#end) return
    const dataStart = startOfOnlyData(event)
    if (dataStart === -1) {
      this.#takeOddEvent(event)
      return
    }
    const { bytes, end } = event
    if (isDone(bytes, dataStart, end)) {
      this.#takeDone()
      return
    }
    const latin1 = bytes.toString('latin1', dataStart, end)
    if (!this.#hasBegun || !this.reader.skim(latin1)) {
      this.#takeData({ json: { bytes, start: dataStart, end }, others: '' })
      return
    }
    const ours = this.#editor.replaceHead(latin1) ?? this.#editOther(bytes, dataStart, end)
    if (ours === undefined) {
      this.#takeData({ json: { bytes, start: dataStart, end }, others: '' })
      return
    }
    this.#release()
    this.#out += `data: ${ours}${eventEnd}`
  }

  /** Our form of a chunk that begins otherwise than those before it; undefined when it is no chunk. */
  #editOther(bytes: Buffer, start: number, end: number): string | undefined {
    const edited = this.#editor.edit({ bytes, start, end })
    const isChunk = edited?.shape.members.some(({ name }) => name === 'choices')
    return isChunk ? edited?.json : undefined
  }

  #takeDone(): void {
    if (this.#hasBegun) this.#finish({ kind: 'completed' })
    else this.#break('truncated', 'it was empty')
  }

  #takeOddEvent(event: EventRange): void {
    if (isComment(event)) {
      this.#passComment(`${event.bytes.toString('latin1', event.start, event.end)}${eventEnd}`)
      return
    }
    const { data, others, isError } = readLines(event)
    if (data === null) {
      if (others !== '') this.#passComment(`${others}\n`)
      return
    }
    if (isDone(data, 0, data.length)) {
      this.#takeDone()
      return
    }
    const json = { bytes: data, start: 0, end: data.length }
    this.#takeData({ json, others, isError })
  }

  /** The careful way: the chunk is parsed, and whatever it says is taken to heart. */
  #takeData(chunk: {
    json: { bytes: Buffer; start: number; end: number }
    others: string
    isError?: boolean
  }): void {
    const { json, others, isError = false } = chunk
    const text = json.bytes.toString('utf8', json.start, json.end)
    if (text.trim() === '') return
    const value = parseOrUndefined(text)
    const { provider } = this.#attempt.endpoint
    if (isError) {
      const failure = failureOfErrorBody(provider, value ?? { error: { message: text } })
      this.#finish({ kind: 'broken', failure })
      return
    }
    const edited = value === undefined ? undefined : this.#editor.edit(json)
    if (!edited) {
      this.#break('invalid_response', 'a part of it is not JSON')
      return
    }
    const news = this.reader.parse(value, text)
    if (news.kind === 'error') {
      this.#finish({ kind: 'broken', failure: failureOfErrorBody(provider, news.body) })
      return
    }
    this.#release()
    this.#open()
    if (news.hasUsage && (this.reader.isFinished || !news.hasChoices)) {
      this.held = { others, json: edited.json }
    } else this.#out += `${others}data: ${edited.json}${eventEnd}`
  }

  /** What was held back turned out not to be the last: it goes on as it is. */
  #release(): void {
    if (!this.held) return
    this.#out += `${this.held.others}data: ${this.held.json}${eventEnd}`
    this.held = null
  }

  #passComment(text: string): void {
    if (this.writer.isOpen) this.#out += text
    else if (this.#earlyComments.length < earlyCommentsMax) this.#earlyComments.push(text)
  }

  /** The first chunk that is no error: from here on there is no way back. */
  #open(): void {
    if (this.#hasBegun) return
    this.#hasBegun = true
    this.#life.firstTokenMs = this.#house.clock.monotonicMs()
    this.writer.open()
    this.#out = this.#earlyComments.join('') + this.#out
    this.#earlyComments = []
  }

  #flush(): void {
    if (this.#out === '' || !this.writer.isOpen) return
    const text = this.#out
    this.#out = ''
    this.writer.write(text)
  }

  #break(errorClass: 'invalid_response' | 'truncated', detail: string): void {
    const { provider } = this.#attempt.endpoint
    const failure = failureOfAnswer({ provider, status: 200, errorClass, detail })
    this.#finish({ kind: 'broken', failure })
  }

  #finish(end: StreamEnd): void {
    this.#end = end
    // What was held may be output too; without a proven end it goes on without a price.
    if (end.kind === 'broken') this.#release()
    this.#flush()
    this.#onEnd(end)
  }

  /** What is kept has no holes: the first bytes that find no room end it. */
  #keep(chunk: Buffer): void {
    if (!this.#isKept) return
    const left = this.#house.limits.contentBytesMax - this.#receivedBytes
    const kept = left >= chunk.length ? chunk : chunk.subarray(0, left)
    this.#isKept = kept === chunk && this.#room.take(chunk.length)
    if (!this.#isKept && kept === chunk) return
    this.received.push(kept)
    this.#receivedBytes += kept.length
  }
}

/** `[DONE]`, with white space allowed around it. */
function isDone(bytes: Buffer, start: number, end: number): boolean {
  return bytes[start] === 0x5b && bytes.toString('latin1', start, end).trim() === '[DONE]'
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
