import { randomBytes } from 'node:crypto'

import type { Provider } from '#domain/catalogue.ts'
import { Bug } from '#domain/faults.ts'
import { plainFirstByteTimeoutMs } from '#domain/limits.ts'
import { formBytes } from '#gateway/canonical/form.ts'
import { parseJson } from '#gateway/canonical/json.ts'
import type { PlainAnswer, PlainCall } from '#gateway/canonical/plain-protocol.ts'
import type { House } from '#gateway/house.ts'
import { credentialHeaders } from '#gateway/translate/credential-headers.ts'
import { errorIn, providerProtocol } from '#gateway/translate/protocols.ts'
import type {
  Conversation,
  ErrorText,
  PreparedRequest,
  WholeReading,
} from '#gateway/upstream-listener.ts'

/** The answer of one call. */
export interface HeardPart {
  readonly kind: 'part'
  readonly answer: PlainAnswer
}

/** One call to a provider, by JSON or by a form; its answer is taken as it is. */
export class PlainConversation implements Conversation<HeardPart> {
  readonly isStream = false
  readonly #house: Pick<House, 'signer' | 'userAgent'>
  readonly #provider: Provider
  readonly #call: PlainCall

  constructor(house: Pick<House, 'signer' | 'userAgent'>, provider: Provider, call: PlainCall) {
    this.#house = house
    this.#provider = provider
    this.#call = call
  }

  async prepare(): Promise<PreparedRequest> {
    const { url } = this.#call
    const { type, bytes: body } = this.#written()
    const { signing, protocol } = this.#provider
    const own = { 'content-type': type, accept: '*/*', 'accept-encoding': 'identity' }
    const signed =
      signing === undefined
        ? {}
        : await this.#house.signer.sign(
            { method: 'POST', url, headers: { 'content-type': type }, body },
            signing,
          )
    return {
      url,
      headers: {
        ...own,
        'user-agent': this.#house.userAgent,
        ...credentialHeaders(this.#provider, protocol),
        ...signed,
      },
      body,
      firstByteTimeoutMs: plainFirstByteTimeoutMs,
    }
  }

  #written(): { type: string; bytes: Buffer } {
    const { message } = this.#call
    if (message.kind === 'json') {
      return { type: 'application/json', bytes: Buffer.from(JSON.stringify(message.body)) }
    }
    const boundary = `codelace-${randomBytes(18).toString('hex')}`
    return {
      type: `multipart/form-data; boundary=${boundary}`,
      bytes: formBytes(message.fields, boundary),
    }
  }

  formOf(type: string): 'whole' | 'unwanted' {
    return type === 'text/html' ? 'unwanted' : 'whole'
  }

  openStream(): never {
    throw new Bug('nothing is streamed here')
  }

  readWhole(bytes: Buffer, headers: PlainAnswer['headers']): WholeReading<HeardPart> {
    const contentType = headers['content-type'] ?? ''
    const isMedia = /^(?:audio|image|video)\//.test(contentType)
    const body = isMedia ? undefined : parseJson(bytes.toString('utf8'))
    return {
      kind: 'answer',
      made: { kind: 'part', answer: { body, bytes, contentType, headers } },
    }
  }

  readError(answer: ErrorText): ErrorText {
    return errorIn(providerProtocol(this.#provider.protocol), answer)
  }
}
