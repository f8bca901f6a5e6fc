import { assert } from '#domain/faults.ts'
import type { HeardAnswer } from '#gateway/answered.ts'
import type { AnswerFacts } from '#gateway/canonical/client-protocol.ts'
import { isObject, parseJson } from '#gateway/canonical/json.ts'
import type { DecodingContext, ProviderProtocol } from '#gateway/canonical/provider-protocol.ts'
import type { ModelRequest, Warning } from '#gateway/canonical/request.ts'
import type { House } from '#gateway/house.ts'
import type { Life } from '#gateway/life.ts'
import type { BoundedAttempt } from '#gateway/plan-chat.ts'
import { storingIn } from '#gateway/responses/in-a-life.ts'
import { repeatedBody } from '#gateway/responses/kept-response.ts'
import type { StreamEnd } from '#gateway/stream/stream-relay.ts'
import type {
  Conversation,
  ErrorText,
  PassedStream,
  PreparedRequest,
  WholeReading,
} from '#gateway/upstream-listener.ts'
import type { UpstreamCall } from '#ports/upstream.ts'

import { modelRequestOf, sentBy } from './client-body.ts'
import { credentialHeaders } from './credential-headers.ts'
import { framers } from './framers.ts'
import { inlineMedia } from './inline-media.ts'
import { clientProtocols, errorIn, protocolOf, type Speech } from './protocols.ts'
import { translatedAnswer } from './translated-answer.ts'
import { TranslatedStream } from './translated-stream.ts'
import { upstreamText, type UpstreamText } from './upstream-request.ts'

/** An upstream that is spoken to in its own protocol, for a client that may speak another. */
export class TranslatedConversation implements Conversation<HeardAnswer> {
  readonly isStream: boolean
  readonly #house: House
  readonly #life: Life
  readonly #attempt: BoundedAttempt
  readonly #speech: Speech
  readonly #protocol: ProviderProtocol
  #request: ModelRequest | null = null
  #text: UpstreamText | null = null

  constructor(parts: { house: House; life: Life; attempt: BoundedAttempt; speech: Speech }) {
    this.#house = parts.house
    this.#life = parts.life
    this.#attempt = parts.attempt
    this.#speech = parts.speech
    this.#protocol = protocolOf(parts.speech)
    this.isStream = parts.life.body?.request.stream === true
  }

  async prepare(): Promise<PreparedRequest> {
    const { body } = this.#life
    assert(body, 'a request is asked after it is read')
    const asked = modelRequestOf(body)
    const needsBytes = !this.#speech.isNative && this.#protocol.needsMediaBytes === true
    const request = needsBytes ? await inlineMedia(asked, this.#house.media) : asked
    this.#request = request
    const text = upstreamText(this.#life, this.#attempt, { speech: this.#speech, request })
    this.#text = text
    const { url, body: bytes } = text
    return { url, headers: await this.#headersOf(text), body: bytes }
  }

  async #headersOf({ url, headers, body }: UpstreamText): Promise<PreparedRequest['headers']> {
    const { provider } = this.#attempt.endpoint
    const signed =
      provider.signing === undefined
        ? {}
        : await this.#house.signer.sign({ method: 'POST', url, headers, body }, provider.signing)
    return {
      'content-type': 'application/json',
      accept: this.isStream ? this.#streamType() : 'application/json',
      'accept-encoding': 'identity',
      'user-agent': this.#house.userAgent,
      ...credentialHeaders(provider, this.#protocol.name),
      ...headers,
      ...signed,
    }
  }

  formOf(type: string): 'stream' | 'whole' | 'unwanted' {
    if (!this.isStream) return 'whole'
    if (type === '' || type === this.#streamType() || type === 'application/octet-stream') {
      return 'stream'
    }
    return type === 'application/json' ? 'whole' : 'unwanted'
  }

  openStream(call: UpstreamCall, onEnd: (end: StreamEnd) => void): PassedStream<HeardAnswer> {
    const { door } = this.#life
    const framerOf = framers[this.#protocol.framing]
    return new TranslatedStream({
      house: this.#house,
      life: this.#life,
      attempt: this.#attempt,
      call,
      client: clientProtocols[door.client],
      facts: this.#facts(),
      warnings: this.#warnings(),
      decoder: this.#protocol.openDecoder(this.#context()),
      isNative: this.#speech.isNative,
      framer: (sink) => framerOf(sink, this.#house.limits.upstreamEventBytesMax),
      isJsonArray: door.address?.isJsonArray === true,
      onEnd,
    })
  }

  readWhole(bytes: Buffer): WholeReading<HeardAnswer> {
    const text = bytes.toString('utf8')
    const value = parseJson(text)
    if (value === undefined) return { kind: 'unreadable', detail: whyNotJson(text) }
    const decoded = this.#protocol.decodeWhole(value, this.#context())
    if (decoded.kind !== 'answer') return decoded
    const answer = translatedAnswer({
      deltas: decoded.deltas,
      native: this.#speech.isNative && isObject(value) ? value : null,
      client: clientProtocols[this.#life.door.client],
      chat: clientProtocols.chat,
      facts: this.#facts(),
      warnings: this.#warnings(),
    })
    return { kind: 'answer', made: { kind: 'translated', answer } }
  }

  readError(answer: ErrorText): ErrorText {
    return errorIn(this.#protocol, answer)
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

  #streamType(): string {
    return this.#protocol.framing === 'sse'
      ? 'text/event-stream'
      : 'application/vnd.amazon.eventstream'
  }
}

function whyNotJson(text: string): string {
  if (text === '') return 'it is empty'
  return text.trimStart().startsWith('<') ? 'it is a web page, not JSON' : 'it is not JSON'
}
