import type { Provider } from '#domain/catalogue.ts'
import { assert, type Fault } from '#domain/faults.ts'
import type { AttemptErrorClass } from '#domain/generation.ts'
import type { UpstreamCall, UpstreamError, UpstreamHandlers } from '#ports/upstream.ts'

import type { House } from './house.ts'
import { readAnswer, type JsonAnswer } from './json-answer.ts'
import type { Life, LifeWorker } from './life.ts'
import type { BoundedAttempt, ChatPlan } from './plan-chat.ts'
import { StreamRelay, type StreamEnd } from './stream/stream-relay.ts'
import { chatAddress } from './translate/chat-address.ts'
import { credentialHeaders } from './translate/credential-headers.ts'
import { showsForeignReasoning } from './translate/foreign-reasoning.ts'
import { isChatRelay, speechFor } from './translate/protocols.ts'
import type { TranslatedAnswer } from './translate/translated-answer.ts'
import { TranslatedAttempt } from './translate/translated-attempt.ts'
import type { TranslatedStream } from './translate/translated-stream.ts'
import { upstreamBody } from './upstream-body.ts'
import {
  failureOfAnswer,
  failureOfErrorBody,
  failureOfStatus,
  failureOfTransport,
  type AttemptFailure,
} from './upstream-faults.ts'

/**
 * What came of asking upstream. `answer`: a whole answer, of which the client has seen nothing yet.
 * `stream`: a stream of which the client has seen all but the held-back end. `translated` and
 * `translated_stream`: the same of a pair that does not speak chat on both sides. `failed`: nobody could
 * answer. `gone`: the client left before there was anything to deliver. `stopped`: this life had to end.
 */
export type Answered =
  | { readonly kind: 'answer'; readonly answer: JsonAnswer }
  | { readonly kind: 'stream'; readonly relay: StreamRelay; readonly end: StreamEnd }
  | { readonly kind: 'translated'; readonly answer: TranslatedAnswer }
  | {
      readonly kind: 'translated_stream'
      readonly stream: TranslatedStream
      readonly end: StreamEnd
    }
  | { readonly kind: 'failed'; readonly failure: AttemptFailure }
  | { readonly kind: 'gone' }
  | { readonly kind: 'stopped'; readonly fault: Fault }

/** Asks the planned endpoints in turn until one answers; never again once the client has seen a byte. */
export async function askUpstreams(house: House, life: Life, plan: ChatPlan): Promise<Answered> {
  let last: Answered | undefined
  for (const attempt of plan.attempts) {
    const startedAtMs = house.clock.nowMs()
    const startedMs = house.clock.monotonicMs()
    life.attempt = attempt
    last = await askOne(house, life, attempt)
    const { status, errorClass } = resultOf(last)
    life.routingPath.push({
      provider: attempt.endpoint.provider.slug,
      upstreamModel: attempt.endpoint.upstreamModel,
      startedAtMs,
      latencyMs: Math.round(house.clock.monotonicMs() - startedMs),
      status,
      errorClass,
    })
    if (last.kind !== 'failed' || !last.failure.retriable || life.isClientGone) break
  }
  assert(last, 'a plan has at least one attempt')
  return last
}

function resultOf(answered: Answered): {
  status: number | null
  errorClass: AttemptErrorClass | null
} {
  switch (answered.kind) {
    case 'answer':
    case 'translated':
      return { status: 200, errorClass: null }
    case 'failed':
      return { status: answered.failure.status, errorClass: answered.failure.errorClass }
    case 'stream':
    case 'translated_stream': {
      const { end } = answered
      if (end.kind === 'completed') return { status: 200, errorClass: null }
      return { status: 200, errorClass: end.kind === 'gone' ? 'aborted' : end.failure.errorClass }
    }
    default:
      return { status: null, errorClass: 'aborted' }
  }
}

function askOne(house: House, life: Life, attempt: BoundedAttempt): Promise<Answered> {
  return new Promise((resolve) => {
    const speech = speechFor(life.door.client, attempt.endpoint.provider)
    const mayRelay = isChatRelay(life.door.client, speech)
    const listener =
      mayRelay && !showsForeignReasoning(life.body, attempt.endpoint.provider)
        ? new UpstreamListener(house, life, attempt, resolve)
        : new TranslatedAttempt({
            ...{ house, life, attempt, resolve },
            speech: mayRelay ? { ...speech, isNative: false } : speech,
          })
    life.worker = listener
    if (life.isClientGone) listener.clientGone()
    else listener.begin()
  })
}

const errorBodyBytesMax = 64 * 1024

type Headers = Readonly<Record<string, string>>
const madeHeaders = new WeakMap<Provider, { whole: Headers; stream: Headers }>()

/** The same for all requests to a provider of one kind, so they are made once. */
function headersFor(provider: Provider, userAgent: string, isStream: boolean): Headers {
  let made = madeHeaders.get(provider)
  if (!made) {
    const common = {
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      'user-agent': userAgent,
      ...credentialHeaders(provider, provider.protocol),
    }
    made = {
      whole: { ...common, accept: 'application/json' },
      stream: { ...common, accept: 'text/event-stream' },
    }
    madeHeaders.set(provider, made)
  }
  return isStream ? made.stream : made.whole
}

