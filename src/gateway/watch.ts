import { Roster, type Enrolled } from '#domain/roster.ts'
import type { Clock } from '#ports/clock.ts'

/** Something that wants to look at the time now and then. */
export interface Watcher extends Enrolled {
  /** `nowMs` is monotonic. */
  readonly look: (nowMs: number) => void
}

/**
 * One coarse timer for everything that is under way: slow bodies, silent streams, running costs. A timer
 * of its own for each chunk would cost more than the chunk. Ticks only while somebody is watching.
 */
export interface Watch {
  readonly add: (watcher: Watcher) => void
  readonly remove: (watcher: Watcher) => void
}

/** A watch that calls every watcher each `periodMs`. A watcher may remove itself while it is called. */
export function createWatch(clock: Clock, periodMs: number): Watch {
  const watchers = new Roster<Watcher>()
  let ticking = false

  function tick(): void {
    ticking = false
    const nowMs = clock.monotonicMs()
    watchers.forEach((watcher) => watcher.look(nowMs))
    wind()
  }

  function wind(): void {
    if (ticking || watchers.size === 0) return
    ticking = true
    clock.after(periodMs, tick)
  }

  return {
    add(watcher) {
      watchers.add(watcher)
      wind()
    },
    remove: (watcher) => void watchers.delete(watcher),
  }
}
