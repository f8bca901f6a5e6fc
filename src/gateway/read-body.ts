import type { IncomingMessage } from 'node:http'

import { Fault } from '#domain/faults.ts'
import { notEnrolled } from '#domain/roster.ts'
import type { Clock } from '#ports/clock.ts'

import type { GatewayLimits } from './gateway-limits.ts'
import type { Watch, Watcher } from './watch.ts'

/** The client left before its request was whole. Nobody is there to be answered. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

/** What reading a body needs. */
export interface BodyReader {
  readonly limits: GatewayLimits
  readonly watch: Watch
  readonly clock: Clock
}

/**
 * The whole body. Throws `unsupported_media_type`, `payload_too_large` (from the announced length at
 * once, otherwise as soon as one byte too many arrives; the rest stays unread), `request_timeout` (too
 * slow), or `ClientGone`.
 */
export function readBody(reader: BodyReader, request: IncomingMessage): Promise<Buffer> {
  refuseOtherTypes(request)
  return collectAll(reader, request, reader.limits.requestBodyBytesMax)
}

/** The whole body of a form (`multipart/form-data`). Throws as `readBody` does. */
export function readFormBody(reader: BodyReader, request: IncomingMessage): Promise<Buffer> {
  refuseOtherThanForms(request)
  return collectAll(reader, request, reader.limits.formBodyBytesMax)
}

function collectAll(
  reader: BodyReader,
  request: IncomingMessage,
  bytesMax: number,
): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax)
  return new Promise((resolve, reject) => collect(reader, request, { resolve, reject, bytesMax }))
}

function collect(
  { limits, watch, clock }: BodyReader,
  request: IncomingMessage,
  promise: { resolve: (body: Buffer) => void; reject: (error: Error) => void; bytesMax: number },
): void {
  const startedMs = clock.monotonicMs()
  const chunks: Buffer[] = []
  let byteLength = 0

  function onData(chunk: Buffer): void {
    byteLength += chunk.length
    if (byteLength > promise.bytesMax) fail(tooLarge(promise.bytesMax))
    else chunks.push(chunk)
  }

  function onEnd(): void {
    leave()
    const [only] = chunks
    promise.resolve(chunks.length === 1 && only ? only : Buffer.concat(chunks, byteLength))
  }

  function onClose(): void {
    fail(new ClientGone('the connection closed while the body was read'))
  }

  const watcher: Watcher = {
    rosterPlace: notEnrolled,
    look: (nowMs) => {
      const elapsedMs = nowMs - startedMs
      const expected = ((elapsedMs - limits.bodyGraceMs) / 1000) * limits.bodyBytesPerSecondMin
      if (byteLength < expected || elapsedMs > limits.bodyReadTimeoutMs) {
        fail(new Fault('request_timeout'))
      }
    },
  }

  function fail(error: Error): void {
    leave()
    request.pause()
    promise.reject(error)
  }

  function leave(): void {
    watch.remove(watcher)
    request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose)
  }

  watch.add(watcher)
  request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose)
}

function refuseOtherTypes(request: IncomingMessage): void {
  const type = request.headers['content-type']
  const encoding = request.headers['content-encoding']
  if (type === 'application/json' && encoding === undefined) return
  const isJson = type === undefined || /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type)
  if (isJson && (encoding === undefined || encoding.toLowerCase() === 'identity')) return
  throw unsupported('application/json', (isJson ? encoding : type) ?? '')
}

function refuseOtherThanForms(request: IncomingMessage): void {
  const type = request.headers['content-type'] ?? ''
  const encoding = request.headers['content-encoding'] ?? 'identity'
  const isForm = /^multipart\/form-data\s*(?:;|$)/i.test(type)
  if (isForm && encoding.toLowerCase() === 'identity') return
  throw unsupported('multipart/form-data', isForm ? encoding : type)
}

function unsupported(wanted: string, received: string): Fault {
  const details = { wanted, received: received.slice(0, 100) }
  return new Fault('unsupported_media_type', { details })
}

function tooLarge(bytesMax: number): Fault {
  const megabytes = bytesMax / (1024 * 1024)
  const limit = megabytes >= 1 ? `${Math.floor(megabytes)} MB` : `${bytesMax} bytes`
  return new Fault('payload_too_large', { details: { limit } })
}
