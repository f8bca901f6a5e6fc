import { describe, expect, test } from 'vitest'

import { nanoUsd, nanoUsdMax, nanoUsdPerUsd } from './money.ts'
import type { SpendLimits } from './spend-windows.ts'
import {
  allowsModel,
  findLimitMistakes,
  noLimits,
  noSpendLimits,
  storableLimits,
  type UsageLimits,
} from './usage-limits.ts'

const sentencesOf = (limits: Partial<UsageLimits>): readonly string[] =>
  findLimitMistakes({ ...noLimits, ...limits }).map(
    ({ limit, value, problem }) => `${limit}: ${value} ${problem}`,
  )

const usd = (amount: number) => nanoUsd(BigInt(amount) * nanoUsdPerUsd)
const spend = (limits: Partial<SpendLimits>) => ({
  spendNanoUsd: { ...noSpendLimits, ...limits },
})

describe('limits that make sense', () => {
  test.each<Partial<UsageLimits>>([
    {},
    { requestsPerMinute: 1, tokensPerMinute: 2_000, concurrentRequests: 1 },
    spend({ day: nanoUsd(1n) }),
    spend({ day: usd(5), week: usd(5), month: usd(5), total: nanoUsdMax }),
    spend({ day: usd(1), month: usd(30) }),
    { allowedModels: ['openai/*', 'x-ai/grok-4:free', 'meta/llama-3.1-8b'] },
    { allowedProviders: ['openai', 'together.ai'] },
    { allowedIpRanges: ['192.0.2.1', '10.0.0.0/8', '::1', '2001:db8::/32'] },
  ])('%o', (limits) => {
    expect(sentencesOf(limits)).toEqual([])
  })

  test('nothing limited is stored as nothing', () => {
    expect(storableLimits(noLimits)).toBeNull()
    const limited = { ...noLimits, ...spend({ total: usd(1) }) }
    expect(storableLimits(limited)).toBe(limited)
    expect(storableLimits({ ...noLimits, concurrentRequests: 1 })).not.toBeNull()
  })
})

describe('limits that make no sense are named with their value', () => {
  test.each<[Partial<UsageLimits>, string]>([
    [{ requestsPerMinute: 0 }, 'requests_per_minute: 0 must be a whole number above zero'],
    [{ requestsPerMinute: -5 }, 'requests_per_minute: -5 must be a whole number above zero'],
    [{ requestsPerMinute: 1.5 }, 'requests_per_minute: 1.5 must be a whole number above zero'],
    [{ requestsPerMinute: NaN }, 'requests_per_minute: NaN must be a whole number above zero'],
    [{ requestsPerMinute: 1e9 }, 'requests_per_minute: 1000000000 is more than 10000000'],
    [{ tokensPerMinute: -1 }, 'tokens_per_minute: -1 must be a whole number above zero'],
    [{ tokensPerMinute: 1e300 }, 'tokens_per_minute: 1e+300 is more than 1000000000000'],
    [
      { tokensPerMinute: 1_999 },
      'tokens_per_minute: 1999 would refuse every request: the smallest sets 2000 tokens aside',
    ],
    [{ concurrentRequests: 0 }, 'concurrent_requests: 0 must be a whole number above zero'],
    [{ concurrentRequests: 0.1 }, 'concurrent_requests: 0.1 must be a whole number above zero'],
    [spend({ day: usd(0) }), 'spend.day: 0 must be above zero'],
    [spend({ total: usd(-1) }), 'spend.total: -1 must be above zero'],
    [
      spend({ month: nanoUsd(nanoUsdMax + 1n) }),
      'spend.month: 9223372036.854775808 is more than 9223372036.854775807',
    ],
    [{ allowedModels: [] }, 'allowed_models: [] allows nothing at all'],
    [{ allowedModels: ['*'] }, 'allowed_models: "*" is not the id of a model'],
    [{ allowedModels: ['openai'] }, 'allowed_models: "openai" is not the id of a model'],
    [{ allowedModels: ['openai/gpt*'] }, 'allowed_models: "openai/gpt*" is not the id of a model'],
    [{ allowedModels: ['a/b', 'c/d', 'a/b'] }, 'allowed_models: "a/b" is given twice'],
    [
      { allowedModels: Array.from({ length: 101 }, (_, index) => `a/${index}`) },
      'allowed_models: 101 is more than 100 entries',
    ],
    [{ allowedProviders: [] }, 'allowed_providers: [] allows nothing at all'],
    [{ allowedProviders: ['open ai'] }, 'allowed_providers: "open ai" is not the slug'],
    [{ allowedIpRanges: [] }, 'allowed_ip_ranges: [] allows nothing at all'],
    [{ allowedIpRanges: ['10.0.0.1/8'] }, 'allowed_ip_ranges: "10.0.0.1/8" has bits behind'],
    [{ allowedIpRanges: ['example.com'] }, 'allowed_ip_ranges: "example.com" is not an IP address'],
  ])('%o', (limits, sentence) => {
    expect(sentencesOf(limits)).toEqual([expect.stringContaining(sentence)])
  })

  test.each<[Partial<SpendLimits>, string]>([
    [{ day: usd(10), week: usd(9) }, 'spend.week: 9 contradicts spend.day'],
    [{ day: usd(10), month: usd(5) }, 'spend.month: 5 contradicts spend.day'],
    [{ day: usd(10), total: usd(5) }, 'spend.total: 5 contradicts spend.day'],
    [{ week: usd(10), month: usd(9) }, 'spend.month: 9 contradicts spend.week'],
    [{ week: usd(10), total: usd(9) }, 'spend.total: 9 contradicts spend.week'],
    [{ month: usd(10), total: usd(9) }, 'spend.total: 9 contradicts spend.month'],
    [{ day: usd(3), week: usd(9), total: usd(4) }, 'spend.total: 4 contradicts spend.week'],
  ])('contradictions: %o', (limits, sentence) => {
    expect(sentencesOf(spend(limits))).toEqual([expect.stringContaining(sentence)])
  })

  test('every mistake is found, not only the first', () => {
    expect(
      sentencesOf({
        requestsPerMinute: 0,
        ...spend({ day: usd(2), week: usd(1), month: usd(0) }),
        allowedIpRanges: ['a', 'b'],
      }),
    ).toHaveLength(5)
  })
})

describe('patterns of models', () => {
  test.each([
    [['openai/gpt-4o'], 'openai/gpt-4o', true],
    [['openai/gpt-4o'], 'openai/gpt-4o-mini', false],
    [['openai/*'], 'openai/gpt-4o', true],
    [['openai/*'], 'openai-evil/gpt-4o', false],
    [['openai/*', 'x-ai/grok-4'], 'x-ai/grok-4', true],
    [['openai/*'], 'openai', false],
  ])('%j and %s: %s', (patterns, model, isAllowed) => {
    expect(allowsModel(patterns, model)).toBe(isAllowed)
  })
})
