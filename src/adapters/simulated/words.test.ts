import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { countTokens, exactTextLengthMax, splitTokens } from './words.ts'

describe('simulated tokens', () => {
  it('are words and single signs, with the blanks before them', () => {
    expect(splitTokens('Say “hi”,  twice_2 times!\n')).toEqual([
      'Say',
      ' “',
      'hi',
      '”',
      ',',
      '  twice_2',
      ' times',
      '!',
      '\n',
    ])
  })

  it('join to the text again, and are never more than its bytes', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }))
    fc.assert(
      fc.property(text, (any) => {
        const tokens = splitTokens(any)
        expect(tokens.join('')).toBe(any)
        expect(tokens.length).toBeLessThanOrEqual(Buffer.byteLength(any))
        expect(countTokens(any)).toBe(tokens.length)
      }),
    )
  })

  it('of a very long text are counted by its length, so that no text takes long', () => {
    expect(countTokens('a '.repeat(exactTextLengthMax))).toBe(exactTextLengthMax / 2)
  })
})
