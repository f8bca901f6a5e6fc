import type { NodeId, RandomBytes } from '#domain/identifiers.ts'
import { journalEmergencyBytes, journalSegmentBytes } from '#domain/limits.ts'
import type { Clock } from '#ports/clock.ts'
import type { Journal, JournalPosition, ReplayedRecord } from '#ports/journal.ts'
import { JournalError } from '#ports/journal.ts'

import { CheckpointKeeper, readCheckpoint, unfinishedCheckpointName } from './checkpoint.ts'
import type { Disk } from './disk.ts'
import { freeUnused, type ReadRequest, readJournal } from './journal-reader.ts'
import { JournalWriter } from './journal-writer.ts'
import { leftoverNames, nameOfSegment, placeOf, saysFull, segmentNumbers } from './segment-file.ts'
import { decodeHeader, headerBytes } from './segment.ts'

/** What a journal needs. What may be left out is for tests, and has its usual value otherwise. */
export interface JournalOptions {
  readonly disk: Disk
  readonly nodeId: NodeId
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly turn?: (call: () => void) => void
  readonly segmentBytes?: number
  readonly emergencyBytes?: number
}

/**
 * Opens the journal in a directory that only this process uses. Nothing that earlier lives left is
 * changed until it is replayed. Throws `JournalError`: another version or node, no space at all, or a
 * disk that fails.
 */
export function openJournal(options: JournalOptions): Journal {
  try {
    return open(options)
  } catch (cause) {
    throw journalError(options.disk, cause)
  }
}

/** What the disk said, as the journal's owner hears it. */
function journalError({ place }: Disk, cause: unknown): JournalError {
  if (cause instanceof JournalError) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return saysFull(cause)
    ? new JournalError('disk_full', `there is no space for the journal in ${place}: ${reason}`, {
        cause,
      })
    : new JournalError('disk_failed', `the journal in ${place} cannot be used: ${reason}`, {
        cause,
      })
}

async function* replay(request: ReadRequest): AsyncIterable<readonly ReplayedRecord[]> {
  try {
    yield* readJournal(request)
  } catch (cause) {
    throw journalError(request.disk, cause)
  }
}

function open(options: JournalOptions): Journal {
  const { disk, nodeId, randomBytes } = options
  const checkpoint = readCheckpoint(disk, nodeId) ?? { segment: 0, offset: 0 }
  const found = segmentNumbers(disk)
  for (const name of found.map(nameOfSegment)) {
    decodeHeader(`${disk.place}/${name}`, disk.readStart(name, headerBytes), nodeId)
  }
  for (const name of [...leftoverNames, unfinishedCheckpointName]) {
    if (disk.list().includes(name)) disk.remove(name)
  }
  const checkpoints = new CheckpointKeeper(disk, nodeId, checkpoint)
  const numbers = found.filter((number) => number >= checkpoint.segment)
  const makeWriter = (): JournalWriter =>
    new JournalWriter({
      disk,
      nodeId,
      clock: options.clock,
      turn: options.turn ?? ((call) => void setImmediate(call)),
      segmentBytes: options.segmentBytes ?? journalSegmentBytes,
      emergencyBytes: options.emergencyBytes ?? journalEmergencyBytes,
      randomSalt: () => Buffer.from(randomBytes(4)).readUInt32LE(),
      firstNumber: Math.max(checkpoint.segment, found.at(-1) ?? 0) + 1,
      checkpoints,
    })
  let writer: JournalWriter
  try {
    writer = makeWriter()
  } catch (error) {
    if (!saysFull(error)) throw error
    freeUnused({ disk, nodeId, checkpoint, numbers })
    writer = makeWriter()
  }
  return {
    nodeId,
    append: (record) => writer.append(record),
    written: () => writer.written(),
    durable: () => writer.durable(),
    end: () => writer.end,
    checkpoint: (position) => moveCheckpoint({ disk, writer, checkpoints }, position),
    replay: () => replay({ disk, nodeId, checkpoint, numbers }),
    onCarry: (carry) => writer.onCarry(carry),
    state: () => writer.state,
    close: () => writer.close(),
  }
}

interface CheckpointParts {
  readonly disk: Disk
  readonly writer: JournalWriter
  readonly checkpoints: CheckpointKeeper
}

/**
 * A later file holds copies of what is still live in earlier ones, so it must be durable before they go.
 */
async function moveCheckpoint(
  { disk, writer, checkpoints }: CheckpointParts,
  position: JournalPosition,
): Promise<void> {
  const next = placeOf(position)
  try {
    if (next.segment > checkpoints.current.segment) await writer.durable()
    await checkpoints.replace(next)
    const needed = Math.min(checkpoints.current.segment, writer.oldestOpenNumber)
    for (const number of segmentNumbers(disk)) {
      if (number < needed) disk.remove(nameOfSegment(number))
    }
  } catch (cause) {
    throw journalError(disk, cause)
  }
}
