import type { Worker } from 'node:worker_threads'

const crashesMax = 5
const crashWindowMs = 60_000

/** A worker that should live until it is told to close, and how to replace it. */
export interface Supervision {
  readonly first: Worker
  /** Null: a crash is the end. */
  readonly restart: (() => Promise<Worker>) | null
  readonly report: (text: string) => void
}

/**
 * Replaces a worker that ends by itself, at most five times a minute, and reports it. Returns what ends the
 * current one for good: it is sent the message `close` and waited for.
 */
export function superviseWorker({ first, restart, report }: Supervision): () => Promise<void> {
  let current: Promise<Worker | undefined> = Promise.resolve(first)
  let isClosing = false
  const crashes: number[] = []

  const mayRestart = () => {
    const now = performance.now()
    crashes.push(now)
    return crashes.filter((at) => now - at < crashWindowMs).length <= crashesMax
  }

  const watch = (worker: Worker) => {
    worker.once('exit', () => {
      if (isClosing) return
      if (restart === null || !mayRestart()) {
        report('The embedded database ended unexpectedly and stays down until the next start.')
        return
      }
      report('The embedded database ended unexpectedly and is started again.')
      current = restart().then(
        (next) => {
          watch(next)
          return next
        },
        (error: unknown) => {
          report(`The embedded database could not be started again: ${reasonOf(error)}.`)
          return undefined
        },
      )
    })
  }

  watch(first)
  return async () => {
    isClosing = true
    const worker = await current
    if (worker && worker.threadId !== -1) await stopWorker(worker)
  }
}

async function stopWorker(worker: Worker): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => resolve())
  })
  worker.postMessage('close')
  await ended
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
