import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { EventSplitter, EventTooLarge } from './event-splitter.ts'

/** The events of these pieces, as text, each with the mark of whether it had one line. */
function split(pieces: readonly Buffer[], eventBytesMax = 1_000_000): string[] {
  const events: string[] = []
  const splitter = new EventSplitter(({ bytes, start, end, isOneLine }) => {
    events.push(`${isOneLine ? '1' : 'n'}:${bytes.toString('utf8', start, end)}`)
  }, eventBytesMax)
  for (const piece of pieces) splitter.push(piece)
  splitter.end()
  return events
}

/** The bytes in pieces of these lengths, and what is left at the end. */
function slice(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  let at = 0
  for (const length of lengths) {
    pieces.push(Buffer.from(bytes.subarray(at, at + length)))
    at += length
  }
  return [...pieces, Buffer.from(bytes.subarray(at))]
}

describe('splitting', () => {
  test.each(['\n', '\r\n', '\r'])('ends lines at %j', (end) => {
    const text = `data: a${end}${end}: c${end}${end}event: x${end}data: ü😀${end}${end}`
    expect(split([Buffer.from(text)])).toEqual(['1:data: a', '1:: c', `n:event: x${end}data: ü😀`])
  })

  test('a last event needs no blank line, and not even the end of its line', () => {
    expect(split([Buffer.from('data: a\n\ndata: b')])).toEqual(['1:data: a', '1:data: b'])
    expect(split([Buffer.from('data: b\n')])).toEqual(['1:data: b'])
    expect(split([Buffer.from('data: b\r\n\r')])).toEqual(['1:data: b'])
  })

  test('blank lines make no events', () => {
    expect(split([Buffer.from('\n\n\r\n\r\r\n\ndata: a\n\n\n\n\n')])).toEqual(['1:data: a'])
    expect(split([Buffer.from(''), Buffer.from('\n')])).toEqual([])
  })

  test('a byte order mark at the beginning is no part of the first event', () => {
    expect(split([Buffer.from('\ufeffdata: a\n\n')])).toEqual(['1:data: a'])
  })

  test('mixed line ends are lawful', () => {
    expect(split([Buffer.from('data: a\r\n\ndata: b\n\r\ndata: c\r\r\n')])).toEqual([
      '1:data: a',
      '1:data: b',
      '1:data: c',
    ])
  })

  test('however the bytes are cut, also inside characters and line ends, the events are the same', () => {
    const piece = fc.oneof(
      fc.constantFrom('\n', '\r', '\r\n', '\n\n', '\r\n\r\n', 'data:', 'data: ', ':', 'event: e'),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.constant('\ufeff'),
    )
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 }),
        (parts, lengths) => {
          const bytes = Buffer.from(parts.join(''))
          const whole = split([bytes])
          expect(split(slice(bytes, lengths))).toEqual(whole)
          expect(split([...bytes].map((byte) => Buffer.from([byte])))).toEqual(whole)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('events that were handed on stay as they were while the next ones come', () => {
    const kept: Buffer[] = []
    let round: Buffer[] = []
    const splitter = new EventSplitter(({ bytes, start, end }) => {
      round.push(bytes.subarray(start, end))
    }, 1_000)
    for (const piece of ['data: on', 'e\n\ndata: two\n\ndata: thr', 'ee\n\nda', 'ta: four\n\n']) {
      splitter.push(Buffer.from(piece))
      // Within one push, all its events are read at its end.
      kept.push(...round.map((bytes) => Buffer.from(bytes)))
      round = []
    }
    expect(kept.map(String)).toEqual(['data: one', 'data: two', 'data: three', 'data: four'])
  })
})

describe('limits', () => {
  test('an event larger than the limit is not collected', () => {
    expect(() => split([Buffer.alloc(600, 'x'), Buffer.alloc(600, 'x')], 1_000)).toThrow(
      EventTooLarge,
    )
    expect(split([Buffer.alloc(600, 'x'), Buffer.from('\n\n')], 1_000)).toHaveLength(1)
  })

  test('a large event in tiny pieces takes linear time', () => {
    const splitter = new EventSplitter(() => undefined, 8 * 1024 * 1024)
    const startedMs = performance.now()
    const piece = Buffer.alloc(16, 'x')
    for (let count = 0; count < 200_000; count += 1) splitter.push(piece)
    expect(performance.now() - startedMs).toBeLessThan(2_000)
  })
})
