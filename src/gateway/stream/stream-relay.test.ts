import { randomInt } from 'node:crypto'

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { zeroUsage } from '#domain/usage.ts'
import { nothingMetered } from '#gateway/meter.ts'
import { readChunks, readEvents } from '#test/gateway/event-text.ts'
import { relayAlone } from '#test/gateway/relay-alone.ts'
import { chunk, usualStream } from '#test/gateway/scripted-upstream.ts'

const seed = Number(process.env['STREAM_SEED'] ?? randomInt(1 << 30))
console.log(`Streams are mutated and sliced with STREAM_SEED=${seed}.`)

function slices(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  let at = 0
  for (const length of lengths) {
    pieces.push(Buffer.from(bytes.subarray(at, at + length)))
    at += length
  }
  return [...pieces, Buffer.from(bytes.subarray(at))]
}

const texts = ['Hel', 'lo wörld ', '😀"\\', '{"usage":{"a":1}}', '\n\n', 'finish_reason', '']
const crlf = (events: readonly string[]) => events.map((event) => event.replaceAll('\n', '\r\n'))
const anotherFirst = (event: string) =>
  event.replace('{"id":"chatcmpl-upstream1",', '{"id":"","extra":1,')

const streams: Readonly<Record<string, readonly string[]>> = {
  usual: usualStream(texts),
  crlf: crlf(usualStream(texts)),
  'Azure, whose first chunk has another id': [
    anotherFirst(chunk(null, { prompt_filter_results: [] })),
    ...usualStream(texts),
  ],
  'comments and names of events': [
    ': hello\n\n',
    ...usualStream(texts).map((event) => `event: message\nid: 5\n${event}`),
    ': bye\n\n',
  ],
  'data in several lines': usualStream(texts).map((event) =>
    event.startsWith('data: {') ? event.replace(',"object"', ',\ndata: "object"') : event,
  ),
  'without white space after the colon': usualStream(texts).map((event) =>
    event.replace('data: ', 'data:'),
  ),
  'with reasoning and calls': [
    chunk({ role: 'assistant', content: null, reasoning_content: 'hm "' }),
    chunk({ tool_calls: [{ index: 1, id: 'c', function: { name: 'f', arguments: '' } }] }),
    chunk({ tool_calls: [{ index: 1, function: { arguments: '{"a":1}' } }] }),
    chunk({}, { usage: { prompt_tokens: 1, completion_tokens: 1 } }, 'tool_calls'),
    'data: [DONE]\n\n',
  ],
}

describe.each(Object.entries(streams))('a stream: %s', (_, events) => {
  const bytes = Buffer.from(events.join(''))
  const whole = relayAlone([bytes])

  test('is complete, and holds back what carries usage', () => {
    expect(whole.end).toEqual({ kind: 'completed' })
    expect(whole.held?.usage).toMatchObject({ prompt_tokens: expect.any(Number) })
    for (const each of readChunks(whole.text))
      expect(each).toMatchObject({ id: 'gen-1', provider: 'P' })
  })

  test('is the same however the network cuts it, also inside characters', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 120 }), (lengths) => {
        expect(relayAlone(slices(bytes, lengths))).toEqual(whole)
      }),
      { numRuns: 150, seed },
    )
    expect(relayAlone([...bytes].map((byte) => Buffer.from([byte])))).toEqual(whole)
  })
})

