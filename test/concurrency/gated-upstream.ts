import { createServer, type ServerResponse } from 'node:http'

import { assert } from '#domain/faults.ts'

/** A provider that keeps everyone waiting until it is told to answer. */
export interface GatedUpstream {
  readonly baseUrl: string
  /** How many requests have arrived so far. */
  readonly arrived: () => number
  /** Answers all that wait, and from now on everyone at once. */
  readonly open: () => void
  readonly close: () => Promise<void>
}

/** Starts it. Every answer is a short completion with the usage given. */
export async function startGatedUpstream(usage: {
  prompt_tokens: number
  completion_tokens: number
}): Promise<GatedUpstream> {
  const waiting: ServerResponse[] = []
  let arrived = 0
  let isOpen = false
  const answer = JSON.stringify({
    id: 'chatcmpl-gated',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'gated',
    choices: [
      { index: 0, message: { role: 'assistant', content: 'Done.' }, finish_reason: 'stop' },
    ],
    usage: { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens },
  })
  const respond = (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
  }
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      arrived += 1
      if (isOpen) respond(response)
      else waiting.push(response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert(typeof address === 'object' && address, 'a listening server has a port')
  return {
    baseUrl: `http://127.0.0.1:${address.port}/v1`,
    arrived: () => arrived,
    open: () => {
      isOpen = true
      for (const response of waiting.splice(0)) respond(response)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
