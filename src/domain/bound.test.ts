import fc from 'fast-check'
import { countTokens } from 'gpt-tokenizer'
import { describe, expect, it } from 'vitest'

import type { BoundModel, RequestBound } from './bound.ts'
import {
  boundCost,
  boundRequest,
  imageTokensMaxDefault,
  largestAffordableMaxTokens,
  promptOverheadTokens,
} from './bound.ts'
import { choiceCountMax } from './limits.ts'
import { nanoUsd, picoUsd } from './money.ts'
import type { PriceRates, PriceSheet } from './prices.ts'
import { costOf } from './pricing.ts'

const model: BoundModel = {
  contextLength: 128_000,
  maxOutput: 16_384,
  outputModalities: ['text'],
}

function bound(body: unknown, special: Partial<BoundModel> = {}): RequestBound {
  const bodyByteLength = Buffer.byteLength(JSON.stringify(body) ?? '')
  return boundRequest({ body, bodyByteLength, model: { ...model, ...special } })
}

function user(content: unknown): object {
  return { model: 'a/b', messages: [{ role: 'user', content }] }
}

const arbitraryRates = fc
  .array(fc.bigInt({ min: 0n, max: 100_000_000n }), { minLength: 11, maxLength: 11 })
  .map((values) => {
    const names = ['prompt', 'completion', 'cacheRead', 'cacheWrite', 'cacheWrite1h', 'reasoning']
    const more = ['audioPrompt', 'audioCompletion', 'imagePrompt', 'imageCompletion', 'request']
    const entries = [...names, ...more].map((name, at) => [name, picoUsd(values[at] ?? 0n)])
    return Object.fromEntries(entries) as unknown as PriceRates
  })

const arbitrarySheet: fc.Arbitrary<PriceSheet> = fc
  .tuple(
    arbitraryRates,
    fc.array(fc.tuple(fc.integer({ min: 1, max: 300_000 }), arbitraryRates), { maxLength: 2 }),
  )
  .map(([base, tiers]) => ({
    base,
    tiers: tiers
      .toSorted(([left], [right]) => left - right)
      .map(([minPromptTokens, rates]) => ({ minPromptTokens, rates })),
  }))

const arbitraryBound: fc.Arbitrary<RequestBound> = fc
  .record({
    promptTokens: fc.integer({ min: 0, max: 400_000 }),
    perChoice: fc.integer({ min: 0, max: 100_000 }),
    choiceCount: fc.integer({ min: 1, max: choiceCountMax }),
    predictionTokens: fc.constantFrom(0, 0, 0, 5000),
    audioPrompt: fc.boolean(),
    imagePrompt: fc.boolean(),
    audioCompletion: fc.boolean(),
    imageCompletion: fc.boolean(),
    cacheWrite1h: fc.boolean(),
  })
  .map(({ perChoice, ...rest }) => ({
    ...rest,
    completionTokens: rest.choiceCount * perChoice + rest.predictionTokens,
  }))

const share = fc.double({ min: 0, max: 1, noNaN: true })

