import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What every answer of the provider says it used. */
export const reportedUsage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 }

/** A provider that begins every stream and ends it when it is told to; whole answers come at once. */
export interface HeldUpstream {
  readonly baseUrl: string
  /** Ends all streams that have begun, with their usage. */
  readonly endStreams: () => void
  readonly close: () => Promise<void>
}

/** Starts such a provider on a free port of this machine. */
export async function startHeldUpstream(): Promise<HeldUpstream> {
  const held: ServerResponse[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { stream }: { stream?: boolean } = JSON.parse(Buffer.concat(chunks).toString())
      if (stream !== true) {
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify(wholeAnswer))
        return
      }
      response.setHeader('content-type', 'text/event-stream')
      response.write(
        eventOf({ choices: [{ index: 0, delta: { role: 'assistant', content: 'a' } }] }),
      )
      held.push(response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    endStreams: () => {
      for (const response of held.splice(0)) {
        response.write(eventOf({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }))
        response.write(eventOf({ choices: [], usage: reportedUsage }))
        response.end('data: [DONE]\n\n')
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const facts = { id: 'chatcmpl-1', created: 1_764_000_000, model: 'fast' }

const wholeAnswer = {
  ...facts,
  object: 'chat.completion',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'abc' },
      finish_reason: 'stop',
      logprobs: null,
    },
  ],
  usage: reportedUsage,
}

function eventOf(members: object): string {
  return `data: ${JSON.stringify({ ...facts, object: 'chat.completion.chunk', ...members })}\n\n`
}
