/** One event without its closing blank line: the bytes from `start` to `end`, not empty. */
export interface EventRange {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  readonly isOneLine: boolean
}

const lineFeed = 10
const carriageReturn = 13
const carryBytesMin = 512

/** An event is larger than an upstream may send. */
export class EventTooLarge extends Error {
  override readonly name = 'EventTooLarge'
}

/**
 * Cuts a byte stream into server-sent events at blank lines, whatever ends a line (LF, CRLF or CR) and
 * however the network cut the bytes: the same stream gives the same events. Characters are never
 * decoded, so they cannot be broken. An event that is whole in one chunk is handed on without a copy.
 */
export class EventSplitter {
  readonly #sink: (event: EventRange) => void
  readonly #eventBytesMax: number
  /** The beginning of an event whose end has not come yet. */
  #carry: Buffer = Buffer.alloc(0)
  #carryLength = 0
  /** Where the current event's last line with content ended; -1 while it has none. */
  #contentEnd = -1
  /** Lines with content in the current event so far. */
  #lineCount = 0
  #lineIsEmpty = true
  #afterCarriageReturn = false
  #isFirst = true

  constructor(sink: (event: EventRange) => void, eventBytesMax: number) {
    this.#sink = sink
    this.#eventBytesMax = eventBytesMax
  }

  /** Hands on every event that `chunk` completes. Throws `EventTooLarge`. */
  push(chunk: Buffer): void {
    if (this.#carryLength === 0) {
      this.#scan({ bytes: chunk, length: chunk.length, from: 0 })
      return
    }
    const from = this.#carryLength
    this.#append(chunk)
    const bytes = this.#carry
    const length = this.#carryLength
    this.#carryLength = 0
    this.#scan({ bytes, length, from })
  }

  /** The stream has ended: hands on a last event that lacks its blank line. */
  end(): void {
    const length = this.#carryLength
    if (length === 0) return
    this.#carryLength = 0
    if (!this.#lineIsEmpty) this.#lineCount += 1
    const end = this.#lineIsEmpty ? this.#contentEnd : length
    if (end > 0) this.#emit(this.#carry, 0, end)
  }

  /** `from` is where unseen bytes begin; the current event begins at 0. */
  #scan(part: { bytes: Buffer; length: number; from: number }): void {
    const { bytes, length, from } = part
    let start = 0
    let at = from
    let { contentEnd, lineIsEmpty, afterCarriageReturn } = this.#state()
    while (at < length) {
      const byte = bytes[at]
      if (byte !== lineFeed && byte !== carriageReturn) {
        lineIsEmpty = false
        afterCarriageReturn = false
        at += 1
        continue
      }
      const isSecondHalf = byte === lineFeed && afterCarriageReturn
      afterCarriageReturn = byte === carriageReturn
      if (isSecondHalf) {
        // It belongs to a line end that was already counted.
        if (contentEnd === -1 && start === at) start = at + 1
      } else if (!lineIsEmpty) {
        contentEnd = at
        lineIsEmpty = true
        this.#lineCount += 1
      } else {
        if (contentEnd !== -1) this.#emit(bytes, start, contentEnd)
        start = at + 1
        contentEnd = -1
        this.#lineCount = 0
      }
      at += 1
    }
    this.#contentEnd = contentEnd === -1 ? -1 : contentEnd - start
    this.#lineIsEmpty = lineIsEmpty
    this.#afterCarriageReturn = afterCarriageReturn
    if (start < length) this.#keep(bytes, start, length)
  }

  #state() {
    return {
      contentEnd: this.#contentEnd,
      lineIsEmpty: this.#lineIsEmpty,
      afterCarriageReturn: this.#afterCarriageReturn,
    }
  }

  #emit(bytes: Buffer, start: number, end: number): void {
    let from = start
    if (this.#isFirst) {
      this.#isFirst = false
      if (bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) from += 3
    }
    if (from < end) this.#sink({ bytes, start: from, end, isOneLine: this.#lineCount === 1 })
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    const length = end - start
    if (length > this.#eventBytesMax)
      throw new EventTooLarge(`an event of more than ${length} bytes`)
    if (bytes !== this.#carry) {
      this.#reserve(length)
      bytes.copy(this.#carry, 0, start, end)
    } else if (start > 0) {
      // A fresh one: events that were just handed on still point into the old one.
      this.#carry = Buffer.allocUnsafeSlow(Math.max(length, carryBytesMin))
      bytes.copy(this.#carry, 0, start, end)
    }
    this.#carryLength = length
  }

  #append(chunk: Buffer): void {
    const length = this.#carryLength + chunk.length
    this.#reserve(length)
    chunk.copy(this.#carry, this.#carryLength)
    this.#carryLength = length
  }

  /** Room for `length` bytes, at least doubled each time: many small pieces cost linear time. */
  #reserve(length: number): void {
    if (this.#carry.length >= length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(length, this.#carry.length * 2, carryBytesMin))
    this.#carry.copy(larger, 0, 0, this.#carryLength)
    this.#carry = larger
  }
}
