import type { RequestBound } from '#domain/bound.ts'
import type { CountingUnit, ModelUse, ProviderProtocolName } from '#domain/catalogue.ts'
import type { Closing } from '#gateway/canonical/client-protocol.ts'
import type {
  DecodedPlain,
  PlainAnswer,
  PlainEncoding,
  PlainFacts,
  PlainMessage,
  PlainProtocol,
  WrittenPlain,
} from '#gateway/canonical/plain-protocol.ts'
import type { EncodingTarget } from '#gateway/canonical/provider-protocol.ts'
import { embeddingsProtocol } from '#gateway/clients/embeddings/embeddings-protocol.ts'
import { imageEditsProtocol, imagesProtocol } from '#gateway/clients/images/images-protocol.ts'
import { moderationsProtocol } from '#gateway/clients/moderations/moderations-protocol.ts'
import { rerankProtocol } from '#gateway/clients/rerank/rerank-protocol.ts'
import { speechProtocol } from '#gateway/clients/speech/speech-protocol.ts'
import { transcriptionsProtocol } from '#gateway/clients/transcriptions/transcriptions-protocol.ts'

/** One endpoint that is asked once and answers once. */
export interface PlainEndpoint {
  readonly use: ModelUse
  /** With `/v1`. */
  readonly path: string
  /** Asked by a form, not by JSON. */
  readonly takesForm: boolean
  /** Throws `invalid_request` with the path of the faulty member. */
  readonly read: (message: PlainMessage) => PlainQuestion
}

/** What was asked at such an endpoint, read. */
export interface PlainQuestion {
  readonly message: PlainMessage
  readonly model: string | null
  /** OpenRouter's `provider` member, unchecked; undefined: none. */
  readonly provider: unknown
  /** The most that it can be billed for, by a provider that counts in this unit. */
  readonly bound: (unit: CountingUnit) => RequestBound
  /** The text to count where the provider counts nothing. */
  readonly promptText: () => string
  readonly encode: (protocol: ProviderProtocolName, target: EncodingTarget) => PlainEncoding
  readonly decode: (answers: readonly PlainAnswer[]) => DecodedPlain<WritePlain>
}

/** Writes an answer that was read, once it is paid for. */
export type WritePlain = (facts: PlainFacts, closing: Closing) => WrittenPlain

/** Every such endpoint. */
export const plainEndpoints: readonly PlainEndpoint[] = [
  endpoint('embeddings', embeddingsProtocol),
  endpoint('rerank', rerankProtocol),
  endpoint('moderations', moderationsProtocol),
  endpoint('images', imagesProtocol),
  endpoint('image_edits', imageEditsProtocol, { takesForm: true }),
  endpoint('speech', speechProtocol),
  endpoint('transcriptions', transcriptionsProtocol, { takesForm: true }),
]

function endpoint<Asked, Value>(
  use: ModelUse,
  protocol: PlainProtocol<Asked, Value>,
  { takesForm } = { takesForm: false },
): PlainEndpoint {
  return {
    use,
    path: `/v1${protocol.path}`,
    takesForm,
    read: (message) => question(protocol, message),
  }
}

function question<Asked, Value>(
  protocol: PlainProtocol<Asked, Value>,
  message: PlainMessage,
): PlainQuestion {
  const { asked, model, provider } = protocol.read(message)
  return {
    ...{ message, model, provider },
    bound: (unit) => protocol.bound(asked, unit),
    promptText: () => protocol.promptText(asked),
    encode: (name, target) => protocol.encode(asked, name, target),
    decode(answers) {
      const decoded = protocol.decode(answers, asked)
      if (decoded.kind !== 'answer') return decoded
      const { value, usage } = decoded
      return {
        kind: 'answer',
        value: (facts, closing) => protocol.write({ value, asked }, facts, closing),
        usage,
      }
    },
  }
}
