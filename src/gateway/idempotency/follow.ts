import type { ServerResponse } from 'node:http'

import type { Fault } from '#domain/faults.ts'
import type { House } from '#gateway/house.ts'
import type { Life } from '#gateway/life.ts'
import { headersFor } from '#gateway/respond.ts'

import type { Recording } from './recording.ts'

/** An answer to follow: what is recorded of it, or why there will be none. */
export interface FollowedAnswer {
  readonly recording: Recording
  /** It was given before, to somebody else or in an earlier life of this node. */
  isRecalled: boolean
  /** Set when nobody answers; then nothing is recorded. */
  fault: Fault | null
}

const probeText = ': still working\n\n'

/**
 * Gives one client a recorded answer from its beginning, as it comes. A slow client slows nobody, one that
 * takes nothing for too long is closed, and one that leaves is forgotten. Resolves when it has everything
 * or is gone. Rejects with the answer's fault, with nothing sent.
 */
export function follow(
  house: House,
  { life, response }: { life: Life; response: ServerResponse },
  { answer, isFirst }: { answer: FollowedAnswer; isFirst: boolean },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const { recording } = answer
    const follower = recording.follow(advance)
    let isBusy = false
    let isDone = false

    function advance(): void {
      if (isDone || isBusy) return
      if (answer.fault) return leave(() => reject(answer.fault as Fault))
      if (!recording.hasNews) return
      if (follower.isLost() || (recording.destroyed && !recording.headersSent)) return cutOff()
      isBusy = true
      const isTaken = pass()
      isBusy = false
      if (!isTaken) waitForDrain()
      else if (recording.destroyed) cutOff()
      else if (recording.isEnded) {
        leave(resolve)
        response.end()
      }
    }

    /** Sends what there is. False when the client has to take it first. */
    function pass(): boolean {
      if (!response.headersSent) begin()
      for (let piece = follower.next(); piece; piece = follower.next()) {
        if (!response.write(piece)) return false
      }
      return true
    }

    function begin(): void {
      const headers = headersOf(recording, life, isFirst && !answer.isRecalled)
      response.writeHead(recording.status, headers)
      response.on('timeout', () => {
        if (isBusy) cutOff()
      })
      if (valueOf(headers, 'content-length') === undefined) life.probe = probeOf(response)
    }

    function waitForDrain(): void {
      isBusy = true
      response.setTimeout(house.limits.stalledReaderTimeoutMs)
      response.once('drain', () => {
        response.setTimeout(0)
        isBusy = false
        advance()
      })
    }

    function cutOff(): void {
      leave(resolve)
      response.destroy()
    }

    function leave(how: () => void): void {
      if (isDone) return
      isDone = true
      life.worker = null
      follower.detach()
      how()
    }

    life.worker = {
      clientGone: cutOff,
      // Whoever works on the answer is stopped too, and says so in it; only a slow reader is cut off.
      stop: () => {
        if (recording.isEnded) cutOff()
      },
    }
    if (life.isClientGone) cutOff()
    else advance()
  })
}

/** Only what has no announced length can take a comment. */
function probeOf(response: ServerResponse): () => void {
  return () => {
    if (!response.writableEnded) response.write(probeText)
  }
}

function headersOf({ headers }: Recording, { request }: Life, isOriginal: boolean): string[] {
  return isOriginal ? firstHeaders(headers) : headersFor(request, laterHeaders(headers))
}

/** What belongs to one connection, or is said anew to each client. */
const connectionHeaders = new Set(['connection', 'transfer-encoding'])

function firstHeaders(headers: readonly string[]): string[] {
  return filterHeaders(headers, (name) => !connectionHeaders.has(name))
}

function laterHeaders(headers: readonly string[]): string[] {
  const own = filterHeaders(headers, (name) => name === 'content-length' || isRepeatable(name))
  return [...own, 'idempotency-replayed', 'true']
}

/** The headers that are part of the answer, not of a connection, of who asks, or of a moment. */
export function repeatableHeaders(headers: readonly string[]): string[] {
  return filterHeaders(headers, isRepeatable)
}

function isRepeatable(name: string): boolean {
  return (
    !connectionHeaders.has(name) &&
    !/^(content-length$|access-control-|x-content-type-options$|ratelimit|x-ratelimit-)/.test(name)
  )
}

function filterHeaders(headers: readonly string[], isKept: (name: string) => boolean): string[] {
  const kept: string[] = []
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? ''
    if (isKept(name.toLowerCase())) kept.push(name, headers[index + 1] ?? '')
  }
  return kept
}

function valueOf(headers: readonly string[], name: string): string | undefined {
  const index = headers.findIndex((each, at) => at % 2 === 0 && each.toLowerCase() === name)
  return index === -1 ? undefined : headers[index + 1]
}
