import type { SegmentFile } from './segment-file.ts'
import { frameOverheadBytes, resealFrames, sealFrame } from './segment.ts'

const initialBytes = 16 * 1024

/** The frames that were appended but not written yet. Records are encoded once, in place. */
export class FrameBuffer {
  #bytes = Buffer.allocUnsafe(initialBytes)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** The frames waiting, valid until the next change. */
  get waiting(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Adds one record's frame for the file it will stand in. */
  add(tag: number, payload: string, file: SegmentFile): void {
    this.#reserve(frameOverheadBytes + payload.length * 3)
    const start = this.#length
    this.#length = sealFrame(this.#bytes, {
      start,
      tag,
      payloadBytes: this.#bytes.write(payload, start + 8, 'utf8'),
      durableThrough: file.durable,
      salt: file.salt,
    })
  }

  /** Adds frames that were taken from here before, made right for another file. */
  addTaken(frames: Buffer, file: SegmentFile): void {
    this.#reserve(frames.length)
    frames.copy(this.#bytes, this.#length)
    resealFrames(this.#bytes.subarray(this.#length, this.#length + frames.length), file.salt)
    this.#length += frames.length
  }

  /** Hands the frames over and begins anew. */
  take(): Buffer {
    const frames = Buffer.from(this.waiting)
    this.#length = 0
    return frames
  }

  clear(): void {
    this.#length = 0
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.waiting.copy(larger)
    this.#bytes = larger
  }
}
