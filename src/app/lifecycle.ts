import type { Clock } from '#ports/clock.ts'

import type { Log } from './log.ts'
import type { StopTimings } from './stop-settings.ts'

/**
 * Why a process leaves. `crashed`: nothing in memory is to be trusted longer than needed. `broken`: it can
 * take no new work until it is started anew, so whoever supervises it should do that soon.
 */
export type StopReason =
  | { readonly kind: 'asked'; readonly by: string }
  | { readonly kind: 'crashed'; readonly error: unknown }
  | { readonly kind: 'broken'; readonly reason: string }

/** What leaving is made of, in the order in which it happens. */
export interface StopSteps {
  /** Tells clients with every answer that their connection will close. Must not throw. */
  readonly announceEnd: () => void
  /** Takes no new connections and closes idle ones; resolves when the last request has ended. */
  readonly stopListening: () => Promise<void>
  /** Ends requests that are still under way with an error of their own, and settles them. */
  readonly endRequests: () => Promise<void>
  /** Writes down what is in memory, returns credit, closes the store. Rejects when it could not. */
  readonly release: () => Promise<void>
}

/** The life of a server process from ready to exit. */
export interface Lifecycle {
  /** False from the first moment of leaving on. */
  readonly isReady: () => boolean
  /** Leaves; asked for again, or when it was not asked for, leaves in a hurry. */
  readonly stop: (reason: StopReason) => void
  /** The exit code: 0 when everything ended in order. */
  readonly ended: Promise<0 | 1>
}

/** The longest that requests go on once someone is in a hurry. */
const hurriedDrainMs = 5_000
/** The longest that ended requests take to say so and settle. */
const endingMs = 2_000

/**
 * A process that leaves in order: not ready, still listening for a while, no new connections, requests
 * under way ended, everything written down. A step that fails or hangs does not keep the next from
 * being taken.
 */
export function createLifecycle(parts: {
  readonly clock: Clock
  readonly log: Log
  readonly timings: StopTimings
  readonly steps: StopSteps
}): Lifecycle {
  const { clock, log, timings, steps } = parts
  const hurry = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<0 | 1>()
  let leaving = false
  let exitCode: 0 | 1 = 0

  const wait = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve))
  const waitAfterHurry = (ms: number) => hurry.promise.then(() => wait(ms))

  const attempt = async (step: Exclude<keyof StopSteps, 'announceEnd'>): Promise<void> => {
    try {
      await steps[step]()
    } catch (error) {
      exitCode = 1
      log.alarm('stop_step_failed', { step, error })
    }
  }

  const leave = async (): Promise<void> => {
    await Promise.race([wait(timings.announceMs), hurry.promise])
    const drained = attempt('stopListening').then(() => 'drained' as const)
    const late = Promise.race([wait(timings.drainMs), waitAfterHurry(hurriedDrainMs)])
    const outcome = await Promise.race([drained, late.then(() => 'late' as const)])
    if (outcome === 'late') {
      log.warn('drain_limit_reached')
      await Promise.race([attempt('endRequests'), wait(endingMs)])
    }
    await attempt('release')
    log.info('stopped', { exitCode })
    ended.resolve(exitCode)
  }

  return {
    isReady: () => !leaving,
    stop: (reason) => {
      if (reason.kind !== 'asked') {
        exitCode = 1
        log.alarm(
          reason.kind,
          reason.kind === 'crashed' ? { error: reason.error } : { reason: reason.reason },
        )
      }
      if (leaving || reason.kind !== 'asked') hurry.resolve()
      if (leaving) return
      leaving = true
      steps.announceEnd()
      log.info('stopping', reason.kind === 'asked' ? { by: reason.by } : {})
      void leave()
    },
    ended: ended.promise,
  }
}
