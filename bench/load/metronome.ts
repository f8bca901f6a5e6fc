import { parentPort, workerData } from 'node:worker_threads'

import { Unmeasurable } from '#bench/unmeasurable.ts'

/** What a metronome is started with. */
export interface MetronomeSettings {
  readonly beats: number
  readonly intervalMs: number
  /** The moment of the first beat on the clock of `process.hrtime.bigint()`, which all threads share. */
  readonly firstBeatNs: bigint
}

/*
 * A thread that says when the next request is due. The timers of an event loop are whole milliseconds
 * and late under load; a sleep on a futex is exact to some tens of microseconds and costs nothing.
 */
const port = parentPort
if (!port) throw new Unmeasurable('the metronome runs as a worker thread only')
const { beats, intervalMs, firstBeatNs } = workerData as MetronomeSettings
const nothing = new Int32Array(new SharedArrayBuffer(4))
for (let beat = 0; beat < beats; beat++) {
  const waitMs = Number(firstBeatNs - process.hrtime.bigint()) / 1e6 + beat * intervalMs
  if (waitMs > 0) Atomics.wait(nothing, 0, 0, waitMs)
  port.postMessage(beat)
}
