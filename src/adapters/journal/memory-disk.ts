import type { Disk, DiskFile } from './disk.ts'

const pageBytes = 4096

interface Inode {
  /** What a reader sees. */
  bytes: Buffer
  length: number
  /** What survives a loss of power. */
  durableBytes: Buffer
  durableLength: number
  /** Changes since the last sync, in order. A truncation has no bytes. */
  unsynced: { readonly position: number; readonly bytes: Buffer | null }[]
}

type Names = ReadonlyMap<string, Inode>

/** What can be done to a disk in memory that cannot be done to a real one on purpose. */
export interface MemoryDisk {
  /**
   * The disk as one process sees it. `release` is the end of that process: nothing it asked for calls
   * back any more. What it had written stays.
   */
  readonly attach: () => { readonly disk: Disk; readonly release: () => void }
  /** Unsynced pages and names stay or vanish by chance (`chance` gives numbers in [0, 1)). */
  readonly losePower: (chance: () => number) => void
  /** Every byte beyond it fails with ENOSPC, also in the middle of a write. */
  readonly setCapacity: (bytes: number) => void
  /** The next sync fails with EIO, and what it should have synced is never durable. */
  readonly failNextSync: () => void
  /** All writes fail with EIO. */
  readonly setWritesFail: (fail: boolean) => void
  readonly usedBytes: () => number
  /** Replaces a file's content, synced: how a test damages it. */
  readonly replace: (name: string, bytes: Buffer) => void
  readonly names: () => readonly string[]
  readonly read: (name: string) => Buffer
}

/** An empty disk. `schedule` decides when a sync is done; by default at the next turn. */
export function makeMemoryDisk(
  schedule: (call: () => void) => void = (call) => void setImmediate(call),
): MemoryDisk {
  const state: State = {
    names: new Map(),
    earlierNames: [new Map()],
    capacity: Infinity,
    syncsToFail: 0,
    writesFail: false,
    schedule,
  }
  return {
    attach: () => attach(state),
    losePower: (chance) => losePower(state, chance),
    setCapacity: (bytes) => (state.capacity = bytes),
    failNextSync: () => (state.syncsToFail += 1),
    setWritesFail: (fail) => (state.writesFail = fail),
    usedBytes: () => usedBytes(state),
    replace: (name, bytes) => {
      const inode = inodeOf(state, name)
      inode.bytes = Buffer.from(bytes)
      inode.length = bytes.length
      sync(inode)
    },
    names: () => [...state.names.keys()].toSorted(),
    read: (name) => contentOf(inodeOf(state, name)),
  }
}

interface State {
  names: Map<string, Inode>
  /** The directory as it was last synced, and after each change since. */
  earlierNames: Names[]
  capacity: number
  syncsToFail: number
  writesFail: boolean
  readonly schedule: (call: () => void) => void
}

/** Runs a sync at its time, unless its process has ended by then. */
type Later = (done: (error: Error | null) => void, work: () => void, onFailure: () => void) => void

function attach(state: State): { disk: Disk; release: () => void } {
  let isAttached = true
  const later: Later = (done, work, onFailure) => {
    state.schedule(() => {
      if (isAttached) done(trySync(state, work, onFailure))
    })
  }
  const rename = (change: (names: Map<string, Inode>) => void): void => {
    change(state.names)
    state.earlierNames.push(new Map(state.names))
  }
  const syncNames = (): void => {
    state.earlierNames = [new Map(state.names)]
  }
  const disk: Disk = {
    place: 'memory',
    list: () => [...state.names.keys()],
    read: (name) => contentOf(inodeOf(state, name)),
    readStart: (name, length) => contentOf(inodeOf(state, name)).subarray(0, length),
    create: (name) => {
      if (state.names.has(name)) throw systemError('EEXIST', name)
      const inode = makeInode()
      rename((names) => names.set(name, inode))
      return openFile(state, inode, later)
    },
    open: (name) => openFile(state, inodeOf(state, name), later),
    rename: (from, to) => {
      const inode = inodeOf(state, from)
      rename((names) => {
        names.delete(from)
        names.set(to, inode)
      })
    },
    remove: (name) => {
      inodeOf(state, name)
      rename((names) => names.delete(name))
    },
    syncDirectory: (done) => later(done, syncNames, () => {}),
    syncDirectoryNow: syncNames,
  }
  return { disk, release: () => (isAttached = false) }
}

