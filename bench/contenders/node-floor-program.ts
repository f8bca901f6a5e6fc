import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

import { Agent, type Dispatcher } from 'undici'

/*
 * The least that a gateway on Node can be: `node node-floor-program.ts <port> <base URL of answers> <base
 * URL of streams> <base URL of slow streams>`. It reads and parses the body, looks one key up, and relays
 * through undici's dispatcher. It checks, meters, charges and keeps nothing: what codelace costs more than
 * this is the price of what it does.
 */
const [port, answers = '', streams = '', slowStreams = ''] = process.argv.slice(2)
const baseUrls = new Map([
  ['answer', new URL(answers)],
  ['stream', new URL(streams)],
  ['slow_stream', new URL(slowStreams)],
])
const keys = new Set(['Bearer sk-bench'])
const agent = new Agent({ connections: null, pipelining: 1, keepAliveTimeout: 60_000 })

function relay(response: ServerResponse): Dispatcher.DispatchHandler {
  let controllerOfCall: Dispatcher.DispatchController | undefined
  response.on('close', () => {
    if (!response.writableEnded)
      controllerOfCall?.abort(new DOMException('the client has gone', 'AbortError'))
  })
  response.on('drain', () => controllerOfCall?.resume())
  return {
    onRequestStart(controller) {
      controllerOfCall = controller
    },
    onResponseStart(_, status, headers) {
      response.writeHead(status, {
        'content-type': String(headers['content-type']),
        ...(headers['content-length'] === undefined
          ? {}
          : { 'content-length': String(headers['content-length']) }),
      })
    },
    onResponseData(controller, chunk) {
      if (!response.write(chunk)) controller.pause()
    },
    onResponseEnd() {
      response.end()
    },
    onResponseError() {
      if (response.headersSent) response.destroy()
      else response.writeHead(502).end()
    },
  }
}

function forward(body: Buffer, response: ServerResponse): void {
  const { model } = JSON.parse(body.toString()) as { readonly model: string }
  const base = baseUrls.get(model)
  if (!base) return void response.writeHead(404).end()
  agent.dispatch(
    {
      origin: base.origin,
      path: `${base.pathname}/chat/completions`,
      method: 'POST',
      headers: { authorization: 'Bearer sk-bench', 'content-type': 'application/json' },
      body,
    },
    relay(response),
  )
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  if (!keys.has(request.headers.authorization ?? '')) return void response.writeHead(401).end()
  const pieces: Buffer[] = []
  request.on('data', (piece: Buffer) => pieces.push(piece))
  request.on('end', () =>
    forward(pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces), response),
  )
}

createServer({ keepAliveTimeout: 65_000 }, serve).listen({
  port: Number(port),
  host: '127.0.0.1',
  backlog: 4096,
})

process.once('SIGTERM', () => process.exit())
