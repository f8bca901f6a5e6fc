import { findProvider } from '@pydantic/genai-prices'
import { describe, expect, it } from 'vitest'

import { formatDecimal } from '#domain/money.ts'

import { knownModel, priceSourceOf } from './known-prices.ts'

const now = new Date('2026-10-01T12:00:00Z')

function known(priceSource: string, upstreamModel: string, day = now) {
  return knownModel({ priceSource, upstreamModel, now: day })
}

describe('a known price', () => {
  it('is the list’s decimal number, exactly', () => {
    expect(known('openai', 'gpt-4o')).toMatchObject({
      contextLength: 128_000,
      sheet: {
        base: { prompt: 2_500_000n, cacheRead: 1_250_000n, completion: 10_000_000n },
        tiers: [],
      },
    })
    expect(known('groq', 'openai/gpt-oss-20b')?.sheet?.base).toMatchObject({
      prompt: 75_000n,
      cacheRead: 37_500n,
    })
  })

  it('of every list and model reads back as the very number of the list', () => {
    let count = 0
    for (const priceSource of [
      'openai',
      'groq',
      'deepseek',
      'mistral',
      'x-ai',
      'fireworks',
      'cerebras',
    ]) {
      for (const model of findProvider({ providerId: priceSource })?.models ?? []) {
        const { prices } = model
        if (Array.isArray(prices) || typeof prices['input_mtok'] !== 'number') continue
        const sheet = known(priceSource, model.id)?.sheet
        if (!sheet) continue
        const found = known(priceSource, model.id)
        if (found?.contextLength !== (model.context_window ?? null)) continue
        expect(Number(formatDecimal(sheet.base.prompt, 6)), model.id).toBe(prices['input_mtok'])
        count += 1
      }
    }
    expect(count).toBeGreaterThan(100)
  })

  it('begins a tier one token above the list’s start, as the list means it', () => {
    const sheet = known('openai', 'gpt-5.4')?.sheet
    expect(sheet?.tiers).toMatchObject([
      { minPromptTokens: 272_000, rates: { prompt: 5_000_000n, cacheRead: 500_000n } },
    ])
  })

  it('is that of the day', () => {
    const before = known('openai', 'o3', new Date('2025-06-01T00:00:00Z'))
    expect(before?.sheet?.base.prompt).toBe(10_000_000n)
    expect(known('openai', 'o3')?.sheet?.base.prompt).toBe(2_000_000n)
  })

  it('that depends on the hour is that of the dearest hour, at any hour', () => {
    const hours = [0, 2, 8, 12, 20].map(
      (hour) =>
        known('deepseek', 'deepseek-v4-pro', new Date(Date.UTC(2026, 9, 1, hour)))?.sheet?.base,
    )
    for (const base of hours) expect(base).toEqual(hours[0])
    expect(hours[0]).toMatchObject({ prompt: 1_320_000n, completion: 3_960_000n })
  })

  it('finer than the unit is rounded up, never down', () => {
    const sheet = known('openrouter', 'google/gemini-3.5-flash')?.sheet
    expect(sheet?.base.cacheWrite).toBe(83_334n)
  })

  it('does not exist where the list has none, or says nothing costs anything', () => {
    expect(known('openai', 'no-such-model')).toBeUndefined()
    expect(known('no-such-list', 'gpt-4o')).toBeUndefined()
    expect(known('mistral', 'mistral-nemo:free')?.sheet ?? null).toBeNull()
    expect(known('openai', 'text-embedding-3-small')?.sheet ?? null).toBeNull()
  })
})

describe('whose list it is', () => {
  it('is known by the address', () => {
    expect(priceSourceOf('https://api.openai.com/v1')).toBe('openai')
    expect(priceSourceOf('https://api.x.ai/v1')).toBe('x-ai')
    expect(priceSourceOf('http://127.0.0.1:9000/v1')).toBeNull()
  })
})
