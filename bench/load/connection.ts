import { connect, type Socket } from 'node:net'

import type { Target } from './jobs.ts'
import { makeResponseReader } from './response-reader.ts'

/** What a connection tells about the request under way: any number of `onBody`, then one of the rest. */
export interface ExchangeListener {
  /** Part of the body of a 200: `buffer` from `start` up to `end`, valid during the call. */
  readonly onBody: (buffer: Buffer, start: number, end: number) => void
  /** The whole answer has come, with status 200. */
  readonly onDone: () => void
  /** Another status, refused, reset, cut short or malformed. The next request may be sent. */
  readonly onFailed: (reason: string) => void
}

const excerptLength = 200

/** One client: a keep-alive connection with at most one request under way. */
export interface Connection {
  /** Sends the request now, connecting first when needed. The listener hears of nothing else. */
  readonly send: (listener: ExchangeListener) => void
  /** Ends it at once; the listener hears nothing more. */
  readonly destroy: () => void
}

/** The bytes of one request, made once and sent many times. */
export function requestBytes(target: Target): Buffer {
  const headers = Object.entries({
    host: `${target.host}:${target.port}`,
    'content-type': 'application/json',
    ...target.headers,
    'content-length': String(Buffer.byteLength(target.body)),
  })
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.from(`POST ${target.path} HTTP/1.1\r\n${lines}\r\n${target.body}`)
}

/** All connections of a process read into one buffer: each uses it only while it is called back. */
const receiveBuffer = Buffer.allocUnsafe(256 * 1024)

const unheard: ExchangeListener = {
  onBody: () => {},
  onDone: () => {},
  onFailed: () => {},
}

/** Makes a client of `target` that sends `request` each time. */
export function makeConnection(target: Target, request: Buffer): Connection {
  let socket: Socket | undefined
  let listener = unheard
  let busy = false
  let status = 0
  let excerpt = ''

  function end(outcome: (heard: ExchangeListener) => void): void {
    const heard = listener
    listener = unheard
    busy = false
    outcome(heard)
  }

  function open(): Socket {
    const reader = makeResponseReader({
      onHead: (code) => {
        status = code
      },
      onBody: (buffer, start, stop) => {
        if (status === 200) listener.onBody(buffer, start, stop)
        else if (excerpt.length < excerptLength) excerpt += buffer.toString('utf8', start, stop)
      },
      onEnd: (reusable) => {
        if (!reusable) drop()
        if (!busy) return
        if (status === 200) end((heard) => heard.onDone())
        else end((heard) => heard.onFailed(`status ${status}: ${excerpt.slice(0, excerptLength)}`))
      },
    })
    const opened = connectTo(target, (length) => {
      try {
        reader.push(receiveBuffer, length)
      } catch (error) {
        fail(opened, String(error))
      }
    })
    opened.on('error', (error) => fail(opened, error.message))
    opened.on('close', () => {
      if (socket !== opened) return
      reader.close()
      fail(opened, status === 0 ? 'closed without an answer' : 'closed within the answer')
    })
    return opened
  }

  function drop(): void {
    const dropped = socket
    socket = undefined
    dropped?.destroy()
  }

  function fail(failed: Socket, reason: string): void {
    if (socket !== failed) return
    drop()
    if (busy) end((heard) => heard.onFailed(reason))
  }

  return {
    send(next) {
      listener = next
      busy = true
      status = 0
      excerpt = ''
      socket ??= open()
      socket.write(request)
    },
    destroy() {
      listener = unheard
      busy = false
      drop()
    },
  }
}

/** A socket that reads into the shared buffer and says how many bytes have come. */
function connectTo({ host, port }: Target, onBytes: (length: number) => void): Socket {
  const callback = (length: number): boolean => {
    onBytes(length)
    return true
  }
  return connect({ host, port, noDelay: true, onread: { buffer: receiveBuffer, callback } })
}
