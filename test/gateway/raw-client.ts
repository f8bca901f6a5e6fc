import { connect, type Socket } from 'node:net'

import { assert } from '#domain/faults.ts'

/** A client that writes bytes by hand and can leave at any moment. */
export interface RawClient {
  readonly socket: Socket
  /** Everything received so far. */
  readonly received: () => string
  /** Resolves when the received text contains this; rejects when the connection ends without it. */
  readonly waitFor: (text: string) => Promise<void>
  /** Resolves when the connection is over, with everything that was received. */
  readonly closed: () => Promise<string>
}

/** Connects to a port of this machine. */
export async function connectRaw(port: number): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  let text = ''
  const checks = new Set<() => void>()
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    for (const check of checks) check()
  })
  const over = new Promise<string>((resolve) => {
    socket.on('end', () => resolve(text))
    socket.on('close', () => resolve(text))
  })
  socket.on('error', () => undefined)
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve())
    socket.once('error', reject)
  })
  return {
    socket,
    received: () => text,
    closed: () => over,
    waitFor(wanted) {
      if (text.includes(wanted)) return Promise.resolve()
      return new Promise((resolve, reject) => {
        const check = () => {
          if (!text.includes(wanted)) return
          checks.delete(check)
          resolve()
        }
        checks.add(check)
        void over.then(() => {
          try {
            assert(text.includes(wanted), `the connection ended without ${wanted}`)
          } catch (error) {
            reject(error as Error)
          }
        })
      })
    },
  }
}

/** A chat request in raw HTTP. */
export function rawChat(secret: string, body: unknown, headers: readonly string[] = []): string {
  const text = JSON.stringify(body)
  return [
    'POST /v1/chat/completions HTTP/1.1',
    'Host: localhost',
    `Authorization: Bearer ${secret}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...headers,
    '',
    text,
  ].join('\r\n')
}
