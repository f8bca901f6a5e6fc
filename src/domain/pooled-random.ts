import type { RandomBytes } from '#domain/identifiers.ts'

const poolBytes = 8 * 1024

/**
 * The same randomness, fetched in larger pieces: asking the system for 20 bytes costs as much as asking
 * for thousands. No byte is handed out twice.
 */
export function pooledRandom(randomBytes: RandomBytes): RandomBytes {
  let pool = new Uint8Array(0)
  let at = 0
  return (length) => {
    if (length > poolBytes / 2) return randomBytes(length)
    if (at + length > pool.length) {
      pool = new Uint8Array(randomBytes(poolBytes))
      at = 0
    }
    at += length
    return pool.subarray(at - length, at)
  }
}
