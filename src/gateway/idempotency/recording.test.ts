import { expect, test } from 'vitest'

import { Recording } from './recording.ts'

function makeRecording({ bytesMax = 100, windowBytesMax = 10 } = {}) {
  const room = { held: 0 }
  const recording = new Recording({
    bytesMax,
    windowBytesMax,
    grow: (byteLength) => {
      room.held += byteLength
      return true
    },
  })
  return { recording, room }
}

/** Takes everything there is. */
function read(follower: ReturnType<Recording['follow']>): string {
  let text = ''
  for (let piece = follower.next(); piece; piece = follower.next()) text += piece.toString()
  return text
}

test('whoever comes later reads it from the beginning, at their own speed', () => {
  const { recording } = makeRecording()
  let news = 0
  const first = recording.follow(() => (news += 1))
  recording.writeHead(200, ['a', 'b'])
  recording.write('one ')
  expect(read(first)).toBe('one ')
  const second = recording.follow(() => undefined)
  recording.write('two ', 'latin1')
  recording.end('three')
  expect(read(first)).toBe('two three')
  expect(read(second)).toBe('one two three')
  expect(recording.body().toString()).toBe('one two three')
  expect(news).toBe(3)
})

test('within its size it never makes the writer wait', () => {
  const { recording } = makeRecording()
  recording.follow(() => undefined)
  for (let index = 0; index < 10; index += 1) expect(recording.write('0123456789')).toBe(true)
  expect(recording.isWhole).toBe(true)
})

test('one that is too large cannot be begun any more, and the writer waits for its first reader', () => {
  const { recording, room } = makeRecording({ bytesMax: 20 })
  let drains = 0
  recording.on('drain', () => (drains += 1))
  const first = recording.follow(() => undefined)
  const slow = recording.follow(() => undefined)
  expect(recording.write('0123456789')).toBe(true)
  expect(recording.write('0123456789')).toBe(true)
  read(first)
  expect(recording.write('x'.repeat(11))).toBe(false)
  expect(recording.isWhole).toBe(false)
  expect(slow.isLost()).toBe(true)
  expect(first.isLost()).toBe(false)
  expect(drains).toBe(0)
  expect(read(first)).toBe('x'.repeat(11))
  expect(drains).toBe(1)
  slow.detach()
  expect(room.held).toBe(0)
})

test('when its first reader leaves, the next one sets the pace; with none, nothing is held', () => {
  const { recording, room } = makeRecording({ bytesMax: 5 })
  const first = recording.follow(() => undefined)
  const second = recording.follow(() => undefined)
  expect(recording.write('123456')).toBe(true)
  expect(recording.write('7890123')).toBe(false)
  first.detach()
  expect(read(second)).toBe('1234567890123')
  second.detach()
  expect(recording.write('x'.repeat(50))).toBe(true)
  expect(room.held).toBe(0)
})

test('the end of one that is too large reaches those who are still reading it', () => {
  const { recording, room } = makeRecording({ bytesMax: 5 })
  const first = recording.follow(() => undefined)
  const second = recording.follow(() => undefined)
  recording.end('one piece that is far too large')
  expect(read(first)).toBe('one piece that is far too large')
  expect(read(second)).toBe('one piece that is far too large')
  expect(recording.body()).toHaveLength(0)
  expect(room.held).toBe(0)
})

test('one that is let go keeps only what its readers need', () => {
  const { recording, room } = makeRecording()
  const first = recording.follow(() => undefined)
  recording.end('kept')
  recording.letGo()
  expect(room.held).toBe(4)
  expect(read(first)).toBe('kept')
  expect(room.held).toBe(0)
})

test('one that breaks off tells its readers once, and takes nothing any more', () => {
  const { recording } = makeRecording()
  let news = 0
  recording.follow(() => (news += 1))
  recording.destroy()
  recording.destroy()
  recording.write('late')
  recording.end('later')
  expect(news).toBe(1)
  expect(recording.isEnded).toBe(false)
})
