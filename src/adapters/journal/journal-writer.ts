import { assert } from '#domain/faults.ts'
import { journalCrowdPauseMs, journalResumeIntervalMs } from '#domain/limits.ts'
import type { Clock } from '#ports/clock.ts'
import type { CarryScope, JournalPosition, JournalRecord, JournalState } from '#ports/journal.ts'
import { JournalError } from '#ports/journal.ts'

import type { CheckpointKeeper } from './checkpoint.ts'
import { FrameBuffer } from './frame-buffer.ts'
import type { CommitOutcome } from './group-commit.ts'
import { GroupCommit } from './group-commit.ts'
import { encodeRecord, frameTags } from './record-codec.ts'
import type { BlankFile, FileMaker, SegmentFile } from './segment-file.ts'
import {
  createBlank,
  cutTo,
  enlist,
  freshName,
  openEmergency,
  positionOf,
  saysFull,
  spareName,
  syncAll,
  writeWhole,
} from './segment-file.ts'
import { frameOverheadBytes, headerBytes } from './segment.ts'

/** How the writer starts. */
export interface WriterOptions extends FileMaker {
  readonly clock: Clock
  /** Calls back at the end of this turn of the event loop. */
  readonly turn: (call: () => void) => void
  readonly segmentBytes: number
  readonly firstNumber: number
  readonly checkpoints: CheckpointKeeper
}

const writeAtBytes = 128 * 1024

/**
 * The writing side of a journal. Its state changes only in synchronous steps; what takes time is the
 * group sync and the making of the next file ahead of need.
 *
 * A file ends when it is long enough (`#rotate`), when space runs out (`#moveToEmergency`), or when the
 * disk fails (`#rewriteElsewhere`): then nothing unsynced in it can be trusted, so everything that is
 * not settled is written again to another file, and a checkpoint points there before anyone is told.
 */
export class JournalWriter {
  readonly #options: WriterOptions
  readonly #group: GroupCommit
  readonly #buffer = new FrameBuffer()
  #nextNumber: number
  /** Null: no file takes records; what is appended lives only with whoever answers `carry`. */
  #active: SegmentFile | null = null
  /** Files that have ended but may not be durable yet. */
  #ended: SegmentFile[] = []
  /** Files that failed; a sync may still be under way on them. */
  #abandoned: SegmentFile[] = []
  #spare: BlankFile | null = null
  /** A spare file that is being made durable. */
  #preparing: BlankFile | null = null
  #emergency: BlankFile | null = null
  #carrying = false
  #carry: ((scope: CarryScope) => void) | null = null
  #state: JournalState = { kind: 'open' }
  #namesDirty = false
  /** How often everything was written again: a sync begun before one does not count after it. */
  #rewrites = 0
  /** The file everything was written to again, until that is durable. */
  #rewritten: SegmentFile | null = null
  #cancelResume: () => void = () => {}

