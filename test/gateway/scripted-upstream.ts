import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** One request that the upstream received. */
export interface ReceivedRequest {
  readonly headers: IncomingMessage['headers']
  readonly rawHeaders: readonly string[]
  readonly path: string
  readonly body: string
}

/** What the upstream does with one request. It may write, wait, cut the socket, or do nothing. */
export type Script = (exchange: {
  received: ReceivedRequest
  response: ServerResponse
  socket: Socket
}) => void | Promise<void>

/** A provider that does exactly what a test tells it. */
export interface ScriptedUpstream {
  readonly baseUrl: string
  readonly received: ReceivedRequest[]
  /** What it does from now on. */
  script: Script
  /** How many of its exchanges were cut off by the other side. */
  readonly abortedCount: () => number
  readonly openSockets: () => number
  readonly close: () => Promise<void>
}

/** Starts one on a free port. */
export async function startScriptedUpstream(script: Script): Promise<ScriptedUpstream> {
  const sockets = new Set<Socket>()
  let aborted = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('close', () => {
      if (!response.writableFinished) aborted += 1
    })
    request.on('end', () => {
      const received: ReceivedRequest = {
        headers: request.headers,
        rawHeaders: request.rawHeaders,
        path: request.url ?? '',
        body: Buffer.concat(chunks).toString(),
      }
      upstream.received.push(received)
      void upstream.script({ received, response, socket: request.socket })
    })
  })
  server.keepAliveTimeout = 60_000
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const upstream: ScriptedUpstream = {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    received: [],
    script,
    abortedCount: () => aborted,
    openSockets: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
  return upstream
}

/** A whole answer with this status and body. */
export function answerWith(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Script {
  return ({ response }) => {
    const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(text)
  }
}

/** A stream of these pieces, each in a packet of its own, then the end of the body. */
export function streamOf(
  pieces: readonly (string | Buffer)[],
  headers: Readonly<Record<string, string>> = {},
): Script {
  return async ({ response }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', ...headers })
    for (const piece of pieces) {
      response.write(piece)
      await new Promise((resolve) => setImmediate(resolve))
    }
    response.end()
  }
}

/** A plain chat completion. */
export function completion(members: Readonly<Record<string, unknown>> = {}) {
  return {
    id: 'chatcmpl-upstream1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'gpt-test-2026',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Hello there', refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    system_fingerprint: 'fp_1',
    ...members,
  }
}

/** One chunk of a stream as an event. */
export function chunk(
  delta: Readonly<Record<string, unknown>> | null,
  members: Readonly<Record<string, unknown>> = {},
  finishReason: string | null = null,
): string {
  const body = {
    id: 'chatcmpl-upstream1',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'gpt-test-2026',
    choices:
      delta === null ? [] : [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    usage: null,
    ...members,
  }
  return `data: ${JSON.stringify(body)}\n\n`
}

/** The usual stream: a role, these texts, an end, the usage, and the proof of the end. */
export function usualStream(texts: readonly string[]): string[] {
  return [
    chunk({ role: 'assistant', content: '' }),
    ...texts.map((content) => chunk({ content })),
    chunk({}, {}, 'stop'),
    chunk(null, { usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } }),
    'data: [DONE]\n\n',
  ]
}
