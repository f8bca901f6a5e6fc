/**
 * Finds the top-level members of a JSON object in its bytes, so that a body can be changed in one place
 * and stay the same, byte for byte, everywhere else. It reads every byte once, follows nesting, and
 * stops at its limits, so it also answers "is this safe to parse". It does not judge grammar: text that
 * `JSON.parse` accepts is always understood, other text may be too.
 */

/** One member: `start` is the quote of its name, `valueStart` to `end` its value without white space. */
export interface JsonMember {
  /** Without escapes. Letters beyond ASCII are given as their UTF-8 bytes. */
  readonly name: string
  readonly start: number
  readonly valueStart: number
  readonly end: number
}

/** What an object is made of. `close` is the place of its closing brace. */
export interface JsonShape {
  readonly kind: 'object'
  readonly members: readonly JsonMember[]
  readonly close: number
  /** A number with an exponent or very many digits: it may be more than a double can hold. */
  readonly hasExtremeNumber: boolean
}

/** An object, or the reason why it was not read to its end; `at` is the byte where reading stopped. */
export type JsonScan =
  | JsonShape
  | { readonly kind: 'not_an_object'; readonly at: number }
  | { readonly kind: 'malformed'; readonly at: number }
  | { readonly kind: 'too_deep'; readonly at: number }
  | { readonly kind: 'too_many_values'; readonly at: number }
  | { readonly kind: 'number_too_long'; readonly at: number }

/**
 * How far a scan goes. The depth of a flat object is 1; every comma starts another value; names are
 * counted in all objects together.
 */
