import { assert, type Fault } from '#domain/faults.ts'
import type { AttemptErrorClass } from '#domain/generation.ts'
import type { Answered } from '#gateway/attempt.ts'
import type { AnswerFacts } from '#gateway/canonical/client-protocol.ts'
import { isObject, parseJson } from '#gateway/canonical/json.ts'
import type { DecodingContext, ProviderProtocol } from '#gateway/canonical/provider-protocol.ts'
import type { ModelRequest, Warning } from '#gateway/canonical/request.ts'
import type { House } from '#gateway/house.ts'
import type { Life, LifeWorker } from '#gateway/life.ts'
import type { BoundedAttempt } from '#gateway/plan-chat.ts'
import { asFault } from '#gateway/respond.ts'
import { storingIn } from '#gateway/responses/in-a-life.ts'
import { repeatedBody } from '#gateway/responses/kept-response.ts'
import {
  failureOfAnswer,
  failureOfErrorBody,
  failureOfStatus,
  failureOfTransport,
  type AttemptFailure,
} from '#gateway/upstream-faults.ts'
import type { UpstreamCall, UpstreamError, UpstreamHandlers } from '#ports/upstream.ts'

import { modelRequestOf, sentBy } from './client-body.ts'
import { credentialHeaders } from './credential-headers.ts'
import { framers } from './framers.ts'
import { inlineMedia } from './inline-media.ts'
import { clientProtocols, providerProtocol, type Speech } from './protocols.ts'
import { translatedAnswer } from './translated-answer.ts'
import { TranslatedStream } from './translated-stream.ts'
import { upstreamText, type UpstreamText } from './upstream-request.ts'

const errorBodyBytesMax = 64 * 1024

/** Asks one upstream in its own protocol and hears it out: an error, a whole answer, or a stream. */
export class TranslatedAttempt implements UpstreamHandlers, LifeWorker {
  readonly #house: House
  readonly #life: Life
  readonly #attempt: BoundedAttempt
  readonly #speech: Speech
  readonly #protocol: ProviderProtocol
  readonly #resolve: (answered: Answered) => void
  #request: ModelRequest | null = null
  #text: UpstreamText | null = null
  #call: UpstreamCall | null = null
  #status = 0
  #headers: Readonly<Record<string, string>> = {}
  #stream: TranslatedStream | null = null
  readonly #chunks: Buffer[] = []
  #byteLength = 0
  #isDone = false

  constructor(parts: {
    house: House
    life: Life
    attempt: BoundedAttempt
    speech: Speech
    resolve: (answered: Answered) => void
  }) {
    this.#house = parts.house
    this.#life = parts.life
    this.#attempt = parts.attempt
    this.#speech = parts.speech
    this.#protocol = providerProtocol(parts.speech.protocol)
    this.#resolve = parts.resolve
  }

