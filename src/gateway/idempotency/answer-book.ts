import { Fault, unreachable } from '#domain/faults.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import type { GenerationId } from '#domain/identifiers.ts'
import {
  idempotencyRetryAfterSeconds,
  idempotentAnswerBytesMax,
  idempotentAnswerKeptMs,
  idempotentAnswersMax,
  idempotentMemoryBytesMax,
  streamBufferBytesMax,
} from '#domain/limits.ts'
import type { Clock } from '#ports/clock.ts'
import type { RepeatableAnswer } from '#ports/idempotency.ts'

import type { FollowedAnswer } from './follow.ts'
import { isEventStream, type KeptAnswers, type RequestName } from './kept-answers.ts'
import { Recording } from './recording.ts'

/** How much of answers is kept in memory. */
export interface AnswerBookLimits {
  readonly answerBytesMax: number
  readonly memoryBytesMax: number
  readonly answersMax: number
  readonly keptMs: number
}

/** The limits of `domain/limits.ts`. */
const answerBookLimits: AnswerBookLimits = {
  answerBytesMax: idempotentAnswerBytesMax,
  memoryBytesMax: idempotentMemoryBytesMax,
  answersMax: idempotentAnswersMax,
  keptMs: idempotentAnswerKeptMs,
}

/** What a book is made of. Limits that are left out are the product's. */
export interface AnswerBookParts {
  readonly kept: KeptAnswers
  readonly clock: Clock
  readonly limits?: Partial<AnswerBookLimits>
}

/** Works on the request, writes its answer to the recording, and returns its settled line, if it has one. Never rejects. */
export type Work = (recording: Recording) => Promise<GenerationRecord | null>

/** An answer, and whether the caller is the one who made it begin. */
export interface Entered {
  readonly answer: FollowedAnswer
  readonly isFirst: boolean
}

/** The answers of this node to requests with an idempotency key: those under way and those of the last day. */
export interface AnswerBook {
  /**
   * The answer to this request: it begins with `work`, unless it is under way or was given before. Throws
   * `idempotency_key_reused` and `idempotent_answer_not_kept`.
   */
  readonly enter: (name: RequestName, work: Work) => Promise<Entered>
  /** Resolves when the store has everything it can get, or `deadlineMs` have passed (false). */
  readonly flush: (deadlineMs: number) => Promise<boolean>
  /** How many answers are in memory, and their bytes. */
  readonly size: () => { readonly answers: number; readonly bytes: number }
}

/** One key: under way until `isFinished`. */
class Entry implements FollowedAnswer {
  readonly name: RequestName
  readonly recording: Recording
  fault: Fault | null = null
  generationId: GenerationId
  isFinished = false
  isRecalled = false
  /** The store does not have it yet: it must not be forgotten. */
  isStoring = false
  /** Set while nobody knows what will become of this key: wait, and look again. */
  pause: Promise<void> | null = null
  cancelExpiry: (() => void) | null = null

  constructor(name: RequestName, recording: Recording) {
    this.name = name
    this.recording = recording
    this.generationId = name.generationId
  }
}

/** An empty book. */
export function createAnswerBook(parts: AnswerBookParts): AnswerBook {
  return new MemoryAnswerBook(parts)
}

class MemoryAnswerBook implements AnswerBook {
  readonly #kept: KeptAnswers
  readonly #clock: Clock
  readonly #limits: AnswerBookLimits
  /** Those that are finished stand in the order in which they ended: the first ones expire first. */
  readonly #entries = new Map<string, Entry>()
  readonly #errands = new Set<Promise<void>>()
  #bytes = 0

  constructor({ kept, clock, limits }: AnswerBookParts) {
    this.#kept = kept
    this.#clock = clock
    this.#limits = { ...answerBookLimits, ...limits }
  }

