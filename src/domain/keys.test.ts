import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

import { describe, expect, test } from 'vitest'

import { apiKeyPattern, crc32OfAscii, makeApiKey, parseApiKey } from './keys.ts'

const countingBytes = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => index)

describe('the form of a key', () => {
  test('is its kind, 30 random characters and 6 characters of checksum', () => {
    expect(makeApiKey('inference', countingBytes)).toMatch(
      /^cl_k0123456789ABCDEFGHIJKLMNOPQRST[0-9A-Za-z]{6}$/,
    )
    expect(makeApiKey('operator', countingBytes)).toMatch(/^cl_o[0-9A-Za-z]{36}$/)
  })

  test('is found by the published pattern inside other text', () => {
    const key = makeApiKey('inference', randomBytes)
    expect(apiKeyPattern.exec(`OPENAI_API_KEY="${key}"; next`)?.[0]).toBe(key)
  })

  test('differs from key to key', () => {
    const keys = new Set(Array.from({ length: 1000 }, () => makeApiKey('inference', randomBytes)))
    expect(keys.size).toBe(1000)
  })
})

describe('reading a key', () => {
  test('tells the kind and what may be shown of it', () => {
    const key = makeApiKey('operator', randomBytes)
    expect(parseApiKey(key)).toEqual({ kind: 'operator', prefix: 'cl_o', lastFour: key.slice(-4) })
    expect(parseApiKey(makeApiKey('inference', randomBytes))).toMatchObject({
      kind: 'inference',
      prefix: 'cl_k',
    })
  })

  test('refuses every key with one character changed', () => {
    const key = makeApiKey('inference', randomBytes)
    for (let index = 0; index < key.length; index += 1) {
      const other = key[index] === 'x' ? 'y' : 'x'
      expect(parseApiKey(key.slice(0, index) + other + key.slice(index + 1))).toBeUndefined()
    }
  })

  test('refuses two neighbours swapped, which is how people mistype', () => {
    const key = makeApiKey('inference', countingBytes)
    for (let index = 4; index < 33; index += 1) {
      const swapped = key.slice(0, index) + key[index + 1] + key[index] + key.slice(index + 2)
      expect(parseApiKey(swapped)).toBeUndefined()
    }
  })

  test.each(['', 'cl_k', 'sk-or-v1-abc', `cl_x${'a'.repeat(36)}`, `cl_k${'a'.repeat(35)}`])(
    'refuses %j',
    (text) => {
      expect(parseApiKey(text)).toBeUndefined()
    },
  )

  test('refuses a good key with anything before or after it', () => {
    const key = makeApiKey('inference', randomBytes)
    for (const text of [` ${key}`, `${key} `, `${key}\n`, `x${key}`, `${key}0`]) {
      expect(parseApiKey(text)).toBeUndefined()
    }
  })
})

describe('the checksum', () => {
  test('is the CRC-32 that everyone else computes', () => {
    for (let round = 0; round < 500; round += 1) {
      const text = randomBytes(round % 90).toString('latin1')
      expect(crc32OfAscii(text)).toBe(crc32(Buffer.from(text, 'latin1')))
    }
  })

  test('lets no random text of the right form pass: 300,000 tries, none expected', () => {
    // A wrong checksum passes once in 62^6 tries, so a single hit here means the check is broken.
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
    let passed = 0
    for (let round = 0; round < 300_000; round += 1) {
      const bytes = randomBytes(36)
      let text = 'cl_k'
      for (const byte of bytes) text += alphabet[byte % 62]
      if (parseApiKey(text) !== undefined) passed += 1
    }
    expect(passed).toBe(0)
  })

  test('finds no key in 16 MB of random base64url text, the likeliest place for a false alarm', () => {
    const everywhere = new RegExp(apiKeyPattern, 'g')
    let found = 0
    for (let megabyte = 0; megabyte < 16; megabyte += 1) {
      const text = randomBytes(786_432).toString('base64url')
      for (const [candidate] of text.matchAll(everywhere)) {
        if (parseApiKey(candidate) !== undefined) found += 1
      }
    }
    expect(found).toBe(0)
  })
})
