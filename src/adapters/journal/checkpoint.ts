import { crc32 } from 'node:zlib'

import type { NodeId } from '#domain/identifiers.ts'
import { JournalError } from '#ports/journal.ts'

import type { Disk } from './disk.ts'
import { formatVersion } from './segment.ts'

/** Everything before this place is settled. The offset is that of a frame. */
export interface Checkpoint {
  readonly segment: number
  readonly offset: number
}

const magic = 'codelace-checkpoint'
const fileName = 'checkpoint'
/** What is left when the machine stopped while a checkpoint was written. */
export const unfinishedCheckpointName = 'checkpoint.new'

/**
 * The newest checkpoint; undefined when there is none or it cannot be read, which only means that more
 * is replayed. Throws `JournalError` when it is another node's or of another version.
 */
export function readCheckpoint(disk: Disk, nodeId: NodeId): Checkpoint | undefined {
  if (!disk.list().includes(fileName)) return undefined
  const text = disk.read(fileName).toString('latin1')
  const [word, version, node, segment, offset, checksum] = text.trimEnd().split(' ')
  if (word !== magic || checksum === undefined) return undefined
  const line = `${magic} ${version} ${node} ${segment} ${offset}`
  if (checksumOf(line) !== checksum) return undefined
  if (version !== String(formatVersion)) {
    throw new JournalError(
      'other_version',
      `${disk.place}/${fileName} has journal format ${version}; this codelace reads ${formatVersion}.`,
    )
  }
  if (node !== nodeId) {
    throw new JournalError(
      'other_node',
      `${disk.place}/${fileName} belongs to ${node}, and this is ${nodeId}. ` +
        'Give each node its own data folder.',
    )
  }
  return { segment: Number(segment), offset: Number(offset) }
}

/** Replaces the checkpoint: afterwards the new one stands, or still the old one, never neither. */
async function writeCheckpoint(disk: Disk, nodeId: NodeId, checkpoint: Checkpoint): Promise<void> {
  const line = `${magic} ${formatVersion} ${nodeId} ${checkpoint.segment} ${checkpoint.offset}`
  if (disk.list().includes(unfinishedCheckpointName)) disk.remove(unfinishedCheckpointName)
  const file = disk.create(unfinishedCheckpointName)
  try {
    const bytes = Buffer.from(`${line} ${checksumOf(line)}\n`, 'latin1')
    if (file.write(bytes, 0) !== bytes.length) {
      throw new JournalError('disk_full', 'there was no space for the checkpoint')
    }
    await settled((done) => file.sync(done))
  } finally {
    file.close()
  }
  disk.rename(unfinishedCheckpointName, fileName)
  await settled((done) => disk.syncDirectory(done))
}

/** Where the newest checkpoint stands. It only ever moves forward. */
export class CheckpointKeeper {
  readonly #disk: Disk
  readonly #nodeId: NodeId
  #current: Checkpoint
  #turn: Promise<void> = Promise.resolve()

  constructor(disk: Disk, nodeId: NodeId, current: Checkpoint) {
    this.#disk = disk
    this.#nodeId = nodeId
    this.#current = current
  }

  get current(): Checkpoint {
    return this.#current
  }

  /** Moves it, unless it stands further already. Calls wait for each other. */
  replace(next: Checkpoint): Promise<void> {
    const done = this.#turn.then(async () => {
      const { segment, offset } = this.#current
      if (next.segment < segment || (next.segment === segment && next.offset <= offset)) return
      await writeCheckpoint(this.#disk, this.#nodeId, next)
      this.#current = next
    })
    this.#turn = done.catch(() => {})
    return done
  }
}

function checksumOf(line: string): string {
  return crc32(line).toString(16).padStart(8, '0')
}

function settled(start: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()))
  })
}
