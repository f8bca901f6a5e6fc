import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { parseSync, Visitor } from 'oxc-parser'

/**
 * Prints the numbers the project holds itself to: the length of functions and files, types given up,
 * and how much of it is tests. Lint refuses the worst; this shows the drift before lint has to.
 */
const root = join(import.meta.dirname, '..')
const paths = globSync(['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts', 'scripts/*.{ts,mjs}'], {
  cwd: root,
})

/** One source file, measured. Lengths are lines that hold more than blanks and comments. */
interface Measure {
  readonly path: string
  readonly isTest: boolean
  readonly lines: number
  readonly functions: readonly { readonly lines: number; readonly line: number }[]
  readonly anyCount: number
}

function measure(path: string): Measure {
  const text = readFileSync(join(root, path), 'utf8')
  const { program, comments } = parseSync(path, text)
  const code = withoutComments(text, comments)
  const functions: { lines: number; line: number }[] = []
  let anyCount = 0
  const onFunction = ({ start, end }: { start: number; end: number }) => {
    functions.push({
      lines: codeLines(code.slice(start, end)),
      line: text.slice(0, start).split('\n').length,
    })
  }
  new Visitor({
    FunctionDeclaration: onFunction,
    FunctionExpression: onFunction,
    ArrowFunctionExpression: onFunction,
    TSAnyKeyword: () => (anyCount += 1),
  }).visit(program)
  const isTest = /\.(test|conformance)\.ts$/.test(path) || path.startsWith('test/')
  return { path, isTest, lines: codeLines(code), functions, anyCount }
}

/** The same text at the same offsets, with blanks where comments were. */
function withoutComments(
  text: string,
  comments: readonly { start: number; end: number }[],
): string {
  let code = ''
  for (const { start, end } of comments) {
    code += text.slice(code.length, start) + text.slice(start, end).replace(/[^\n]/g, ' ')
  }
  return code + text.slice(code.length)
}

function codeLines(code: string): number {
  return code.split('\n').filter((line) => line.trim() !== '').length
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

const measures = paths.map(measure)
const sources = measures.filter(({ isTest }) => !isTest)
const tests = measures.filter(({ isTest }) => isTest)
const lengths = sources.flatMap(({ functions }) => functions.map(({ lines }) => lines))
const tooLong = sources.flatMap(({ path, functions }) =>
  functions
    .filter(({ lines }) => lines > 70)
    .map(({ lines, line }) => `${path}:${line} (${lines})`),
)
const sum = (files: readonly Measure[]) => files.reduce((total, { lines }) => total + lines, 0)

console.log(`source files          ${sources.length}, ${sum(sources)} lines`)
console.log(`functions             ${lengths.length}, over 70 lines: ${tooLong.length}`)
console.log(`function length p95   ${quantile(lengths, 0.95)} (goal 35)`)
console.log(
  `file length median    ${quantile(
    sources.map(({ lines }) => lines),
    0.5,
  )}`,
)
console.log(
  `any                   ${measures.reduce((total, { anyCount }) => total + anyCount, 0)}`,
)
console.log(`test lines : source   ${(sum(tests) / sum(sources)).toFixed(2)} (goal 1)`)
for (const place of tooLong) console.log(`too long              ${place}`)
