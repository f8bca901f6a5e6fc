import type { NodeId } from '#domain/identifiers.ts'
import type { JournalPosition } from '#ports/journal.ts'
import { JournalError } from '#ports/journal.ts'

import type { Checkpoint } from './checkpoint.ts'
import type { Disk, DiskFile } from './disk.ts'
import { isOutOfSpace } from './disk.ts'
import { decodeHeader, encodeHeader, headerBytes } from './segment.ts'

/** One journal file that is being written. */
export interface SegmentFile {
  readonly number: number
  readonly file: DiskFile
  readonly salt: number
  /** Bytes handed to the operating system. */
  written: number
  /** Bytes known to survive a loss of power. */
  durable: number
  /** How often it was changed, and how many of these changes are durable: a cut counts too. */
  changes: number
  durableChanges: number
}

/** A file with a durable header that has no number yet. */
export interface BlankFile {
  readonly name: string
  readonly file: DiskFile
  readonly salt: number
}

/** What a new file needs to know. */
export interface FileMaker {
  readonly disk: Disk
  readonly nodeId: NodeId
  /** A fresh random number below 2^32 for each file. */
  readonly randomSalt: () => number
  /** The space that is set aside. */
  readonly emergencyBytes: number
}

const segmentName = /^(\d{10})\.journal$/
const emergencyName = 'emergency'
const unfinishedEmergencyName = 'emergency.new'
/** The next file, made ready in the background. */
export const spareName = 'spare'
/** The next file, made at the moment it is needed. */
export const freshName = 'fresh'
/** Files that only a crash leaves behind; they hold nothing. */
export const leftoverNames: readonly string[] = [spareName, freshName, unfinishedEmergencyName]

/** The name of a journal file; names sort in the order of writing. */
export function nameOfSegment(number: number): string {
  return `${String(number).padStart(10, '0')}.journal`
}

/** The numbers of the journal files in a directory, oldest first. */
export function segmentNumbers(disk: Disk): number[] {
  return disk
    .list()
    .flatMap((name) => {
      const number = segmentName.exec(name)?.[1]
      return number === undefined ? [] : [Number(number)]
    })
    .toSorted((left, right) => left - right)
}

/** A new file with its header written; the caller makes it durable. Throws the disk's own errors. */
export function createBlank({ disk, nodeId, randomSalt }: FileMaker, name: string): BlankFile {
  if (disk.list().includes(name)) disk.remove(name)
  const salt = randomSalt()
  const file = disk.create(name)
  try {
    writeWhole(file, encodeHeader(nodeId, salt), 0)
  } catch (error) {
    file.close()
    disk.remove(name)
    throw error
  }
  return { name, file, salt }
}

/** Gives a blank file its number: it is part of the journal from here on. */
export function enlist(disk: Disk, blank: BlankFile, number: number): SegmentFile {
  disk.rename(blank.name, nameOfSegment(number))
  return {
    number,
    file: blank.file,
    salt: blank.salt,
    written: headerBytes,
    durable: headerBytes,
    changes: 0,
    durableChanges: 0,
  }
}

/**
 * The file whose space is set aside, from an earlier life or new and durable. On file systems that copy
 * on write, space that was set aside can still run out; the journal then says so by rejecting.
 */
export function openEmergency(maker: FileMaker): BlankFile {
  const { disk, nodeId, emergencyBytes } = maker
  if (disk.list().includes(emergencyName)) {
    const bytes = disk.read(emergencyName)
    const salt = decodeHeader(emergencyName, bytes, nodeId)
    if (salt !== undefined && bytes.length === emergencyBytes) {
      return { name: emergencyName, file: disk.open(emergencyName), salt }
    }
    disk.remove(emergencyName)
  }
  const blank = createBlank(maker, unfinishedEmergencyName)
  try {
    const zeros = Buffer.alloc(Math.min(emergencyBytes, 1024 * 1024))
    for (let at = headerBytes; at < emergencyBytes; at += zeros.length) {
      writeWhole(blank.file, zeros.subarray(0, emergencyBytes - at), at)
    }
    blank.file.syncNow()
    disk.rename(unfinishedEmergencyName, emergencyName)
  } catch (error) {
    blank.file.close()
    disk.remove(unfinishedEmergencyName)
    throw error
  }
  return { ...blank, name: emergencyName }
}

const segmentStride = 2 ** 32

/** The position of a place in a file. */
export function positionOf(number: number, offset: number): JournalPosition {
  return (number * segmentStride + offset) as JournalPosition
}

/** The place that a position names. */
export function placeOf(position: JournalPosition): Checkpoint {
  return { segment: Math.floor(position / segmentStride), offset: position % segmentStride }
}

/** Makes files, and the names of a directory when one is given, durable; reports the first failure. */
export function syncAll(
  files: readonly SegmentFile[],
  disk: Disk | null,
  done: (error: Error | null) => void,
): void {
  let waiting = files.length + (disk === null ? 0 : 1)
  let failure: Error | null = null
  const one = (error: Error | null): void => {
    failure ??= error
    waiting -= 1
    if (waiting === 0) done(failure)
  }
  for (const { file } of files) file.sync(one)
  disk?.syncDirectory(one)
}

/** Writes all bytes or throws; a disk that takes nothing more is full. */
export function writeWhole(file: DiskFile, bytes: Uint8Array, position: number): void {
  let at = 0
  while (at < bytes.length) {
    const count = file.write(at === 0 ? bytes : bytes.subarray(at), position + at)
    if (count === 0) throw new JournalError('disk_full', 'the disk takes no more bytes')
    at += count
  }
}

/** Cuts off what did not fit whole. It must become durable before anything that follows elsewhere. */
export function cutTo(segment: SegmentFile, length: number): void {
  segment.changes += 1
  segment.file.truncate(length)
}

/** True when an error says that there is no space, rather than that the disk is failing. */
export function saysFull(error: unknown): boolean {
  return error instanceof JournalError ? error.failure === 'disk_full' : isOutOfSpace(error)
}