describe('the bound of the cost', () => {
  it('is never below the cost of a usage within the bound', () => {
    fc.assert(
      fc.property(
        arbitraryBound,
        arbitrarySheet,
        fc.array(share, { minLength: 10, maxLength: 10 }),
        (most, sheet, shares) => {
          const of = (at: number, whole: number, can = true) =>
            can ? Math.floor((shares[at] ?? 1) * whole) : 0
          const promptTokens = of(0, most.promptTokens)
          const completionTokens = of(1, most.completionTokens)
          const usage = {
            promptTokens,
            completionTokens,
            cachedTokens: of(2, promptTokens),
            cacheWriteTokens: of(3, promptTokens),
            cacheWrite1hTokens: of(4, promptTokens, most.cacheWrite1h),
            audioPromptTokens: of(5, promptTokens, most.audioPrompt),
            imagePromptTokens: of(6, promptTokens, most.imagePrompt),
            reasoningTokens: of(7, completionTokens),
            audioCompletionTokens: of(8, completionTokens, most.audioCompletion),
            imageCompletionTokens: of(9, completionTokens, most.imageCompletion),
          }
          expect(costOf(usage, sheet).costNanoUsd <= boundCost(most, sheet)).toBe(true)
        },
      ),
      { numRuns: 20_000 },
    )
  })

  it('is what largestAffordableMaxTokens inverts: that many fit, one more does not', () => {
    fc.assert(
      fc.property(
        arbitraryBound,
        arbitrarySheet,
        fc.bigInt({ min: 0n, max: 10n ** 13n }),
        (most, sheet, available) => {
          const availableNanoUsd = nanoUsd(available)
          const fits = (perChoice: number) => {
            const completionTokens = perChoice * most.choiceCount + most.predictionTokens
            return boundCost({ ...most, completionTokens }, sheet) <= availableNanoUsd
          }
          const own = (most.completionTokens - most.predictionTokens) / most.choiceCount
          const tokens = largestAffordableMaxTokens({ availableNanoUsd, bound: most, sheet })
          expect(Number.isSafeInteger(tokens) && tokens >= 0 && tokens <= own).toBe(true)
          if (tokens > 0) expect(fits(tokens)).toBe(true)
          if (tokens < own) expect(fits(tokens + 1)).toBe(false)
        },
      ),
      { numRuns: 20_000 },
    )
  })
})

