import { beforeEach, describe, expect, test } from 'vitest'

import type { GenerationRecord } from '#domain/generation.ts'
import type { PriceVersionId } from '#domain/identifiers.ts'
import { rerateChargesPerPage, reratedChargesNamedMax } from '#domain/limits.ts'
import { formatDecimal, formatUsd, nanoUsd, picoUsd } from '#domain/money.ts'
import { makeSheet } from '#domain/price-sheets.ts'
import type { PriceSheet } from '#domain/prices.ts'
import { zeroUsage } from '#domain/usage.ts'
import { type ControlHarness, makeControlHarness } from '#test/control/control-harness.ts'

let harness: ControlHarness
beforeEach(async () => {
  harness = await makeControlHarness()
})

const startMs = Date.UTC(2030, 0, 1)
const hourMs = 3_600_000
const period = 'from=2030-01-01T00:00:00Z&to=2030-01-02T00:00:00Z'

/** The rates of a test, as plain numbers: the sheets and the expected sums are made from them apart. */
interface Rates {
  readonly prompt: number
  readonly completion: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly cacheWrite1h: number
  readonly reasoning: number
  readonly request: number
}
interface Priced {
  readonly id: PriceVersionId
  readonly base: Rates
  readonly long: Rates
}
const longFrom = 2000

const rates = (unit: number): Rates => ({
  prompt: 1001 * unit,
  completion: 7003 * unit,
  cacheRead: 101 * unit,
  cacheWrite: 1251 * unit,
  cacheWrite1h: 2003 * unit,
  reasoning: 7919 * unit,
  request: 137 * unit,
})
const priced = (id: PriceVersionId, unit: number): Priced => ({
  id,
  base: rates(unit),
  long: rates(unit * 2),
})
/** Three models; the price of each changes in the middle of the period. */
const models = [1, 5, 250].map((unit, index) => ({
  name: `acme/model-${index}`,
  before: priced(`price_${index}a`, unit),
  after: priced(`price_${index}b`, unit * 3 + 1),
}))

const exactOf = (given: Rates) =>
  Object.fromEntries(Object.entries(given).map(([name, rate]) => [name, picoUsd(BigInt(rate))]))
const sheetOf = ({ base, long }: Priced): PriceSheet =>
  makeSheet({
    base: { prompt: picoUsd(0n), completion: picoUsd(0n), ...exactOf(base) },
    tiers: [{ minPromptTokens: longFrom, rates: exactOf(long) }],
  })

async function recordPrices(which: 'before' | 'after'): Promise<void> {
  const prices = models.map((model) => ({
    endpoint: `${model.name}@acme`,
    version: { id: model[which].id, sheet: sheetOf(model[which]) },
  }))
  await harness.prices.record(prices)
}

/** Numbers that are the same in every run: the seed is in the test. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** What every token costs, worked out apart from the product's own arithmetic. */
function picoOf(usage: typeof zeroUsage, given: Rates): bigint {
  const plain =
    usage.promptTokens - usage.cachedTokens - usage.cacheWriteTokens - usage.cacheWrite1hTokens
  return (
    BigInt(plain * given.prompt) +
    BigInt(usage.cachedTokens * given.cacheRead) +
    BigInt(usage.cacheWriteTokens * given.cacheWrite) +
    BigInt(usage.cacheWrite1hTokens * given.cacheWrite1h) +
    BigInt(usage.reasoningTokens * given.reasoning) +
    BigInt((usage.completionTokens - usage.reasoningTokens) * given.completion) +
    BigInt(given.request)
  )
}

interface Seeded {
  readonly records: readonly GenerationRecord[]
  readonly exact: bigint
  readonly charged: bigint
}

async function seedPeriod(count: number, seed: number): Promise<Seeded> {
  const { id: accountId } = await harness.make.account()
  const random = numbersFrom(seed)
  const records: GenerationRecord[] = []
  let exact = 0n
  let charged = 0n
  for (let index = 0; index < count; index += 1) {
    const model = models[index % models.length] ?? models[0]
    if (model === undefined) continue
    // Several begin in the same millisecond, also where one page ends and the next begins.
    const createdAtMs = startMs + Math.floor((index * 24 * hourMs) / count / 60_000) * 60_000
    const price = createdAtMs < startMs + 12 * hourMs ? model.before : model.after
    const parts = [random(900), random(500), random(300), random(1500)]
    const [plain = 0, cachedTokens = 0, cacheWriteTokens = 0, cacheWrite1hTokens = 0] = parts
    const reasoningTokens = random(400)
    const usage = {
      ...zeroUsage,
      promptTokens: plain + cachedTokens + cacheWriteTokens + cacheWrite1hTokens,
      cachedTokens,
      cacheWriteTokens,
      cacheWrite1hTokens,
      completionTokens: reasoningTokens + random(600),
      reasoningTokens,
    }
    const pico = picoOf(usage, usage.promptTokens >= longFrom ? price.long : price.base)
    const costNanoUsd = nanoUsd((pico + 999n) / 1000n)
    exact += pico
    charged += costNanoUsd
    const line = { createdAtMs, usage, costNanoUsd, priceVersionId: price.id }
    records.push(harness.make.generation(accountId, line))
  }
  await harness.generations.insert(records)
  return { records, exact, charged }
}

