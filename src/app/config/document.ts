import type { Node, ParseError } from 'jsonc-parser'
import { findNodeAtLocation, getNodeValue, parseTree, printParseErrorCode } from 'jsonc-parser'

import type { ConfigProblem } from './problem.ts'
import { describeValue } from './problem.ts'

/** The way to one value: member names and list places. */
export type ValuePath = readonly (string | number)[]

/** A parsed file that still knows where everything stands. */
export interface ConfigDocument {
  /** The plain value; undefined when the text is not JSON at all. */
  readonly value: unknown
  /** Every mistake of the text itself: bad JSON, and names given twice. */
  readonly problems: readonly ConfigProblem[]
  /** True: the text is not JSON, so the value is not to be trusted. */
  readonly isBroken: boolean
  /** A problem at a value, or, where there is none yet, at what should contain it. */
  readonly problemAt: (mistake: Mistake) => ConfigProblem
}

/** What is wrong with one value. `found` describes the value itself unless given. */
export interface Mistake {
  readonly path: ValuePath
  readonly expected: string
  readonly found?: string
  readonly hint?: string | null
  /** True: the mistake is the member's name, not its value. */
  readonly atName?: boolean
}

/** Reads JSON with comments and trailing commas, and lists every mistake of its text with its place. */
export function parseDocument(file: string, text: string): ConfigDocument {
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { allowTrailingComma: true })
  const place = placer(text)
  const problems: ConfigProblem[] = errors.map((error) => ({
    file,
    ...place(error.offset),
    path: '',
    found: foundAt(text, error.offset),
    expected: expectedBy(error),
    hint: null,
  }))
  if (root) collectRepeatedNames(root, (path, node) => problems.push(repeated(path, node)))
  return {
    value: root ? (getNodeValue(root) as unknown) : undefined,
    problems,
    isBroken: errors.length > 0,
    problemAt: (mistake) => {
      const node = root && nodeFor(root, mistake)
      return {
        file,
        ...place(node?.offset ?? 0),
        path: pathText(mistake.path),
        found: mistake.found ?? describeFound(root, mistake.path),
        expected: mistake.expected,
        hint: mistake.hint ?? null,
      }
    },
  }

  function repeated(path: ValuePath, node: Node): ConfigProblem {
    return {
      file,
      ...place(node.offset),
      path: pathText(path),
      found: 'a second member with this name',
      expected: 'each name once',
      hint: null,
    }
  }
}

/** `models[0].endpoints[1].prices`; empty for the whole. */
function pathText(path: ValuePath): string {
  return path
    .map((step, place) =>
      typeof step === 'number' ? `[${step}]` : place === 0 ? step : `.${step}`,
    )
    .join('')
}

function placer(text: string): (offset: number) => { line: number; column: number } {
  return (offset) => {
    const before = text.slice(0, offset)
    const line = before.split('\n').length
    return { line, column: offset - before.lastIndexOf('\n') }
  }
}

function nodeFor(root: Node, mistake: Mistake): Node {
  for (let length = mistake.path.length; length > 0; length -= 1) {
    const node = findNodeAtLocation(root, mistake.path.slice(0, length))
    if (!node) continue
    const isName = mistake.atName === true && length === mistake.path.length
    return isName ? (node.parent?.children?.[0] ?? node) : node
  }
  return root
}

/** A key is never shown, not even a wrong one. */
function describeFound(root: Node | undefined, path: ValuePath): string {
  const node = root && findNodeAtLocation(root, [...path])
  if (!node) return 'nothing'
  if (path.at(-1) === 'apiKey' && node.type === 'string') return 'a text that is not shown here'
  return describeValue(getNodeValue(node))
}

function collectRepeatedNames(
  node: Node,
  report: (path: ValuePath, node: Node) => void,
  path: ValuePath = [],
): void {
  const seen = new Set<string>()
  for (const [place, child] of (node.children ?? []).entries()) {
    if (node.type === 'array') collectRepeatedNames(child, report, [...path, place])
    const [nameNode, valueNode] = child.children ?? []
    if (node.type !== 'object' || !nameNode) continue
    const name = String(nameNode.value)
    if (seen.has(name)) report([...path, name], nameNode)
    seen.add(name)
    if (valueNode) collectRepeatedNames(valueNode, report, [...path, name])
  }
}

function foundAt(text: string, offset: number): string {
  const rest = text.slice(offset)
  if (rest.trim() === '') return 'the end of the file'
  return `the text ${JSON.stringify(/^\s*\S{1,20}/.exec(rest)?.[0]?.trim() ?? '')}`
}

function expectedBy(error: ParseError): string {
  const name = printParseErrorCode(error.error)
  const words = name
    .replace(/([A-Z])/g, ' $1')
    .trim()
    .toLowerCase()
  const own: Readonly<Record<string, string>> = {
    InvalidSymbol:
      'a JSON value: an object, a list, a text in double quotes, a number, true or null',
    PropertyNameExpected: 'the name of a member in double quotes',
    ValueExpected: 'a value',
    ColonExpected: 'a colon',
    CommaExpected: 'a comma',
    CloseBraceExpected: 'a closing brace "}"',
    CloseBracketExpected: 'a closing bracket "]"',
    EndOfFileExpected: 'nothing more after the end of the value',
    UnexpectedEndOfString: 'a closing double quote',
    UnexpectedEndOfComment: 'the end of the comment',
    UnexpectedEndOfNumber: 'a digit',
  }
  return own[name] ?? `well-formed JSON (${words})`
}
