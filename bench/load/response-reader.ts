/** What a reader tells about one answer, in this order: `onHead`, any number of `onBody`, `onEnd`. */
export interface ResponseListener {
  readonly onHead: (status: number) => void
  /** Part of the decoded body: `buffer` from `start` up to `end`. Only valid during the call. */
  readonly onBody: (buffer: Buffer, start: number, end: number) => void
  /** The answer is complete. `reusable`: the connection may carry another request. */
  readonly onEnd: (reusable: boolean) => void
}

/** Reads HTTP/1.1 answers off one connection, one after the other. */
export interface ResponseReader {
  /** Takes the next bytes. Throws `MalformedAnswer` when they are not HTTP as this reader knows it. */
  readonly push: (buffer: Buffer, length: number) => void
  /** The peer closed. True when that completed an answer without a length, false when it cut one short. */
  readonly close: () => boolean
}

/** The peer does not speak HTTP/1.1 with a length, chunks or a closing connection. */
export class MalformedAnswer extends Error {
  override readonly name = 'MalformedAnswer'
}

/** `idle`: between answers. */
type Phase =
  | 'idle'
  | 'head'
  | 'length'
  | 'chunkSize'
  | 'chunk'
  | 'chunkEnd'
  | 'trailer'
  | 'untilClose'

interface Head {
  readonly status: number
  /** How its body is read. */
  readonly phase: 'length' | 'chunkSize' | 'untilClose'
  /** Of the body, where `phase` is `length`. */
  readonly length: number
  readonly reusable: boolean
}

const lineFeed = 10
const headBytesMax = 64 * 1024

/**
 * Makes a reader that does as little as an answer needs: the load generator shares its processor core
 * with the upstream, and each microsecond here is one that the contender could have been asked in.
 */
export function makeResponseReader(listener: ResponseListener): ResponseReader {
  let phase: Phase = 'idle'
  let pending = ''
  let remaining = 0
  let reusable = true

  function finish(): void {
    phase = 'idle'
    pending = ''
    listener.onEnd(reusable)
  }

  function takeHead(buffer: Buffer, at: number, length: number): number {
    const before = pending.length
    pending += buffer.toString('latin1', at, length)
    const end = pending.indexOf('\r\n\r\n')
    if (end < 0) {
      if (pending.length > headBytesMax) throw new MalformedAnswer('headers without an end')
      phase = 'head'
      return length
    }
    const head = parseHead(pending.slice(0, end))
    pending = ''
    reusable = head.reusable
    remaining = head.length
    // An interim answer (1xx) is followed by the real one.
    phase = head.status < 200 ? 'idle' : head.phase
    if (phase !== 'idle') listener.onHead(head.status)
    if (phase === 'length' && remaining === 0) finish()
    return at + end + 4 - before
  }

  function takeLine(buffer: Buffer, at: number, length: number): number {
    const lineEnd = buffer.indexOf(lineFeed, at)
    const found = lineEnd >= 0 && lineEnd < length
    pending += buffer.toString('latin1', at, found ? lineEnd : length)
    if (!found) return length
    const line = pending.trim()
    pending = ''
    if (phase === 'chunkSize') {
      remaining = Number.parseInt(line, 16)
      if (Number.isNaN(remaining))
        throw new MalformedAnswer(`not a chunk size: ${line.slice(0, 40)}`)
      phase = remaining === 0 ? 'trailer' : 'chunk'
    } else if (phase === 'chunkEnd') phase = 'chunkSize'
    else if (line === '') finish()
    return lineEnd + 1
  }

  function takeBody(buffer: Buffer, at: number, length: number): number {
    const end = phase === 'untilClose' ? length : Math.min(length, at + remaining)
    listener.onBody(buffer, at, end)
    remaining -= end - at
    if (phase === 'chunk' && remaining === 0) phase = 'chunkEnd'
    else if (phase === 'length' && remaining === 0) finish()
    return end
  }

  return {
    push(buffer, length) {
      let at = 0
      while (at < length) {
        if (phase === 'idle' || phase === 'head') at = takeHead(buffer, at, length)
        else if (phase === 'length' || phase === 'chunk' || phase === 'untilClose') {
          at = takeBody(buffer, at, length)
        } else at = takeLine(buffer, at, length)
      }
    },
    close() {
      if (phase !== 'untilClose') return phase === 'idle'
      reusable = false
      finish()
      return true
    },
  }
}

function parseHead(text: string): Head {
  const status = /^HTTP\/1\.([01]) (\d{3})/.exec(text)
  if (!status) throw new MalformedAnswer(`not an HTTP/1.1 answer: ${text.slice(0, 40)}`)
  const code = Number(status[2])
  const lower = text.toLowerCase()
  const reusable = !lower.includes('\r\nconnection: close') && status[1] === '1'
  if (lower.includes('\r\ntransfer-encoding: chunked')) {
    return { status: code, phase: 'chunkSize', length: 0, reusable }
  }
  if (code === 204 || code === 304 || code < 200) {
    return { status: code, phase: 'length', length: 0, reusable }
  }
  const length = /\r\ncontent-length: *(\d+)/.exec(lower)
  if (!length) return { status: code, phase: 'untilClose', length: 0, reusable: false }
  return { status: code, phase: 'length', length: Number(length[1]), reusable }
}
