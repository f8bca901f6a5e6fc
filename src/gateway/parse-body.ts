import { isUtf8 } from 'node:buffer'

import { parseChatRequest, type ChatRequest } from '#contract/chat.ts'
import { Fault } from '#domain/faults.ts'
import { findDuplicateName, scanJsonObject, type JsonShape } from '#domain/json-members.ts'
import { jsonDepthMax, jsonNamesMax, jsonValuesMax } from '#domain/limits.ts'

import type { ReadRequest } from './canonical/client-protocol.ts'
import type { JsonObject } from './canonical/request.ts'
import { requestJsonLimits } from './json-edit.ts'

/** A JSON object in its three forms: as received, as the places of its members, and as a value. */
export interface ParsedJson {
  readonly bytes: Buffer
  readonly shape: JsonShape
  readonly value: unknown
}

/** A request body, read as far as it is routed and billed on. */
export interface ParsedBody extends Omit<ParsedJson, 'value'> {
  /** The request itself, or the chat request that asks for the same. */
  readonly request: ChatRequest
  /** The most bytes of text that the model reads; more than the body's own where it refers to earlier ones. */
  readonly promptBytes: number
  /** What another protocol than OpenAI's chat says in it; null for a chat request. */
  readonly foreign: ForeignBody | null
}

/** A body of another protocol: as a value, and read. */
export interface ForeignBody {
  /** As it was sent. */
  readonly sent: JsonObject
  /** With everything in it that it only refers to. */
  readonly value: JsonObject
  readonly read: ReadRequest
}

/** A broken body up to this size is parsed once more, to say exactly where it is broken. */
const explainedBytesMax = 1024 * 1024

/** Reads a body as a chat request. Throws `invalid_json` or `invalid_request`. */
export function parseBody(body: Buffer): ParsedBody {
  const { bytes, shape, value } = parseJsonBody(body)
  const request = parseChatRequest(value)
  return { bytes, shape, request, promptBytes: bytes.length, foreign: null }
}

/**
 * Reads a body as a JSON object. What would be dear or dangerous to parse is refused before it is parsed.
 * Throws `invalid_json` or `invalid_request`.
 */
export function parseJsonBody(bytes: Buffer): ParsedJson {
  if (bytes.length === 0) throw invalidJson('it is empty')
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw invalidJson('it begins with a byte order mark; send plain UTF-8')
  }
  if (!isUtf8(bytes)) throw invalidJson('it is not UTF-8 text')
  const scan = scanJsonObject({ bytes, limits: requestJsonLimits })
  if (scan.kind === 'too_deep') {
    throw invalidJson(`it is nested deeper than ${jsonDepthMax} levels at byte ${scan.at}`)
  }
  if (scan.kind === 'too_many_values') {
    throw invalidJson(`it holds more than ${jsonValuesMax} values or ${jsonNamesMax} names`)
  }
  if (scan.kind === 'number_too_long') {
    throw invalidJson(`it holds a number that is too long, near byte ${scan.at}`)
  }
  if (scan.kind === 'malformed' && bytes.length > explainedBytesMax) {
    throw invalidJson(`it breaks off or goes wrong after byte ${scan.at}`)
  }
  const text = bytes.toString('utf8')
  const value = parse(text)
  if (scan.kind !== 'object') throw invalidJson('it is not an object')
  const twice = findDuplicateName(scan)
  if (twice !== undefined) {
    throw new Fault('invalid_request', {
      param: twice.slice(0, 100),
      details: { detail: `"${twice.slice(0, 100)}" stands twice in the body; send it once.` },
    })
  }
  if (scan.hasExtremeNumber || (text.includes('\\u') && /\\u[dD]/.test(text))) {
    refuseUnwritable(value, '')
  }
  return { bytes, shape: scan, value }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw invalidJson(explain(text, error instanceof Error ? error.message : ''))
  }
}

/** The parser's own words, without the pieces of the body that it quotes, and with line and column. */
function explain(text: string, message: string): string {
  if (/end of JSON input|Unterminated string/.test(message)) {
    return `it ends too early, after ${text.length} characters`
  }
  const place = /at position (\d+)/.exec(message)?.[1]
  const what = message
    .replace(/ in JSON at position .*$/s, '')
    .replace(/, \.{0,3}".*$/s, '')
    .replace(/ is not valid JSON$/, '')
  const position = place === undefined ? findPosition(text, what) : Number(place)
  if (position === undefined) return what.charAt(0).toLowerCase() + what.slice(1)
  const before = text.slice(0, position)
  const line = before.split('\n').length
  const column = position - before.lastIndexOf('\n')
  return `${what.charAt(0).toLowerCase()}${what.slice(1)} at line ${line}, column ${column}`
}

/** Where the parser names only a character, its first place outside JSON's own is told when it is the first. */
function findPosition(text: string, what: string): number | undefined {
  const token = /^Unexpected token '(.)'$/su.exec(what)?.[1]
  return token !== undefined && text.trimStart().startsWith(token)
    ? text.length - text.trimStart().length
    : undefined
}

/** Throws at the first value that cannot be written down again as it was sent. */
function refuseUnwritable(value: unknown, path: string): void {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw unwritable(path, 'is a number too large to hold')
  }
  if (typeof value === 'string' && !value.isWellFormed()) {
    throw unwritable(path, 'holds half of a character (a lone surrogate)')
  }
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) refuseUnwritable(item, `${path}[${index}]`)
    return
  }
  for (const [name, item] of Object.entries(value)) {
    if (!name.isWellFormed()) throw unwritable(path, 'has a name with half of a character')
    refuseUnwritable(item, path === '' ? name : `${path}.${name}`)
  }
}

function unwritable(path: string, detail: string): Fault {
  const param = path.slice(0, 200)
  return new Fault('invalid_request', {
    param,
    details: { detail: `${param || 'The body'} ${detail}.` },
  })
}

function invalidJson(detail: string): Fault {
  return new Fault('invalid_json', { details: { detail } })
}
