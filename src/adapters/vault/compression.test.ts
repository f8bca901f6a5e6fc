import { randomBytes } from 'node:crypto'
import { zstdDecompressSync } from 'node:zlib'

import { expect, test } from 'vitest'

import { compress, decompress } from './compression.ts'

test('every size comes back byte for byte, and is a frame that any zstd opens', async () => {
  const sizes = [...Array.from({ length: 1_100 }, (_, size) => size), 16_384, 16_385, 200_000]
  for (const size of sizes) {
    const bytes = randomBytes(size)
    const compressed = await compress(bytes)
    expect(zstdDecompressSync(compressed), `${size} bytes`).toEqual(bytes)
    if (size % 97 === 0) expect(await decompress(compressed)).toEqual(bytes)
  }
})

test('what is worth it is compressed, and what is not grows by ten bytes at most', async () => {
  const text = Buffer.from('{"role":"user","content":"Hello"}'.repeat(100))
  expect((await compress(text)).length).toBeLessThan(text.length / 10)
  expect((await compress(text.subarray(0, 768))).length).toBeLessThanOrEqual(778)
})
