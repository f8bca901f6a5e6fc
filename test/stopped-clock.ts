import type { Clock } from '#ports/clock.ts'

/** A clock that stands still until a test moves it. */
export interface StoppedClock {
  readonly clock: Clock
  /** Lets promises that are ready go on, without moving the time. */
  readonly settle: () => Promise<void>
  /** Moves the time, calls what is due in order, and lets promises go on. */
  readonly advance: (ms: number) => Promise<void>
}

/** A clock at zero. */
export function makeStoppedClock(): StoppedClock {
  let nowMs = 0
  const timers = new Map<symbol, { dueMs: number; call: () => void }>()
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
  }
  const nextDue = (endMs: number) =>
    [...timers]
      .filter(([, { dueMs }]) => dueMs <= endMs)
      .toSorted(([, left], [, right]) => left.dueMs - right.dueMs)[0]
  return {
    clock: {
      nowMs: () => nowMs,
      monotonicMs: () => nowMs,
      after: (delayMs, call) => {
        const name = Symbol('timer')
        timers.set(name, { dueMs: nowMs + delayMs, call })
        return () => timers.delete(name)
      },
    },
    settle,
    advance: async (ms) => {
      await settle()
      const endMs = nowMs + ms
      for (let due = nextDue(endMs); due !== undefined; due = nextDue(endMs)) {
        const [name, { dueMs, call }] = due
        timers.delete(name)
        nowMs = Math.max(nowMs, dueMs)
        call()
        await settle()
      }
      nowMs = endMs
      await settle()
    },
  }
}