  /** Writes the request and sends it. What cannot be written is a failure of this endpoint alone. */
  begin(): void {
    this.#prepare().then(
      (text) => this.#send(text),
      (error: unknown) => this.#fail(this.#failureOfEncoding(error)),
    )
  }

  async #prepare(): Promise<UpstreamText> {
    const { body } = this.#life
    assert(body, 'a request is asked after it is read')
    const asked = modelRequestOf(body)
    const needsBytes = !this.#speech.isNative && this.#protocol.needsMediaBytes === true
    const request = needsBytes ? await inlineMedia(asked, this.#house.media) : asked
    this.#request = request
    const text = upstreamText(this.#life, this.#attempt, { speech: this.#speech, request })
    const { signing } = this.#attempt.endpoint.provider
    if (signing === undefined) return text
    const { url, headers, body: bytes } = text
    const signed = await this.#house.signer.sign(
      { method: 'POST', url, headers, body: bytes },
      signing,
    )
    return { ...text, headers: { ...headers, ...signed } }
  }

  #send(text: UpstreamText): void {
    if (this.#isDone) return
    this.#text = text
    const { limits, upstreams, userAgent } = this.#house
    const { provider } = this.#attempt.endpoint
    const upstream = upstreams[text.url.slice(0, text.url.indexOf(':') + 1)]
    assert(upstream, 'the scheme of each provider has an upstream')
    this.#call = upstream.send(
      {
        url: text.url,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: this.#isStream() ? this.#streamType() : 'application/json',
          'accept-encoding': 'identity',
          'user-agent': userAgent,
          ...credentialHeaders(provider, this.#protocol.name),
          ...text.headers,
        },
        body: text.body,
        connectTimeoutMs: limits.upstreamConnectTimeoutMs,
        firstByteTimeoutMs: limits.upstreamFirstByteTimeoutMs,
        idleTimeoutMs: limits.upstreamIdleTimeoutMs,
      },
      this,
    )
    if (this.#isDone) this.#call.abort()
  }

  clientGone(): void {
    this.#leave({ kind: 'gone' })
  }

  stop(fault: Fault): void {
    this.#leave({ kind: 'stopped', fault })
  }

  /** Stops the upstream, and keeps what was delivered. */
  #leave(answered: Answered & { kind: 'gone' | 'stopped' }): void {
    if (this.#isDone) return
    this.#call?.abort()
    if (!this.#stream) this.#finish(answered)
    else if (answered.kind === 'gone') this.#stream.stop({ kind: 'gone' })
    else {
      const { fault } = answered
      const failure = { fault, errorClass: 'aborted', status: 200, retriable: false } as const
      this.#stream.stop({ kind: 'broken', failure })
    }
  }

  onHead(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.#isDone) return
    this.#status = status
    this.#headers = headers
    if (status !== 200 || !this.#isStream()) return
    const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
    if (type === '' || type === this.#streamType() || type === 'application/octet-stream') {
      this.#beginStream()
    } else if (type !== 'application/json') this.#refuseType(type)
  }

  onData(chunk: Uint8Array): void {
    if (this.#isDone) return
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (this.#stream) {
      this.#stream.push(bytes)
      return
    }
    this.#byteLength += bytes.length
    const isError = this.#status !== 200
    const most = isError ? errorBodyBytesMax : this.#house.limits.upstreamBodyBytesMax
    if (this.#byteLength <= most) this.#chunks.push(bytes)
    else if (!isError) {
      this.#call?.abort()
      this.#fail(this.#failureOf('invalid_response', 'it is too large'))
    }
  }

  onEnd(): void {
    if (this.#isDone) return
    if (this.#stream) {
      this.#stream.close()
      return
    }
    const text = Buffer.concat(this.#chunks).toString('utf8')
    if (this.#status === 200) this.#takeWhole(text)
    else this.#takeErrorStatus(text)
  }

  onError(error: UpstreamError): void {
    if (this.#isDone) return
    if (this.#stream) this.#stream.fail(error)
    else if (this.#status !== 0 && error.errorClass === 'reset') {
      this.#fail(this.#failureOf('truncated', 'it broke off in the middle'))
    } else this.#fail(failureOfTransport(this.#attempt.endpoint.provider, error))
  }

  #takeErrorStatus(text: string): void {
    const { provider } = this.#attempt.endpoint
    const answer = { status: this.#status, headers: this.#headers, body: parseJson(text) }
    const read = this.#protocol.readError(answer)
    const after = read.retryAfterSeconds
    const headers = after === null ? this.#headers : { 'retry-after': String(after) }
    const body = JSON.stringify(read.body) ?? ''
    this.#fail(failureOfStatus({ provider, status: read.status, headers, body }))
  }

  #takeWhole(text: string): void {
    const value = parseJson(text)
    if (value === undefined) {
      const what = text.trimStart().startsWith('<')
        ? 'it is a web page, not JSON'
        : 'it is not JSON'
      this.#fail(this.#failureOf('invalid_response', text === '' ? 'it is empty' : what))
      return
    }
    const decoded = this.#protocol.decodeWhole(value, this.#context())
    switch (decoded.kind) {
      case 'error':
        this.#fail(this.#failureOfBody(decoded.body))
        return
      case 'unreadable':
        this.#fail(this.#failureOf('invalid_response', decoded.detail))
        return
      default: {
        if (this.#isStream()) {
          this.#refuseType('application/json')
          return
        }
        const answer = translatedAnswer({
          deltas: decoded.deltas,
          native: this.#speech.isNative && isObject(value) ? value : null,
          client: clientProtocols[this.#life.door.client],
          chat: clientProtocols.chat,
          facts: this.#facts(),
          warnings: this.#warnings(),
        })
        this.#finish({ kind: 'translated', answer })
      }
    }
  }

  #beginStream(): void {
    const { watch, limits } = this.#house
    const { door } = this.#life
    // The call is asked for when it is used: an upstream may answer before it has returned it.
    const call: UpstreamCall = {
      abort: () => this.#call?.abort(),
      pause: () => this.#call?.pause(),
      resume: () => this.#call?.resume(),
    }
    const framerOf = framers[this.#protocol.framing]
    const stream = new TranslatedStream({
      house: this.#house,
      life: this.#life,
      attempt: this.#attempt,
      call,
      client: clientProtocols[door.client],
      facts: this.#facts(),
      warnings: this.#warnings(),
      decoder: this.#protocol.openDecoder(this.#context()),
      isNative: this.#speech.isNative,
      framer: (sink) => framerOf(sink, limits.upstreamEventBytesMax),
      isJsonArray: door.address?.isJsonArray === true,
      failureOfBody: (body) => this.#failureOfBody(body),
      onEnd: (end) => {
        watch.remove(tick)
        if (end.kind !== 'completed') call.abort()
        if (end.kind === 'broken' && !stream.writer.isOpen) this.#fail(end.failure)
        else this.#finish({ kind: 'translated_stream', stream, end })
      },
    })
    const tick = (nowMs: number) => stream.tick(nowMs)
    this.#stream = stream
    watch.add(tick)
  }

  #warnings(): readonly Warning[] {
    return [...(this.#text?.warnings ?? []), ...storingIn(this.#life).warnings]
  }

  #context(): DecodingContext {
    assert(this.#request, 'an answer follows a request')
    const { provider, upstreamModel } = this.#attempt.endpoint
    return {
      request: this.#request,
      callIdPrefix: this.#life.id.slice(-20),
      upstreamModel,
      provider: provider.slug,
    }
  }

  #facts(): AnswerFacts {
    const life = this.#life
    assert(life.body && this.#request, 'an answer follows a request')
    return {
      id: life.id,
      model: this.#attempt.model.id,
      provider: this.#attempt.endpoint.provider.name,
      createdAtSeconds: Math.floor(life.createdAtMs / 1000),
      request: this.#request,
      body: repeatedBody(sentBy(life.body), storingIn(life)),
    }
  }

  #isStream(): boolean {
    return this.#life.body?.request.stream === true
  }

  #streamType(): string {
    return this.#protocol.framing === 'sse'
      ? 'text/event-stream'
      : 'application/vnd.amazon.eventstream'
  }

  #refuseType(type: string): void {
    this.#call?.abort()
    this.#fail(this.#failureOf('wrong_content_type', `its type is "${type.slice(0, 80)}"`))
  }

  #failureOf(errorClass: AttemptErrorClass, detail: string): AttemptFailure {
    const { provider } = this.#attempt.endpoint
    return failureOfAnswer({ provider, status: this.#status, errorClass, detail })
  }

  /** An error that came with status 200, read in the provider's own shape. */
  #failureOfBody(body: unknown): AttemptFailure {
    return failureOfErrorBody(this.#attempt.endpoint.provider, body)
  }

  /** Another endpoint may be able to say what this one cannot. */
  #failureOfEncoding(error: unknown): AttemptFailure {
    const fault = asFault(this.#house, error)
    return { fault, errorClass: 'not_expressible', status: null, retriable: fault.status < 500 }
  }

  #fail(failure: AttemptFailure): void {
    this.#finish({ kind: 'failed', failure })
  }

  #finish(answered: Answered): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#life.worker = null
    this.#resolve(answered)
  }
}
