import type { ClientResponse } from '#gateway/client-response.ts'

/** Where one follower stands. */
export interface Follower {
  /** The next piece that it has not had; undefined when there is none yet. */
  readonly next: () => Buffer | undefined
  /** It is gone, and nothing is kept for it any more. */
  readonly detach: () => void
  /** It fell so far behind that what it needs next is gone. */
  readonly isLost: () => boolean
}

/** Room for what is recorded, shared by all recordings. */
export interface RecordingRoom {
  /** The most bytes of one answer that are kept whole. */
  readonly bytesMax: number
  /** What is held for the slowest reader of an answer that is too large to be kept whole. */
  readonly windowBytesMax: number
  /** Counts bytes that are held now (or, negative, no more). False when there is no room for them. */
  readonly grow: (byteLength: number) => boolean
}

interface Reader {
  /** The number of its next piece, counted from the beginning. */
  position: number
  readonly onNews: () => void
}

/**
 * One answer, written by whoever works on it and read by everybody who waits for it, each from the
 * beginning and at a speed of their own. It is held whole up to `bytesMax`. What is larger cannot be read
 * from its beginning any more: then only a window is held, as far back as the first client needs it, the
 * writer waits for that client, and others who fall out of the window are lost.
 */
export class Recording implements ClientResponse {
  readonly isRecording = true
  chunkedEncoding = false
  destroyed = false
  status = 0
  /** As they were written; names and values alternate. */
  headers: readonly string[] = []
  /** The last byte has been written. */
  isEnded = false
  /** Nothing of it was forgotten. */
  isWhole = true
  readonly #room: RecordingRoom
  #pieces: Buffer[] = []
  /** How many pieces were forgotten from the beginning. */
  #forgotten = 0
  #heldBytes = 0
  #isWaiting = false
  readonly #readers = new Set<Reader>()
  readonly #onDrain: (() => void)[] = []

  constructor(room: RecordingRoom) {
    this.#room = room
  }

  get headersSent(): boolean {
    return this.status !== 0
  }

  /** There is something to send beside the head, or nothing will come any more. */
  get hasNews(): boolean {
    return this.isEnded || this.destroyed || this.#pieces.length > 0 || this.#forgotten > 0
  }

  writeHead(status: number, headers: readonly string[]): void {
    this.status = status
    this.headers = headers
  }

  write(chunk: string | Buffer, encoding?: BufferEncoding): boolean {
    if (this.destroyed || this.isEnded) return true
    this.#append(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk)
    this.#tellAll()
    this.#forget()
    this.#isWaiting = !this.isWhole && this.#heldBytes > this.#room.windowBytesMax
    return !this.#isWaiting
  }

  end(chunk?: string | Buffer, encoding?: BufferEncoding): void {
    if (this.destroyed || this.isEnded) return
    if (chunk !== undefined) {
      this.#append(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk)
    }
    this.isEnded = true
    this.#tellAll()
    this.#forget()
  }

  on(event: 'drain' | 'timeout', listener: () => void): void {
    // It has no connection that could time out: each reader watches over its own.
    if (event === 'drain') this.#onDrain.push(listener)
  }

  setTimeout(): void {
    // As above.
  }

  /** It breaks off here, and whoever reads it learns that. */
  destroy(): void {
    if (this.destroyed || this.isEnded) return
    this.destroyed = true
    this.#tellAll()
  }

  /** Reads from the beginning. Only a whole recording can be begun. `onNews` is called at each change. */
  follow(onNews: () => void): Follower {
    const reader: Reader = { position: 0, onNews }
    this.#readers.add(reader)
    return {
      next: () => {
        const piece = this.#pieces[reader.position - this.#forgotten]
        if (piece === undefined) return undefined
        reader.position += 1
        if (!this.isWhole) this.#forget()
        return piece
      },
      detach: () => {
        this.#readers.delete(reader)
        this.#forget()
      },
      isLost: () => reader.position < this.#forgotten,
    }
  }

  /** The whole body. Empty when it was not kept whole. */
  body(): Buffer {
    if (!this.isWhole) return Buffer.alloc(0)
    const [only] = this.#pieces
    return this.#pieces.length === 1 && only ? only : Buffer.concat(this.#pieces)
  }

  /** What has ended takes one piece of memory from now on, unless somebody is still in the middle of it. */
  compact(): void {
    if (!this.isWhole || this.#readers.size > 0 || this.#pieces.length < 2) return
    this.#pieces = [Buffer.concat(this.#pieces)]
  }

  /** Nobody will begin to read it any more: only what its readers still need is held. */
  letGo(): void {
    this.isWhole = false
    this.#forget()
  }

  #append(piece: Buffer): void {
    if (piece.length === 0) return
    this.#pieces.push(piece)
    this.#heldBytes += piece.length
    const hasRoom = this.#room.grow(piece.length)
    if (!hasRoom || this.#heldBytes > this.#room.bytesMax) this.isWhole = false
  }

  #tellAll(): void {
    for (const reader of this.#readers) reader.onNews()
  }

  /** Forgets what is not needed: nobody new can begin, and the first reader sets the pace of the rest. */
  #forget(): void {
    if (this.isWhole) return
    const positions = [...this.#readers].map(({ position }) => position)
    const end = this.#forgotten + this.#pieces.length
    const slowest = Math.min(end, ...positions)
    this.#forgetUntil(slowest)
    if (this.#heldBytes > this.#room.windowBytesMax && !this.isEnded) {
      this.#forgetUntil(positions[0] ?? end)
    }
    if (!this.#isWaiting || this.#heldBytes > this.#room.windowBytesMax) return
    this.#isWaiting = false
    for (const listener of this.#onDrain) listener()
  }

  #forgetUntil(position: number): void {
    const count = position - this.#forgotten
    if (count <= 0) return
    let bytes = 0
    for (const piece of this.#pieces.splice(0, count)) bytes += piece.length
    this.#forgotten = position
    this.#heldBytes -= bytes
    this.#room.grow(-bytes)
    for (const reader of this.#readers) if (reader.position < position) reader.onNews()
  }
}
