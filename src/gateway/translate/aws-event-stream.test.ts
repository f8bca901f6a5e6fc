import { EventStreamCodec } from '@smithy/eventstream-codec'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { WireEvent } from '#gateway/canonical/wire-event.ts'
import { EventTooLarge } from '#gateway/stream/event-splitter.ts'

import { awsEventFramer, FrameDamaged } from './aws-event-stream.ts'

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
)
const frameBytesMax = 1_000_000

function frame(headers: Readonly<Record<string, string>>, data: string): Buffer {
  const values = Object.entries(headers).map(
    ([name, value]) => [name, { type: 'string' as const, value }] as const,
  )
  return Buffer.from(codec.encode({ headers: Object.fromEntries(values), body: Buffer.from(data) }))
}

function eventFrame(name: string, data: string): Buffer {
  return frame({ ':event-type': name, ':message-type': 'event' }, data)
}

function read(chunks: readonly Buffer[]): WireEvent[] {
  const events: WireEvent[] = []
  const framer = awsEventFramer((event) => void events.push(event), frameBytesMax)
  for (const chunk of chunks) framer.push(chunk)
  framer.end()
  return events
}

/** Cuts bytes at the places given, which may be anywhere. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length]
  ends.sort((left, right) => left - right)
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

describe('frames', () => {
  test('the same bytes are the same events, wherever the network cut them', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.constantFrom('contentBlockDelta', 'ä€😀', ''), fc.json({ maxDepth: 2 })),
          {
            maxLength: 5,
          },
        ),
        fc.array(fc.nat({ max: 2_000 }), { maxLength: 20 }),
        (sent, places) => {
          const bytes = Buffer.concat(sent.map(([name, data]) => eventFrame(name, data)))
          expect(read(cut(bytes, places))).toEqual(
            sent.map(([name, data]) => ({ name, data, isException: false })),
          )
        },
      ),
      { numRuns: 50 },
    )
  })

  test('every byte may come alone', () => {
    const bytes = Buffer.concat([eventFrame('a', '{"p":"ä"}'), eventFrame('b', '{}')])
    expect(read([...bytes].map((byte) => Buffer.from([byte])))).toEqual([
      { name: 'a', data: '{"p":"ä"}', isException: false },
      { name: 'b', data: '{}', isException: false },
    ])
  })

  test('exceptions and errors of the service are told apart from events', () => {
    const exception = frame(
      { ':message-type': 'exception', ':exception-type': 'throttlingException' },
      '{"message":"slow down"}',
    )
    const error = frame(
      { ':message-type': 'error', ':error-code': '500', ':error-message': 'broken' },
      '',
    )
    expect(read([exception, error])).toEqual([
      { name: 'throttlingException', data: '{"message":"slow down"}', isException: true },
      { name: '500', data: '{"message":"broken"}', isException: true },
    ])
  })

  test('headers of every type are stepped over', () => {
    const bytes = Buffer.from(
      codec.encode({
        headers: {
          yes: { type: 'boolean', value: true },
          no: { type: 'boolean', value: false },
          byte: { type: 'byte', value: 1 },
          short: { type: 'short', value: 1 },
          integer: { type: 'integer', value: 1 },
          binary: { type: 'binary', value: Buffer.from('xyz') },
          timestamp: { type: 'timestamp', value: new Date(0) },
          uuid: { type: 'uuid', value: '01234567-89ab-cdef-0123-456789abcdef' },
          ':event-type': { type: 'string', value: 'last' },
        },
        body: Buffer.from('{}'),
      }),
    )
    expect(read([bytes])).toEqual([{ name: 'last', data: '{}', isException: false }])
  })
})

describe('damage', () => {
  test('any changed byte is noticed', () => {
    const bytes = Buffer.concat([eventFrame('one', '{"a":1}'), eventFrame('two', '{}')])
    for (let place = 0; place < bytes.length; place += 1) {
      const damaged = Buffer.from(bytes)
      damaged[place] = (damaged[place] ?? 0) ^ 0x41
      expect(() => read([damaged]), `byte ${place}`).toThrow(FrameDamaged)
    }
  })

  test('a stream that ends inside of a frame is noticed', () => {
    const bytes = eventFrame('one', '{"a":1}')
    for (let length = 1; length < bytes.length; length += 1) {
      expect(() => read([bytes.subarray(0, length)])).toThrow(FrameDamaged)
    }
  })

  test('a frame beyond the limit is refused before it is kept', () => {
    const bytes = eventFrame('one', 'x'.repeat(frameBytesMax))
    expect(() => read([bytes.subarray(0, 12)])).toThrow(EventTooLarge)
  })

  test('rubbish is damage, or nothing yet, and never anything else', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (chunks) => {
        try {
          expect(read(chunks.map((chunk) => Buffer.from(chunk)))).toEqual([])
        } catch (error) {
          if (!(error instanceof FrameDamaged)) throw error
        }
      }),
    )
  })
})
