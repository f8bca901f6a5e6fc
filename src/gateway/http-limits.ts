import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

import { errorEnvelope } from '#contract/error-envelope.ts'
import { Fault } from '#domain/faults.ts'
import {
  bodyReadTimeoutMs,
  headerReadTimeoutMs,
  keepAliveTimeoutMs,
  requestBodyBytesMax,
  requestHeaderBytesMax,
} from '#domain/limits.ts'

import { watchHalfClose } from './half-close.ts'

/**
 * The options of the `node:http` server that serves the data plane: strict parsing, small headers, and a
 * limit on how long a client may take to say what it wants.
 */
export const httpServerOptions: ServerOptions = {
  maxHeaderSize: requestHeaderBytesMax,
  headersTimeout: headerReadTimeoutMs,
  // The body has its own, finer rule; this one is for whoever evades it.
  requestTimeout: headerReadTimeoutMs + bodyReadTimeoutMs,
  keepAliveTimeout: keepAliveTimeoutMs,
  connectionsCheckingInterval: 1_000,
  requireHostHeader: true,
  insecureHTTPParser: false,
  noDelay: true,
}

/** What this needs to know besides: the largest body (default: the product's). */
export interface HttpLimitOptions {
  readonly requestBodyBytesMax?: number
}

/**
 * Makes a server say clearly why it refuses what it cannot parse, ask for a body only when it may come,
 * and notice half-closed connections. Call it once, before listening.
 */
export function attachHttpLimits(server: Server, options: HttpLimitOptions = {}): void {
  const bodyBytesMax = options.requestBodyBytesMax ?? requestBodyBytesMax
  watchHalfClose(server)
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    refuseConnection(error, socket as Socket)
  })
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    // A body that is too large is refused before it is sent.
    if (!(Number(request.headers['content-length']) > bodyBytesMax)) response.writeContinue()
    server.emit('request', request, response)
  })
}

function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
    socket.destroy(error)
    return
  }
  const fault = faultOfParser(error)
  const body = JSON.stringify(errorEnvelope(fault))
  const head = [
    `HTTP/1.1 ${fault.status} ${reasonPhrases[fault.status] ?? 'Bad Request'}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'access-control-allow-origin: *',
    'x-content-type-options: nosniff',
    'connection: close',
  ]
  // Destroyed a little later: a client that is still sending would otherwise lose the answer.
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  socket.setTimeout(lingerMs, () => socket.destroy())
  socket.resume()
}

const lingerMs = 1_000

const reasonPhrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Payload Too Large',
  431: 'Request Header Fields Too Large',
}

function faultOfParser(error: NodeJS.ErrnoException): Fault {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Fault('headers_too_large')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Fault('request_timeout')
    default:
      return new Fault('invalid_request', {
        details: { detail: 'This is not a valid HTTP request.' },
        cause: error,
      })
  }
}

/** An answer has begun on this connection: nothing may be written between its bytes. */
function isAnswering(socket: Socket): boolean {
  const { _httpMessage: message } = socket as Socket & { _httpMessage?: ServerResponse | null }
  return message?.headersSent === true
}
