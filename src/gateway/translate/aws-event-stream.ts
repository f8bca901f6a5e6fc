import { crc32 } from 'node:zlib'

import type { WireEvent } from '#gateway/canonical/wire-event.ts'
import { EventTooLarge } from '#gateway/stream/event-splitter.ts'

import { FramingError, type EventFramer } from './sse-events.ts'

/** The bytes are no event stream, or were changed or cut on the way. */
export class FrameDamaged extends FramingError {}

/** Total length, length of the headers, and their checksum. */
const preludeBytes = 12
const checksumBytes = 4
const nothing = Buffer.alloc(0)

/**
 * Cuts a stream of type `application/vnd.amazon.eventstream` into its events, however the network cut the
 * bytes. A frame that is whole in one chunk is read without a copy. `push` throws `FrameDamaged` when a
 * checksum is wrong, and `EventTooLarge` when a frame is longer than `frameBytesMax`; `end` throws
 * `FrameDamaged` when a frame was cut off. After a throw nothing may be pushed.
 */
export function awsEventFramer(
  sink: (event: WireEvent) => void,
  frameBytesMax: number,
): EventFramer {
  /** A frame whose end has not come yet, in a buffer of just its length; of a prelude's while that is cut. */
  let held = nothing
  let heldLength = 0

  /** Adds to the frame that is held. Returns where in the chunk the next one begins. */
  function fill(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + held.length - heldLength)
    heldLength += chunk.copy(held, heldLength, at, end)
    if (heldLength < held.length) return end
    if (held.length === preludeBytes) {
      const frame = Buffer.allocUnsafe(readPrelude(held, 0, frameBytesMax))
      held.copy(frame)
      held = frame
    } else {
      const frame = held
      held = nothing
      heldLength = 0
      sink(readFrame(frame))
    }
    return end
  }

  return {
    push(chunk) {
      let at = 0
      while (at < chunk.length) {
        if (heldLength > 0) {
          at = fill(chunk, at)
          continue
        }
        const left = chunk.length - at
        const length = left < preludeBytes ? preludeBytes : readPrelude(chunk, at, frameBytesMax)
        if (left >= preludeBytes && left >= length) {
          sink(readFrame(chunk.subarray(at, at + length)))
          at += length
          continue
        }
        held = Buffer.allocUnsafe(length)
        heldLength = chunk.copy(held, 0, at)
        return
      }
    },
    end() {
      if (heldLength > 0) throw new FrameDamaged('the stream ends inside of a frame')
    },
  }
}

/** The length of the frame that begins here. */
function readPrelude(bytes: Buffer, at: number, frameBytesMax: number): number {
  const length = bytes.readUInt32BE(at)
  const headersLength = bytes.readUInt32BE(at + 4)
  if (crc32(bytes.subarray(at, at + 8)) !== bytes.readUInt32BE(at + 8)) {
    throw new FrameDamaged('the checksum of a prelude is wrong')
  }
  if (length < preludeBytes + headersLength + checksumBytes) {
    throw new FrameDamaged('a frame is shorter than its headers')
  }
  if (length > frameBytesMax) throw new EventTooLarge(`a frame of ${length} bytes`)
  return length
}

function readFrame(frame: Buffer): WireEvent {
  const payloadEnd = frame.length - checksumBytes
  if (crc32(frame.subarray(0, payloadEnd)) !== frame.readUInt32BE(payloadEnd)) {
    throw new FrameDamaged('the checksum of a frame is wrong')
  }
  const headersEnd = preludeBytes + frame.readUInt32BE(4)
  const headers = readHeaders(frame.subarray(preludeBytes, headersEnd))
  const data = frame.toString('utf8', headersEnd, payloadEnd)
  switch (headers.get(':message-type')) {
    case 'exception':
      return { name: headers.get(':exception-type') ?? null, data, isException: true }
    case 'error': {
      const message = headers.get(':error-message') ?? ''
      const name = headers.get(':error-code') ?? null
      return { name, data: JSON.stringify({ message }), isException: true }
    }
    default:
      return { name: headers.get(':event-type') ?? null, data, isException: false }
  }
}

/** How many bytes the value of each type of header has; text and bytes say their length themselves. */
const valueBytes: readonly (number | 'counted')[] = [0, 0, 1, 2, 4, 8, 'counted', 'counted', 8, 16]
const textType = 7

/** The headers that are texts, by name. */
function readHeaders(bytes: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  let at = 0
  while (at < bytes.length) {
    const nameEnd = at + 1 + (bytes[at] ?? 0)
    const type = bytes[nameEnd]
    const fixed = type === undefined ? undefined : valueBytes[type]
    if (fixed === undefined) throw new FrameDamaged('a header has no known type')
    let valueStart = nameEnd + 1
    let length = 0
    if (fixed === 'counted') {
      if (valueStart + 2 > bytes.length) throw new FrameDamaged('a header is cut off')
      length = bytes.readUInt16BE(valueStart)
      valueStart += 2
    } else length = fixed
    const valueEnd = valueStart + length
    if (valueEnd > bytes.length) throw new FrameDamaged('a header is cut off')
    if (type === textType) {
      headers.set(
        bytes.toString('utf8', at + 1, nameEnd),
        bytes.toString('utf8', valueStart, valueEnd),
      )
    }
    at = valueEnd
  }
  return headers
}
