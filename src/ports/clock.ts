/** Time, as an argument: a test or a simulation supplies its own. */
export interface Clock {
  /** Milliseconds since 1970, as people read it; it may jump. For records only. */
  readonly nowMs: () => number
  /** Milliseconds that only ever rise, with fractions; for durations and deadlines. */
  readonly monotonicMs: () => number
  /** Calls back once after `delayMs`; the returned function cancels it. Never keeps a process alive. */
  readonly after: (delayMs: number, call: () => void) => () => void
}
