import { afterAll, describe, expect, test } from 'vitest'

import { cutText, pieceLengthMax } from './cut-text.ts'
import { createWorkerTokenizer } from './worker-tokenizer.ts'

const tokenizer = createWorkerTokenizer()
afterAll(() => tokenizer.close())

describe('counting', () => {
  test('counts each text in order', async () => {
    const counts = await tokenizer.count(['Hello, world!', '', 'The quick brown fox'])
    expect(counts).toEqual([4, 0, 4])
  })

  test('text that looks like a control token is counted as text', async () => {
    const [count = 0] = await tokenizer.count(['<|endoftext|>'])
    expect(count).toBeGreaterThan(1)
  })

  test('200,000 times one letter is counted within seconds and does not hold the caller', async () => {
    const startedMs = performance.now()
    const counting = tokenizer.count(['a'.repeat(200_000)])
    expect(performance.now() - startedMs).toBeLessThan(50)
    const [count = 0] = await counting
    expect(count).toBeGreaterThan(20_000)
    expect(performance.now() - startedMs).toBeLessThan(10_000)
  })

  test('a very long text is extrapolated from its beginning', async () => {
    const sentence = 'The quick brown fox jumps over the lazy dog. '
    const [one = 0] = await tokenizer.count([sentence.repeat(1_000)])
    const [many = 0] = await tokenizer.count([sentence.repeat(20_000)])
    expect(many / one).toBeGreaterThan(19.9)
    expect(many / one).toBeLessThan(20.1)
  })

  test('refuses more text than it may hold, and counts again afterwards', async () => {
    const text = 'word '.repeat(100_000)
    const many = Array.from({ length: 60 }, () => tokenizer.count([text]).catch(() => 'refused'))
    const results = await Promise.all(many.slice(40))
    expect(results).toContain('refused')
    await Promise.all(many)
    expect(await tokenizer.count(['again'])).toEqual([1])
  }, 60_000)
})

describe('cutting', () => {
  test('pieces are short, lose nothing, and break no character', () => {
    const texts = [
      'a'.repeat(5_000),
      '😀'.repeat(3_000),
      `${'x'.repeat(1_000)} ${'y'.repeat(900)}`,
      '',
    ]
    for (const text of texts) {
      const pieces = [...cutText(text)]
      expect(pieces.join('')).toBe(text)
      for (const piece of pieces) {
        expect(piece.length).toBeLessThanOrEqual(pieceLengthMax)
        expect(piece.isWellFormed()).toBe(true)
      }
    }
  })

  test('cuts at white space where there is one', () => {
    const pieces = [...cutText(`${'x'.repeat(1_000)} ${'y'.repeat(900)}`)]
    expect(pieces[1]).toBe(` ${'y'.repeat(900)}`)
  })
})
