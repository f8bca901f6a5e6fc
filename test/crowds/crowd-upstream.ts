import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A provider whose model's name says how it behaves. */
export interface CrowdUpstream {
  readonly baseUrl: string
  /** Fast streams that can write no more, because their reader takes no more. */
  readonly blockedCount: () => number
  /** Streams that are open now. */
  readonly openCount: () => number
  readonly close: () => Promise<void>
}

const facts = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_764_000_000 }
const eventOf = (content: string): string =>
  `data: ${JSON.stringify({ ...facts, model: 'm', choices: [{ index: 0, delta: { role: 'assistant', content } }] })}\n\n`

/** 16 KB each: ten megabytes a second are about 600 of them. */
const fastEvent = eventOf('x'.repeat(16 * 1024))
const whole = JSON.stringify({
  ...facts,
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
})

/** Starts one on a free port. `whole`: one answer at once; `silent`: one event, then nothing; `fast`: without end. */
export async function startCrowdUpstream(): Promise<CrowdUpstream> {
  const open = new Set<ServerResponse>()
  const blocked = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { model }: { model: string } = JSON.parse(Buffer.concat(chunks).toString())
      if (model === 'whole') {
        response.setHeader('content-type', 'application/json')
        response.end(whole)
        return
      }
      open.add(response)
      response.on('close', () => {
        open.delete(response)
        blocked.delete(response)
      })
      response.setHeader('content-type', 'text/event-stream')
      response.write(eventOf('begun'))
      if (model === 'fast') pump(response, blocked)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4_096, resolve))
  const { port } = server.address() as AddressInfo
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    blockedCount: () => blocked.size,
    openCount: () => open.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Writes for as long as anything is taken, and goes on when more is. */
function pump(response: ServerResponse, blocked: Set<ServerResponse>): void {
  blocked.delete(response)
  if (response.destroyed) return
  if (response.write(fastEvent)) {
    setImmediate(pump, response, blocked)
    return
  }
  blocked.add(response)
  response.once('drain', () => pump(response, blocked))
}
