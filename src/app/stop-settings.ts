import type { ConfigProblem } from './config/problem.ts'

/** How a process leaves: see `lifecycle.ts`. */
export interface StopTimings {
  /** Not ready, but still listening, so that load balancers can notice. */
  readonly announceMs: number
  /** The longest that requests under way may go on after that. */
  readonly drainMs: number
}

/** Reads `CODELACE_STOP_DELAY_SECONDS` and `CODELACE_DRAIN_SECONDS`, with every mistake in them. */
export function readStopSettings(environment: Readonly<Record<string, string | undefined>>): {
  readonly timings: StopTimings
  readonly problems: readonly ConfigProblem[]
} {
  const problems: ConfigProblem[] = []
  const readSeconds = (variable: string, otherwise: number, most: number): number => {
    const text = environment[variable]?.trim() ?? ''
    if (text === '') return otherwise
    const seconds = Number(text)
    if (/^\d{1,6}$/.test(text) && seconds <= most) return seconds
    problems.push({
      file: null,
      line: null,
      column: null,
      path: variable,
      found: JSON.stringify(text),
      expected: `a whole number of seconds from 0 to ${most}`,
      hint: null,
    })
    return otherwise
  }
  const production = environment['NODE_ENV']?.trim() === 'production'
  const announceSeconds = readSeconds('CODELACE_STOP_DELAY_SECONDS', production ? 5 : 0, 300)
  const drainSeconds = readSeconds('CODELACE_DRAIN_SECONDS', 600, 86_400)
  return {
    timings: { announceMs: announceSeconds * 1000, drainMs: drainSeconds * 1000 },
    problems,
  }
}
