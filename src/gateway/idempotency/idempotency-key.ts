import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

import { Fault } from '#domain/faults.ts'
import { idempotencyKeyLengthMax } from '#domain/limits.ts'

/** The header's name as node gives it. */
export const idempotencyKeyHeader = 'idempotency-key'

/**
 * The SHA-256 of the key that the client chose. Throws `invalid_request` unless it was sent once, as 1 to
 * 255 visible ASCII characters.
 */
export function hashIdempotencyKey(request: IncomingMessage): Buffer {
  const values = request.headersDistinct[idempotencyKeyHeader] ?? []
  const [key = ''] = values
  if (values.length > 1) throw invalidKey('stands there twice; send it once')
  if (key.length > idempotencyKeyLengthMax) {
    throw invalidKey(`has ${key.length} characters, and ${idempotencyKeyLengthMax} are allowed`)
  }
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw invalidKey('must be 1 to 255 visible ASCII characters, without spaces')
  }
  return hash('sha256', key, 'buffer')
}

/** What tells one request from another: its address and every byte of its body. */
export function fingerprintOf(path: string, body: Buffer): Buffer {
  const bodyHash = hash('sha256', body, 'buffer')
  return hash('sha256', Buffer.concat([Buffer.from(`${path}\0`), bodyHash]), 'buffer')
}

function invalidKey(what: string): Fault {
  return new Fault('invalid_request', {
    param: 'Idempotency-Key',
    details: { detail: `The header Idempotency-Key ${what}.` },
  })
}
