import type { GatewayLog } from './log.ts'

/** Whose memory it is, and how much of it: a part of its life. */
export interface AnswerKeeper {
  /** Bytes of its answer that are kept while it is under way. */
  answerBytes: number
}

/** Asked before bytes of an answer are kept. False: there is no room, and there will be none for it. */
export interface AnswerRoom {
  readonly take: (bytes: number) => boolean
}

/** Room for whoever holds the whole of an answer anyway. */
export const answerRoomForAll: AnswerRoom = { take: () => true }

/** So often it is told that answers are not kept whole. */
const tellIntervalMs = 60_000

/**
 * What one node keeps of all answers under way: what they said so far, for the log and for counting it. Each
 * answer has a limit of its own; without one for all together, a thousand slow readers of long answers would
 * fill the process. Where there is no room left an answer goes on as before, but what is kept of it ends there.
 */
export class AnswerMemory {
  readonly #log: GatewayLog
  readonly #nowMs: () => number
  readonly #bytesMax: number
  #bytes = 0
  #cutCount = 0
  #toldMs = -Infinity

  /** Keeps at most `bytesMax` bytes. `nowMs`: monotonic. */
  constructor(parts: { log: GatewayLog; nowMs: () => number; bytesMax: number }) {
    const { log, nowMs, bytesMax } = parts
    this.#log = log
    this.#nowMs = nowMs
    this.#bytesMax = bytesMax
  }

  /** Bytes that are kept now. */
  get byteLength(): number {
    return this.#bytes
  }

  /** The room of one answer. Whoever is told that there is none must not ask for less. */
  roomOf(keeper: AnswerKeeper): AnswerRoom {
    return { take: (bytes) => this.#take(keeper, bytes) }
  }

  /** The answer is over: nothing of it is kept here any more. */
  free(keeper: AnswerKeeper): void {
    this.#bytes -= keeper.answerBytes
    keeper.answerBytes = 0
  }

  #take(keeper: AnswerKeeper, bytes: number): boolean {
    if (this.#bytes + bytes > this.#bytesMax) {
      this.#tell()
      return false
    }
    this.#bytes += bytes
    keeper.answerBytes += bytes
    return true
  }

  #tell(): void {
    this.#cutCount += 1
    const nowMs = this.#nowMs()
    if (nowMs - this.#toldMs < tellIntervalMs) return
    this.#toldMs = nowMs
    this.#log.warn('answers_not_kept_whole', {
      reason: 'the memory for answers under way is full',
      cutCount: this.#cutCount,
    })
  }
}
