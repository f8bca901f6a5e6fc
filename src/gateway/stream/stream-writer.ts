import type { House } from '#gateway/house.ts'
import type { Life } from '#gateway/life.ts'
import { rateHeaders } from '#gateway/limits/rate-headers.ts'
import { failedKeysHeaders } from '#gateway/own/failed-keys-header.ts'
import { headersFor } from '#gateway/respond.ts'
import type { UpstreamCall } from '#ports/upstream.ts'

/** What a silent stream sends so that nobody on the way closes it. Clients skip comments. */
const commentPing = ': still working\n\n'
const eventStream = 'text/event-stream; charset=utf-8'

/**
 * The client's side of one stream. It never holds more than the connection's own buffer and one chunk:
 * when the reader is slow the upstream is paused, and a reader that takes nothing for too long is closed.
 */
export class StreamWriter {
  readonly #house: House
  readonly #life: Life
  readonly #call: UpstreamCall
  #isPaused = false
  #isActive = true
  /** HTTP/1.1: each write is one chunk of the transfer coding, framed here in the same piece of memory. */
  readonly #isFramed: boolean
  #lastActiveMs: number
  /** The head has been sent: from now on the status is 200, and no other endpoint can be asked. */
  isOpen = false
  /** Sent when there is nothing else to send; ASCII, not empty. */
  ping = commentPing
  contentType = eventStream

  constructor(house: House, life: Life, call: UpstreamCall) {
    this.#house = house
    this.#life = life
    this.#call = call
    this.#isFramed = life.request.httpVersionMinor > 0 && life.response.isRecording !== true
    this.#lastActiveMs = house.clock.monotonicMs()
  }

  /** Sends the head. The first bytes of the body follow in the same packet. */
  open(): void {
    if (this.isOpen) return
    this.isOpen = true
    const { response, request, id, clampedMaxTokens } = this.#life
    const own = [
      ...['content-type', this.contentType],
      ...['cache-control', 'no-cache, no-transform'],
      ...['x-accel-buffering', 'no'],
      ...['x-generation-id', id],
      ...['x-request-id', id],
    ]
    if (clampedMaxTokens !== null) {
      own.push('x-codelace-max-tokens-clamped', String(clampedMaxTokens))
    }
    own.push(...failedKeysHeaders(this.#life), ...rateHeaders(this.#house, this.#life))
    own.push(...(this.#isFramed ? ['transfer-encoding', 'chunked'] : ['connection', 'close']))
    response.writeHead(200, headersFor(request, own))
    // The chunks are framed here: the framework would hand each to the system in four pieces.
    response.chunkedEncoding = false
    response.on('drain', () => this.#resume())
    response.on('timeout', () => {
      if (this.#isPaused) response.destroy()
    })
    this.#life.probe = () => this.write(this.ping)
  }

  /** Sends text of which each letter is one byte. */
  write(latin1: string): void {
    const { response } = this.#life
    if (response.destroyed || this.#life.isClientGone) return
    this.#isActive = true
    if (!response.write(this.#frame(latin1), 'latin1') && !this.#isPaused) this.#pause()
  }

  /** Sends text as UTF-8. */
  writeText(text: string): void {
    const { response } = this.#life
    if (response.destroyed || this.#life.isClientGone) return
    this.#isActive = true
    const chunk = this.#isFramed ? frameText(text) : text
    if (!response.write(chunk, 'utf8') && !this.#isPaused) this.#pause()
  }

  /** Sends the last text, as UTF-8, and closes the answer. */
  endText(text: string): void {
    this.#release()
    const framed = this.#isFramed ? `${text === '' ? '' : frameText(text)}0\r\n\r\n` : text
    this.#life.response.end(framed, 'utf8')
  }

  /** Sends the last text and closes the answer. */
  end(latin1: string): void {
    this.#release()
    const last = this.#isFramed ? `${this.#frame(latin1)}0\r\n\r\n` : latin1
    this.#life.response.end(last, 'latin1')
  }

  #frame(latin1: string): string {
    return this.#isFramed ? `${latin1.length.toString(16)}\r\n${latin1}\r\n` : latin1
  }

  /** Called now and then; keeps a silent stream alive. */
  tick(nowMs: number): void {
    if (this.#isActive) {
      this.#isActive = false
      this.#lastActiveMs = nowMs
      return
    }
    if (this.#isPaused) return
    if (nowMs - this.#lastActiveMs < this.#house.limits.streamPingIntervalMs) return
    this.open()
    this.write(this.ping)
  }

  #pause(): void {
    this.#isPaused = true
    this.#call.pause()
    // The timer of the socket counts what the kernel has taken, so a slow reader is no stalled one.
    this.#life.response.setTimeout(this.#house.limits.stalledReaderTimeoutMs)
  }

  #resume(): void {
    if (!this.#isPaused) return
    this.#release()
    this.#call.resume()
  }

  #release(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#life.response.setTimeout(0)
  }
}

function frameText(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}