  /** Makes the first file. Throws when not even the space set aside can be used. */
  constructor(options: WriterOptions) {
    this.#options = options
    this.#nextNumber = options.firstNumber
    this.#group = new GroupCommit({
      turn: options.turn,
      write: () => this.write(),
      commit: (done) => this.#commit(done),
      pause: (call) => void options.clock.after(journalCrowdPauseMs, call),
    })
    try {
      this.#emergency = openEmergency(options)
    } catch (error) {
      if (!saysFull(error)) throw error
      this.#fill(error)
    }
    try {
      this.#active = this.#nextFile()
    } catch (error) {
      if (!saysFull(error)) throw error
      this.#fill(error)
      this.#active = this.#emergencyFile(error)
    }
    options.disk.syncDirectoryNow()
    this.#namesDirty = false
  }

  get state(): JournalState {
    return this.#state
  }

  get end(): JournalPosition {
    if (this.#active === null) return positionOf(this.#nextNumber, headerBytes)
    return positionOf(this.#active.number, this.#active.written + this.#buffer.length)
  }

  /** The oldest file that is still being written or synced. */
  get oldestOpenNumber(): number {
    const numbers = [...this.#ended, ...this.#abandoned].map(({ number }) => number)
    return Math.min(this.#active?.number ?? this.#nextNumber, ...numbers)
  }

  onCarry(carry: (scope: CarryScope) => void): void {
    this.#carry = carry
  }

  append(record: JournalRecord): JournalPosition {
    if (this.#active === null) return this.end
    const payload = encodeRecord(record)
    this.#makeRoom(frameOverheadBytes + payload.length * 3)
    if (this.#active === null) return this.end
    const position = this.end
    this.#buffer.add(frameTags[record.kind], payload, this.#active)
    this.#group.askForTurn()
    return position
  }

  write(): void {
    const active = this.#active
    if (active === null || this.#buffer.length === 0) return
    try {
      writeWhole(active.file, this.#buffer.waiting, active.written)
      active.written += this.#buffer.length
      active.changes += 1
      this.#buffer.clear()
    } catch (error) {
      if (saysFull(error)) this.#moveToEmergency(error)
      else this.#rewriteElsewhere(error)
    }
    if (this.#active !== null && this.#active.written > this.#options.segmentBytes / 2) {
      this.#prepareSpare()
    }
  }

  written(): Promise<void> {
    return this.#group.written()
  }

  durable(): Promise<void> {
    return this.#group.wait()
  }

  async close(): Promise<void> {
    await this.durable().catch(() => {})
    this.#break(new JournalError('closed', 'the journal is closed'))
    this.#closeFiles([...this.#ended, ...this.#abandoned])
    this.#spare?.file.close()
    this.#emergency?.file.close()
  }

  #commit(done: (outcome: CommitOutcome) => void): void {
    this.write()
    if (this.#active === null) return done(this.#refusal())
    const files = [...this.#ended, this.#active]
    const marks = files.map((file) => ({ file, written: file.written, changes: file.changes }))
    const names = this.#namesDirty
    const rewrites = this.#rewrites
    this.#namesDirty = false
    syncAll(files, names ? this.#options.disk : null, (error) => {
      const isOvertaken = rewrites !== this.#rewrites
      this.#closeFiles(this.#abandoned)
      this.#abandoned = []
      if (isOvertaken) return done('again')
      if (error !== null) {
        this.#rewriteElsewhere(error)
        return done('again')
      }
      this.#confirm(() => {
        for (const { file, written, changes } of marks) {
          file.durable = written
          file.durableChanges = changes
        }
        this.#closeEnded()
      }, done)
    })
  }

  /**
   * What was written again counts as durable only once a checkpoint leaves the failed files behind: until
   * then a reader starts with them, and must not take a hole in them for damage.
   */
  #confirm(markDurable: () => void, done: (outcome: CommitOutcome) => void): void {
    const rewritten = this.#rewritten
    if (rewritten === null) {
      markDurable()
      return done('durable')
    }
    this.#options.checkpoints.replace({ segment: rewritten.number, offset: headerBytes }).then(
      () => {
        if (this.#rewritten === rewritten) this.#rewritten = null
        markDurable()
        done('durable')
      },
      (error: unknown) => {
        this.#break(error)
        done(this.#refusal())
      },
    )
  }

  #refusal(): JournalError {
    const { kind } = this.#state
    if (kind === 'full') return new JournalError('disk_full', 'the disk is full')
    return new JournalError('disk_failed', 'the journal cannot be written')
  }

  #makeRoom(bytesMax: number): void {
    const used = (this.#active?.written ?? 0) + this.#buffer.length
    const isLong = used > headerBytes && used + bytesMax > this.#options.segmentBytes
    if (isLong && !this.#carrying) this.#rotate()
    else if (this.#buffer.length > writeAtBytes) this.write()
  }

  #rotate(): void {
    this.write()
    if (this.#active === null) return
    try {
      this.#continueIn(this.#nextFile(), 'under_way')
    } catch (error) {
      if (saysFull(error)) this.#moveToEmergency(error)
      else this.#rewriteElsewhere(error)
    }
  }

  /** Ends the active file as it is; what is asked for is said again at the start of the next one. */
  #continueIn(file: SegmentFile, scope: CarryScope): void {
    assert(this.#buffer.length === 0, 'what was sealed for one file is never written to another')
    if (this.#active !== null) this.#ended.push(this.#active)
    this.#active = file
    this.#carryLive(scope)
  }

  #carryLive(scope: CarryScope): void {
    const outer = this.#carrying
    this.#carrying = true
    this.#carry?.(scope)
    this.#carrying = outer
  }

  #moveToEmergency(error: unknown): void {
    const frames = this.#buffer.take()
    this.#fill(error)
    try {
      if (this.#active !== null) cutTo(this.#active, this.#active.written)
    } catch (cause) {
      return this.#rewriteElsewhere(cause)
    }
    try {
      this.#continueIn(this.#emergencyFile(error), 'under_way')
    } catch (cause) {
      return saysFull(cause) ? this.#loseActive() : this.#break(cause)
    }
    if (this.#active === null) return
    this.#buffer.addTaken(frames, this.#active)
    this.write()
  }

  #rewriteElsewhere(error: unknown): void {
    if (this.#state.kind === 'broken') return
    if (this.#rewritten !== null || this.#carry === null) return this.#break(error)
    if (saysFull(error)) this.#fill(error)
    let file: SegmentFile
    try {
      file = this.#state.kind === 'full' ? this.#emergencyFile(error) : this.#nextFile()
    } catch (cause) {
      return saysFull(cause) ? this.#loseActive() : this.#break(cause)
    }
    if (this.#active !== null) this.#abandoned.push(this.#active)
    this.#abandoned.push(...this.#ended)
    this.#ended = []
    this.#buffer.clear()
    this.#rewrites += 1
    this.#active = file
    this.#rewritten = file
    this.#carryLive('unsettled')
    this.write()
  }

  #loseActive(): void {
    if (this.#active !== null) this.#ended.push(this.#active)
    this.#active = null
    this.#buffer.clear()
  }

  #break(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    this.#cancelResume()
    this.#state = { kind: 'broken', reason }
    this.#loseActive()
  }

  #fill(error: unknown): void {
    if (this.#state.kind !== 'open') return
    this.#state = { kind: 'full', reason: error instanceof Error ? error.message : String(error) }
    this.#tryLater()
  }

  #tryLater(): void {
    this.#cancelResume()
    this.#cancelResume = this.#options.clock.after(journalResumeIntervalMs, () => this.#tryResume())
  }

  #tryResume(): void {
    this.write()
    if (this.#state.kind !== 'full') return
    let file: SegmentFile
    try {
      this.#emergency ??= openEmergency(this.#options)
      file = this.#nextFile()
    } catch (error) {
      return saysFull(error) ? this.#tryLater() : this.#break(error)
    }
    this.#state = { kind: 'open' }
    if (this.#active === null) this.#rewritten = file
    this.#continueIn(file, this.#active === null ? 'unsettled' : 'under_way')
    this.write()
  }

  /** The file whose space was set aside; throws the given error when it is in use already. */
  #emergencyFile(error: unknown): SegmentFile {
    const blank = this.#emergency
    this.#emergency = null
    if (blank === null) throw error
    return this.#enlist(blank)
  }

  #nextFile(): SegmentFile {
    const spare = this.#spare
    this.#spare = null
    this.#preparing = null
    if (spare !== null) return this.#enlist(spare)
    const blank = createBlank(this.#options, freshName)
    blank.file.syncNow()
    return this.#enlist(blank)
  }

  #enlist(blank: BlankFile): SegmentFile {
    this.#namesDirty = true
    return enlist(this.#options.disk, blank, this.#nextNumber++)
  }

  #prepareSpare(): void {
    if (this.#spare !== null || this.#preparing !== null || this.#state.kind !== 'open') return
    try {
      const blank = createBlank(this.#options, spareName)
      this.#preparing = blank
      blank.file.sync((error) => {
        if (error === null && this.#preparing === blank) this.#spare = blank
        else blank.file.close()
      })
    } catch {
      // The file is made when it is needed instead, and a failure is met there.
    }
  }

  #closeEnded(): void {
    const done = this.#ended.filter((file) => file.durableChanges === file.changes)
    this.#closeFiles(done)
    this.#ended = this.#ended.filter((file) => !done.includes(file))
  }

  #closeFiles(files: readonly SegmentFile[]): void {
    for (const { file } of files) file.close()
  }
}
