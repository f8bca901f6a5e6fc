import { journalCrowdMin } from '#domain/limits.ts'
import type { JournalError } from '#ports/journal.ts'

/** `again`: the files changed while it ran, so nobody may be told yet. */
export type CommitOutcome = 'durable' | 'again' | JournalError

/** What a group commit drives. */
export interface CommitSteps {
  /** Calls back at the end of this turn of the event loop. */
  readonly turn: (call: () => void) => void
  readonly write: () => void
  /** Makes everything written so far durable, then says how it went, exactly once. */
  readonly commit: (done: (outcome: CommitOutcome) => void) => void
  /** Calls back after the moment in which a crowd is waited for. */
  readonly pause: (call: () => void) => void
}

interface Group {
  callerCount: number
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: JournalError) => void
}

/**
 * Makes many callers wait for one sync: at most one is under way, and the next one covers everybody who
 * came meanwhile. All callers between two syncs share one promise. A sync costs a machine the same for one
 * caller as for many, so where many come, the next one waits a moment for more; where few come, nobody waits.
 */
export class GroupCommit {
  readonly #steps: CommitSteps
  #groups: Group[] = []
  /** The group that newcomers still join. */
  #open: Group | null = null
  #committing = false
  #pausing = false
  #turnAsked = false
  /** Who waits for the write at the end of this turn. */
  #turn: PromiseWithResolvers<void> | null = null

  constructor(steps: CommitSteps) {
    this.#steps = steps
  }

  /** Resolves when everything written by the end of this turn is durable. */
  wait(): Promise<void> {
    if (this.#open === null) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      promise.catch(() => {})
      this.#open = { callerCount: 0, promise, resolve, reject }
      this.#groups.push(this.#open)
    }
    this.#open.callerCount += 1
    this.askForTurn()
    return this.#open.promise
  }

  /** Resolves when everything appended in this turn is written, at its end. */
  written(): Promise<void> {
    this.#turn ??= Promise.withResolvers<void>()
    this.askForTurn()
    return this.#turn.promise
  }

  /** Has everything written at the end of this turn, once for all who ask. */
  askForTurn(): void {
    if (this.#turnAsked) return
    this.#turnAsked = true
    this.#steps.turn(() => {
      this.#turnAsked = false
      const turn = this.#turn
      this.#turn = null
      this.#steps.write()
      turn?.resolve()
      this.#start()
    })
  }

  #start(): void {
    if (this.#committing || this.#pausing || this.#groups.length === 0) return
    const groups = this.#groups
    this.#groups = []
    this.#open = null
    this.#committing = true
    this.#steps.commit((outcome) => {
      this.#committing = false
      if (outcome === 'again') this.#groups.unshift(...groups)
      else if (outcome === 'durable') for (const { resolve } of groups) resolve()
      else for (const { reject } of groups) reject(outcome)
      if (outcome === 'durable') this.#pauseForCrowd(groups)
      this.#start()
    })
  }

  #pauseForCrowd(served: readonly Group[]): void {
    const callerCount = served.reduce((sum, group) => sum + group.callerCount, 0)
    if (callerCount < journalCrowdMin) return
    this.#pausing = true
    this.#steps.pause(() => {
      this.#pausing = false
      this.#start()
    })
  }
}
