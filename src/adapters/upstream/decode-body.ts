import type { Transform } from 'node:stream'
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib'

/** What a decoder tells. `onFull` and `onDrained` ask the source to pause and to go on. */
export interface DecoderEvents {
  readonly onData: (chunk: Buffer) => void
  readonly onEnd: () => void
  readonly onError: (error: Error) => void
  readonly onFull: () => void
  readonly onDrained: () => void
}

/** Decodes one compressed body as it comes. */
export interface Decoder {
  readonly write: (chunk: Buffer) => void
  readonly end: () => void
  readonly pause: () => void
  readonly resume: () => void
  readonly destroy: () => void
}

/** A decoder for this `content-encoding`, or undefined when it is not known. */
export function createDecoder(encoding: string, events: DecoderEvents): Decoder | undefined {
  const stream = streamFor(encoding)
  if (!stream) return undefined
  stream.on('data', events.onData)
  stream.on('end', events.onEnd)
  stream.on('error', events.onError)
  stream.on('drain', events.onDrained)
  return {
    write(chunk) {
      if (!stream.write(chunk)) events.onFull()
    },
    end: () => void stream.end(),
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    destroy: () => void stream.destroy(),
  }
}

function streamFor(encoding: string): Transform | undefined {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip()
    case 'deflate':
      return createInflate()
    case 'br':
      return createBrotliDecompress()
    case 'zstd':
      return createZstdDecompress()
    default:
      return undefined
  }
}
