import type { GatewayWorld } from './gateway-world.ts'
import { usualStream, type ScriptedUpstream } from './scripted-upstream.ts'

/** An answer to a request with an idempotency key. */
export interface Given {
  readonly status: number
  readonly id: string | null
  readonly isReplay: boolean
  readonly headers: Headers
  readonly text: string
}

/** What differs from a request of the world's customer. */
export interface AskOptions {
  readonly url?: string
  readonly secret?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends this body with this key. */
export async function askWithKey(
  world: Pick<GatewayWorld, 'url' | 'customer'>,
  request: { readonly key: string; readonly body: unknown },
  options: AskOptions = {},
): Promise<Given> {
  const response = await fetch(`${options.url ?? world.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify(request.body),
    headers: {
      authorization: `Bearer ${options.secret ?? world.customer.secret}`,
      'content-type': 'application/json',
      'idempotency-key': request.key,
      ...options.headers,
    },
  })
  return {
    status: response.status,
    id: response.headers.get('x-generation-id'),
    isReplay: response.headers.get('idempotency-replayed') === 'true',
    headers: response.headers,
    text: await response.text(),
  }
}

/** The code of an error. */
export function codeOf({ text }: Given): unknown {
  return JSON.parse(text).error.code
}

/** A stream of 20 words that stops after its first events until it is let go on. */
export function gatedStream(upstream: ScriptedUpstream, before: number): { open: () => void } {
  const gate = Promise.withResolvers<void>()
  const events = usualStream(Array.from({ length: 20 }, (_, index) => `word ${index} `))
  upstream.script = async ({ response }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const [index, event] of events.entries()) {
      if (index === before) await gate.promise
      response.write(event)
    }
    response.end()
  }
  return { open: () => gate.resolve() }
}