describe('what is counted when the upstream does not count', () => {
  test.each<[string, readonly Record<string, unknown>[], string]>([
    ['content', [{ content: 'a"b\\c\n' }, { content: 'é😀' }], 'a"b\\c\né😀'],
    ['reasoning once', [{ reasoning: 'r', reasoning_content: 'r' }, { reasoning: 's' }], 'rs'],
    ['refusals', [{ refusal: 'no' }], 'no'],
    [
      'calls',
      [
        { tool_calls: [{ function: { name: 'f', arguments: '{"a"' } }] },
        { tool_calls: [{ function: { arguments: ':1}' } }] },
      ],
      'f{"a":1}',
    ],
    [
      'parts',
      [
        {
          content: [
            { type: 'thinking', thinking: [{ type: 'text', text: 't' }] },
            { type: 'text', text: 'u' },
          ],
        },
      ],
      'tu',
    ],
    ['an old call', [{ function_call: { name: 'f', arguments: 'x' } }], 'fx'],
  ])('%s', (_, deltas, text) => {
    // The first chunk is parsed, the others are searched: both must count the same.
    const once = relayAlone([Buffer.from(deltas.map((delta) => chunk(delta)).join(''))])
    expect(once.counted).toBe(text)
    const later = [
      chunk({ role: 'assistant', content: '' }),
      ...deltas.map((delta) => chunk(delta)),
    ]
    expect(relayAlone([Buffer.from(later.join(''))]).counted).toBe(text)
    expect(relayAlone([Buffer.from(later.join(''))], 2).counted).toBe(text)
  })

  test('nothing is counted where nothing was said', () => {
    const nothing = relayAlone([Buffer.from(usualStream(['', '']).join(''))])
    expect(nothing.counted).toBe('')
    expect(zeroUsage).toBe(nothingMetered.usage)
  })
})

describe('several choices', () => {
  const choice = (index: number, content: string, finish_reason: string | null = null) =>
    chunk(null, { choices: [{ index, delta: { content }, finish_reason }] })

  test('are complete only when each of them has ended', () => {
    const begun = [choice(0, 'a'), choice(1, 'b'), choice(0, '', 'stop')]
    expect(relayAlone([Buffer.from(begun.join(''))], 2).end).toMatchObject({ kind: 'broken' })
    const ended = [...begun, choice(1, '', 'length')]
    expect(relayAlone([Buffer.from(ended.join(''))], 2).end).toEqual({ kind: 'completed' })
  })
})

/** The long form, `CODELACE_FUZZ=1000000`, takes some minutes. */
const fuzzedStreams = Number(process.env['CODELACE_FUZZ'] ?? 10_000)

describe('fuzz', () => {
  test(
    'mutated streams, 10,000 or more: no crash, and always valid events',
    () => {
      const original = Buffer.from(
        [...(streams['usual'] ?? []), ...(streams['with reasoning and calls'] ?? [])].join(''),
      )
      const rawWords = [
        'data: ',
        '\n\n',
        '\r',
        '[DONE]',
        '{',
        '}',
        '"',
        '\\',
        'error: ',
        'event: error\n',
        ': ',
        '\u0000',
        '"error":',
        '"usage":{',
        '"choices":[',
      ]
      const words = rawWords.map((word) => Buffer.from(word))
      let state = seed >>> 0 || 1
      const next = (most: number) => {
        state ^= state << 13
        state ^= state >>> 17
        state ^= state << 5
        return (state >>> 0) % most
      }
      for (let run = 0; run < fuzzedStreams; run += 1) {
        let bytes = Buffer.from(original.subarray(next(200), original.length - next(200)))
        for (let change = 1 + next(6); change > 0; change -= 1) {
          const at = next(bytes.length)
          const kind = next(4)
          if (kind === 0) bytes[at] = next(256)
          else if (kind === 1)
            bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + next(60))])
          else if (kind === 2)
            bytes = Buffer.concat([
              bytes.subarray(0, at),
              words[next(words.length)] ?? bytes,
              bytes.subarray(at),
            ])
          else bytes = Buffer.concat([bytes, bytes.subarray(at, at + next(300))])
          if (bytes.length === 0) bytes = Buffer.from('\n')
        }
        const relayed = relayAlone(slices(bytes, [next(400), next(400), next(400)]))
        expect(relayed.end, `run ${run}`).not.toBeNull()
        for (const { comment, data } of readEvents(relayed.text)) {
          if (data !== null)
            expect(data.trimStart().startsWith('{'), `run ${run}: ${data.slice(0, 60)}`).toBe(true)
          else expect(comment === null || comment.startsWith(':')).toBe(true)
        }
      }
    },
    60_000 + fuzzedStreams,
  )
})
