import { Agent } from 'undici'

/** Requests at a constant rate, whatever the answers: a slow server does not slow the arrivals. */
export interface SteadyLoad {
  /** How often each status was answered since the last call; 0 stands for no answer at all. */
  readonly takeCounts: () => ReadonlyMap<number, number>
  /** Ends the arrivals and waits for the answers that are still due. */
  readonly stop: () => Promise<void>
}

const tickMs = 20

/** Starts `perSecond` requests a second to the simulated model. */
export function startSteadyLoad(target: {
  url: string
  apiKey: string
  perSecond: number
}): SteadyLoad {
  const dispatcher = new Agent({ connections: 256 })
  let counts = new Map<number, number>()
  const underWay = new Set<Promise<void>>()
  const startedMs = performance.now()
  let sent = 0

  const timer = setInterval(() => {
    const due = ((performance.now() - startedMs) / 1000) * target.perSecond
    for (; sent < due; sent += 1) {
      const asked = ask(target, dispatcher).then((status) => {
        counts.set(status, (counts.get(status) ?? 0) + 1)
        underWay.delete(asked)
      })
      underWay.add(asked)
    }
  }, tickMs)

  return {
    takeCounts() {
      const taken = counts
      counts = new Map()
      return taken
    },
    async stop() {
      clearInterval(timer)
      await Promise.all(underWay)
      await dispatcher.close()
    },
  }
}

async function ask(target: { url: string; apiKey: string }, dispatcher: Agent): Promise<number> {
  try {
    const response = await dispatcher.request({
      origin: target.url,
      path: '/v1/chat/completions',
      method: 'POST',
      headers: {
        authorization: `Bearer ${target.apiKey}`,
        'content-type': 'application/json',
        'x-codelace-log': 'metadata',
      },
      body: '{"model":"sim/echo","max_tokens":40,"messages":[{"role":"user","content":"Hello!"}]}',
    })
    await response.body.dump()
    return response.statusCode
  } catch {
    return 0
  }
}
