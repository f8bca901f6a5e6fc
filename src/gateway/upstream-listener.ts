import type { Provider } from '#domain/catalogue.ts'
import { assert, type Fault } from '#domain/faults.ts'
import type { AttemptErrorClass } from '#domain/generation.ts'
import { notEnrolled } from '#domain/roster.ts'
import { SigningError } from '#ports/request-signer.ts'
import {
  UpstreamError,
  type UpstreamCall,
  type UpstreamHandlers,
  type UpstreamRequest,
} from '#ports/upstream.ts'

import type { Unanswered } from './answered.ts'
import { guardedScheme, type House } from './house.ts'
import type { Life, LifeWorker } from './life.ts'
import { asFault } from './respond.ts'
import type { StreamEnd } from './stream/stream-relay.ts'
import {
  failureOfAnswer,
  failureOfErrorBody,
  failureOfOwnSigning,
  failureOfStatus,
  failureOfTransport,
  notExpressible,
  type AttemptFailure,
} from './upstream-faults.ts'
import type { Watcher } from './watch.ts'

/** What is said to one upstream, and what is made of its answer. Made for one attempt. */
export interface Conversation<Made> {
  /** The client waits for a stream. */
  readonly isStream: boolean
  /** What to send. A fault that it throws says that this endpoint cannot be asked for this. */
  readonly prepare: () => PreparedRequest | Promise<PreparedRequest>
  /** How the body of a 200 of this type (lower case, without parameters) is to be read. */
  readonly formOf: (contentType: string) => 'stream' | 'whole' | 'unwanted'
  /** Begins to pass on a stream. It calls `onEnd` exactly once, or throws. */
  readonly openStream: (call: UpstreamCall, onEnd: (end: StreamEnd) => void) => PassedStream<Made>
  /** Reads the whole body of a 200. Names of headers are in lower case. */
  readonly readWhole: (body: Buffer, headers: ErrorText['headers']) => WholeReading<Made>
  /** What an error status means, as far as the protocol has words of its own for it. */
  readonly readError: (answer: ErrorText) => ErrorText
}

/** A request but for what is the same in every conversation. */
export interface PreparedRequest extends Pick<UpstreamRequest, 'url' | 'headers' | 'body'> {
  /** Where the usual time to the first byte is too short. */
  readonly firstByteTimeoutMs?: number
}

/** A stream on its way to the client. */
export interface PassedStream<Made> {
  /** False as long as the client has seen nothing of it. */
  readonly writer: { readonly isOpen: boolean }
  readonly push: (chunk: Buffer) => void
  /** The upstream's body is over. */
  readonly close: () => void
  readonly fail: (error: UpstreamError) => void
  readonly tick: (nowMs: number) => void
  /** Ends it from outside. */
  readonly stop: (end: StreamEnd) => void
  /** What came of it. */
  readonly answered: (end: StreamEnd) => Made
}

/** A whole answer; an error that came with status 200; or why it is neither. */
export type WholeReading<Made> =
  | { readonly kind: 'answer'; readonly made: Made }
  | { readonly kind: 'error'; readonly body: unknown }
  | { readonly kind: 'unreadable'; readonly detail: string }

/** An error status as it came, or as it is to be understood. */
export interface ErrorText {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What of the house hears an upstream out. */
export type ListeningHouse = Pick<House, 'limits' | 'upstreams' | 'watch' | 'log'>

const errorBodyBytesMax = 64 * 1024

/**
 * Hears one upstream out: an error, a whole answer, or a stream that is passed on as it comes. It resolves
 * exactly once. A mistake of ours on the way is logged and ends this request as `internal`: it is never
 * taken for the upstream's.
 */
export class UpstreamListener<Made> implements UpstreamHandlers, UpstreamCall, LifeWorker {
  readonly #house: ListeningHouse
  readonly #life: Pick<Life, 'worker'>
  readonly #provider: Provider
  readonly #conversation: Conversation<Made>
  readonly #resolve: (answered: Made | Unanswered) => void
  #call: UpstreamCall | null = null
  #status = 0
  #headers: Readonly<Record<string, string>> = {}
  #stream: PassedStream<Made> | null = null
  #endStream: ((end: StreamEnd) => void) | null = null
  readonly #chunks: Buffer[] = []
  #byteLength = 0
  #isDone = false

