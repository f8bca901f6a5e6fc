import type {
  AnswerFacts,
  AnswerStream,
  ClientProtocol,
} from '#gateway/canonical/client-protocol.ts'
import type { Delta } from '#gateway/canonical/delta.ts'
import type { WireEvent } from '#gateway/canonical/wire-event.ts'
import { asJsonArray } from '#gateway/clients/gemini/json-array.ts'

/** What one event of an upstream said; null: its body ended. */
export interface Heard {
  readonly event: WireEvent | null
  readonly deltas: readonly Delta[]
}

/** How one stream is told to its client, piece by piece. */
export interface Voice {
  readonly next: (heard: Heard) => string
  readonly end: AnswerStream['end']
  readonly fail: AnswerStream['fail']
}

/**
 * The upstream's own events where the client speaks its protocol, the client's protocol otherwise.
 * `isJsonArray`: Gemini's clients get one array unless they ask for events.
 */
export function voiceOf(
  client: ClientProtocol,
  facts: AnswerFacts,
  { isNative, isJsonArray }: { isNative: boolean; isJsonArray: boolean },
): Voice {
  const voice = isNative ? nativeVoice(client, facts) : translatedVoice(client, facts)
  return isJsonArray ? asJsonArray(voice) : voice
}

function nativeVoice(client: ClientProtocol, facts: AnswerFacts): Voice {
  const stream = client.openNative(facts)
  return {
    next: ({ event }) => (event === null ? '' : stream.pass(event)),
    end: (closing) => stream.end(closing),
    fail: (fault) => stream.fail(fault),
  }
}

function translatedVoice(client: ClientProtocol, facts: AnswerFacts): Voice {
  const stream = client.openStream(facts)
  return {
    next({ deltas }) {
      let text = ''
      for (const delta of deltas) text += stream.push(delta)
      return text
    },
    end: (closing) => stream.end(closing),
    fail: (fault) => stream.fail(fault),
  }
}
