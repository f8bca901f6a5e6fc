import { describe, expect, test } from 'vitest'

import { pooledRandom } from './pooled-random.ts'

describe('pooled randomness', () => {
  test('is asked for in large pieces, and no byte is handed out twice', () => {
    let calls = 0
    let next = 0
    const random = pooledRandom((length) => {
      calls += 1
      // Each pair of bytes counts on, so that every piece is unlike all others.
      const words = Uint16Array.from({ length: length / 2 }, () => (next += 1))
      return new Uint8Array(words.buffer)
    })
    const seen = new Set<string>()
    for (let count = 0; count < 1_000; count += 1) {
      const bytes = random(20)
      expect(bytes).toHaveLength(20)
      for (let at = 0; at < 20; at += 2) seen.add(`${bytes[at]},${bytes[at + 1]}`)
    }
    expect(seen.size).toBe(10_000)
    expect(calls).toBeLessThan(5)
  })

  test('a large wish is passed on', () => {
    const random = pooledRandom((length) => new Uint8Array(length))
    expect(random(100_000)).toHaveLength(100_000)
  })
})
