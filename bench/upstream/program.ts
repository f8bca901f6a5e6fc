import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

import {
  answerText,
  closingEvents,
  firstEvent,
  messagesClosingEvents,
  messagesFirstEvents,
  messagesMiddleEvent,
  middleEvent,
  paceOfPath,
  type StreamPace,
} from './answers.ts'

/*
 * The upstream of streams, and of whole answers where nginx is missing: `node program.ts <port>`. A path
 * that begins with a pace streams at that pace, in the Messages protocol where it ends so; any other path answers
 * at once.
 */
const answerHeaders = {
  'content-type': 'application/json',
  'content-length': String(Buffer.byteLength(answerText)),
}
const streamHeaders = { 'content-type': 'text/event-stream; charset=utf-8' }

/** One piece of a body in chunked transfer coding. */
function framed(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`)
}

/** What is said on the way in one protocol, framed, and how it ends. */
interface Script {
  readonly first: Buffer
  readonly middle: Buffer
  readonly closing: (chunks: number) => string
}

const chatScript: Script = {
  first: framed(firstEvent),
  middle: framed(middleEvent),
  closing: closingEvents,
}
const messagesScript: Script = {
  first: framed(messagesFirstEvents),
  middle: framed(messagesMiddleEvent),
  closing: messagesClosingEvents,
}

function stream(response: ServerResponse, pace: StreamPace, script: Script): void {
  response.writeHead(200, streamHeaders)
  response.flushHeaders()
  const socket = response.socket
  if (!socket) return
  // Frames made beforehand go straight to the socket: half the cost of `response.write`.
  socket.write(script.first)
  let sent = 1
  const timer = setInterval(() => {
    if (sent < pace.chunks) {
      sent++
      socket.write(script.middle)
      return
    }
    clearInterval(timer)
    socket.write(framed(script.closing(pace.chunks)))
    response.end()
  }, pace.intervalMs)
  response.on('close', () => clearInterval(timer))
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  request.resume()
  request.on('end', () => {
    const { url = '' } = request
    const pace = paceOfPath(url)
    const script = /\/messages(?:\?|$)/.test(url) ? messagesScript : chatScript
    if (pace) return stream(response, pace, script)
    response.writeHead(200, answerHeaders)
    response.end(answerText)
  })
}

const server = createServer({ keepAliveTimeout: 600_000 }, serve)
server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 }, () => {
  process.stdout.write('listening\n')
})
