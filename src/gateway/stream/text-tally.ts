import { contentBytesMax } from '#domain/limits.ts'
import type { AnswerRoom } from '#gateway/answer-memory.ts'

/** So much is kept whether there is room or not: without any text nothing could be counted. */
const bytesMin = 4 * 1024

/**
 * The output that passed by, as text, in case it has to be counted here. It keeps the JSON-escaped UTF-8
 * bytes as they stand in the stream and decodes them only when asked. Above its limit it only measures.
 */
export class TextTally {
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0
  /** Bytes of output in all, also those that are not kept. */
  byteLength = 0
  readonly #room: AnswerRoom
  #isFull = false

  constructor(room: AnswerRoom) {
    this.#room = room
  }

  /** Adds escaped text: the part of `latin1`, whose letters are bytes, from `from` to `to`. */
  addEscaped(latin1: string, from: number, to: number): void {
    const length = to - from
    this.byteLength += length
    if (length <= 0 || !this.#reserve(length)) return
    this.#bytes.write(latin1.slice(from, to), this.#length, 'latin1')
    this.#length += length
  }

  /** Adds plain text. */
  add(text: string): void {
    if (text === '') return
    const escaped = Buffer.from(JSON.stringify(text))
    const length = escaped.length - 2
    this.byteLength += length
    if (!this.#reserve(length)) return
    escaped.copy(this.#bytes, this.#length, 1, length + 1)
    this.#length += length
  }

  /** What was kept. */
  text(): string {
    const escaped = this.#bytes.toString('utf8', 0, this.#length)
    try {
      return String(JSON.parse(`"${escaped}"`))
    } catch {
      return escaped
    }
  }

  /** How much larger the whole is than what was kept; 1 when all was kept. */
  scale(): number {
    return this.#length === 0 ? 1 : this.byteLength / this.#length
  }

  /** False when nothing more is kept: it is long enough, or the node has no room. */
  #reserve(length: number): boolean {
    const needed = this.#length + length
    if (needed > contentBytesMax || this.#isFull) return false
    if (this.#bytes.length >= needed) return true
    const size = Math.max(needed, this.#bytes.length * 2, 256)
    if (size > bytesMin && !this.#room.take(size - this.#bytes.length)) {
      this.#isFull = true
      return false
    }
    const larger = Buffer.allocUnsafeSlow(size)
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
    return true
  }
}
