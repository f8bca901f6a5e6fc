import type { Contender, TargetKind } from '#bench/contenders/contender.ts'
import { streamPace } from '#bench/contenders/targets.ts'

import type { Bench } from './measuring.ts'

/** By then the compilers of every contender have done what they will do. */
const requestsMin = 30_000
const roundMs = 2000
const firstMsMax = 30_000
const laterMs = 500
const clients = 200

const warm = new WeakMap<Contender, Set<TargetKind>>()

/**
 * Warms one path through a contender: the first time with tens of thousands of requests (or for half a
 * minute, where it is slow) or with one stream for each client, later with a few, since others have had
 * the caches in between.
 */
export async function warmUp(
  bench: Bench,
  contender: Contender,
  kind: 'answer' | 'stream' | 'translated_stream',
): Promise<void> {
  const kinds = warm.get(contender) ?? new Set<TargetKind>()
  const isFirst = !kinds.has(kind)
  warm.set(contender, kinds.add(kind))
  if (kind === 'answer') await warmAnswers(bench, contender, isFirst)
  else if (isFirst) await warmStreams(bench, contender, kind)
}

async function warmAnswers({ load }: Bench, contender: Contender, isFirst: boolean): Promise<void> {
  const target = contender.target('answer')
  const round = async (durationMs: number): Promise<number> => {
    const report = await load.run({ kind: 'closed_loop', target, connections: 32, durationMs })
    return report.completed
  }
  if (!isFirst) {
    await round(laterMs)
    return
  }
  const startMs = performance.now()
  let served = 0
  while (served < requestsMin && performance.now() - startMs < firstMsMax) {
    const more = await round(roundMs)
    if (more === 0) return
    served += more
  }
}

async function warmStreams(
  { load }: Bench,
  contender: Contender,
  kind: 'stream' | 'translated_stream',
): Promise<void> {
  await load.run({
    kind: 'streams',
    target: contender.target(kind),
    clients,
    streamsEach: 1,
    spreadMs: streamPace.intervalMs * streamPace.chunks,
    eventsMin: streamPace.chunks,
  })
}
