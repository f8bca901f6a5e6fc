import { contentBytesMax } from '#domain/limits.ts'

/**
 * The output that passed by, as text, in case it has to be counted here. It keeps the JSON-escaped UTF-8
 * bytes as they stand in the stream and decodes them only when asked. Above its limit it only measures.
 */
export class TextTally {
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0
  /** Bytes of output in all, also those that are not kept. */
  byteLength = 0

  /** Adds escaped text: the part of `latin1`, whose letters are bytes, from `from` to `to`. */
  addEscaped(latin1: string, from: number, to: number): void {
    const length = to - from
    this.byteLength += length
    if (length <= 0 || this.#length + length > contentBytesMax) return
    this.#reserve(length)
    this.#bytes.write(latin1.slice(from, to), this.#length, 'latin1')
    this.#length += length
  }

  /** Adds plain text. */
  add(text: string): void {
    if (text === '') return
    const escaped = Buffer.from(JSON.stringify(text))
    const length = escaped.length - 2
    this.byteLength += length
    if (this.#length + length > contentBytesMax) return
    this.#reserve(length)
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

  #reserve(length: number): void {
    const needed = this.#length + length
    if (this.#bytes.length >= needed) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2, 256))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}