  constructor(parts: {
    house: ListeningHouse
    life: Pick<Life, 'worker'>
    provider: Provider
    conversation: Conversation<Made>
    resolve: (answered: Made | Unanswered) => void
  }) {
    this.#house = parts.house
    this.#life = parts.life
    this.#provider = parts.provider
    this.#conversation = parts.conversation
    this.#resolve = parts.resolve
  }

  begin(): void {
    try {
      const prepared = this.#conversation.prepare()
      if (!(prepared instanceof Promise)) {
        this.#send(prepared)
        return
      }
      prepared
        .then((request) => this.#send(request))
        .catch((error: unknown) => this.#fail(this.#failureOfAsking(error)))
    } catch (error) {
      this.#fail(this.#failureOfAsking(error))
    }
  }

  #send({ url, headers, body, firstByteTimeoutMs }: PreparedRequest): void {
    if (this.#isDone) return
    const { limits, upstreams } = this.#house
    const usualTimeoutMs = this.#conversation.isStream
      ? limits.upstreamFirstByteTimeoutMs
      : limits.upstreamWholeAnswerTimeoutMs
    const scheme = this.#provider.own?.isGuarded
      ? guardedScheme
      : url.slice(0, url.indexOf(':') + 1)
    const upstream = upstreams[scheme]
    assert(upstream, 'the scheme of each provider has an upstream')
    this.#call = upstream.send(
      {
        url,
        method: 'POST',
        headers,
        body,
        connectTimeoutMs: limits.upstreamConnectTimeoutMs,
        firstByteTimeoutMs: firstByteTimeoutMs ?? usualTimeoutMs,
        idleTimeoutMs: limits.upstreamIdleTimeoutMs,
      },
      this,
    )
    if (this.#isDone) this.#call.abort()
  }

  // A stream holds on to its call through these: an upstream may answer before `send` has returned it.
  abort(): void {
    this.#call?.abort()
  }

  pause(): void {
    this.#call?.pause()
  }

  resume(): void {
    this.#call?.resume()
  }

  clientGone(): void {
    if (this.#isDone) return
    this.abort()
    if (this.#stream) this.#stopStream({ kind: 'gone' })
    else this.#finish({ kind: 'gone' })
  }

  stop(fault: Fault): void {
    if (this.#isDone) return
    this.abort()
    if (!this.#stream) {
      this.#finish({ kind: 'stopped', fault })
      return
    }
    const failure = { fault, errorClass: 'aborted', status: 200, retriable: false } as const
    this.#stopStream({ kind: 'broken', failure })
  }

  onHead(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.#isDone) return
    this.#status = status
    this.#headers = headers
    if (status !== 200) return
    try {
      const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
      const form = this.#conversation.formOf(type)
      if (form === 'stream') this.#openStream()
      else if (form === 'unwanted') this.#refuseType(type)
    } catch (error) {
      this.#ownMistake(error)
    }
  }

  onData(chunk: Uint8Array): void {
    if (this.#isDone) return
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (!this.#stream) {
      this.#keep(bytes)
      return
    }
    try {
      this.#stream.push(bytes)
    } catch (error) {
      this.#ownMistake(error)
    }
  }

  onEnd(): void {
    if (this.#isDone) return
    try {
      if (this.#stream) this.#stream.close()
      else this.#takeWhole()
    } catch (error) {
      this.#ownMistake(error)
    }
  }

  onError(error: UpstreamError): void {
    if (this.#isDone) return
    try {
      if (this.#stream) this.#stream.fail(error)
      else if (this.#status !== 0 && error.errorClass === 'reset') {
        this.#fail(this.#failureOf('truncated', 'it broke off in the middle'))
      } else this.#fail(failureOfTransport(this.#provider, error))
    } catch (mistake) {
      this.#ownMistake(mistake)
    }
  }

  /** Of an error only its beginning is kept. */
  #keep(bytes: Buffer): void {
    this.#byteLength += bytes.length
    if (this.#status !== 200 && this.#byteLength > errorBodyBytesMax) return
    if (this.#byteLength > this.#house.limits.upstreamBodyBytesMax) {
      this.abort()
      this.#fail(this.#failureOf('invalid_response', 'it is too large'))
      return
    }
    this.#chunks.push(bytes)
  }

  #takeWhole(): void {
    const [only] = this.#chunks
    const body = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks)
    if (this.#status !== 200) {
      const answer = { status: this.#status, headers: this.#headers, body: body.toString('utf8') }
      const { status, headers, body: text } = this.#conversation.readError(answer)
      this.#fail(failureOfStatus({ provider: this.#provider, status, headers, body: text }))
      return
    }
    const read = this.#conversation.readWhole(body, this.#headers)
    if (read.kind === 'error') this.#fail(failureOfErrorBody(this.#provider, read.body))
    else if (read.kind === 'unreadable')
      this.#fail(this.#failureOf('invalid_response', read.detail))
    else if (this.#conversation.isStream) this.#refuseType('application/json')
    else this.#finish(read.made)
  }

  #openStream(): void {
    const { watch } = this.#house
    const end = (ended: StreamEnd) => {
      watch.remove(watcher)
      if (ended.kind !== 'completed') this.abort()
      if (ended.kind === 'broken' && !stream.writer.isOpen) this.#fail(ended.failure)
      else this.#finish(stream.answered(ended))
    }
    const watcher: Watcher = {
      rosterPlace: notEnrolled,
      look: (nowMs) => {
        try {
          stream.tick(nowMs)
        } catch (error) {
          this.#ownMistake(error)
        }
      },
    }
    const stream = this.#conversation.openStream(this, end)
    this.#stream = stream
    this.#endStream = end
    watch.add(watcher)
  }

  /** Stops a stream, and keeps what was delivered of it. */
  #stopStream(end: StreamEnd): void {
    try {
      this.#stream?.stop(end)
    } catch (error) {
      this.#ownMistake(error)
    }
  }

  #ownMistake(error: unknown): void {
    if (this.#isDone) return
    const fault = asFault(this.#house, error)
    const failure = ownFailure(fault, this.#status === 0 ? null : this.#status)
    this.abort()
    if (!this.#stream) {
      this.#fail(failure)
      return
    }
    const end = { kind: 'broken', failure } as const
    try {
      this.#stream.stop(end)
    } catch (another) {
      asFault(this.#house, another)
    }
    // A stream that went wrong while it ended can no longer say so itself.
    if (!this.#isDone) this.#endStream?.(end)
  }

  #refuseType(type: string): void {
    this.abort()
    this.#fail(this.#failureOf('wrong_content_type', `its type is "${type.slice(0, 80)}"`))
  }

  #failureOf(errorClass: AttemptErrorClass, detail: string): AttemptFailure {
    return failureOfAnswer({ provider: this.#provider, status: this.#status, errorClass, detail })
  }

  /** Another endpoint may be able to say what this one cannot, or have credentials that work. */
  #failureOfAsking(error: unknown): AttemptFailure {
    if (error instanceof SigningError) {
      const { slug, own } = this.#provider
      if (own !== undefined) return failureOfOwnSigning(this.#provider, own, error)
      this.#house.log.alarm('signing_failed', { provider: slug, error: error.message })
      const cause = new UpstreamError('connect_failed', error.message, { cause: error })
      return failureOfTransport(this.#provider, cause)
    }
    const fault = asFault(this.#house, error)
    if (fault.status >= 500) return ownFailure(fault, null)
    return notExpressible(fault)
  }

  #fail(failure: AttemptFailure): void {
    this.#finish({ kind: 'failed', failure })
  }

  #finish(answered: Made | Unanswered): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#life.worker = null
    this.#resolve(answered)
  }
}

function ownFailure(fault: Fault, status: number | null): AttemptFailure {
  return { fault, errorClass: 'internal', status, retriable: false }
}
