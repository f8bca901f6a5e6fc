import { crc32 } from 'node:zlib'

/**
 * One frame of `application/vnd.amazon.eventstream`: lengths, checksums, headers that are texts, and JSON.
 */
export function eventFrame(headers: Readonly<Record<string, string>>, data: unknown): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(headerBytes))
  const payload = Buffer.from(JSON.stringify(data))
  const frame = Buffer.alloc(preludeBytes + head.length + payload.length + checksumBytes)
  frame.writeUInt32BE(frame.length, 0)
  frame.writeUInt32BE(head.length, 4)
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8)
  head.copy(frame, preludeBytes)
  payload.copy(frame, preludeBytes + head.length)
  const end = frame.length - checksumBytes
  frame.writeUInt32BE(crc32(frame.subarray(0, end)), end)
  return frame
}

const preludeBytes = 12
const checksumBytes = 4
const textType = 7

function headerBytes([name, value]: readonly [string, string]): Buffer {
  const nameBytes = Buffer.from(name)
  const valueBytes = Buffer.from(value)
  const lengths = Buffer.from([textType, valueBytes.length >> 8, valueBytes.length & 0xff])
  return Buffer.concat([Buffer.from([nameBytes.length]), nameBytes, lengths, valueBytes])
}
