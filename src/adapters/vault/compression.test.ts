import { randomBytes } from 'node:crypto'
import { inflateSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'

import { expect, test } from 'vitest'

import { compress, decompress } from './compression.ts'

test('every size comes back byte for byte, and any zlib or zstd opens it', async () => {
  const sizes = [...Array.from({ length: 1_100 }, (_, size) => size), 16_384, 16_385, 200_000]
  for (const size of sizes) {
    const bytes = randomBytes(size)
    const compressed = await compress(bytes)
    const open = size > 768 && size <= 16_384 ? inflateSync : zstdDecompressSync
    expect(open(compressed), `${size} bytes`).toEqual(bytes)
    if (size % 97 === 0) expect(await decompress(compressed)).toEqual(bytes)
  }
})

test('what is worth it is compressed, and what is not grows by ten bytes at most', async () => {
  const text = Buffer.from('{"role":"user","content":"Hello"}'.repeat(100))
  expect((await compress(text)).length).toBeLessThan(text.length / 10)
  expect((await compress(text.subarray(0, 768))).length).toBeLessThanOrEqual(778)
})

test('what was sealed as a zstd frame of any size still opens', async () => {
  const bytes = Buffer.from('{"role":"user","content":"Hello"}'.repeat(50))
  expect(await decompress(zstdCompressSync(bytes))).toEqual(bytes)
})

test('bytes that were cut short do not open, in either form', async () => {
  for (const size of [500, 5_000, 50_000]) {
    const compressed = await compress(randomBytes(size))
    await expect(decompress(compressed.subarray(0, -3)), `${size} bytes`).rejects.toThrow(
      'do not decompress',
    )
  }
})
