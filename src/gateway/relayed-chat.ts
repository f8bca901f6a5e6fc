import type { Provider } from '#domain/catalogue.ts'
import { assert } from '#domain/faults.ts'
import type { UpstreamCall } from '#ports/upstream.ts'

import type { HeardAnswer } from './answered.ts'
import type { House } from './house.ts'
import { readAnswer } from './json-answer.ts'
import type { Life } from './life.ts'
import type { BoundedAttempt } from './plan-chat.ts'
import { StreamRelay, type StreamEnd } from './stream/stream-relay.ts'
import { chatAddress } from './translate/chat-address.ts'
import { credentialHeaders } from './translate/credential-headers.ts'
import { upstreamBody } from './upstream-body.ts'
import type {
  Conversation,
  ErrorText,
  PassedStream,
  PreparedRequest,
  WholeReading,
} from './upstream-listener.ts'

/** Chat on both sides: the client's bytes go upstream, and the upstream's come back, as they are. */
export class RelayedChat implements Conversation<HeardAnswer> {
  readonly isStream: boolean
  readonly #house: House
  readonly #life: Life
  readonly #attempt: BoundedAttempt

  constructor(house: House, life: Life, attempt: BoundedAttempt) {
    this.#house = house
    this.#life = life
    this.#attempt = attempt
    this.isStream = life.body?.request.stream === true
  }

  prepare(): PreparedRequest {
    const { body, clampedMaxTokens } = this.#life
    assert(body, 'a request is asked after it is read')
    const attempt = this.#attempt
    return {
      url: chatAddress(attempt.endpoint),
      headers: headersFor(attempt.endpoint.provider, this.#house.userAgent, this.isStream),
      body: upstreamBody({ body, attempt, maxTokens: clampedMaxTokens }),
    }
  }

  formOf(type: string): 'stream' | 'whole' | 'unwanted' {
    if (this.isStream && (type === 'text/event-stream' || type === '')) return 'stream'
    return isJsonType(type) ? 'whole' : 'unwanted'
  }

  openStream(call: UpstreamCall, onEnd: (end: StreamEnd) => void): PassedStream<HeardAnswer> {
    const parts = { house: this.#house, life: this.#life, attempt: this.#attempt }
    return new StreamRelay({ ...parts, call, onEnd })
  }

  readWhole(body: Buffer): WholeReading<HeardAnswer> {
    const read = readAnswer(body)
    if (read.kind !== 'answer') return read
    return { kind: 'answer', made: { kind: 'answer', answer: read.answer } }
  }

  readError(answer: ErrorText): ErrorText {
    return answer
  }
}

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

function isJsonType(type: string): boolean {
  return (
    type === '' || type === 'application/octet-stream' || /^application\/(.+\+)?json$/.test(type)
  )
}
