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
}

interface Group {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: JournalError) => void
}

/**
 * Makes many callers wait for one sync: at most one is under way, and the next one covers everybody who
 * came meanwhile. All callers between two syncs share one promise.
 */
export class GroupCommit {
  readonly #steps: CommitSteps
  #groups: Group[] = []
  /** The group that newcomers still join. */
  #open: Group | null = null
  #committing = false
  #turnAsked = false

  constructor(steps: CommitSteps) {
    this.#steps = steps
  }

  /** Resolves when everything written by the end of this turn is durable. */
  wait(): Promise<void> {
    if (this.#open === null) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      promise.catch(() => {})
      this.#open = { promise, resolve, reject }
      this.#groups.push(this.#open)
    }
    this.askForTurn()
    return this.#open.promise
  }

  /** Has everything written at the end of this turn, once for all who ask. */
  askForTurn(): void {
    if (this.#turnAsked) return
    this.#turnAsked = true
    this.#steps.turn(() => {
      this.#turnAsked = false
      this.#steps.write()
      this.#start()
    })
  }

  #start(): void {
    if (this.#committing || this.#groups.length === 0) return
    const groups = this.#groups
    this.#groups = []
    this.#open = null
    this.#committing = true
    this.#steps.commit((outcome) => {
      this.#committing = false
      if (outcome === 'again') this.#groups.unshift(...groups)
      else if (outcome === 'durable') for (const { resolve } of groups) resolve()
      else for (const { reject } of groups) reject(outcome)
      this.#start()
    })
  }
}
