import type { Clock } from '#ports/clock.ts'

interface Event {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

/**
 * Time that moves only when it is told to, for tests and simulations. Events run one at a time, in the
 * order of their time and, at the same time, in the order they were asked for; after each one, every
 * promise that could go on has gone on.
 */
export interface VirtualTime {
  readonly clock: Clock
  readonly nowMs: () => number
  /** Runs `call` after a delay; the returned function cancels it. */
  readonly after: (delayMs: number, call: () => void) => () => void
  /** Runs `call` at the end of what is going on, without time passing: a turn of the event loop. */
  readonly turn: (call: () => void) => void
  /** Runs the next event, if there is one within `withinMs`, and moves the time to it. */
  readonly step: (withinMs: number) => Promise<boolean>
  /** Lets this much time pass, with everything that happens in it. */
  readonly advance: (durationMs: number) => Promise<void>
}

/** A new time. Its wall clock starts at `startMs`, its monotonic clock at zero. */
export function makeVirtualTime(startMs = Date.UTC(2026, 0, 5, 12)): VirtualTime {
  let nowMs = 0
  let order = 0
  const events: Event[] = []
  const after = (delayMs: number, run: () => void): (() => void) => {
    const event = { atMs: nowMs + Math.max(0, delayMs), order: order++, run }
    let low = 0
    let high = events.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = events[middle]
      if (other !== undefined && other.atMs <= event.atMs) low = middle + 1
      else high = middle
    }
    events.splice(low, 0, event)
    return () => {
      const at = events.indexOf(event)
      if (at >= 0) events.splice(at, 1)
    }
  }
  const step = async (withinMs: number): Promise<boolean> => {
    await settlePromises()
    const [next] = events
    if (next === undefined || next.atMs > nowMs + withinMs) return false
    events.shift()
    nowMs = Math.max(nowMs, next.atMs)
    next.run()
    await settlePromises()
    return true
  }
  return {
    clock: { nowMs: () => startMs + nowMs, monotonicMs: () => nowMs, after },
    nowMs: () => nowMs,
    after,
    turn: (call) => void after(0, call),
    step,
    advance: async (durationMs) => {
      const endMs = nowMs + durationMs
      while (await step(endMs - nowMs)) continue
      nowMs = endMs
    },
  }
}

/** A turn of the real event loop: promises that are ready, and those they make ready, go on before it. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