/** Hears one upstream out: an error, a whole answer, or a stream that it relays as it comes. */
class UpstreamListener implements UpstreamHandlers, LifeWorker {
  readonly #house: House
  readonly #life: Life
  readonly #attempt: BoundedAttempt
  readonly #provider: Provider
  readonly #resolve: (answered: Answered) => void
  #call: UpstreamCall | null = null
  #status = 0
  #headers: Readonly<Record<string, string>> = {}
  #relay: StreamRelay | null = null
  readonly #chunks: Buffer[] = []
  #byteLength = 0
  #isDone = false

  constructor(
    house: House,
    life: Life,
    attempt: BoundedAttempt,
    resolve: (answered: Answered) => void,
  ) {
    this.#house = house
    this.#life = life
    this.#attempt = attempt
    this.#provider = attempt.endpoint.provider
    this.#resolve = resolve
  }

  begin(): void {
    const { limits, upstreams } = this.#house
    const { body, clampedMaxTokens } = this.#life
    const { baseUrl } = this.#provider
    const upstream = upstreams[baseUrl.slice(0, baseUrl.indexOf(':') + 1)]
    assert(body && upstream, 'the body is parsed and the scheme of each provider has an upstream')
    const isStream = body.request.stream === true
    this.#call = upstream.send(
      {
        url: chatAddress(this.#attempt.endpoint),
        method: 'POST',
        headers: headersFor(this.#provider, this.#house.userAgent, isStream),
        body: upstreamBody({ body, attempt: this.#attempt, maxTokens: clampedMaxTokens }),
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
    if (!this.#relay) this.#finish(answered)
    else if (answered.kind === 'gone') this.#relay.stop({ kind: 'gone' })
    else {
      const { fault } = answered
      const failure = { fault, errorClass: 'aborted', status: 200, retriable: false } as const
      this.#relay.stop({ kind: 'broken', failure })
    }
  }

  onHead(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.#isDone) return
    this.#status = status
    this.#headers = headers
    if (status !== 200) return
    const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
    if (this.#life.body?.request.stream !== true) {
      if (!isJsonType(type)) this.#refuseType(type)
      return
    }
    if (type === 'text/event-stream' || type === '') this.#beginRelay()
    else if (!isJsonType(type)) this.#refuseType(type)
  }

  onData(chunk: Uint8Array): void {
    if (this.#isDone) return
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (this.#relay) {
      this.#relay.push(bytes)
      return
    }
    this.#byteLength += bytes.length
    if (this.#status !== 200 && this.#byteLength > errorBodyBytesMax) return
    if (this.#byteLength > this.#house.limits.upstreamBodyBytesMax) {
      this.#call?.abort()
      this.#fail(this.#failureOf('invalid_response', 'it is too large'))
      return
    }
    this.#chunks.push(bytes)
  }

  onEnd(): void {
    if (this.#isDone) return
    if (this.#relay) {
      this.#relay.close()
      return
    }
    const [only] = this.#chunks
    const body = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks)
    if (this.#status !== 200) {
      const answer = { provider: this.#provider, status: this.#status, headers: this.#headers }
      this.#fail(failureOfStatus({ ...answer, body: body.toString('utf8') }))
      return
    }
    const read = readAnswer(body)
    if (read.kind === 'error') this.#fail(failureOfErrorBody(this.#provider, read.body))
    else if (read.kind === 'unreadable')
      this.#fail(this.#failureOf('invalid_response', read.detail))
    else if (this.#life.body?.request.stream === true) this.#refuseType('application/json')
    else this.#finish({ kind: 'answer', answer: read.answer })
  }

  onError(error: UpstreamError): void {
    if (this.#isDone) return
    if (this.#relay) this.#relay.fail(error)
    else if (this.#status !== 0 && error.errorClass === 'reset') {
      this.#fail(this.#failureOf('truncated', 'it broke off in the middle'))
    } else this.#fail(failureOfTransport(this.#provider, error))
  }

  #beginRelay(): void {
    const { watch } = this.#house
    // The call is asked for when it is used: an upstream may answer before it has returned it.
    const call: UpstreamCall = {
      abort: () => this.#call?.abort(),
      pause: () => this.#call?.pause(),
      resume: () => this.#call?.resume(),
    }
    const relay = new StreamRelay({
      house: this.#house,
      life: this.#life,
      attempt: this.#attempt,
      call,
      onEnd: (end) => {
        watch.remove(tick)
        if (end.kind !== 'completed') call.abort()
        if (end.kind === 'broken' && !relay.writer.isOpen) this.#fail(end.failure)
        else this.#finish({ kind: 'stream', relay, end })
      },
    })
    const tick = (nowMs: number) => relay.tick(nowMs)
    this.#relay = relay
    watch.add(tick)
  }

  #refuseType(type: string): void {
    this.#call?.abort()
    this.#fail(this.#failureOf('wrong_content_type', `its type is "${type.slice(0, 80)}"`))
  }

  #failureOf(errorClass: AttemptErrorClass, detail: string): AttemptFailure {
    return failureOfAnswer({ provider: this.#provider, status: this.#status, errorClass, detail })
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

function isJsonType(type: string): boolean {
  return (
    type === '' || type === 'application/octet-stream' || /^application\/(.+\+)?json$/.test(type)
  )
}
