import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import {
  type AccountId,
  type KeyId,
  makeAccountId,
  makeGenerationId,
  makeKeyId,
} from '#domain/identifiers.ts'
import { countOf, percentileOf } from '#domain/traffic/histogram.ts'

import { newGeneration } from './generations.conformance.ts'
import type { GenerationStore } from './generations.ts'
import type { ChargeRecord, LedgerStore } from './ledger-store.ts'
import { newCharge } from './ledger/fixture.conformance.ts'
import type { UsageQuery, UsageStore } from './usage-store.ts'

/** Sums with the two stores that move them. */
export interface UsageUnderTest {
  readonly usage: UsageStore
  readonly ledger: Pick<LedgerStore, 'settle'>
  readonly generations: Pick<GenerationStore, 'insert'>
}

const startMs = Date.UTC(2031, 2, 3, 4)
const hourMs = 3_600_000

function chargeAt(accountId: AccountId, atMs: number, more: Partial<ChargeRecord>): ChargeRecord {
  const chargeId = makeGenerationId(atMs, randomBytes)
  return newCharge({ accountId, leaseId: null, nodeId: 'node_a' }, 1, { chargeId, ...more })
}

function wholeDay(accountId: AccountId): UsageQuery {
  return {
    accountId,
    ...{ fromMs: Date.UTC(2031, 2, 3), untilMs: Date.UTC(2031, 2, 5), interval: 'whole' },
    ...{ groupBy: 'none', keyIds: null, models: null, providers: null },
  }
}

/** What every store of sums owes. */
export function usageStoreConformance(name: string, make: () => Promise<UsageUnderTest>): void {
  describe(`${name}: sums of usage`, () => {
    describeUsage(make)
    describeTraffic(make)
    describeEndpoints(make)
  })
}

function describeUsage(make: () => Promise<UsageUnderTest>): void {
  async function spend() {
    const world = await make()
    const accountId = makeAccountId(randomBytes)
    const charges = [
      chargeAt(accountId, startMs, { keyId: 'key_a', model: 'acme/fast', provider: 'acme' }),
      chargeAt(accountId, startMs + 1, { keyId: 'key_a', model: 'acme/slow', provider: 'acme' }),
      chargeAt(accountId, startMs + hourMs, { keyId: 'key_b', model: 'acme/fast', provider: 'b' }),
      chargeAt(accountId, startMs + 24 * hourMs, { keyId: 'key_b', model: null, provider: null }),
    ]
    await world.ledger.settle(charges)
    return { ...world, accountId, charges }
  }

  test('every charge is in the sums once, however often it is settled', async () => {
    const { usage, ledger, accountId, charges } = await spend()
    await ledger.settle([...charges, ...charges])
    const [row, ...others] = await usage.usage(wholeDay(accountId))
    expect(others).toEqual([])
    expect(row).toMatchObject({
      costNanoUsd: charges.reduce((sum, one) => sum + one.costNanoUsd, 0n),
      ...{ requestCount: 4, promptTokens: 40, completionTokens: 8 },
    })
  })

  test('rows are told apart by hour or day, and by model, provider or key', async () => {
    const { usage, accountId } = await spend()
    const whole = wholeDay(accountId)
    const outline = async (query: UsageQuery) =>
      (await usage.usage(query)).map((row) => [
        (row.startMs - Date.UTC(2031, 2, 3)) / hourMs,
        row.name,
        row.requestCount,
      ])
    expect(await outline({ ...whole, interval: 'hour', groupBy: 'model' })).toEqual([
      [4, 'acme/fast', 1],
      [4, 'acme/slow', 1],
      [5, 'acme/fast', 1],
      [28, '', 1],
    ])
    expect(await outline({ ...whole, interval: 'day', groupBy: 'key' })).toEqual([
      [0, 'key_a', 2],
      [0, 'key_b', 1],
      [24, 'key_b', 1],
    ])
    expect(await outline({ ...whole, groupBy: 'provider' })).toEqual([
      [0, '', 1],
      [0, 'acme', 2],
      [0, 'b', 1],
    ])
  })

  test('every member of a query narrows, and other accounts are not in it', async () => {
    const { usage, accountId } = await spend()
    const whole = wholeDay(accountId)
    const countIn = async (query: Partial<UsageQuery>) =>
      (await usage.usage({ ...whole, ...query })).reduce((sum, one) => sum + one.requestCount, 0)
    expect(await countIn({ keyIds: ['key_b'] })).toBe(2)
    expect(await countIn({ models: ['acme/fast', 'x/y'] })).toBe(2)
    expect(await countIn({ providers: ['acme'] })).toBe(2)
    expect(await countIn({ providers: [] })).toBe(0)
    expect(await countIn({ fromMs: startMs + hourMs })).toBe(2)
    expect(await countIn({ untilMs: startMs + hourMs })).toBe(2)
    expect(await countIn({ accountId: makeAccountId(randomBytes) })).toBe(0)
  })
}