export interface JsonScanLimits {
  readonly depthMax: number
  readonly valuesMax: number
  readonly namesMax: number
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
const digitsOfAnyDouble = 300
/** No number that means something is longer. */
const tokenLengthMax = 1_000

/** What to scan: the whole of `bytes`, or the part from `from` up to `to`. */
export interface JsonSource {
  readonly bytes: Uint8Array
  readonly limits: JsonScanLimits
  readonly from?: number
  readonly to?: number
}

type StopKind = 'malformed' | 'too_deep' | 'too_many_values' | 'number_too_long'

interface Reading {
  readonly bytes: Uint8Array
  readonly to: number
  readonly depthMax: number
  valuesLeft: number
  namesLeft: number
  hasExtremeNumber: boolean
  stop: StopKind
}

/** Scans one object. White space around it is allowed, anything else is not. */
export function scanJsonObject(source: JsonSource): JsonScan {
  const { bytes, limits, from = 0, to = bytes.length } = source
  const reading: Reading = {
    bytes,
    to,
    depthMax: limits.depthMax,
    valuesLeft: limits.valuesMax,
    namesLeft: limits.namesMax,
    hasExtremeNumber: false,
    stop: 'malformed',
  }
  const members: JsonMember[] = []
  let at = skipWhiteSpace(bytes, from, to)
  if (at >= to || bytes[at] !== openBrace) return { kind: 'not_an_object', at }
  at = skipWhiteSpace(bytes, at + 1, to)
  while (at < to && bytes[at] !== closeBrace) {
    if (members.length > 0) {
      if (bytes[at] !== comma) return { kind: 'malformed', at }
      if ((reading.valuesLeft -= 1) < 0) return { kind: 'too_many_values', at }
      at = skipWhiteSpace(bytes, at + 1, to)
    }
    const start = at
    const nameEnd = bytes[at] === quote ? endOfString(bytes, at + 1, to) : -1
    if (nameEnd === -1) return { kind: 'malformed', at }
    at = skipWhiteSpace(bytes, nameEnd, to)
    if (bytes[at] !== colon) return { kind: 'malformed', at }
    const valueStart = skipWhiteSpace(bytes, at + 1, to)
    const end = endOfValue(reading, valueStart)
    if (end === -1) return { kind: reading.stop, at: valueStart }
    if ((reading.namesLeft -= 1) < 0) return { kind: 'too_many_values', at: start }
    members.push({ name: readName(bytes, start, nameEnd), start, valueStart, end })
    at = skipWhiteSpace(bytes, end, to)
  }
  if (at >= to || skipWhiteSpace(bytes, at + 1, to) < to) return { kind: 'malformed', at }
  return { kind: 'object', members, close: at, hasExtremeNumber: reading.hasExtremeNumber }
}

/** The last member of this name, as `JSON.parse` would choose; undefined when there is none. */
export function findMember(shape: JsonShape, name: string): JsonMember | undefined {
  const { members } = shape
  for (let index = members.length - 1; index >= 0; index -= 1) {
    const member = members[index]
    if (member?.name === name) return member
  }
  return undefined
}

/** The first name that stands twice at the top, or undefined. */
export function findDuplicateName(shape: JsonShape): string | undefined {
  const { members } = shape
  if (members.length > comparedMembersMax) return findDuplicateAmongMany(members)
  for (let index = 1; index < members.length; index += 1) {
    const name = members[index]?.name
    for (let before = 0; before < index; before += 1) {
      if (members[before]?.name === name) return name
    }
  }
  return undefined
}

/** Up to here, comparing each with each is quicker than making a set. */
const comparedMembersMax = 16

function findDuplicateAmongMany(members: readonly JsonMember[]): string | undefined {
  const seen = new Set<string>()
  for (const { name } of members) {
    if (seen.has(name)) return name
    seen.add(name)
  }
  return undefined
}

/** The index after the value that begins at `start`; -1 when there is none, or a limit was met. */
function endOfValue(reading: Reading, start: number): number {
  const { bytes, to } = reading
  const first = start < to ? bytes[start] : undefined
  if (first === quote) return endOfString(bytes, start + 1, to)
  if (first === openBrace || first === openBracket) return endOfNested(reading, start)
  const end = endOfPlainToken(bytes, start, to)
  if (end - start > tokenLengthMax) return stop(reading, 'number_too_long')
  reading.hasExtremeNumber ||= isExtreme(bytes, start, end)
  return end === start ? -1 : end
}

function endOfNested(reading: Reading, start: number): number {
  const { bytes, to } = reading
  let depth = 1
  let at = start
  while (at < to) {
    const byte = bytes[at]
    if (byte === quote) {
      at = endOfString(bytes, at + 1, to)
      if (at === -1) return -1
    } else if (byte === openBrace || byte === openBracket) {
      at += 1
      depth += 1
      if (depth > reading.depthMax) return stop(reading, 'too_deep')
    } else if (byte === closeBrace || byte === closeBracket) {
      at += 1
      depth -= 1
      if (depth === 1) return at
    } else if (byte === comma) {
      at += 1
      if ((reading.valuesLeft -= 1) < 0) return stop(reading, 'too_many_values')
    } else if (byte === colon) {
      at += 1
      if ((reading.namesLeft -= 1) < 0) return stop(reading, 'too_many_values')
    } else if (isWhiteSpace(byte)) {
      at = skipWhiteSpace(bytes, at + 1, to)
    } else {
      const tokenStart = at
      at = endOfPlainToken(bytes, at + 1, to)
      if (at - tokenStart > tokenLengthMax) return stop(reading, 'number_too_long')
      reading.hasExtremeNumber ||= isExtreme(bytes, tokenStart, at)
    }
  }
  return -1
}

function stop(reading: Reading, kind: StopKind): -1 {
  reading.stop = kind
  return -1
}

/** The index after the closing quote of a string whose content begins at `from`; -1 when it has none. */
function endOfString(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  let window = 48
  for (;;) {
    const near = Math.min(at + window, to)
    while (at < near) {
      const byte = bytes[at]
      if (byte === quote) return at + 1
      at += byte === backslash ? 2 : 1
    }
    if (at >= to) return -1
    // A long plain text: the engine's own search is faster, but each call of it costs something.
    const found = bytes.indexOf(quote, at)
    if (found === -1 || found >= to) return -1
    let slashes = 0
    while (found - slashes > at && bytes[found - slashes - 1] === backslash) slashes += 1
    if (slashes % 2 === 0) return found + 1
    if (found - at < 256) window = Math.min(window * 4, 1 << 16)
    at = found + 1
  }
}

function endOfPlainToken(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  const last = Math.min(to, from + tokenLengthMax + 1)
  while (at < last) {
    const byte = bytes[at] ?? 0
    if (byte === comma || byte === closeBrace || byte === closeBracket || isWhiteSpace(byte))
      return at
    if (byte === quote || byte === colon || byte === openBrace || byte === openBracket) return at
    at += 1
  }
  return at
}

function isExtreme(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start] ?? 0
  if (first !== 0x2d && (first < 0x30 || first > 0x39)) return false
  if (end - start > digitsOfAnyDouble) return true
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]
    if (byte === 0x65 || byte === 0x45) return true
  }
  return false
}

/**
 * Names that were seen, by a hash of their bytes: the same few come again and again, and a string that is
 * known is compared by identity and finds its members quickly.
 */
const knownNames = new Map<number, string>()
const knownNamesMax = 2_000

function readName(bytes: Uint8Array, start: number, end: number): string {
  let hash = end - start
  for (let at = start + 1; at < end - 1; at += 1) {
    hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0
  }
  const known = knownNames.get(hash)
  if (known !== undefined && isSame(known, bytes, start, end)) return known
  const raw = bytesToText(bytes, start + 1, end - 1)
  if (raw.includes('\\')) return unescape(raw)
  if (known === undefined && knownNames.size < knownNamesMax) knownNames.set(hash, raw)
  return raw
}

function isSame(known: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start - 2) return false
  for (let index = 0; index < known.length; index += 1) {
    if (known.charCodeAt(index) !== bytes[start + 1 + index]) return false
  }
  return true
}

function bytesToText(bytes: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let at = from; at < to; at += 1) text += String.fromCharCode(bytes[at] ?? 0)
  return text
}

function unescape(raw: string): string {
  try {
    return String(JSON.parse(`"${raw}"`))
  } catch {
    return raw
  }
}

function skipWhiteSpace(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  while (at < to) {
    const byte = bytes[at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break
    at += 1
  }
  return at
}

function isWhiteSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