describe('the bound of the prompt', () => {
  it('is never below what a tokenizer makes of any text, in any script, escaped or not', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.constantFrom('\n\n\n', '"'.repeat(50), '\u0000\u0001', '你好'.repeat(40), '👩‍👩‍👧'.repeat(20)),
    )
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (texts) => {
        const messages = texts.map((content) => ({ role: 'user', content }))
        const counted = texts.reduce((sum, content) => sum + countTokens(content) + 4, 3)
        expect(counted <= bound({ messages }).promptTokens).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('does not count the characters of encoded media as text', () => {
    const url = `data:image/png;base64,${'A'.repeat(100_000)}`
    const withImage = bound(user([{ type: 'image_url', image_url: { url } }]))
    expect(withImage.promptTokens).toBeLessThan(imageTokensMaxDefault + promptOverheadTokens + 300)
    expect(withImage.promptTokens).toBeGreaterThan(imageTokensMaxDefault)
    expect(withImage.imagePrompt).toBe(true)
    const spoken = {
      type: 'input_audio',
      input_audio: { data: 'A'.repeat(160_000), format: 'wav' },
    }
    const withAudio = bound(user([spoken]))
    expect(withAudio.promptTokens).toBeLessThan(15_000)
    expect(withAudio.promptTokens).toBeGreaterThan(10_000)
    expect(withAudio.audioPrompt).toBe(true)
  })

  it('counts each image by the most it can be, with the model’s own maximum where it has one', () => {
    const parts = Array.from({ length: 3 }, () => ({
      type: 'image_url',
      image_url: { url: 'https://example.com/a.png' },
    }))
    const usual = bound(user(parts)).promptTokens
    const own = bound(user(parts), { imageTokensMax: 20_000 }).promptTokens
    expect(own - usual).toBe(3 * (20_000 - imageTokensMaxDefault))
  })

  it('grows with messages and tools by more than templates spend on them', () => {
    const tool = { type: 'function', function: { name: 'f', parameters: {} } }
    const plain = bound(user('hi')).promptTokens
    expect(bound({ ...user('hi'), tools: [tool] }).promptTokens).toBeGreaterThan(plain + 1000)
  })

  it('is never more than the context, which is also the bound of what cannot be measured', () => {
    const unmeasured = [
      user([{ type: 'file', file: { file_id: 'file-1' } }]),
      user([{ type: 'file', file: { file_data: 'https://example.com/a.pdf' } }]),
      user([{ type: 'video_url', video_url: { url: 'https://example.com/a.mp4' } }]),
      user([{ type: 'input_audio', input_audio: { id: 'earlier' } }]),
      { messages: [{ role: 'assistant', audio: { id: 'audio_1' } }] },
      { ...user('hi'), web_search_options: {} },
      { ...user('hi'), search_parameters: { mode: 'on' } },
      { ...user('hi'), plugins: [{ id: 'web' }] },
      { ...user('hi'), tools: [{ type: 'web_search' }] },
      user('a'.repeat(300_000)),
    ]
    for (const body of unmeasured) expect(bound(body).promptTokens).toBe(model.contextLength)
  })

  it('counts a file sent along by its size', () => {
    const file = {
      type: 'file',
      file: { file_data: `data:application/pdf;base64,${'A'.repeat(4000)}` },
    }
    const { promptTokens, imagePrompt } = bound(user([file]))
    expect(promptTokens).toBeGreaterThan(imageTokensMaxDefault + 16_000)
    expect(promptTokens).toBeLessThan(imageTokensMaxDefault + 18_000)
    expect(imagePrompt).toBe(true)
  })

  it('knows a cache entry of one hour wherever it is asked for', () => {
    const control = { cache_control: { type: 'ephemeral', ttl: '1h' } }
    expect(bound(user('hi')).cacheWrite1h).toBe(false)
    expect(bound({ ...user('hi'), ...control }).cacheWrite1h).toBe(true)
    expect(bound(user([{ type: 'text', text: 'hi', ...control }])).cacheWrite1h).toBe(true)
    expect(bound({ ...user('hi'), tools: [{ type: 'function', ...control }] }).cacheWrite1h).toBe(
      true,
    )
    const message = { role: 'user', content: 'hi', ...control }
    expect(bound({ messages: [message] }).cacheWrite1h).toBe(true)
  })
})

describe('the bound of the completion', () => {
  it('is n times the larger of both maxima, or the model’s own where none is given', () => {
    expect(bound({ ...user('hi'), max_tokens: 10 }).completionTokens).toBe(10)
    expect(
      bound({ ...user('hi'), max_tokens: 10, max_completion_tokens: 20, n: 3 }).completionTokens,
    ).toBe(60)
    expect(bound(user('hi')).completionTokens).toBe(16_384)
    expect(bound({ ...user('hi'), n: 2 }).completionTokens).toBe(2 * 16_384)
  })

  it('takes a maximum that means "no limit" as the model’s own, and one beyond the context as that', () => {
    for (const max_tokens of [0, -1, null, '5', 1.5]) {
      expect(bound({ ...user('hi'), max_tokens }).completionTokens).toBe(16_384)
    }
    expect(bound({ ...user('hi'), max_tokens: 9e15 }).completionTokens).toBe(128_000)
  })

  it('includes predicted output, which is billed when it is rejected', () => {
    const body = { ...user('hi'), max_tokens: 10, prediction: { type: 'content', content: 'x' } }
    const found = bound(body)
    expect(found.predictionTokens).toBe(JSON.stringify(body).length)
    expect(found.completionTokens).toBe(10 + found.predictionTokens)
  })

  it('is at the rate of audio or images when these can come out', () => {
    expect(bound({ ...user('hi'), modalities: ['text', 'audio'] }).audioCompletion).toBe(true)
    expect(bound(user('hi'), { outputModalities: ['text', 'image'] }).imageCompletion).toBe(true)
    expect(bound(user('hi'))).toMatchObject({ audioCompletion: false, imageCompletion: false })
  })
})

describe('any JSON', () => {
  it('has a bound of whole, safe numbers', () => {
    const chatLike = fc.record(
      {
        messages: fc.oneof(fc.jsonValue(), fc.array(fc.record({ content: fc.jsonValue() }))),
        tools: fc.jsonValue(),
        n: fc.jsonValue(),
        max_tokens: fc.oneof(fc.integer(), fc.double(), fc.jsonValue()),
        prediction: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), chatLike), (body) => {
        const found = bound(body)
        for (const value of [found.promptTokens, found.completionTokens, found.choiceCount]) {
          expect(Number.isSafeInteger(value) && value >= 0).toBe(true)
        }
        expect(found.promptTokens <= model.contextLength).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
})
