import { unreachable } from '#domain/faults.ts'
import type { Clock } from '#ports/clock.ts'
import type { UpstreamCall, UpstreamHandlers, UpstreamRequest } from '#ports/upstream.ts'
import { UpstreamError } from '#ports/upstream.ts'

import type { Pacer } from './pacer.ts'
import { createPacer } from './pacer.ts'

/** One piece of a body, and how long it is waited for. */
export interface TimedPiece {
  readonly afterMs: number
  readonly data: string | Uint8Array
}

/** How a call ends: as it should, with a broken transport, or never. */
export type Ending = 'end' | 'refused' | 'reset' | 'silence'

/** Everything that happens in one call, in order. A null head: nothing ever arrives. */
export interface Script {
  readonly firstByteDelayMs: number
  readonly head: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
  } | null
  readonly body: Iterable<TimedPiece>
  readonly ending: Ending
}

interface Play {
  readonly script: Script
  readonly request: UpstreamRequest
  readonly handlers: UpstreamHandlers
  readonly pacer: Pacer
  readonly pieces: Iterator<TimedPiece>
}

/** Pieces without a delay that are handed out in one turn, before others get theirs. */
const piecesPerTurn = 64

/**
 * Plays a script to the handlers, with the request's own timeouts, from the next turn on. Holds at most
 * one timer; after `abort`, and after the end, none.
 */
export function playScript(parts: {
  script: Script
  request: UpstreamRequest
  handlers: UpstreamHandlers
  clock: Clock
}): UpstreamCall {
  const { script, request, handlers, clock } = parts
  const pacer = createPacer(clock)
  const play = { script, request, handlers, pacer, pieces: script.body[Symbol.iterator]() }
  waitForHead(play, script.firstByteDelayMs)
  return { abort: pacer.stop, pause: pacer.hold, resume: pacer.release }
}

function waitForHead(play: Play, delayMs: number): void {
  const { script, request, handlers, pacer } = play
  const timeoutMs = request.firstByteTimeoutMs
  const onTimeout = () => fail(play, timedOut(timeoutMs))
  const onDue = () => {
    if (script.head === null) {
      breakOff(play)
      return
    }
    handlers.onHead(script.head.status, script.head.headers)
    handOut(play)
  }
  pacer.wait({ delayMs, timeoutMs, onDue, onTimeout, takesTurn: false })
}

/** Hands out the pieces that are due and waits for the one that is not. */
function handOut(play: Play): void {
  const { script, request, handlers, pacer, pieces } = play
  const timeoutMs = request.idleTimeoutMs
  const onTimeout = () => fail(play, timedOut(timeoutMs))
  for (let count = 0; !pacer.isStopped(); count += 1) {
    const step = pieces.next()
    if (step.done === true) {
      const onDue = () => (script.ending === 'end' ? end(play) : breakOff(play))
      pacer.wait({ delayMs: 0, timeoutMs, onDue, onTimeout, takesTurn: false })
      return
    }
    const { afterMs: delayMs, data } = step.value
    const takesTurn = count >= piecesPerTurn
    if (delayMs > 0 || takesTurn || !pacer.isRunning()) {
      const onDue = () => {
        handlers.onData(bytesOf(data))
        handOut(play)
      }
      pacer.wait({ delayMs, timeoutMs, onDue, onTimeout, takesTurn })
      return
    }
    handlers.onData(bytesOf(data))
  }
}

/** Bytes of their own: the caller keeps them. */
function bytesOf(data: string | Uint8Array): Buffer {
  return typeof data === 'string' ? Buffer.from(data) : Buffer.from(data)
}

function end({ pacer, handlers }: Play): void {
  pacer.stop()
  handlers.onEnd()
}

function fail({ pacer, handlers }: Play, error: UpstreamError): void {
  pacer.stop()
  handlers.onError(error)
}

function breakOff(play: Play): void {
  const { script, request, pacer } = play
  switch (script.ending) {
    case 'refused':
      fail(play, new UpstreamError('connect_failed', 'the simulated provider refused'))
      return
    case 'reset':
      fail(play, new UpstreamError('reset', 'the simulated provider broke off'))
      return
    case 'silence':
    case 'end': {
      const timeoutMs = script.head === null ? request.firstByteTimeoutMs : request.idleTimeoutMs
      const onTimeout = () => fail(play, timedOut(timeoutMs))
      const onDue = () => end(play)
      pacer.wait({ delayMs: Infinity, timeoutMs, onDue, onTimeout, takesTurn: false })
      return
    }
    default:
      unreachable(script.ending)
  }
}

function timedOut(timeoutMs: number): UpstreamError {
  return new UpstreamError('timed_out', `nothing came for ${timeoutMs} ms`)
}
