import type { Failures } from './jobs.ts'

/** Counts what goes wrong and keeps the first example. */
export interface FailureLog {
  readonly add: (example: string) => void
  readonly report: () => Failures
}

/** Makes an empty log. */
export function makeFailureLog(): FailureLog {
  let failed = 0
  let failureExample: string | null = null
  return {
    add(example) {
      failed++
      failureExample ??= example.slice(0, 300)
    },
    report: () => ({ failed, failureExample }),
  }
}
