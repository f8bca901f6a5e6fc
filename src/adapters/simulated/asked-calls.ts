import { isObject, type JsonObject } from './json-values.ts'

/** One call that a text asks for. */
export interface AskedCall {
  readonly name: string
  /** An object for a function, a text for a custom tool; undefined: whatever the tool accepts. */
  readonly given: JsonObject | string | undefined
}

const callWords = /\b(then\s+)?call\s+([\w-]{1,64})/gi

/**
 * What a text asks to be called, turn by turn: `call weather {"city": "Oslo"}`. Calls of one turn stand
 * side by side; the word `then` before one begins the next turn. Words inside arguments ask for nothing.
 */
export function askedCalls(text: string): readonly (readonly AskedCall[])[] {
  const steps: AskedCall[][] = []
  const pattern = new RegExp(callWords)
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const [, then, name = ''] = match
    const found = argumentAt(text, pattern.lastIndex)
    if (found) pattern.lastIndex = found.end
    const call = { name, given: found?.value }
    const last = steps.at(-1)
    if (last === undefined || then !== undefined) steps.push([call])
    else last.push(call)
  }
  return steps
}

interface FoundArgument {
  readonly value: JsonObject | string
  readonly end: number
}

/** An object or a text in JSON that stands here, after blanks. */
function argumentAt(text: string, from: number): FoundArgument | undefined {
  let start = from
  while (/\s/.test(text[start] ?? '')) start += 1
  const sign = text[start]
  if (sign !== '{' && sign !== '"') return undefined
  const end = sign === '{' ? endOfObject(text, start) : endOfText(text, start)
  const value = parseJson(text.slice(start, end))
  return isObject(value) || typeof value === 'string' ? { value, end } : undefined
}

function endOfObject(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at += 1) {
    const sign = text[at]
    if (sign === '"') at = endOfText(text, at) - 1
    else if (sign === '{') depth += 1
    else if (sign === '}') depth -= 1
    if (depth === 0) return at + 1
  }
  return text.length
}

/** Behind the quote that closes the text which begins here. */
function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '"') return at + 1
  }
  return text.length
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
