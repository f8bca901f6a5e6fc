import { Fault } from '#domain/faults.ts'
import { answerRoomForAll } from '#gateway/answer-memory.ts'
import { foldDeltas, type ModelAnswer } from '#gateway/canonical/answer.ts'
import type { AnswerFacts, ClientProtocol, Closing } from '#gateway/canonical/client-protocol.ts'
import type { Delta } from '#gateway/canonical/delta.ts'
import type { JsonObject, Warning } from '#gateway/canonical/request.ts'

import { OutputTally } from './output-tally.ts'

/** A whole answer of an upstream that does not speak chat, or to a client that does not. */
export interface TranslatedAnswer {
  /** In OpenAI's names; undefined when the upstream said nothing. */
  readonly rawUsage: unknown
  readonly finishReason: string | null
  readonly upstreamId: string | null
  readonly isEmpty: boolean
  readonly outputText: () => string
  /** The body that the client gets. */
  readonly write: (closing: Omit<Closing, 'warnings'>) => string
  /** The same as a chat completion, as it is kept in the log. */
  readonly writeForLog: (closing: Omit<Closing, 'warnings'>) => string
}

/** Makes the answer of its pieces. `native` is the upstream's body where the client speaks its protocol. */
export function translatedAnswer(parts: {
  deltas: readonly Delta[]
  native: JsonObject | null
  client: ClientProtocol
  chat: ClientProtocol
  facts: AnswerFacts
  warnings: readonly Warning[]
}): TranslatedAnswer {
  const { deltas, native, client, chat, facts, warnings } = parts
  const answer: ModelAnswer = foldDeltas(deltas)
  const tally = new OutputTally(answerRoomForAll)
  for (const delta of deltas) tally.add(delta)
  return {
    rawUsage: answer.usage ?? undefined,
    finishReason: answer.finish,
    upstreamId: answer.upstreamId,
    isEmpty: tally.length === 0 && !tally.hasOther,
    outputText: () => tally.text(),
    write: (closing) =>
      native === null
        ? client.writeWhole(answer, facts, { ...closing, warnings })
        : client.editWhole(native, facts, { ...closing, warnings }),
    writeForLog: (closing) => chat.writeWhole(answer, facts, { ...closing, warnings }),
  }
}

/** Why an endpoint cannot be asked for this at all. */
export function cannotExpress(param: string, detail: string): Fault {
  return new Fault('invalid_request', { param, details: { detail: `${param}: ${detail}` } })
}
