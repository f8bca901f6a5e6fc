/** Lets so many tasks work at once; the others wait in the order in which they came. */
export interface Turnstile {
  readonly pass: <Result>(task: () => Promise<Result>) => Promise<Result>
}

/** A turnstile for `taskCountMax` tasks at once. */
export function createTurnstile(taskCountMax: number): Turnstile {
  const waiting: (() => void)[] = []
  let working = 0
  return {
    async pass(task) {
      // Whoever ends hands the place on, so nobody who comes later can take it.
      if (working >= taskCountMax) await new Promise<void>((resolve) => waiting.push(resolve))
      else working += 1
      try {
        return await task()
      } finally {
        const next = waiting.shift()
        if (next === undefined) working -= 1
        else next()
      }
    },
  }
}
