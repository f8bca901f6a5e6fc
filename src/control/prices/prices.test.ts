import { beforeEach, describe, expect, test } from 'vitest'

import { picoUsd } from '#domain/money.ts'
import type { PriceRates, PriceVersion } from '#domain/prices.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'

let harness: ControlHarness
beforeEach(async () => {
  harness = await makeControlHarness()
})

const rates = (prompt: bigint): PriceRates => ({
  prompt: picoUsd(prompt),
  completion: picoUsd(10_000_000n),
  cacheRead: picoUsd(125_000n),
  cacheWrite: picoUsd(0n),
  cacheWrite1h: picoUsd(0n),
  reasoning: picoUsd(10_000_000n),
  audioPrompt: picoUsd(0n),
  audioCompletion: picoUsd(0n),
  imagePrompt: picoUsd(0n),
  imageCompletion: picoUsd(0n),
  request: picoUsd(500_000n),
})
const version = (id: PriceVersion['id'], prompt: bigint): PriceVersion => ({
  id,
  sheet: {
    base: rates(prompt),
    tiers: [{ minPromptTokens: 200_000, rates: rates(prompt * 2n) }],
  },
})

const record = async (endpoint: string, priced: PriceVersion) => {
  harness.clock.value += 1000
  await harness.prices.record([{ endpoint, version: priced }])
}

describe('the history of prices', () => {
  test('200: every change, newest first; of one endpoint when asked', async () => {
    await record('openai/gpt-5@openai', version('price_a', 1_250_000n))
    await record('openai/gpt-4@openai', version('price_b', 3_000_000n))
    await record('openai/gpt-5@openai', version('price_c', 1_000_000n))
    const { status, body } = await harness.call('GET /api/prices/history')
    expect(status).toBe(200)
    const ids = body.data.map((change: { version_id: string }) => change.version_id)
    expect(ids).toEqual(['price_c', 'price_b', 'price_a'])
    const one = await harness.call('GET /api/prices/history?endpoint=openai/gpt-4@openai')
    expect(one.body.data).toMatchObject([
      { endpoint: 'openai/gpt-4@openai', version_id: 'price_b' },
    ])
  })
})

describe('one version of a price', () => {
  test('200: in dollars per million tokens, exact', async () => {
    await record('openai/gpt-5@openai', version('price_a', 1_250_000n))
    const { status, body } = await harness.call('GET /api/prices/versions/price_a')
    expect(status).toBe(200)
    expect(body.data.base).toMatchObject({
      prompt: '1.25',
      completion: '10',
      cache_read: '0.125',
      cache_write: '0',
      request: '0.0000005',
    })
    expect(body.data.tiers).toMatchObject([
      { min_prompt_tokens: 200_000, rates: { prompt: '2.5' } },
    ])
  })

  test.each(['price_none', 'nonsense'])('404: %s', async (id) => {
    const { status, body } = await harness.call(`GET /api/prices/versions/${id}`)
    expect([status, body.error.code]).toEqual([404, 'not_found'])
  })
})
