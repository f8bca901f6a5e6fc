import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { findDuplicateName, findMember, scanJsonObject } from './json-members.ts'

const limits = { depthMax: 64, valuesMax: 200_000, namesMax: 50_000 }
const encoder = new TextEncoder()
const decoder = new TextDecoder()

function scan(text: string) {
  return scanJsonObject({ bytes: encoder.encode(text), limits })
}

function shapeOf(text: string) {
  const result = scan(text)
  if (result.kind !== 'object') throw new TypeError(`not read: ${result.kind} at ${result.at}`)
  return result
}

/** JSON text with white space, escapes and duplicates in odd but lawful places. */
const spaces = fc.constantFrom('', ' ', '\n', '\t ', '\r\n')

function write(value: unknown, pad: () => string): string {
  if (Array.isArray(value)) {
    return `[${pad()}${value.map((item) => write(item, pad)).join(`${pad()},${pad()}`)}${pad()}]`
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([name, item]) => `${JSON.stringify(name)}${pad()}:${pad()}${write(item, pad)}`,
    )
    return `{${pad()}${members.join(`${pad()},${pad()}`)}${pad()}}`
  }
  return JSON.stringify(value)
}

describe('scanning an object', () => {
  test('finds every member of any object, and its exact value, as JSON.parse does', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 4 })),
        fc.array(spaces, { minLength: 1 }),
        (value, pads) => {
          let turn = 0
          const text = write(value, () => pads[(turn += 1) % pads.length] ?? '')
          const bytes = encoder.encode(text)
          const shape = shapeOf(text)
          const parsed = JSON.parse(text) as Record<string, unknown>
          expect(shape.members).toHaveLength(Object.keys(parsed).length)
          for (const [index, member] of shape.members.entries()) {
            const name = Object.keys(value)[index] ?? ''
            const piece = decoder.decode(bytes.subarray(member.valueStart, member.end))
            expect(JSON.parse(piece)).toEqual(JSON.parse(JSON.stringify(value[name])))
            expect(bytes[member.start]).toBe(0x22)
          }
          expect(bytes[shape.close]).toBe(0x7d)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('never reads past the part that was given', () => {
    const text = 'data: {"id":"a","n":1} {"id":"b"}'
    const shape = scanJsonObject({ bytes: encoder.encode(text), limits, from: 6, to: 22 })
    expect(shape).toMatchObject({ kind: 'object', close: 21 })
  })

  test('takes no text that JSON.parse refuses for another object than its prefix suggests', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const result = scan(text)
        if (result.kind === 'object') return
        let parsed: unknown
        try {
          parsed = JSON.parse(text)
        } catch {
          return
        }
        expect(typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test.each(['', '[]', '"a"', '1', 'null', '   '])('%j is not an object', (text) => {
    expect(scan(text).kind).toBe('not_an_object')
  })

  test.each(['{', '{"a"', '{"a":', '{"a":1', '{"a":1,}x', '{"a" 1}', '{1:2}', '{"a":"b', '{} {}'])(
    '%j is malformed',
    (text) => {
      expect(scan(text).kind).toBe('malformed')
    },
  )

  test('an escaped name is the name it stands for', () => {
    expect(findMember(shapeOf('{"mod\\u0065l":1}'), 'model')).toBeDefined()
  })

  test('a string of backslashes and quotes ends where it ends, however long', () => {
    for (const length of [1, 46, 47, 48, 49, 50, 95, 96, 97, 4000]) {
      for (const tail of ['"', '\\', '\\"', '\\\\']) {
        const value = `${'x'.repeat(length)}${tail}`
        const text = JSON.stringify({ first: value, second: 2 })
        expect(shapeOf(text).members.map(({ name }) => name)).toEqual(['first', 'second'])
      }
    }
  })
})

describe('limits', () => {
  test('depth is counted to the last bracket', () => {
    const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
    expect(scan(nested(64)).kind).toBe('object')
    expect(scan(nested(65)).kind).toBe('too_deep')
    expect(scan(`{"a":${'['.repeat(100_000)}`).kind).toBe('too_deep')
  })

  test('a million members are not read to the end', () => {
    const text = `{${Array.from({ length: 300_000 }, (_, index) => `"${index}":1`).join(',')}}`
    const result = scan(text)
    expect(result.kind).toBe('too_many_values')
  })

  test('a number of a thousand digits is not read to the end', () => {
    expect(scan(`{"a":${'1'.repeat(1_001)}}`).kind).toBe('number_too_long')
    expect(scan(`{"a":[${'1'.repeat(5_000)}]}`).kind).toBe('number_too_long')
  })

  test('numbers that a double may not hold are noticed', () => {
    expect(shapeOf('{"a":1e400}').hasExtremeNumber).toBe(true)
    expect(shapeOf('{"a":[{"b":-1E5}]}').hasExtremeNumber).toBe(true)
    expect(shapeOf(`{"a":${'9'.repeat(400)}}`).hasExtremeNumber).toBe(true)
    expect(shapeOf('{"a":1.25,"e":"1e400","b":false,"c":true}').hasExtremeNumber).toBe(false)
  })
})

describe('duplicates', () => {
  test('the second of two equal names is reported, also when it is escaped', () => {
    expect(findDuplicateName(shapeOf('{"a":1,"b":2,"\\u0061":3}'))).toBe('a')
    expect(findDuplicateName(shapeOf('{"a":{"a":1}}'))).toBeUndefined()
  })

  test('the last of two equal names is the one that counts', () => {
    const text = '{"a":1,"a":22}'
    const member = findMember(shapeOf(text), 'a')
    expect(text.slice(member?.valueStart, member?.end)).toBe('22')
  })
})
