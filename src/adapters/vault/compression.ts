import { promisify } from 'node:util'
import { constants, zstdCompress, zstdCompressSync, zstdDecompress } from 'node:zlib'

import { VaultError } from '#ports/content-vault.ts'

/**
 * At most this much is compressed at once on the calling thread: it takes some tens of microseconds,
 * half of what handing it to the thread pool and back costs. More goes to the pool.
 */
const directBytesMax = 16 * 1024
/** The compressor's own fast-and-good level. */
const level = 3
/** Nothing larger was ever sealed: the largest body that is read, with room to spare. */
const openedBytesMax = 64 * 1024 * 1024

const compressInPool = promisify(zstdCompress)
const decompressInPool = promisify(zstdDecompress)

/** Compresses with zstd. The size is written into the frame, so that opening allocates once. */
export function compress(bytes: Uint8Array): Uint8Array | Promise<Uint8Array> {
  const options = {
    params: { [constants.ZSTD_c_compressionLevel]: level },
    pledgedSrcSize: bytes.length,
  }
  return bytes.length <= directBytesMax
    ? zstdCompressSync(bytes, options)
    : compressInPool(bytes, options)
}

/** Undoes `compress`. Throws `VaultError` when the bytes are no whole zstd frame. */
export async function decompress(bytes: Uint8Array): Promise<Uint8Array> {
  try {
    return await decompressInPool(bytes, { maxOutputLength: openedBytesMax })
  } catch (cause) {
    throw new VaultError('the sealed bytes do not decompress', { cause })
  }
}