function openFile(state: State, inode: Inode, later: Later): DiskFile {
  const forget = (): void => forgetUnsynced(inode)
  return {
    write: (bytes, position) => write(state, inode, { bytes, position }),
    sync: (done) => {
      const promised = inode.unsynced.length
      later(done, () => sync(inode, promised), forget)
    },
    syncNow: () => {
      const error = trySync(state, () => sync(inode), forget)
      if (error !== null) throw error
    },
    truncate: (length) => truncate(inode, length),
    close: () => {},
  }
}

function makeInode(): Inode {
  return {
    bytes: Buffer.alloc(0),
    length: 0,
    durableBytes: Buffer.alloc(0),
    durableLength: 0,
    unsynced: [],
  }
}

function contentOf({ bytes, length }: Inode): Buffer {
  return Buffer.from(bytes.subarray(0, length))
}

function write(state: State, inode: Inode, part: { bytes: Uint8Array; position: number }): number {
  if (state.writesFail) throw systemError('EIO', 'write')
  const { bytes, position } = part
  const growth = Math.max(0, position + bytes.length - inode.length)
  const space = Math.max(0, state.capacity - usedBytes(state))
  const count = growth <= space ? bytes.length : Math.max(0, bytes.length - (growth - space))
  if (count === 0 && bytes.length > 0) throw systemError('ENOSPC', 'write')
  const copy = Buffer.from(bytes.subarray(0, count))
  inode.bytes = place(inode.bytes, copy, position)
  inode.length = Math.max(inode.length, position + count)
  inode.unsynced.push({ position, bytes: copy })
  return count
}

function truncate(inode: Inode, length: number): void {
  inode.bytes.fill(0, length)
  inode.length = Math.min(inode.length, length)
  inode.unsynced.push({ position: length, bytes: null })
}

/** Makes the first `count` changes durable. */
function sync(inode: Inode, count = inode.unsynced.length): void {
  for (const { position, bytes } of inode.unsynced.splice(0, count)) {
    if (bytes === null) {
      inode.durableBytes.fill(0, position)
      inode.durableLength = Math.min(inode.durableLength, position)
    } else {
      inode.durableBytes = place(inode.durableBytes, bytes, position)
      inode.durableLength = Math.max(inode.durableLength, position + bytes.length)
    }
  }
}

function trySync(state: State, work: () => void, onFailure: () => void): Error | null {
  if (state.syncsToFail === 0) {
    work()
    return null
  }
  state.syncsToFail -= 1
  onFailure()
  return systemError('EIO', 'fdatasync')
}

/** After a failed sync the kernel holds the pages for clean: they are seen, and never written. */
function forgetUnsynced(inode: Inode): void {
  inode.unsynced = []
}

/** Each unsynced page was written back or not; names are as they were at some moment since their sync. */
function losePower(state: State, chance: () => number): void {
  const kept = state.earlierNames[Math.floor(chance() * state.earlierNames.length)]
  state.names = new Map(kept)
  state.earlierNames = [new Map(state.names)]
  for (const inode of new Set(state.names.values())) {
    const survivors = inode.unsynced.flatMap((change) =>
      change.bytes === null
        ? chance() < 0.5
          ? [change]
          : []
        : pagesOf(change.position, change.bytes).filter(() => chance() < 0.6),
    )
    inode.unsynced = survivors
    sync(inode)
    inode.bytes = Buffer.from(inode.durableBytes)
    inode.length = inode.durableLength
  }
}

function pagesOf(position: number, bytes: Buffer): { position: number; bytes: Buffer }[] {
  const pages: { position: number; bytes: Buffer }[] = []
  let at = 0
  while (at < bytes.length) {
    const end = Math.min(bytes.length, at + pageBytes - ((position + at) % pageBytes))
    pages.push({ position: position + at, bytes: bytes.subarray(at, end) })
    at = end
  }
  return pages
}

function place(target: Buffer, bytes: Buffer, position: number): Buffer {
  const end = position + bytes.length
  let room = target
  if (end > target.length) {
    room = Buffer.alloc(Math.max(end, target.length * 2))
    target.copy(room)
  }
  bytes.copy(room, position)
  return room
}

function usedBytes(state: State): number {
  return [...new Set(state.names.values())].reduce((sum, { length }) => sum + length, 0)
}

function inodeOf(state: State, name: string): Inode {
  const inode = state.names.get(name)
  if (inode === undefined) throw systemError('ENOENT', name)
  return inode
}

class SystemError extends Error {
  override readonly name = 'SystemError'
  readonly code: string

  constructor(code: string, what: string) {
    super(`${code}: ${what}`)
    this.code = code
  }
}

function systemError(code: string, what: string): SystemError {
  return new SystemError(code, what)
}
