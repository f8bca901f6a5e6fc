import { Worker } from 'node:worker_threads'

import type { Tokenizer } from '#ports/tokenizer.ts'

import type { CountAnswer, CountQuestion } from './count-protocol.ts'

/** A tokenizer with a thread, which is started when it is first needed. */
export interface WorkerTokenizer extends Tokenizer {
  /** Ends the thread. What still waits is rejected. */
  readonly close: () => Promise<void>
}

/** Why a count was not made. */
class TokenizerError extends Error {
  override readonly name = 'TokenizerError'
}

/** Each text is counted up to this length; what is longer is extrapolated. */
const countedLengthMax = 512 * 1024
/** The most text that waits for the thread, in characters. */
const waitingLengthMax = 16 * 1024 * 1024

interface Waiting {
  readonly length: number
  readonly scales: readonly number[]
  readonly resolve: (counts: readonly number[]) => void
  readonly reject: (error: Error) => void
}

/**
 * Counts with OpenAI's newest public encoding, off the event loop. Rejects with `TokenizerError` when too
 * much is waiting or the thread has died; the next call starts a new one.
 */
export function createWorkerTokenizer(): WorkerTokenizer {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let waitingLength = 0
  let nextId = 1

  function take(id: number): Waiting | undefined {
    const entry = waiting.get(id)
    if (!entry) return undefined
    waiting.delete(id)
    waitingLength -= entry.length
    if (waiting.size === 0) worker?.unref()
    return entry
  }

  function onAnswer({ id, counts, error }: CountAnswer): void {
    const entry = take(id)
    if (!entry) return
    if (error !== null) entry.reject(new TokenizerError(error))
    else entry.resolve(counts.map((count, index) => Math.ceil(count * (entry.scales[index] ?? 1))))
  }

  function rejectAll(reason: string): void {
    worker = undefined
    for (const id of waiting.keys()) take(id)?.reject(new TokenizerError(reason))
  }

  function start(): Worker {
    const started = new Worker(new URL('./count-worker.ts', import.meta.url))
    started.on('message', onAnswer)
    started.on('error', (error) => rejectAll(String(error)))
    started.on('exit', () => {
      if (worker === started) rejectAll('the counting thread ended')
    })
    return started
  }

  return {
    count(texts) {
      const counted = texts.map((text) => text.slice(0, countedLengthMax))
      const length = counted.reduce((sum, text) => sum + text.length, 0)
      if (waitingLength + length > waitingLengthMax) {
        return Promise.reject(new TokenizerError('too much text is waiting to be counted'))
      }
      return new Promise((resolve, reject) => {
        const id = nextId
        nextId += 1
        const scales = texts.map((text, index) => text.length / (counted[index]?.length || 1))
        waitingLength += length
        waiting.set(id, { length, scales: scales.map((scale) => scale || 1), resolve, reject })
        worker ??= start()
        worker.ref()
        worker.postMessage({ id, texts: counted } satisfies CountQuestion)
      })
    },
    async close() {
      const running = worker
      rejectAll('the tokenizer was closed')
      await running?.terminate()
    },
  }
}
