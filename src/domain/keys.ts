import type { KeyKind } from './accounts.ts'
import { randomBase62, type RandomBytes } from './identifiers.ts'

/**
 * API keys as text: `cl_` + kind (`k` inference, `o` operator) + 30 random characters of base 62 +
 * 6 characters of base 62 that are the CRC-32 of everything before them. 30 characters carry 178 bits,
 * so a plain SHA-256 is a safe way to store one; the checksum tells a mistyped key, or text that only
 * looks like one, from a real key without asking any store.
 */

/** Finds keys in any text, for secret scanners. Whoever finds one checks it with `parseApiKey`. */
export const apiKeyPattern = /\bcl_[ko][0-9A-Za-z]{36}\b/

/** What a key's text says about itself. Whether it exists, only the key store knows. */
export interface ParsedApiKey {
  readonly kind: KeyKind
  /** Safe to store and to show. */
  readonly prefix: string
  /** Safe to store and to show. */
  readonly lastFour: string
}

const prefixes: Record<KeyKind, string> = { inference: 'cl_k', operator: 'cl_o' }
const randomLength = 30
const checksumLength = 6
const wholeKey = /^cl_[ko][0-9A-Za-z]{36}$/

/** A fresh secret of this kind. It is shown once and never stored. */
export function makeApiKey(kind: KeyKind, randomBytes: RandomBytes): string {
  const body = prefixes[kind] + randomBase62(randomLength, randomBytes)
  return body + checksum(body)
}

/** Undefined when the text has not the form of a key, or its checksum is wrong. */
export function parseApiKey(text: string): ParsedApiKey | undefined {
  if (!wholeKey.test(text)) return undefined
  const body = text.slice(0, -checksumLength)
  if (checksum(body) !== text.slice(-checksumLength)) return undefined
  const kind = text.startsWith(prefixes.operator) ? 'operator' : 'inference'
  return { kind, prefix: prefixes[kind], lastFour: text.slice(-4) }
}

/**
 * Session tokens: `cl_s`, 43 random characters of base 62 (256 bits) and the same checksum. Whoever signs
 * in is given one; it opens what that person may do, and never `/v1`.
 */
export const sessionTokenPattern = /\bcl_s[0-9A-Za-z]{49}\b/

const sessionPrefix = 'cl_s'
const sessionRandomLength = 43
const wholeSessionToken = /^cl_s[0-9A-Za-z]{49}$/

/** A fresh token. It is shown once and never stored. */
export function makeSessionToken(randomBytes: RandomBytes): string {
  const body = sessionPrefix + randomBase62(sessionRandomLength, randomBytes)
  return body + checksum(body)
}

/** True for text that has the form and the checksum of a session token. */
export function isSessionToken(text: string): boolean {
  const body = text.slice(0, -checksumLength)
  return wholeSessionToken.test(text) && checksum(body) === text.slice(-checksumLength)
}

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

function checksum(body: string): string {
  let rest = crc32OfAscii(body)
  let text = ''
  for (let place = 0; place < checksumLength; place += 1) {
    text = base62.charAt(rest % 62) + text
    rest = Math.floor(rest / 62)
  }
  return text
}

/** The reflected CRC-32 polynomial of gzip and PNG, one entry for each value of a byte. */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit += 1) {
    value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
  }
  return value
})

/** The CRC-32 (ISO-HDLC) of text whose characters are all below 256, as an unsigned 32-bit number. */
export function crc32OfAscii(text: string): number {
  let crc = 0xffffffff
  for (let index = 0; index < text.length; index += 1) {
    crc = (crcTable[(crc ^ text.charCodeAt(index)) & 0xff] ?? 0) ^ (crc >>> 8)
  }
  return (crc ^ 0xffffffff) >>> 0
}
