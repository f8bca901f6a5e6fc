import { crc32 } from 'node:zlib'

import type { NodeId } from '#domain/identifiers.ts'
import { journalRecordBytesMax } from '#domain/limits.ts'
import { JournalError } from '#ports/journal.ts'

import { frameTags } from './record-codec.ts'

/** The version of the whole format: header, frames and the order of every record's fields. */
export const formatVersion = 1

/** A file begins with this much header; frames follow. */
export const headerBytes = 256

const magic = 'codelace-journal'

/** The bytes of a frame beside its payload: tag and length, durable offset, checksum. */
export const frameOverheadBytes = 12

/**
 * The head of a file: one line of text, padded to `headerBytes`, readable with `head -1`. The salt
 * starts every checksum in the file, so that bytes of another file never pass for its records.
 */
export function encodeHeader(nodeId: NodeId, salt: number): Buffer {
  const line = `${magic} ${formatVersion} ${nodeId} ${salt}`
  const checksum = crc32(line).toString(16).padStart(8, '0')
  return Buffer.from(`${line} ${checksum}`.padEnd(headerBytes - 1) + '\n', 'latin1')
}

/**
 * Reads the salt of a file that this node wrote. Undefined when the header was never written whole.
 * Throws `other_version` or `other_node` when it was, by another.
 */
export function decodeHeader(file: string, bytes: Buffer, nodeId: NodeId): number | undefined {
  const text = bytes.toString('latin1', 0, headerBytes)
  const fields = text.trimEnd().split(' ')
  const [word, version, node, salt, checksum] = fields
  if (word !== magic || version === undefined) return undefined
  if (/^\d{1,6}$/.test(version) && version !== String(formatVersion)) {
    throw new JournalError(
      'other_version',
      `${file} has journal format ${version}; this codelace reads format ${formatVersion}. ` +
        'Start the codelace that wrote it once and stop it, so that nothing is left in it.',
    )
  }
  const line = fields.slice(0, 4).join(' ')
  if (fields.length !== 5 || crc32(line).toString(16).padStart(8, '0') !== checksum)
    return undefined
  if (text.length !== headerBytes || !text.endsWith('\n')) return undefined
  if (node !== nodeId) {
    throw new JournalError(
      'other_node',
      `${file} belongs to ${node}, and this is ${nodeId}. Give each node its own data folder.`,
    )
  }
  return Number(salt)
}

/** One frame as found in a file. Offsets are from the start of the file. */
export interface Frame {
  readonly tag: number
  readonly start: number
  readonly end: number
  /** When this frame was written, the file was known to be durable up to here. */
  readonly durableThrough: number
}

const tags: ReadonlySet<number> = new Set(Object.values(frameTags))

/** The frame that starts exactly here; undefined when there is none or its checksum is wrong. */
function readFrame(bytes: Buffer, start: number, salt: number): Frame | undefined {
  if (start + frameOverheadBytes > bytes.length) return undefined
  const tag = bytes[start] ?? 0
  if (!tags.has(tag)) return undefined
  const length = bytes.readUIntBE(start + 1, 3)
  const end = start + frameOverheadBytes + length
  if (length > journalRecordBytesMax || end > bytes.length) return undefined
  if (bytes.readUInt32LE(end - 4) !== crc32(bytes.subarray(start, end - 4), salt)) return undefined
  return {
    tag,
    start,
    end,
    durableThrough: bytes.readUInt32LE(start + 4),
  }
}

/** The text that a frame of these bytes holds. */
export function payloadOf(bytes: Buffer, { start, end }: Frame): string {
  return bytes.toString('utf8', start + 8, end - 4)
}

/**
 * Writes a frame at `start` and returns its end. The payload's bytes must stand at `start + 8` already;
 * this way they are encoded once, in place.
 */
export function sealFrame(
  bytes: Buffer,
  frame: { start: number; tag: number; payloadBytes: number; durableThrough: number; salt: number },
): number {
  const { start, payloadBytes } = frame
  const end = start + frameOverheadBytes + payloadBytes
  bytes[start] = frame.tag
  bytes.writeUIntBE(payloadBytes, start + 1, 3)
  bytes.writeUInt32LE(frame.durableThrough, start + 4)
  bytes.writeUInt32LE(crc32(bytes.subarray(start, end - 4), frame.salt), end - 4)
  return end
}

/**
 * Makes frames that were sealed for one file right for another: none of it is durable there yet, and
 * its salt is another. The bytes are whole frames, as `sealFrame` made them.
 */
export function resealFrames(bytes: Buffer, salt: number): void {
  let start = 0
  while (start < bytes.length) {
    const payloadBytes = bytes.readUIntBE(start + 1, 3)
    const tag = bytes[start] ?? 0
    start = sealFrame(bytes, { start, tag, payloadBytes, durableThrough: headerBytes, salt })
  }
}

/** What stands in the frames of one file, up to the first place that is no frame. */
export interface SegmentContent {
  readonly frames: readonly Frame[]
  /** Where the readable part ends. */
  readonly end: number
  /** A later frame proves that the place at `end` had been durable: it is damage, not a torn write. */
  readonly damaged: boolean
}

/**
 * Reads all frames. Up to `settledThrough` a bad place is skipped, because what stood there is settled;
 * behind it reading stops at the first bad place, and later frames only tell damage from a torn write.
 */
export function readSegment(bytes: Buffer, salt: number, settledThrough: number): SegmentContent {
  const skipTo = Math.min(settledThrough, bytes.length)
  const frames: Frame[] = []
  let at = headerBytes
  for (;;) {
    const frame = readFrame(bytes, at, salt)
    if (frame) {
      frames.push(frame)
      at = frame.end
    } else if (at < skipTo) {
      const next = nextFrame(bytes, at + 1, salt)
      at = next && next.start < skipTo ? next.start : skipTo
    } else {
      return { frames, end: at, damaged: provesDurable(bytes, at, salt) }
    }
  }
}

/**
 * True when a frame behind `end` was written after the place at `end` had become durable. A loss of
 * power can leave whole frames behind a torn one, but only among those that were never durable.
 */
function provesDurable(bytes: Buffer, end: number, salt: number): boolean {
  for (let frame = nextFrame(bytes, end, salt); frame; frame = nextFrame(bytes, frame.end, salt)) {
    if (frame.durableThrough > end) return true
  }
  return false
}

/** The first frame that starts at or behind a place. */
function nextFrame(bytes: Buffer, from: number, salt: number): Frame | undefined {
  for (let at = from; at + frameOverheadBytes <= bytes.length; at++) {
    const tag = bytes[at] ?? 0
    if (tag < frameTags.admit || tag > frameTags.log) continue
    const frame = readFrame(bytes, at, salt)
    if (frame) return frame
  }
  return undefined
}