function describeTraffic(make: () => Promise<UsageUnderTest>): void {
  test('every line is in the sums once, however often it is written', async () => {
    const { usage, generations } = await make()
    const accountId = makeAccountId(randomBytes)
    const line = (latencyMs: number, outcome: 'completed' | 'refused' = 'completed') =>
      newGeneration({ accountId, createdAtMs: startMs, latencyMs, outcome })
    const lines = [line(100), line(200), line(100_000), line(5, 'refused')]
    await generations.insert(lines.slice(0, 2))
    await generations.insert([...lines, ...lines])
    await generations.insert(lines)
    const period = { ...wholeDay(accountId), interval: 'hour' } as const
    const [row, ...others] = await usage.traffic(period)
    expect(others).toEqual([])
    expect(row).toMatchObject({ startMs, requestCount: 4, refusedCount: 1, failedCount: 0 })
    expect(countOf(row?.latencyMs ?? [])).toBe(3)
    expect(percentileOf(row?.latencyMs ?? [], 1)).toBeGreaterThan(80_000)
    expect(countOf(row?.firstTokenMs ?? [])).toBe(3)
  })

  test('the last use of a key is that of its newest line, whenever the lines are written', async () => {
    const { usage, generations } = await make()
    const accountId = makeAccountId(randomBytes)
    const keyIds = [makeKeyId(randomBytes), makeKeyId(randomBytes)] as const
    const line = (keyId: KeyId, createdAtMs: number) =>
      newGeneration({ accountId, keyId, createdAtMs })
    await generations.insert([line(keyIds[0], startMs + 7), line(keyIds[1], startMs)])
    await generations.insert([line(keyIds[0], startMs)])
    expect(await usage.lastUses(accountId)).toEqual(
      new Map([
        [keyIds[0], new Date(startMs + 7)],
        [keyIds[1], new Date(startMs)],
      ]),
    )
    expect(await usage.lastUses(makeAccountId(randomBytes))).toEqual(new Map())
  })

  test('hours of a day are summed up', async () => {
    const { usage, generations } = await make()
    const accountId = makeAccountId(randomBytes)
    await generations.insert(
      [0, 1, 25].map((hours) =>
        newGeneration({ accountId, createdAtMs: startMs + hours * hourMs }),
      ),
    )
    const counts = async (interval: 'hour' | 'day' | 'whole') =>
      (await usage.traffic({ ...wholeDay(accountId), interval })).map((row) => row.requestCount)
    expect(await counts('hour')).toEqual([1, 1, 1])
    expect(await counts('day')).toEqual([2, 1])
    expect(await counts('whole')).toEqual([3])
  })
}

function describeEndpoints(make: () => Promise<UsageUnderTest>): void {
  test('attempts on an endpoint count in the spans they fall into, failures of its own only', async () => {
    const { usage, generations } = await make()
    const provider = `acme-${randomBytes(4).toString('hex')}`
    const attempt = (ageMs: number, more: object = {}) => {
      const [path] = newGeneration({ createdAtMs: startMs - ageMs }).routingPath
      const routingPath = path ? [{ ...path, provider, ...more }] : []
      return newGeneration({ createdAtMs: startMs - ageMs, routingPath })
    }
    await generations.insert([
      attempt(1000),
      attempt(1000, { errorClass: 'status', status: 503 }),
      attempt(1000, { errorClass: 'status', status: 400 }),
      attempt(1000, { errorClass: 'aborted', status: null }),
      attempt(20 * 60_000, { errorClass: 'timed_out', status: null }),
      attempt(3 * hourMs),
      attempt(30 * hourMs),
    ])
    const found = (await usage.endpoints(startMs)).filter((one) => one.provider === provider)
    expect(found).toMatchObject([
      {
        upstreamModel: 'fast-1-2030',
        last5Minutes: { attemptCount: 2, failureCount: 1 },
        last30Minutes: { attemptCount: 3, failureCount: 2 },
        lastDay: { attemptCount: 4, failureCount: 2 },
      },
    ])
    const { latencyMs, firstTokenMs, tokensPerSecond } = found[0]?.last30Minutes ?? {}
    expect([latencyMs, firstTokenMs, tokensPerSecond].map((one) => countOf(one ?? []))).toEqual([
      1, 1, 1,
    ])
  })

  test('what is forgotten is gone, the rest stays', async () => {
    const { usage, generations } = await make()
    const at = Date.UTC(2029, 0, 1)
    const provider = `old-${randomBytes(4).toString('hex')}`
    const line = (createdAtMs: number) => {
      const [path] = newGeneration({ createdAtMs }).routingPath
      return newGeneration({ createdAtMs, routingPath: path ? [{ ...path, provider }] : [] })
    }
    await generations.insert([line(at), line(at + hourMs)])
    await usage.forgetEndpoints(at + hourMs)
    const found = (await usage.endpoints(at + hourMs + 1)).filter(
      (one) => one.provider === provider,
    )
    expect(found.map(({ lastDay }) => lastDay.attemptCount)).toEqual([1])
  })
}
