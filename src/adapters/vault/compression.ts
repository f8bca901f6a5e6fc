import { promisify } from 'node:util'
import { constants, deflateSync, inflate, zstdCompress, zstdDecompress } from 'node:zlib'

import { VaultError } from '#ports/content-vault.ts'

/**
 * At most this much is compressed at once on the calling thread, by DEFLATE: setting it up costs a quarter of
 * what zstd's own tables cost, and for a few thousand bytes that is nearly all there is to do. More goes to the
 * thread pool, and to zstd.
 */
const directBytesMax = 16 * 1024
/**
 * Up to this size bytes are framed as they are: a compressor costs the same to set up for a few hundred bytes
 * as for many thousand, and would save less than a row costs anyway.
 */
const framedBytesMax = 768
/** Of zstd: its own fast-and-good level. */
const level = 3
/** Nothing larger was ever sealed: the largest body that is read, with room to spare. */
const openedBytesMax = 64 * 1024 * 1024

const compressInPool = promisify(zstdCompress)
const decompressInPool = promisify(zstdDecompress)
const inflateInPool = promisify(inflate)

/** A zlib stream or a zstd frame of these bytes: the first byte tells them apart. */
export function compress(bytes: Uint8Array): Uint8Array | Promise<Uint8Array> {
  if (bytes.length <= framedBytesMax) return rawFrame(bytes)
  if (bytes.length <= directBytesMax) return deflateSync(bytes)
  return compressInPool(bytes, {
    params: { [constants.ZSTD_c_compressionLevel]: level },
    // Written into the frame, so that opening allocates once.
    pledgedSrcSize: bytes.length,
  })
}

/** Undoes `compress`. Throws `VaultError` when the bytes are neither form whole. */
export async function decompress(bytes: Uint8Array): Promise<Uint8Array> {
  const open = bytes[0] === zlibStart ? inflateInPool : decompressInPool
  try {
    return await open(bytes, { maxOutputLength: openedBytesMax })
  } catch (cause) {
    throw new VaultError('the sealed bytes do not decompress', { cause })
  }
}

/** DEFLATE with a window of 32 KB (RFC 1950, section 2.2); a zstd frame begins with another byte. */
const zlibStart = 0x78

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
