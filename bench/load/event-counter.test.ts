import { describe, expect, test } from 'vitest'

import { makeEventCounter } from './event-counter.ts'

const stream = Buffer.from('data: a\n\ndata: {"text":"x\\n\\n"}\n\ndata: [DONE]\n\n')

describe('makeEventCounter', () => {
  test('counts an event when its blank line has arrived', () => {
    const counter = makeEventCounter()
    expect(counter.push(stream, 0, stream.length)).toBe(3)
  })

  test('counts the same wherever the bytes are cut', () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      const counter = makeEventCounter()
      expect(counter.push(stream, 0, cut) + counter.push(stream, cut, stream.length)).toBe(3)
    }
  })

  test('counts the same when the bytes come one by one', () => {
    const counter = makeEventCounter()
    let events = 0
    for (let at = 0; at < stream.length; at++) events += counter.push(stream, at, at + 1)
    expect(events).toBe(3)
  })

  test('looks only at the part of the buffer that it is given', () => {
    const counter = makeEventCounter()
    expect(counter.push(stream, 0, 8)).toBe(0)
    expect(counter.push(stream, 8, 9)).toBe(1)
  })

  test('an event that several field lines make counts once', () => {
    const event = Buffer.from('event: message\nid: 1\ndata: a\n\n')
    expect(makeEventCounter().push(event, 0, event.length)).toBe(1)
  })
})
