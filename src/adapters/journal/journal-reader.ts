import type { NodeId } from '#domain/identifiers.ts'
import type { ReplayedRecord } from '#ports/journal.ts'
import { JournalError } from '#ports/journal.ts'

import type { Checkpoint } from './checkpoint.ts'
import type { Disk } from './disk.ts'
import { decodeRecord } from './record-codec.ts'
import { nameOfSegment, writeWhole } from './segment-file.ts'
import type { Frame } from './segment.ts'
import { decodeHeader, headerBytes, payloadOf, readSegment } from './segment.ts'

const recordsPerPiece = 2_000

/** What to read: the files of earlier lives, oldest first, from the checkpoint on. */
export interface ReadRequest {
  readonly disk: Disk
  readonly nodeId: NodeId
  readonly checkpoint: Checkpoint
  readonly numbers: readonly number[]
}

/**
 * Reads what earlier lives left and cuts off what a crash tore, so that the next start finds whole
 * files. Throws `JournalError` for damage: a bad place that is known to have been durable.
 */
export async function* readJournal(request: ReadRequest): AsyncIterable<readonly ReplayedRecord[]> {
  const { disk, checkpoint, numbers } = request
  for (const [index, number] of numbers.entries()) {
    const settledThrough = number === checkpoint.segment ? checkpoint.offset : 0
    const { bytes, frames, end, torn } = inspect(request, number, settledThrough)
    const later = numbers.slice(index + 1)
    if (torn) refuseWhenLaterIsDurable(request, number, later)
    makeDurable(disk, number, bytes.subarray(0, end))
    if (torn) for (const lost of later) disk.remove(nameOfSegment(lost))
    for (let at = 0; at < frames.length; at += recordsPerPiece) {
      yield frames.slice(at, at + recordsPerPiece).map((frame) => ({
        record: decode(`${disk.place}/${nameOfSegment(number)}`, bytes, frame),
        settled: frame.start < settledThrough,
      }))
    }
    if (torn) return
  }
}

/** Gives back the space that a full disk made an earlier life use and that holds nothing. */
export function freeUnused(request: ReadRequest): void {
  for (const number of request.numbers) {
    const settledThrough = number === request.checkpoint.segment ? request.checkpoint.offset : 0
    const { bytes, end, torn } = inspect(request, number, settledThrough)
    if (!torn && end < bytes.length) makeDurable(request.disk, number, bytes.subarray(0, end))
  }
}

interface Inspected {
  readonly bytes: Buffer
  readonly frames: readonly Frame[]
  readonly end: number
  /** Something that is no frame stands behind the end. */
  readonly torn: boolean
}

/** Reads one file whole. Throws for damage. */
function inspect({ disk, nodeId }: ReadRequest, number: number, settledThrough: number): Inspected {
  const place = `${disk.place}/${nameOfSegment(number)}`
  const bytes = disk.read(nameOfSegment(number))
  const salt = decodeHeader(place, bytes, nodeId)
  if (salt === undefined) {
    if (isBlank(bytes, headerBytes)) return { bytes, frames: [], end: bytes.length, torn: false }
    throw damage(place, 0)
  }
  const { frames, end, damaged } = readSegment(bytes, salt, settledThrough)
  if (damaged) throw damage(place, end)
  return { bytes, frames, end, torn: !isBlank(bytes, end) }
}

/** Nothing but zeros from a place on: space that was set aside, not something written. */
function isBlank(bytes: Buffer, from: number): boolean {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] !== 0) return false
  }
  return true
}

/**
 * Cuts off what is no record, and makes the rest as durable as what will be decided by it. A process that
 * died may have written what its disk has not kept, and after a failed sync the operating system shows
 * bytes that it will never write: so they are written once more, in their own places.
 */
function makeDurable(disk: Disk, number: number, content: Buffer): void {
  const file = disk.open(nameOfSegment(number))
  try {
    file.truncate(content.length)
    writeWhole(file, content, 0)
    file.syncNow()
  } finally {
    file.close()
  }
}

/** A file is begun only after the one before it, so anything durable in it proves that one whole. */
function refuseWhenLaterIsDurable(
  { disk, nodeId }: ReadRequest,
  number: number,
  later: readonly number[],
): void {
  for (const next of later) {
    const bytes = disk.read(nameOfSegment(next))
    const salt = decodeHeader(`${disk.place}/${nameOfSegment(next)}`, bytes, nodeId)
    if (salt === undefined) continue
    const { frames } = readSegment(bytes, salt, 0)
    if (frames.some((frame) => frame.durableThrough > headerBytes)) {
      throw damage(`${disk.place}/${nameOfSegment(number)}`, undefined)
    }
  }
}

function decode(place: string, bytes: Buffer, frame: Frame): ReplayedRecord['record'] {
  try {
    return decodeRecord(frame.tag, payloadOf(bytes, frame))
  } catch (cause) {
    throw damage(place, frame.start, cause)
  }
}

function damage(place: string, offset: number | undefined, cause?: unknown): JournalError {
  const where = offset === undefined ? 'at its end' : `at byte ${offset}`
  return new JournalError(
    'damaged',
    `${place} is damaged ${where}: what stood there had reached the disk and is unreadable now. ` +
      'Nothing was posted. Restore the file, or move it away to go on without the charges in it.',
    { cause },
  )
}
