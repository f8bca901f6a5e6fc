import { expect, test } from 'vitest'

import { callIdFor } from './call-ids.ts'

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
