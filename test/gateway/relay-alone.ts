import { answerRoomForAll } from '#gateway/answer-memory.ts'
import { gatewayLimits } from '#gateway/gateway-limits.ts'
import type { House } from '#gateway/house.ts'
import type { Life } from '#gateway/life.ts'
import type { BoundedAttempt } from '#gateway/plan-chat.ts'
import { StreamRelay, type StreamEnd } from '#gateway/stream/stream-relay.ts'

/** What became of a stream. */
export interface RelayedStream {
  /** Everything the client received before the held-back end. */
  readonly text: string
  readonly end: StreamEnd | null
  // A test reads what it expects to be there; a wrong guess fails its assertion.
  readonly held: ReturnType<typeof JSON.parse>
  readonly counted: string
  readonly finishReason: string | null
}

/** Relays these pieces of an upstream's body without a network, for the id `gen-1` and the provider `P`. */
export function relayAlone(pieces: readonly Buffer[], choiceCount = 1): RelayedStream {
  const written: Buffer[] = []
  let end: StreamEnd | null = null
  const response = {
    destroyed: false,
    writeHead: () => undefined,
    on: () => undefined,
    setTimeout: () => undefined,
    write: (text: string) => written.push(Buffer.from(text, 'latin1')) > 0,
  }
  const relay = new StreamRelay({
    house: {
      clock: { nowMs: () => 0, monotonicMs: () => 0, after: () => () => undefined },
      limits: gatewayLimits,
      answerMemory: { roomOf: () => answerRoomForAll },
    } as unknown as House,
    life: {
      id: 'gen-1',
      request: { headers: {}, httpVersionMinor: 0 },
      response,
      contentMode: 'metadata',
      clampedMaxTokens: null,
      routingPath: [],
      caller: null,
    } as unknown as Life,
    attempt: {
      endpoint: { provider: { name: 'P', apiKey: null } },
      bound: { choiceCount },
    } as unknown as BoundedAttempt,
    call: { abort: () => undefined, pause: () => undefined, resume: () => undefined },
    onEnd: (how) => {
      end = how
    },
  })
  for (const piece of pieces) relay.push(piece)
  relay.close()
  return {
    text: Buffer.concat(written).toString(),
    end,
    held: relay.held ? JSON.parse(Buffer.from(relay.held.json, 'latin1').toString()) : null,
    counted: relay.reader.tally.text(),
    finishReason: relay.reader.finishReason,
  }
}
