import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { scanJsonObject } from '#domain/json-members.ts'

import { asciiJson, asciiName, editJson, editJsonText, requestJsonLimits } from './json-edit.ts'

function edit(text: string, wishes: Readonly<Record<string, string | null>>): string {
  const entries = Object.entries(wishes)
  const edits = {
    set: new Map(entries.flatMap(([name, to]) => (to === null ? [] : [[name, to] as const]))),
    remove: new Set(entries.flatMap(([name, to]) => (to === null ? [name] : []))),
  }
  const bytes = Buffer.from(text)
  const shape = scanJsonObject({ bytes, limits: requestJsonLimits })
  if (shape.kind !== 'object') throw new TypeError(shape.kind)
  const edited = editJson(bytes, shape, edits)
  // The two forms are one.
  expect(editJsonText(bytes.toString('latin1'), shape, edits)).toBe(edited.toString('latin1'))
  return edited.toString()
}

describe('editing', () => {
  test.each([
    ['{"a":1,"b":2}', { a: '9' }, '{"a":9,"b":2}'],
    ['{ "a" : 1 , "b" : 2 }', { a: '9', c: '3' }, '{ "a" : 9 , "b" : 2,"c":3 }'],
    ['{"a":1,"b":2,"c":3}', { b: null }, '{"a":1,"c":3}'],
    ['{"a":1, "b":2}', { a: null }, '{"b":2}'],
    ['{"a":1, "b":2 }', { b: null }, '{"a":1 }'],
    ['{"a":1}', { a: null }, '{}'],
    ['{"a":1}', { a: null, b: '2' }, '{"b":2}'],
    ['{ }', { a: '1' }, '{ "a":1}'],
    ['{"a":1 ,"b":2, "c":3}', { b: null }, '{"a":1, "c":3}'],
    ['{"a":1,"b":2,"c":3 }', { b: null, c: null, d: '4' }, '{"a":1,"d":4 }'],
    ['{ "a":1,"b":2,"c":3 }', { a: null, b: null }, '{ "c":3 }'],
    ['{"a":1,"b":2}', { a: null, b: null, c: '3' }, '{"c":3}'],
    ['{"a":1,"a":2}', { a: '9' }, '{"a":9,"a":9}'],
    ['{"\\u0061":1}', { a: '9' }, '{"\\u0061":9}'],
    ['{"a":{"b":[1, 2]},\n"é":"ü"}', { c: null }, '{"a":{"b":[1, 2]},\n"é":"ü"}'],
    ['{"__proto__":1}', { toString: '1' }, '{"__proto__":1,"toString":1}'],
  ])('%s with %j is %s', (text, edits, wanted) => {
    expect(edit(text, edits)).toBe(wanted)
  })

  test('is what editing the value would be, for any object and any edit', () => {
    const names = fc.constantFrom('a', 'b', 'é', 'model', '', 'say "hi"', '😀')
    fc.assert(
      fc.property(
        fc.dictionary(names, fc.jsonValue({ maxDepth: 2 })),
        fc.dictionary(
          fc.constantFrom('a', 'b', 'model', 'new'),
          fc.option(fc.jsonValue({ maxDepth: 1 })),
        ),
        (value, wish) => {
          const edits = Object.fromEntries(
            Object.entries(wish).map(([name, to]) => [name, to === null ? null : asciiJson(to)]),
          )
          const wanted = { ...(JSON.parse(JSON.stringify(value)) as object), ...wish }
          for (const [name, to] of Object.entries(wish)) {
            if (to === null) Reflect.deleteProperty(wanted, name)
          }
          expect(JSON.parse(edit(JSON.stringify(value, null, 1), edits))).toEqual(
            JSON.parse(JSON.stringify(wanted)),
          )
        },
      ),
      { numRuns: 500 },
    )
  })

  test('many members take linear time', () => {
    const text = `{${Array.from({ length: 40_000 }, (_, index) => `"k${index}":1`).join(',')}}`
    const startedMs = performance.now()
    edit(text, { k5: null, k9: '2' })
    expect(performance.now() - startedMs).toBeLessThan(1_000)
  })
})

describe('ASCII JSON', () => {
  test('is the same value in one byte a letter', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = asciiJson(value)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
        expect(Buffer.byteLength(text)).toBe(text.length)
        if (typeof value === 'string') expect(asciiName(value)).toBe(text)
      }),
    )
  })
})
