import type { Contender } from '#bench/contenders/contender.ts'
import { treeResidentKib } from '#bench/processes/proc.ts'
import { waitUntilQuiet } from '#bench/processes/quiet.ts'
import type { Sample } from '#bench/report/sample.ts'

import { judgeFailures, type Bench } from './measuring.ts'

const openingMax = 50
/** Long enough for every stream to get some chunks, so that each has the buffers that it lives with. */
const holdMs = 6000
const kibPerMb = 1024

/**
 * Memory of a contender that has just started and served nothing, and what each open stream adds to it.
 * Everything that grows at the first load, compiled code too, is put on the streams.
 */
export async function measureMemory(
  { load, effort }: Bench,
  contender: Contender,
): Promise<Pick<Sample, 'values' | 'failed' | 'reason'>> {
  const { pid } = contender
  if (pid === null) return { values: {}, failed: 0, reason: 'has no process' }
  await waitUntilQuiet(pid, { quietForMs: 2000, timeoutMs: 15_000 })
  const idleKib = treeResidentKib(pid)
  const opened = await load.run({
    kind: 'hold',
    target: contender.target('slow_stream'),
    streams: effort.heldStreams,
    openingMax,
  })
  await new Promise((resolve) => setTimeout(resolve, holdMs))
  const openKib = treeResidentKib(pid)
  const released = await load.run({ kind: 'release' })
  const idle = { idle_rss_mb: idleKib / kibPerMb }
  const { usable, failed, reason } = judgeFailures({
    ...released,
    completed: Math.min(opened.open, released.open),
    quiet: true,
  })
  if (!usable) return { values: idle, failed, reason }
  return {
    values: {
      ...idle,
      open_rss_mb: openKib / kibPerMb,
      stream_kb: (openKib - idleKib) / released.open,
    },
    failed,
    reason,
  }
}
