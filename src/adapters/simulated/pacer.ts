import type { Clock } from '#ports/clock.ts'

/** One pause: what happens when it is over, and what when it lasts longer than the caller waits. */
export interface Pause {
  readonly delayMs: number
  readonly timeoutMs: number
  readonly onDue: () => void
  readonly onTimeout: () => void
  /** True: others get their turn first, even when there is no delay. */
  readonly takesTurn: boolean
}

/** One thread of things that happen one after the other, which can be stopped and held. */
export interface Pacer {
  /** Waits; replaces what was waited for. Does nothing once stopped. */
  readonly wait: (pause: Pause) => void
  readonly hold: () => void
  readonly release: () => void
  /** Ends everything: nothing is called any more, and no timer is left. */
  readonly stop: () => void
  readonly isRunning: () => boolean
  readonly isStopped: () => boolean
}

/** A pacer that is running. It never holds more than one timer, and calls back in a later turn only. */
export function createPacer(clock: Clock): Pacer {
  let state: 'running' | 'held' | 'stopped' = 'running'
  let next: (() => void) | undefined
  let cancel: (() => void) | undefined
  /** A step that was taken, or replaced, is not taken again. */
  const goOn = (step: () => void): void => {
    if (next !== step) return
    cancel = undefined
    if (state !== 'running') return
    next = undefined
    step()
  }
  return {
    wait: ({ delayMs, timeoutMs, onDue, onTimeout, takesTurn }) => {
      if (state === 'stopped') return
      const step = delayMs > timeoutMs ? () => onTimeout() : () => onDue()
      const timerMs = Math.min(delayMs, timeoutMs)
      next = step
      if (timerMs > 0 || takesTurn) cancel = clock.after(timerMs, () => goOn(step))
      else queueMicrotask(() => goOn(step))
    },
    hold: () => {
      if (state === 'running') state = 'held'
    },
    release: () => {
      if (state !== 'held') return
      state = 'running'
      const step = next
      if (cancel === undefined && step !== undefined) queueMicrotask(() => goOn(step))
    },
    stop: () => {
      state = 'stopped'
      next = undefined
      cancel?.()
      cancel = undefined
    },
    isRunning: () => state === 'running',
    isStopped: () => state === 'stopped',
  }
}
