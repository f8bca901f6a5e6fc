import type { IncomingMessage, ServerResponse } from 'node:http'

import type { ContentMode } from '#domain/accounts.ts'
import type { Fault } from '#domain/faults.ts'
import type { GenerationRecord, RoutingAttempt } from '#domain/generation.ts'
import { makeGenerationId, type GenerationId } from '#domain/identifiers.ts'
import { notEnrolled, type Enrolled } from '#domain/roster.ts'

import type { ClientResponse } from './client-response.ts'
import type { Hold } from './credit/credit.ts'
import { onHalfClose } from './half-close.ts'
import type { House } from './house.ts'
import type { KnownKey } from './key-directory.ts'
import type { Allowance } from './limits/allowance.ts'
import type { ParsedBody } from './parse-body.ts'
import type { PlainQuestion } from './plain/plain-endpoints.ts'
import type { BoundedAttempt, ChatPlan } from './plan-chat.ts'
import type { Door } from './translate/doors.ts'

/** One model request, from its first byte to its settled end: what is known of it so far. */
export interface Life extends Enrolled {
  readonly id: GenerationId
  /** Where it came in, and what is spoken there. */
  readonly door: Door
  readonly request: IncomingMessage
  readonly response: ClientResponse
  readonly createdAtMs: number
  /** Monotonic. */
  readonly startedMs: number
  caller: KnownKey | null
  contentMode: ContentMode
  /** Null when it is unknown, or must not be known. */
  clientIp: string | null
  body: ParsedBody | null
  /** What is asked where no model is chatted with; null at every other door. */
  plain: PlainQuestion | null
  plan: ChatPlan | null
  /** What it counts for against the limits of its key and account; null where none are counted. */
  allowance: Allowance | null
  hold: Hold | null
  /** Bytes of its answer that are kept while it is under way. */
  answerBytes: number
  /** Its line in the log, from the moment its charge is durable. */
  settled: GenerationRecord | null
  /** The limit of output that had to be set because balance or limits allow no more; null: none was. */
  clampedMaxTokens: number | null
  /** The attempt under way, or the last one. */
  attempt: BoundedAttempt | null
  readonly routingPath: RoutingAttempt[]
  /** Monotonic; null until the first event of a stream. */
  firstTokenMs: number | null
  /** The client's connection closed before its answer was whole. */
  isClientGone: boolean
  /** Whoever is working for it now, to be told when the work is to end. */
  worker: LifeWorker | null
  /** Writes a little to a client that may have left. Null until the head of a stream is sent. */
  probe: (() => void) | null
}

/**
 * Who works for a life. An object, not two functions: measured, functions in a life's own fields make the
 * garbage of one request hold on to that of the next, and a third of all time goes into collecting it.
 */
export interface LifeWorker {
  /** The client went: nobody is there to be answered. */
  readonly clientGone: () => void
  /** This life must end early: it took too long, or the house closes. */
  readonly stop: (fault: Fault) => void
}

/** A second write fails where the first one only made the other side say that it is gone. */
const secondProbeMs = 50

/** A new life. It notices by itself when its client goes. */
export function beginLife(
  house: House,
  { request, response, door }: { request: IncomingMessage; response: ServerResponse; door: Door },
): Life {
  const nowMs = house.clock.nowMs()
  const life: Life = {
    id: makeGenerationId(nowMs, house.randomBytes),
    door,
    request,
    response,
    createdAtMs: nowMs,
    startedMs: house.clock.monotonicMs(),
    caller: null,
    contentMode: 'none',
    clientIp: null,
    body: null,
    plain: null,
    plan: null,
    allowance: null,
    hold: null,
    answerBytes: 0,
    settled: null,
    clampedMaxTokens: null,
    attempt: null,
    routingPath: [],
    firstTokenMs: null,
    isClientGone: false,
    worker: null,
    probe: null,
    rosterPlace: notEnrolled,
  }
  if (house.lives.size === 0) house.watch.add(house.watchLives)
  house.lives.add(life)
  response.on('close', () => {
    if (response.writableFinished) return
    life.isClientGone = true
    life.worker?.clientGone()
  })
  onHalfClose(request.socket, () => {
    probeClient(life, response)
    house.clock.after(secondProbeMs, () => probeClient(life, response))
  })
  return life
}

/**
 * The work on what a client asked for, apart from that client: it is answered to a response of its own,
 * and does not notice when the client goes.
 */
export function beginWork(house: House, client: Life, response: ClientResponse): Life {
  const work: Life = {
    ...client,
    response,
    answerBytes: 0,
    isClientGone: false,
    worker: null,
    probe: null,
    rosterPlace: notEnrolled,
  }
  if (house.lives.size === 0) house.watch.add(house.watchLives)
  house.lives.add(work)
  return work
}

/** Its end has been delivered, or nobody is there to receive it. */
export function endLife(house: House, life: Life): void {
  house.lives.delete(life)
  house.answerMemory.free(life)
  // Nobody worked for a request that was never admitted.
  if (life.hold) life.allowance?.end()
  else life.allowance?.cancel()
  if (house.lives.size === 0) house.watch.remove(house.watchLives)
}

/** Before the head of the answer, the only thing that may be written is an interim response. */
function probeClient({ request, probe }: Life, response: ServerResponse): void {
  if (response.writableEnded || response.destroyed) return
  if (response.headersSent) probe?.()
  else if (request.httpVersionMinor > 0) response.writeContinue()
}
