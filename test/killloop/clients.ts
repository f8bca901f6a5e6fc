import { assert } from '#domain/faults.ts'
import { parseUsd, type NanoUsd } from '#domain/money.ts'

/** One answer that a client received whole: what it was told to be its charge. */
export interface Acknowledged {
  readonly id: string
  readonly costNanoUsd: NanoUsd
}

/** Clients that ask without pause, whatever happens to the server. */
export interface Clients {
  readonly acknowledged: readonly Acknowledged[]
  /** Answers that were broken off, and refusals to connect. */
  readonly brokenCount: () => number
  /** Statuses other than 200 that were answered, with how often. */
  readonly refusals: ReadonlyMap<number, number>
  /** Lets requests under way end, and returns when none is. */
  readonly stop: () => Promise<void>
}

/** Where the server is at this moment; it changes with every restart. */
export interface Target {
  readonly url: string
  readonly apiKey: string
}

/** Starts `count` clients; half of their requests are streamed. */
export function startClients(count: number, target: () => Target): Clients {
  const acknowledged: Acknowledged[] = []
  const refusals = new Map<number, number>()
  let brokenCount = 0
  let isStopping = false

  const run = async (index: number) => {
    for (let turn = index; !isStopping; turn += 1) {
      const outcome = await ask(target(), turn % 2 === 0).catch(() => 'broken' as const)
      if (outcome === 'broken') {
        brokenCount += 1
        // Nobody listens while the server restarts: asking at full speed would only burn its CPU.
        await new Promise((resolve) => setTimeout(resolve, 250))
      } else if (typeof outcome === 'number') {
        refusals.set(outcome, (refusals.get(outcome) ?? 0) + 1)
      } else acknowledged.push(outcome)
    }
  }
  const running = Array.from({ length: count }, (_, index) => run(index))
  const stop = async () => {
    isStopping = true
    await Promise.all(running)
  }
  return { acknowledged, brokenCount: () => brokenCount, refusals, stop }
}

/** One request. `broken` when the answer did not arrive whole; a number for another status than 200. */
async function ask(target: Target, isStream: boolean): Promise<Acknowledged | 'broken' | number> {
  const response = await fetch(`${target.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${target.apiKey}`,
      'content-type': 'application/json',
      'x-codelace-log': 'metadata',
    },
    body: JSON.stringify({
      model: 'sim/echo',
      stream: isStream,
      max_tokens: 40,
      messages: [{ role: 'user', content: 'Count what you are owed.' }],
    }),
    signal: AbortSignal.timeout(30_000),
  })
  const text = await response.text()
  if (response.status !== 200) return response.status
  return isStream ? readStream(text) : readWhole(text)
}

function readWhole(text: string): Acknowledged {
  return acknowledgedBy(JSON.parse(text))
}

function readStream(text: string): Acknowledged | 'broken' {
  const events = text.split('\n\n').filter((event) => event.startsWith('data: '))
  if (events.at(-1) !== 'data: [DONE]') return 'broken'
  return acknowledgedBy(JSON.parse((events.at(-2) ?? '').slice('data: '.length)))
}

function acknowledgedBy(answer: { id: string; usage: { cost: number } }): Acknowledged {
  const costNanoUsd = parseUsd(answer.usage.cost.toFixed(9))
  assert(costNanoUsd !== undefined, 'a cost is a number of dollars')
  return { id: answer.id, costNanoUsd }
}