async function rerate(query = period) {
  const { status, body } = await harness.call(`GET /api/prices/rerate?${query}`)
  expect(status).toBe(200)
  return body.data
}

describe('a period that is rated again', () => {
  const count = 4 * rerateChargesPerPage + 17

  test('comes to the same pico-dollars, over models, tiers, caches and a change of price', async () => {
    await recordPrices('before')
    await recordPrices('after')
    const { exact, charged, records } = await seedPeriod(count, 20_301)
    const long = records.filter(({ usage }) => usage.promptTokens >= longFrom).length
    expect(long).toBeGreaterThan(count / 10)
    expect(long).toBeLessThan(count - count / 10)
    const first = await rerate()
    expect(first).toMatchObject({
      charges: count,
      same: count,
      different: 0,
      differences: [],
      charged: formatUsd(nanoUsd(charged)),
      rerated: formatUsd(nanoUsd(charged)),
      rerated_exact: formatDecimal(exact, 12),
      orphans: { count: 0, charged: '0', charges: [] },
    })
    expect(await rerate()).toEqual(first)
    const morning = await rerate('from=2030-01-01T00:00:00Z&to=2030-01-01T12:00:00Z')
    const evening = await rerate('from=2030-01-01T13:00:00%2B01:00&to=2030-01-02T00:00:00Z')
    expect(morning.charges + evening.charges).toBe(count)
  })

  test('names each wrong charge, one nano-dollar too much or too little', async () => {
    await recordPrices('before')
    const { records } = await seedPeriod(60, 7)
    const [good] = records
    if (good === undefined) return expect.unreachable()
    const planted = [1n, -1n].map((off) =>
      harness.make.generation(good.accountId, {
        ...good,
        id: `gen-1893456000-${off > 0n ? 'A' : 'B'}0000000000000000000`,
        costNanoUsd: nanoUsd(good.costNanoUsd + off),
      }),
    )
    await harness.generations.insert(planted)
    const morning = 'from=2030-01-01T00:00:00Z&to=2030-01-01T12:00:00Z'
    const { different, differences, same } = await rerate(morning)
    expect([same, different]).toEqual([30, 2])
    expect(differences).toEqual(
      planted.map(({ id, costNanoUsd, priceVersionId }) => ({
        generation_id: id,
        created_at: '2030-01-01T00:00:00.000Z',
        price_version_id: priceVersionId,
        reason: 'other_amount',
        charged: formatUsd(costNanoUsd),
        rerated: formatUsd(good.costNanoUsd),
      })),
    )
  })

  test('counts all wrong charges where it cannot name all', async () => {
    await seedPeriod(reratedChargesNamedMax + 5, 3)
    const { different, differences } = await rerate()
    expect([different, differences.length]).toEqual([
      reratedChargesNamedMax + 5,
      reratedChargesNamedMax,
    ])
    expect(differences[0]).toMatchObject({ reason: 'no_price_version', rerated: null })
  })

  test('shows the charges of dead nodes apart', async () => {
    await recordPrices('before')
    const { records } = await seedPeriod(3, 11)
    const [good] = records
    if (good === undefined) return expect.unreachable()
    const orphan = harness.make.generation(good.accountId, {
      createdAtMs: startMs,
      usage: zeroUsage,
      usageSource: 'orphan',
      costNanoUsd: nanoUsd(77n),
      priceVersionId: good.priceVersionId,
    })
    await harness.generations.insert([orphan])
    const { charges, orphans } = await rerate('from=2030-01-01T00:00:00Z&to=2030-01-01T01:00:00Z')
    expect(charges).toBe(1)
    expect(orphans).toEqual({
      count: 1,
      charged: '0.000000077',
      charges: [
        {
          generation_id: orphan.id,
          created_at: '2030-01-01T00:00:00.000Z',
          charged: '0.000000077',
        },
      ],
    })
  })
})

describe('a period that is none', () => {
  test.each([
    ['from=2030-01-02T00:00:00Z&to=2030-01-02T00:00:00Z', 'to'],
    ['from=2030-01-03T00:00:00Z&to=2030-01-02T00:00:00Z', 'to'],
    ['from=yesterday&to=2030-01-02T00:00:00Z', 'from'],
    ['from=2030-01-03T00:00:00Z', 'to'],
  ])('400: %s', async (query, param) => {
    const { status, body } = await harness.call(`GET /api/prices/rerate?${query}`)
    expect([status, body.error.code]).toEqual([400, 'invalid_request'])
    expect(body.error.param).toBe(param)
  })
})
