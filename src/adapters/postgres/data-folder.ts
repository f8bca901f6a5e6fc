import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { identityOfProcess } from './process-identity.ts'
import { StoreStartError } from './start-error.ts'

const lockName = 'codelace.lock'
const ownerName = 'codelace.pid'

/** SQLite's number for "another connection holds the lock". */
const sqliteBusy = 5

/** A data folder that this process, and no other, uses. */
export interface DataFolder {
  /** Absolute. */
  readonly path: string
  /** Where the embedded database keeps its files; made on its first start. */
  readonly databaseFolder: string
  /** Where the journal keeps its files; made here. */
  readonly journalFolder: string
  /** Lets another process use the folder. Also happens, by itself, when this process ends in any way. */
  readonly release: () => void
}

/** Who uses a folder, for the message to whoever comes second. */
interface Owner {
  readonly pid: number
  readonly identity: string | null
}

/**
 * Makes the data folder if it is missing (readable by its owner only) and takes it for this process.
 * Throws `StoreStartError`, whose message is for people, when another process uses it (with its process
 * number and the folder) or it cannot be written.
 *
 * The lock is the kernel's own, on a file, so it ends with the process that holds it, however that ends:
 * there is no stale lock to detect. SQLite is here only because it is the way to such a lock that comes
 * with Node. Beside it stands a file that names the owner; where a file system does not keep locks (some
 * network and container mounts), a living owner in that file, with the start time that was noted in it,
 * is refused too.
 */
export function openDataFolder(folder: string): DataFolder {
  const path = resolve(folder)
  const journalFolder = join(path, 'journal')
  attempt(path, () => {
    makeFolder(path)
    makeFolder(journalFolder)
  })
  const unlock = takeLock(path)
  const owner = readOwner(path)
  if (owner && owner.pid !== process.pid && isAlive(owner)) {
    unlock()
    throw inUse(path, owner)
  }
  try {
    attempt(path, () => writeOwner(path))
  } catch (error) {
    unlock()
    throw error
  }
  const release = () => {
    rmSync(join(path, ownerName), { force: true })
    unlock()
  }
  return { path, databaseFolder: join(path, 'database'), journalFolder, release }
}

/** Node's own recursive way never returns where a file system denies that a folder could exist (`/proc`). */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Two processes that start together may both make it; the lock tells them apart.
    if (!existsSync(path)) throw error
  }
}

/** Returns what frees the lock again. */
function takeLock(path: string): () => void {
  let file: DatabaseSync | undefined
  try {
    file = new DatabaseSync(join(path, lockName), { timeout: 0 })
    file.exec('begin exclusive')
  } catch (error) {
    file?.close()
    if (isBusy(error)) throw inUse(path, readOwner(path))
    throw unusable(path, error)
  }
  const held = file
  return () => held.close()
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy
}

function readOwner(path: string): Owner | undefined {
  try {
    const owner: unknown = JSON.parse(readFileSync(join(path, ownerName), 'utf8'))
    if (typeof owner !== 'object' || owner === null) return undefined
    const { pid, identity } = owner as Record<string, unknown>
    if (typeof pid !== 'number') return undefined
    return { pid, identity: typeof identity === 'string' ? identity : null }
  } catch {
    return undefined
  }
}

/** Whole or not at all, so that a reader never sees half of it. */
function writeOwner(path: string): void {
  const owner: Owner = { pid: process.pid, identity: identityOfProcess(process.pid) ?? null }
  const unfinished = join(path, `${ownerName}.${process.pid}`)
  writeFileSync(unfinished, `${JSON.stringify(owner)}\n`, { mode: 0o600 })
  renameSync(unfinished, join(path, ownerName))
}

function isAlive({ pid, identity }: Owner): boolean {
  return identity !== null && identityOfProcess(pid) === identity
}

function attempt(path: string, action: () => void): void {
  try {
    action()
  } catch (error) {
    throw unusable(path, error)
  }
}

function inUse(path: string, owner: Owner | undefined): StoreStartError {
  const who = owner ? `process ${owner.pid}` : 'another process'
  return new StoreStartError(
    `The data folder ${path} is in use by ${who}. Stop that one first, or set CODELACE_DATA to another folder.`,
  )
}

function unusable(path: string, cause: unknown): StoreStartError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new StoreStartError(
    `The data folder ${path} cannot be used (${reason}). Make it writable for this user, or set CODELACE_DATA to another folder.`,
    { cause },
  )
}
