import type { controlRoutes } from '#contract/routes.ts'
import { viewGeneration } from '#control/generations/generation-view.ts'
import type { ControlParts, Operation, StreamCall } from '#control/operation.ts'
import { liveCheckMs, liveHeartbeatMs } from '#domain/account-limits.ts'
import { Fault } from '#domain/faults.ts'
import { isGenerationId } from '#domain/identifiers.ts'
import { streamBufferBytesMax } from '#domain/limits.ts'
import { matchesFilter, type RequestFilter } from '#domain/request-filter.ts'

import { filterOf } from './export-requests.ts'
import type { FeedEvent } from './request-feed.ts'

type StreamParts = Pick<ControlParts, 'accounts' | 'apiKeys' | 'requestFeed' | 'clock'>

/**
 * Streams requests as they are written, as server-sent events: `request` with a line of the list, `gap` when
 * lines may have been missed (read the list again), `end` with the reason when it is over. A session that was
 * ended, or a role that was taken, ends the stream within seconds.
 */
export function streamRequests(parts: StreamParts): Operation<typeof controlRoutes.streamRequests> {
  const { accounts, requestFeed, clock } = parts
  return async ({ params, query, stream }) => {
    const account = await accounts.find(params.account_id)
    if (account === undefined) throw new Fault('account_not_found')
    const filter = await filterOf(parts, account.id, query)
    const writer = makeWriter()
    const { lastEventId } = stream
    const after = lastEventId !== null && isGenerationId(lastEventId) ? lastEventId : null
    writer.write(': you will hear of new requests; read the list now\n\n')
    const leave = requestFeed.listen({
      accountId: account.id,
      after,
      hear: (event) => writeEvent(event, filter, writer),
    })
    if (leave === undefined) {
      const detail =
        'Too many live lists are open for this account. Close one, or read the list again and again.'
      throw new Fault('rate_limit_exceeded', { details: { detail }, retryAfterSeconds: 10 })
    }
    const stopBeating = beat(writer, stream, clock)
    writer.onEnd(() => {
      leave()
      stopBeating()
    })
    return { body: writer.body }
  }
}

/** Bytes on their way to one reader. */
interface Writer {
  readonly body: ReadableStream<Uint8Array>
  readonly write: (text: string) => void
  readonly end: () => void
  /** Runs once, when either side is done. */
  readonly onEnd: (run: () => void) => void
}

/** A reader that takes nothing is let go before its bytes fill the memory; it comes back for the rest. */
function makeWriter(): Writer {
  const encoder = new TextEncoder()
  const ends: (() => void)[] = []
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null
  const over = () => {
    controller = null
    for (const run of ends.splice(0)) run()
  }
  const body = new ReadableStream<Uint8Array>(
    { start: (made) => void (controller = made), cancel: over },
    new ByteLengthQueuingStrategy({ highWaterMark: 16_384 }),
  )
  const end = () => {
    controller?.close()
    over()
  }
  return {
    body,
    end,
    write: (text) => {
      controller?.enqueue(encoder.encode(text))
      if ((controller?.desiredSize ?? 0) < -streamBufferBytesMax) end()
    },
    onEnd: (run) => {
      if (controller === null) run()
      else ends.push(run)
    },
  }
}

function writeEvent(event: FeedEvent, filter: RequestFilter, writer: Writer): void {
  switch (event.kind) {
    case 'request': {
      if (!matchesFilter(event.record, filter)) return
      const line = JSON.stringify(viewGeneration(event.record))
      writer.write(`id: ${event.record.id}\nevent: request\ndata: ${line}\n\n`)
      return
    }
    case 'gap':
      writer.write('event: gap\ndata: {}\n\n')
      return
    case 'closed':
      endWith('service_unavailable', writer)
      return
  }
}

function endWith(code: string, writer: Writer): void {
  writer.write(`event: end\ndata: ${JSON.stringify({ code })}\n\n`)
  writer.end()
}

/** Says now and then that the stream lives, and asks whether it still may. */
function beat(
  writer: Writer,
  { mayStill }: StreamCall,
  { nowMs, after }: StreamParts['clock'],
): () => void {
  let silentSinceMs = nowMs()
  let isOver = false
  let cancel: () => void = () => undefined
  const look = async (): Promise<void> => {
    try {
      await mayStill()
      if (isOver) return
    } catch (error) {
      // Out of reach is no permission either: whoever may still look comes back.
      endWith(error instanceof Fault ? error.code : 'service_unavailable', writer)
      return
    }
    if (nowMs() - silentSinceMs >= liveHeartbeatMs) {
      silentSinceMs = nowMs()
      writer.write(': still here\n\n')
    }
    next()
  }
  const next = () => {
    if (isOver) return
    cancel = after(liveCheckMs, () => void look())
  }
  next()
  return () => {
    isOver = true
    cancel()
  }
}