  async enter(name: RequestName, work: Work): Promise<Entered> {
    const key = keyOf(name)
    let entry = this.#entries.get(key)
    while (entry?.pause) {
      await entry.pause
      // A refusal of the store is the answer to everybody who waited for it with the same request.
      if (entry.fault && isSameRequest(entry, name)) return { answer: entry, isFirst: false }
      entry = this.#entries.get(key)
    }
    if (!entry) return { answer: this.#begin(name, work), isFirst: true }
    if (!isSameRequest(entry, name)) {
      throw new Fault('idempotency_key_reused', { metadata: { retryable: false } })
    }
    if (!entry.recording.isWhole) {
      throw notKept(entry, 'it is larger than what is kept')
    }
    return { answer: entry, isFirst: false }
  }

  flush(deadlineMs: number): Promise<boolean> {
    if (this.#errands.size === 0) return Promise.resolve(true)
    return new Promise((resolve) => {
      const cancel = this.#clock.after(deadlineMs, () => resolve(false))
      void Promise.all(this.#errands).then(() => {
        cancel()
        resolve(true)
      })
    })
  }

  size(): { answers: number; bytes: number } {
    return { answers: this.#entries.size, bytes: this.#bytes }
  }

  #begin(name: RequestName, work: Work): Entry {
    const { answerBytesMax } = this.#limits
    const recording = new Recording({
      bytesMax: answerBytesMax,
      windowBytesMax: Math.min(answerBytesMax, streamBufferBytesMax),
      grow: (byteLength) => this.#grow(byteLength),
    })
    const entry = new Entry(name, recording)
    this.#entries.set(keyOf(name), entry)
    entry.pause = this.#claim(entry).then((isOurs) => {
      entry.pause = null
      if (isOurs) this.#runErrand(this.#run(entry, work))
    })
    return entry
  }

  /** True when the request is this node's to answer. Otherwise the entry has its answer, or a fault. */
  async #claim(entry: Entry): Promise<boolean> {
    try {
      const claimed = await this.#kept.claim(entry.name)
      switch (claimed.kind) {
        case 'claimed':
        case 'alone':
          return true
        case 'answered':
          await this.#recall(entry, claimed)
          return false
        case 'in_use': {
          const retryAfterSeconds = idempotencyRetryAfterSeconds
          this.#refuse(entry, new Fault('idempotency_key_in_use', { retryAfterSeconds }))
          return false
        }
        case 'other_request': {
          const metadata = { retryable: false }
          this.#refuse(entry, new Fault('idempotency_key_reused', { metadata }))
          return false
        }
        default:
          return unreachable(claimed)
      }
    } catch (cause) {
      this.#refuse(entry, cause instanceof Fault ? cause : new Fault('internal', { cause }))
      return false
    }
  }

  /** Puts an answer of the store back into memory. */
  async #recall(
    entry: Entry,
    { answer, leftMs }: { answer: RepeatableAnswer; leftMs: number },
  ): Promise<void> {
    entry.generationId = answer.generationId
    entry.isRecalled = true
    const body = await this.#kept.open(entry.name, answer)
    if (body === undefined) {
      const reason = answer.sealed
        ? 'its content was erased'
        : 'its content is not written to disk, or it is larger than what is kept'
      throw notKept(entry, reason)
    }
    const { status, headers } = answer
    const length = isEventStream(headers) ? [] : ['content-length', String(body.length)]
    entry.recording.writeHead(status, [...headers, ...length])
    entry.recording.end(body)
    this.#finish(entry, leftMs)
  }

  async #run(entry: Entry, work: Work): Promise<void> {
    const { recording } = entry
    const record = await work(recording)
    const isAnswer = record !== null && (record.outcome === 'completed' || record.costNanoUsd > 0n)
    if (isAnswer && recording.isEnded) {
      entry.isStoring = true
      recording.compact()
      this.#finish(entry, this.#limits.keptMs)
      await this.#kept.keep(entry.name, record, recording)
      entry.isStoring = false
      this.#makeRoom()
      return
    }
    recording.letGo()
    const freed = this.#kept.release(entry.name).then(() => this.#remove(entry))
    entry.pause = freed
    await freed
  }

  #refuse(entry: Entry, fault: Fault): void {
    entry.fault = fault
    this.#remove(entry)
    entry.recording.destroy()
  }

  #finish(entry: Entry, leftMs: number): void {
    const key = keyOf(entry.name)
    entry.isFinished = true
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    entry.cancelExpiry = this.#clock.after(leftMs, () => this.#remove(entry))
    this.#makeRoom()
  }

  #remove(entry: Entry): void {
    const key = keyOf(entry.name)
    if (this.#entries.get(key) === entry) this.#entries.delete(key)
    entry.cancelExpiry?.()
    entry.recording.letGo()
  }

  #grow(byteLength: number): boolean {
    this.#bytes += byteLength
    return byteLength <= 0 || this.#makeRoom()
  }

  /** Forgets the oldest finished answers; false when what is under way alone is too much. */
  #makeRoom(): boolean {
    const { memoryBytesMax, answersMax } = this.#limits
    const isFull = () => this.#bytes > memoryBytesMax || this.#entries.size > answersMax
    if (!isFull()) return true
    for (const entry of this.#entries.values()) {
      if (!entry.isFinished || entry.isStoring) continue
      this.#remove(entry)
      if (!isFull()) return true
    }
    return this.#bytes <= memoryBytesMax
  }

  #runErrand(errand: Promise<void>): void {
    this.#errands.add(errand)
    void errand.finally(() => this.#errands.delete(errand))
  }
}

function keyOf({ accountId, keyHash }: RequestName): string {
  return `${accountId} ${Buffer.from(keyHash.buffer, keyHash.byteOffset, keyHash.length).toString('latin1')}`
}

function isSameRequest(entry: Entry, { fingerprint }: RequestName): boolean {
  return Buffer.compare(entry.name.fingerprint, fingerprint) === 0
}

function notKept({ generationId }: Entry, reason: string): Fault {
  return new Fault('idempotent_answer_not_kept', {
    details: { id: generationId, reason },
    metadata: { generation_id: generationId, retryable: false },
  })
}
