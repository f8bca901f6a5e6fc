import { CallError } from '#web/client/call-error.ts'
import { serverEvents } from '#web/client/server-events.ts'

import type { RequestRow } from './outcome-chip.tsx'

/** How the stream of new requests does; `over` when it is of no use to try again. */
export type FollowState = 'connecting' | 'live' | 'reconnecting' | 'over'

/** What following takes from the world, and whom it tells. */
export interface Follower {
  /** Opens the stream: after this line, or with null from now on. */
  readonly open: (after: string | null, signal: AbortSignal) => Promise<Response>
  readonly hear: (row: RequestRow) => void
  /** Lines may have been missed: the list is to be read again, and not before the stream is open. */
  readonly reread: (signal: AbortSignal) => Promise<void>
  readonly tell: (state: FollowState) => void
  /** Runs something later, unless the function that comes back is called. */
  readonly after: (delayMs: number, run: () => void) => () => void
  /** From 0 to 1: so that not everybody comes back at the same moment. */
  readonly chance: () => number
}

/** The server says every 15 seconds that it lives: after three times this, the connection is dead. */
const silenceMsMax = 45_000
const firstDelayMs = 500
const delayMsMax = 30_000
/** A connection that lasted this long was a good one. */
const steadyMs = 10_000

/**
 * Follows the requests of an account until `signal` aborts, or the server says that this person may not.
 * Whatever breaks is tried again, later each time; what was missed meanwhile is heard, or read again. Never
 * throws.
 */
export async function follow(
  follower: Follower,
  { after, signal }: { after: string | null; signal: AbortSignal },
): Promise<void> {
  let last = after
  let failures = 0
  follower.tell('connecting')
  while (!signal.aborted) {
    const connection = new AbortController()
    const cut = () => connection.abort()
    signal.addEventListener('abort', cut)
    const stopCounting = follower.after(steadyMs, () => (failures = 0))
    try {
      last = await listen(follower, connection, last)
    } catch (error) {
      if (isFinal(error)) {
        follower.tell('over')
        return
      }
      // What was read is not whole: the next connection begins anew.
      if (error instanceof ListUnread) last = null
    } finally {
      stopCounting()
      signal.removeEventListener('abort', cut)
      connection.abort()
    }
    if (signal.aborted) return
    follower.tell('reconnecting')
    failures += 1
    await pause(follower, delayMsOf(failures, follower.chance()), signal)
  }
}

/** The list could not be read again after the stream was opened. */
class ListUnread extends Error {
  override readonly name = 'ListUnread'
}

/** Hears one connection to its end; answers with the last line that was heard. */
async function listen(
  follower: Follower,
  connection: AbortController,
  after: string | null,
): Promise<string | null> {
  let last = after
  const watch = watchSilence(follower, connection)
  try {
    const { body } = await follower.open(after, connection.signal)
    const reread = async () => {
      try {
        await follower.reread(connection.signal)
      } catch (cause) {
        throw isFinal(cause) ? cause : new ListUnread('the list was not read', { cause })
      }
    }
    if (after === null) await reread()
    follower.tell('live')
    if (body === null) return last
    for await (const { kind, id, data } of serverEvents(body.pipeThrough(watch.stream))) {
      if (connection.signal.aborted) return last
      if (kind === 'gap') await reread()
      if (kind === 'request') {
        follower.hear(JSON.parse(data) as RequestRow)
        last = id
      }
    }
  } catch (error) {
    // A connection that breaks does so while it is read: what came until then was heard.
    if (isFinal(error) || error instanceof ListUnread) throw error
  } finally {
    watch.stop()
  }
  return last
}

/** Ends a connection on which nothing comes any more, not even that the server lives. */
function watchSilence({ after }: Follower, connection: AbortController) {
  const end = () => connection.abort()
  let cancel = after(silenceMsMax, end)
  const stream = new TransformStream<Uint8Array, Uint8Array>({
    transform: (bytes, controller) => {
      cancel()
      cancel = after(silenceMsMax, end)
      controller.enqueue(bytes)
    },
  })
  return { stream, stop: () => cancel() }
}

/** No session, no right to look, no such account: the list itself says so, and waiting mends nothing. */
function isFinal(error: unknown): boolean {
  return error instanceof CallError && [400, 401, 403, 404].includes(error.status)
}

function delayMsOf(failures: number, chance: number): number {
  const delayMs = Math.min(delayMsMax, firstDelayMs * 2 ** (failures - 1))
  return delayMs * (0.5 + chance / 2)
}

function pause({ after }: Follower, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = after(delayMs, done)
    signal.addEventListener('abort', done)
  })
}
