import { createCipheriv, randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import {
  apiKeyPattern,
  isSessionToken,
  makeApiKey,
  makeSessionToken,
  parseApiKey,
  sessionTokenPattern,
} from '#domain/keys.ts'

const textBytes = 1_000_000_000
const chunkBytes = 16 * 1024 * 1024

/** Text of the letters that keys are made of, more of it than anybody pushes: the same for the same seed. */
function* randomText(seed: Uint8Array): Generator<string> {
  const cipher = createCipheriv('aes-256-ctr', seed, Buffer.alloc(16))
  const zeros = Buffer.alloc((chunkBytes / 4) * 3)
  for (let length = 0; length < textBytes; length += chunkBytes) {
    yield cipher.update(zeros).toString('base64url')
  }
}

/** Every place that the published patterns, without their borders, find: those hold in a run of letters. */
const loosePatterns = [apiKeyPattern, sessionTokenPattern].map(
  ({ source }) => new RegExp(source.replaceAll('\\b', ''), 'g'),
)

describe('a secret scanner', () => {
  test('finds no key in a gigabyte of random text, not even without the borders of the patterns', () => {
    const seed = process.env['SECRET_PATTERN_SEED']
    const key = seed === undefined ? randomBytes(32) : Buffer.from(seed, 'hex')
    let candidates = 0
    const found: string[] = []
    let length = 0
    for (const text of randomText(key)) {
      length += text.length
      for (const pattern of loosePatterns) {
        for (const [candidate] of text.matchAll(pattern)) {
          candidates += 1
          if (parseApiKey(candidate) !== undefined || isSessionToken(candidate)) {
            found.push(candidate)
          }
        }
      }
    }
    console.info(
      `${length} characters, seed ${key.toString('hex')}: ${candidates} look like secrets, ${found.length} are`,
    )
    expect(length).toBeGreaterThanOrEqual(textBytes)
    expect(found).toEqual([])
  }, 300_000)

  test('finds every secret that there is, wherever it stands in a text', () => {
    const around = [
      ['"', '"'],
      ['export KEY=', '\n'],
      ['Bearer ', ''],
      ['(', ')'],
      ['https://a.example/?k=', '&x=1'],
    ] as const
    for (const [before, after] of around) {
      for (const kind of ['inference', 'operator'] as const) {
        const key = makeApiKey(kind, randomBytes)
        const found = apiKeyPattern.exec(`${before}${key}${after}`)?.[0] ?? ''
        expect(parseApiKey(found)?.kind).toBe(kind)
      }
      const token = makeSessionToken(randomBytes)
      expect(sessionTokenPattern.exec(`${before}${token}${after}`)?.[0]).toBe(token)
    }
  })

  test('tells a key with one wrong letter from a real one, without asking anybody', () => {
    const key = makeApiKey('inference', randomBytes)
    for (let place = 4; place < key.length; place += 1) {
      const other = key[place] === 'a' ? 'b' : 'a'
      const wrong = key.slice(0, place) + other + key.slice(place + 1)
      expect(apiKeyPattern.test(wrong)).toBe(true)
      expect(parseApiKey(wrong)).toBeUndefined()
    }
  })
})
