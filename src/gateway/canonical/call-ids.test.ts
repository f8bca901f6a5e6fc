import { expect, test } from 'vitest'

import { callIdFor, originalCallId } from './call-ids.ts'

const anthropic = { pattern: /^[a-zA-Z0-9_-]+$/, lengthMax: 64 }
const mistral = { pattern: /^[a-zA-Z0-9]{9}$/, lengthMax: 9 }

test('an id that the provider takes stays as it is', () => {
  expect(callIdFor('toolu_01A-b', anthropic)).toBe('toolu_01A-b')
  expect(callIdFor('abcDEF123', mistral)).toBe('abcDEF123')
})

test('ids that the provider refuses become ids that it takes, and different ones stay different', () => {
  const ids = ['call.1', 'call:1', 'ä', '', 'x'.repeat(65), 'y'.repeat(65), 'clc_00']
  for (const rule of [anthropic, mistral]) {
    const written = ids.map((id) => callIdFor(id, rule))
    expect(new Set(written).size).toBe(ids.length)
    for (const id of written) {
      expect(id).toMatch(rule.pattern)
      expect(id.length).toBeLessThanOrEqual(rule.lengthMax)
    }
    expect(ids.map((id) => callIdFor(id, rule))).toEqual(written)
  }
})

test('what was written in other letters is read back as it was, and nothing else is touched', () => {
  const long = { ...anthropic, lengthMax: 500 }
  for (const id of ['functions.get:0', 'ä', 'clc_00', 'toolu_1', 'x'.repeat(200)]) {
    expect(originalCallId(callIdFor(id, long))).toBe(id)
  }
  for (const id of ['toolu_1', 'clc', 'clc_zz', 'clc_6', 'clc_ff']) {
    expect(originalCallId(id)).toBe(id)
  }
})
