import { describe, expect, test } from 'vitest'

import { makeResponseReader, MalformedAnswer } from './response-reader.ts'

interface Seen {
  readonly status: number
  readonly body: string
  readonly reusable: boolean
}

function read(pieces: readonly string[]): { answers: Seen[]; closed: boolean } {
  const answers: Seen[] = []
  let status = 0
  let body = ''
  const reader = makeResponseReader({
    onHead: (code) => {
      status = code
      body = ''
    },
    onBody: (buffer, start, end) => {
      body += buffer.toString('latin1', start, end)
    },
    onEnd: (reusable) => answers.push({ status, body, reusable }),
  })
  for (const piece of pieces) {
    // Rubbish behind the bytes, as in a buffer that is used again and again.
    const buffer = Buffer.from(`${piece}\r\n\r\nHTTP/1.1`)
    reader.push(buffer, piece.length)
  }
  return { answers, closed: reader.close() }
}

const withLength = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello'
const chunked =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n, my world\r\n0\r\nX-T: 1\r\n\r\n'
const empty = 'HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n'

describe('makeResponseReader', () => {
  test.each([
    ['a length', withLength, { status: 200, body: 'hello', reusable: true }],
    [
      'chunks, an extension and a trailer',
      chunked,
      { status: 200, body: 'hello, my world', reusable: true },
    ],
    ['no body', empty, { status: 204, body: '', reusable: true }],
    [
      'a length of nothing',
      'HTTP/1.1 500 Oh\r\ncontent-length: 0\r\nconnection: close\r\n\r\n',
      { status: 500, body: '', reusable: false },
    ],
  ])('reads an answer with %s, wherever it is cut', (_, text, expected) => {
    for (let cut = 0; cut <= text.length; cut++) {
      expect(read([text.slice(0, cut), text.slice(cut)])).toEqual({
        answers: [expected],
        closed: true,
      })
    }
    expect(read(text.split('')).answers).toEqual([expected])
  })

  test('reads one answer after the other, also when they come together', () => {
    const all = withLength + chunked + empty + withLength
    for (let cut = 0; cut <= all.length; cut++) {
      const { answers } = read([all.slice(0, cut), all.slice(cut)])
      expect(answers.map((answer) => answer.status)).toEqual([200, 200, 204, 200])
    }
  })

  test('skips an interim answer', () => {
    const { answers } = read([`HTTP/1.1 100 Continue\r\n\r\n${withLength}`])
    expect(answers).toEqual([{ status: 200, body: 'hello', reusable: true }])
  })

  test('an answer without a length ends with the connection, which is not used again', () => {
    expect(read(['HTTP/1.1 200 OK\r\nServer: x\r\n\r\nhel', 'lo'])).toEqual({
      answers: [{ status: 200, body: 'hello', reusable: false }],
      closed: true,
    })
  })

  test('an answer that is cut short is told from a whole one', () => {
    expect(read([withLength.slice(0, -1)])).toEqual({ answers: [], closed: false })
    expect(read([chunked.slice(0, -3)])).toEqual({ answers: [], closed: false })
  })

  test('bytes that are not HTTP/1.1 are refused', () => {
    expect(() => read(['SSH-2.0-OpenSSH\r\n\r\n'])).toThrow(MalformedAnswer)
    expect(() =>
      read(['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnot a size\r\n']),
    ).toThrow(MalformedAnswer)
    expect(() => read(['x'.repeat(70_000)])).toThrow(MalformedAnswer)
  })
})
