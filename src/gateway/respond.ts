import type { IncomingMessage } from 'node:http'

import { errorEnvelope, errorHeaders } from '#contract/error-envelope.ts'
import { Bug, Fault } from '#domain/faults.ts'
import { StoreUnavailable } from '#ports/store-error.ts'

import type { ClientResponse } from './client-response.ts'
import type { House } from './house.ts'

/** An answer that is known whole. Header names and values alternate in `headers`. */
export interface WholeAnswer {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: string
  /** `latin1`: each letter of the body is one byte of it. */
  readonly encoding?: 'utf8' | 'latin1'
}

/** What every answer of the data plane says, whoever asks. */
const commonHeaders: readonly string[] = [
  'access-control-allow-origin',
  '*',
  'x-content-type-options',
  'nosniff',
]

/** What a script of another origin may read of an answer. */
const exposedHeaders =
  'X-Generation-Id, X-Request-Id, Retry-After, X-Codelace-Max-Tokens-Clamped, X-Codelace-Cost, ' +
  'X-Codelace-Warnings, X-Codelace-Own-Keys-Failed, Allow, ' +
  'RateLimit, RateLimit-Policy, X-RateLimit-Limit-Requests, X-RateLimit-Remaining-Requests, ' +
  'X-RateLimit-Reset-Requests, X-RateLimit-Limit-Tokens, X-RateLimit-Remaining-Tokens, ' +
  'X-RateLimit-Reset-Tokens, Idempotency-Replayed'

/** The headers of a JSON answer to this request. */
export function headersFor(request: IncomingMessage, own: readonly string[]): string[] {
  const headers = [...commonHeaders, ...own]
  if (request.headers.origin !== undefined) {
    headers.push('access-control-expose-headers', exposedHeaders)
  }
  return headers
}

/**
 * Sends a whole answer and ends it. Where the request's body was not read, what still comes is thrown
 * away for a moment: a client that is cut off while it sends may never see the answer.
 */
export function sendWhole(
  { limits, clock }: Pick<House, 'limits' | 'clock'>,
  { request, response }: { request: IncomingMessage; response: ClientResponse },
  answer: WholeAnswer,
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const { body, encoding = 'utf8' } = answer
  const byteLength = encoding === 'latin1' ? body.length : Buffer.byteLength(body)
  const headers = [...answer.headers, 'content-length', String(byteLength)]
  const isUnread = hasBody(request) && !request.complete
  const isShort = Number(request.headers['content-length']) <= discardableBytesMax
  const mustClose = isUnread && (!isShort || answer.status === 408)
  if (mustClose) headers.push('connection', 'close')
  response.writeHead(answer.status, headers)
  const isHead = request.method === 'HEAD'
  if (!isUnread) {
    // As a string it leaves together with the head, in one piece.
    if (isHead) response.end()
    else response.end(body, encoding)
    return
  }
  if (!isHead) response.write(body, encoding)
  const end = () => {
    cancel()
    response.end()
    if (mustClose) request.socket.destroySoon()
  }
  const cancel = clock.after(limits.refusedBodyLingerMs, end)
  request.once('end', end).once('close', cancel)
  request.resume()
}

/** A body that nobody read is taken in up to this size so that the connection can be used again. */
const discardableBytesMax = 64 * 1024

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** The JSON answer with this value. */
export function jsonAnswer(request: IncomingMessage, status: number, value: unknown): WholeAnswer {
  return {
    status,
    headers: headersFor(request, ['content-type', 'application/json', 'cache-control', 'no-store']),
    body: JSON.stringify(value),
  }
}

/** The answer that tells of this fault; `own` are headers beside the usual ones. */
export function faultAnswer(
  request: IncomingMessage,
  fault: Fault,
  own: readonly string[] = [],
): WholeAnswer {
  const extra = Object.entries(errorHeaders(fault)).flat()
  return {
    status: fault.status,
    headers: headersFor(request, [
      'content-type',
      'application/json',
      'cache-control',
      'no-store',
      ...extra,
      ...own,
    ]),
    body: JSON.stringify(errorEnvelope(fault)),
  }
}

/**
 * The public face of anything that was thrown. What is not a fault is our own mistake, or the store's
 * absence: it is logged whole and shown as `internal` or `service_unavailable`.
 */
export function asFault(house: Pick<House, 'log'>, error: unknown): Fault {
  if (error instanceof Fault) return error
  if (error instanceof StoreUnavailable) {
    house.log.warn('store_unavailable', { error: error.message })
    return new Fault('service_unavailable', { retryAfterSeconds: 2, cause: error })
  }
  const stack = error instanceof Error ? error.stack : String(error)
  house.log.alarm(error instanceof Bug ? 'bug' : 'unexpected_error', { stack })
  return new Fault('internal', { cause: error })
}
