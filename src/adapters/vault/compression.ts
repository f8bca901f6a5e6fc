import { promisify } from 'node:util'
import { constants, zstdCompress, zstdCompressSync, zstdDecompress } from 'node:zlib'

import { VaultError } from '#ports/content-vault.ts'

/**
 * At most this much is compressed at once on the calling thread: it takes some tens of microseconds,
 * half of what handing it to the thread pool and back costs. More goes to the pool.
 */
const directBytesMax = 16 * 1024
/**
 * Up to this size bytes are framed as they are: a compressor costs the same to set up for a few hundred bytes
 * as for many thousand, and would save less than a row costs anyway.
 */
const framedBytesMax = 768
/** The compressor's own fast-and-good level. */
const level = 3
/** Nothing larger was ever sealed: the largest body that is read, with room to spare. */
const openedBytesMax = 64 * 1024 * 1024

const compressInPool = promisify(zstdCompress)
const decompressInPool = promisify(zstdDecompress)

/** A zstd frame of these bytes. Their size is written into it, so that opening allocates once. */
export function compress(bytes: Uint8Array): Uint8Array | Promise<Uint8Array> {
  if (bytes.length <= framedBytesMax) return rawFrame(bytes)
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

/** The frame that any zstd opens, with one block that is not compressed (RFC 8878, sections 3.1.1 and 3.1.1.2). */
function rawFrame(bytes: Uint8Array): Uint8Array {
  const { length } = bytes
  const isShort = length < twoByteSizesFrom
  const header = Buffer.alloc(isShort ? 9 : 10)
  let at = header.writeUInt32LE(frameMagic, 0)
  at = header.writeUInt8(isShort ? oneByteSize : twoByteSize, at)
  at = isShort ? header.writeUInt8(length, at) : header.writeUInt16LE(length - twoByteSizesFrom, at)
  header.writeUIntLE((length << 3) | lastBlock, at, 3)
  return Buffer.concat([header, bytes])
}

const frameMagic = 0xfd2fb528
/** One segment, whose size stands in one byte; or in two, less what one byte can say. */
const oneByteSize = 0x20
const twoByteSize = 0x60
const twoByteSizesFrom = 256
/** The last block, and its bytes are as they are. */
const lastBlock = 0b001
