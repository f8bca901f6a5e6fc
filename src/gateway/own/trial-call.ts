import type { Endpoint, Model } from '#domain/catalogue.ts'
import { Bug } from '#domain/faults.ts'
import { upstreamFirstByteTimeoutMs } from '#domain/limits.ts'
import { parseJson } from '#gateway/canonical/json.ts'
import type { ProviderProtocol } from '#gateway/canonical/provider-protocol.ts'
import type { ModelRequest } from '#gateway/canonical/request.ts'
import { chatProtocol } from '#gateway/clients/chat/chat-protocol.ts'
import type { House } from '#gateway/house.ts'
import { credentialHeaders } from '#gateway/translate/credential-headers.ts'
import { errorIn, providerProtocol } from '#gateway/translate/protocols.ts'
import { cannotExpress } from '#gateway/translate/translated-answer.ts'
import type {
  Conversation,
  ErrorText,
  PreparedRequest,
  WholeReading,
} from '#gateway/upstream-listener.ts'

/** It answered, in the words of its protocol. What it said does not matter. */
export interface Heard {
  readonly kind: 'heard'
}

const trialBody = {
  messages: [{ role: 'user', content: 'Reply with the word OK.' }],
  max_tokens: 16,
}

/** Asks one model for a few words, in the protocol of its provider, with the provider's credential. */
export class TrialCall implements Conversation<Heard> {
  readonly isStream = false
  readonly #house: Pick<House, 'signer' | 'userAgent'>
  readonly #model: Model
  readonly #endpoint: Endpoint
  readonly #protocol: ProviderProtocol
  readonly #request: ModelRequest

  constructor(
    house: Pick<House, 'signer' | 'userAgent'>,
    { model, endpoint }: { readonly model: Model; readonly endpoint: Endpoint },
  ) {
    this.#house = house
    this.#model = model
    this.#endpoint = endpoint
    this.#protocol = providerProtocol(endpoint.provider.protocol)
    const body = { ...trialBody, model: model.id }
    this.#request = chatProtocol.read({ body, headers: {}, address: null }).request
  }

  async prepare(): Promise<PreparedRequest> {
    const { provider, upstreamModel } = this.#endpoint
    const encoding = this.#protocol.encode(this.#request, {
      ...{ provider: provider.slug, upstreamModel, baseUrl: provider.baseUrl },
      ...{ maxOutputTokens: this.#model.maxOutput, maxTokens: null },
    })
    if (encoding.kind === 'impossible') throw cannotExpress(encoding.param, encoding.detail)
    const { url, headers, body: written } = encoding.encoded
    const body = Buffer.from(JSON.stringify(written))
    const signed =
      provider.signing === undefined
        ? {}
        : await this.#house.signer.sign({ method: 'POST', url, headers, body }, provider.signing)
    return {
      ...{ url, body },
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': this.#house.userAgent,
        ...credentialHeaders(provider, this.#protocol.name),
        ...headers,
        ...signed,
      },
      // A person waits for the verdict.
      firstByteTimeoutMs: upstreamFirstByteTimeoutMs,
    }
  }

  formOf(): 'whole' {
    return 'whole'
  }

  openStream(): never {
    throw new Bug('a trial asks for no stream')
  }

  readWhole(bytes: Buffer): WholeReading<Heard> {
    const value = parseJson(bytes.toString('utf8'))
    if (value === undefined) return { kind: 'unreadable', detail: 'it is not JSON' }
    const decoded = this.#protocol.decodeWhole(value, {
      ...{ request: this.#request, callIdPrefix: 'trial' },
      upstreamModel: this.#endpoint.upstreamModel,
      provider: this.#endpoint.provider.slug,
    })
    return decoded.kind === 'answer' ? { kind: 'answer', made: { kind: 'heard' } } : decoded
  }

  readError(answer: ErrorText): ErrorText {
    return errorIn(this.#protocol, answer)
  }
}
