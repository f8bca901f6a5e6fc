/**
 * One mistake in the configuration: where it is, what stands there and what should. Lines and columns
 * count from 1. `file` is null for a mistake in the environment, where `path` names the variable.
 */
export interface ConfigProblem {
  readonly file: string | null
  readonly line: number | null
  readonly column: number | null
  /** `models[0].endpoints[1].prices.prompt`, the name of a variable, or empty for the whole file. */
  readonly path: string
  readonly found: string
  readonly expected: string
  /** What was probably meant, or what to do; null when that is plain. */
  readonly hint: string | null
}

/** One line for people: `codelace.json:12:15 models[0].id: found …, expected …. Hint.` */
export function describeProblem(problem: ConfigProblem): string {
  const place =
    problem.file === null
      ? ''
      : [problem.file, problem.line, problem.column].filter(isThere).join(':')
  const start = [place, problem.path].filter((part) => part !== '').join(' ')
  const hint = problem.hint === null ? '' : ` ${problem.hint}`
  return `${start}: found ${problem.found}, expected ${problem.expected}.${hint}`
}

/** Names a JSON value as people would: `the number 2.5`, `the text "abc"`, `a list of 3`, `nothing`. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
      return 'nothing'
    case 'string':
      return value === '' ? 'an empty text' : `the text ${JSON.stringify(shorten(value))}`
    case 'number':
      return `the number ${value}`
    case 'boolean':
      return `${value}`
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? `a list of ${value.length}` : 'an object'
    default:
      return `a ${typeof value}`
  }
}

const shownLengthMax = 60

function shorten(text: string): string {
  return text.length <= shownLengthMax ? text : `${text.slice(0, shownLengthMax)}…`
}

function isThere(part: string | number | null): part is string | number {
  return part !== null
}
