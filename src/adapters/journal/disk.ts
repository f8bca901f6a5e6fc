import fs from 'node:fs'
import path from 'node:path'

/** One open file of the journal's directory. Failures are node's own errors, with `code`. */
export interface DiskFile {
  /** Writes at a place and returns how many bytes; fewer than asked for when space ran out midway. */
  readonly write: (bytes: Uint8Array, position: number) => number
  /** Makes the content durable, in the background. */
  readonly sync: (done: (error: Error | null) => void) => void
  /** The same, now. */
  readonly syncNow: () => void
  readonly truncate: (length: number) => void
  readonly close: () => void
}

/**
 * One directory of files: all that the journal asks of a disk, so that a test or a simulation can
 * supply its own, with its own failures.
 */
export interface Disk {
  /** For messages: where this is. */
  readonly place: string
  readonly list: () => readonly string[]
  readonly read: (name: string) => Buffer
  /** The first bytes of a file, or all of a shorter one. */
  readonly readStart: (name: string, length: number) => Buffer
  /** A new, empty file; fails when there is one. */
  readonly create: (name: string) => DiskFile
  readonly open: (name: string) => DiskFile
  readonly rename: (from: string, to: string) => void
  readonly remove: (name: string) => void
  /** Makes names (created, renamed, removed) durable, in the background. */
  readonly syncDirectory: (done: (error: Error | null) => void) => void
  readonly syncDirectoryNow: () => void
}

/** A directory of the real disk, made when it is not there. Readable by its owner only. */
export function nodeDisk(directory: string): Disk {
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 })
  const resolve = (name: string): string => path.join(directory, name)
  return {
    place: directory,
    list: () => fs.readdirSync(directory),
    read: (name) => fs.readFileSync(resolve(name)),
    readStart: (name, length) => {
      const descriptor = fs.openSync(resolve(name), 'r')
      try {
        const bytes = Buffer.alloc(length)
        return bytes.subarray(0, fs.readSync(descriptor, bytes, 0, length, 0))
      } finally {
        fs.closeSync(descriptor)
      }
    },
    create: (name) => nodeFile(fs.openSync(resolve(name), 'wx+', 0o600)),
    open: (name) => nodeFile(fs.openSync(resolve(name), 'r+')),
    rename: (from, to) => fs.renameSync(resolve(from), resolve(to)),
    remove: (name) => fs.unlinkSync(resolve(name)),
    syncDirectory: (done) => {
      fs.open(directory, 'r', (openError, descriptor) => {
        if (openError) return done(openError)
        fs.fsync(descriptor, (syncError) => fs.close(descriptor, () => done(syncError)))
      })
    },
    syncDirectoryNow: () => {
      const descriptor = fs.openSync(directory, 'r')
      try {
        fs.fsyncSync(descriptor)
      } finally {
        fs.closeSync(descriptor)
      }
    },
  }
}

function nodeFile(descriptor: number): DiskFile {
  return {
    write: (bytes, position) => fs.writeSync(descriptor, bytes, 0, bytes.length, position),
    sync: (done) => fs.fdatasync(descriptor, done),
    syncNow: () => fs.fdatasyncSync(descriptor),
    truncate: (length) => fs.ftruncateSync(descriptor, length),
    close: () => fs.closeSync(descriptor),
  }
}

/** True when an error says that there is no space, rather than that the disk is failing. */
export function isOutOfSpace(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOSPC' || code === 'EDQUOT'
}
