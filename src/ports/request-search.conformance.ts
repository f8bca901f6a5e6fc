import { randomBytes, randomInt } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import type { GenerationRecord } from '#domain/generation.ts'
import { type AccountId, makeAccountId } from '#domain/identifiers.ts'
import { nanoUsd } from '#domain/money.ts'
import { everyRequestOf, type RequestFilter, type RequestOrder } from '#domain/request-filter.ts'

import { newGeneration } from './generations.conformance.ts'
import type { GenerationStore, RequestSearch } from './generations.ts'

const startMs = Date.UTC(2030, 6, 1, 12)

/** What every request log owes to those who search it. */
export function requestSearchConformance(
  name: string,
  makeStore: () => Promise<GenerationStore>,
): void {
  describe(`${name}: search of requests`, () => {
    describeSearch(makeStore)
  })
}

function describeSearch(makeStore: () => Promise<GenerationStore>): void {
  test('lines are found by their ids, those of the account alone', async () => {
    const store = await makeStore()
    const accountId = makeAccountId(randomBytes)
    const mine = [0, 1, 2].map((day) =>
      newGeneration({ accountId, createdAtMs: startMs + day * 86_400_000 }),
    )
    const [foreign, absent] = [newGeneration(), newGeneration({ accountId })]
    await store.insert([...mine, foreign])
    const ids = [...mine, foreign, absent].map(({ id }) => id)
    const found = await store.findAll(ids, accountId)
    expect(found.map(({ id }) => id).toSorted()).toEqual(mine.map(({ id }) => id).toSorted())
    expect(await store.findAll([], accountId)).toEqual([])
  })

  test('any combination of filters, sorted any way, page by page, finds what a plain look finds', async () => {
    const store = await makeStore()
    const seed = randomInt(2 ** 31)
    const chance = makeChance(seed)
    const accountId = makeAccountId(randomBytes)
    const records = Array.from({ length: 300 }, () =>
      newGeneration(randomRecord(accountId, chance)),
    )
    const others = Array.from({ length: 50 }, () =>
      newGeneration(randomRecord(makeAccountId(randomBytes), chance)),
    )
    await store.insert([...records, ...others])
    for (let round = 0; round < 60; round += 1) {
      const search = randomSearch(accountId, records, chance)
      const expected = lookPlainly(records, search)
      const found = await everyPage(store, search)
      expect(found, `seed ${seed} round ${round} ${sayFilter(search)}`).toEqual(expected)
    }
  })

  test('every member of the filter narrows by itself', async () => {
    const store = await makeStore()
    const accountId = makeAccountId(randomBytes)
    const line = (more: Partial<GenerationRecord>) =>
      newGeneration({ accountId, ...plain, ...more })
    const usual = line({})
    const cases: readonly [GenerationRecord, Partial<RequestFilter>][] = [
      [line({ keyId: 'key_other' }), { keyIds: ['key_other'] }],
      [line({ resolvedModel: 'x/y' }), { models: ['x/y'] }],
      [line({ resolvedModel: null, requestedModel: 'asked' }), { models: ['asked'] }],
      [line({ provider: 'zeta' }), { providers: ['zeta'] }],
      [line({ outcome: 'client_gone' }), { outcomes: ['client_gone'] }],
      [line({ status: 503 }), { statusMin: 500 }],
      [line({ status: 150 }), { statusMax: 199 }],
      [line({ streamed: true }), { isStreamed: true }],
      [line({ createdAtMs: startMs + 9_000 }), { fromMs: startMs + 9_000 }],
      [line({ createdAtMs: startMs - 1 }), { untilMs: startMs }],
      [line({ costNanoUsd: nanoUsd(900n) }), { costNanoUsdMin: nanoUsd(900n) }],
      [line({ costNanoUsd: nanoUsd(0n) }), { costNanoUsdMax: nanoUsd(99n) }],
      [line({ latencyMs: 5_000 }), { latencyMsMin: 5_000 }],
      [line({ latencyMs: 1 }), { latencyMsMax: 1 }],
      [usual, { idPart: usual.id.slice(15, 30) }],
    ]
    await store.insert(cases.map(([record]) => record))
    for (const [record, members] of cases) {
      const filter = { ...everyRequestOf(accountId), ...members }
      const found = await store.search({
        ...{ filter, order: 'time', isRising: false, after: null, limit: 10 },
      })
      expect(found, JSON.stringify(Object.keys(members))).toEqual([record])
    }
  })
}

const plain = {
  ...{ keyId: 'key_a', resolvedModel: 'm/usual', requestedModel: 'm/usual', provider: 'acme' },
  ...{ outcome: 'completed', status: 200, streamed: false, createdAtMs: startMs },
  ...{ costNanoUsd: nanoUsd(100n), latencyMs: 100 },
} as const satisfies Partial<GenerationRecord>

interface Chance {
  readonly below: (limit: number) => number
  readonly pick: <Value>(values: readonly Value[]) => Value
}

function makeChance(seed: number): Chance {
  let state = seed
  const below = (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  return { below, pick: (values) => values[below(values.length)] as (typeof values)[number] }
}

const models = ['a/x', 'a/y', 'b/x'] as const
const keys = ['key_a', 'key_b', 'key_c'] as const
const outcomes = ['completed', 'refused', 'upstream_failed', 'client_gone'] as const

function randomRecord(accountId: AccountId, chance: Chance): Partial<GenerationRecord> {
  const { pick, below } = chance
  return {
    accountId,
    keyId: pick(keys),
    createdAtMs: startMs + below(20) * 500,
    requestedModel: pick([...models, 'alias']),
    resolvedModel: pick([...models, null]),
    provider: pick(['acme', 'zeta', null]),
    outcome: pick(outcomes),
    status: pick([200, 400, 402, 429, 503]),
    streamed: pick([true, false]),
    costNanoUsd: nanoUsd(BigInt(below(6)) * 9_007_199_254_740_993n),
    latencyMs: below(8) * 100,
  }
}

function randomSearch(
  accountId: AccountId,
  records: readonly GenerationRecord[],
  chance: Chance,
): RequestSearch {
  const { pick, below } = chance
  const some = <Value>(value: () => Value): Value | null => (below(4) === 0 ? value() : null)
  const record = pick(records)
  const filter: RequestFilter = {
    accountId,
    keyIds: some(() => [pick(keys), pick(keys)]),
    models: some(() => [pick(models)]),
    providers: some(() => [pick(['acme', 'zeta', 'nobody'])]),
    outcomes: some(() => [pick(outcomes), pick(outcomes)]),
    statusMin: some(() => pick([200, 400, 429])),
    statusMax: some(() => pick([200, 428, 599])),
    isStreamed: some(() => pick([true, false])),
    fromMs: some(() => record.createdAtMs),
    untilMs: some(() => record.createdAtMs),
    costNanoUsdMin: some(() => record.costNanoUsd),
    costNanoUsdMax: some(() => record.costNanoUsd),
    latencyMsMin: some(() => record.latencyMs),
    latencyMsMax: some(() => record.latencyMs),
    idPart: below(8) === 0 ? record.id.slice(15, 17) : null,
  }
  const order: RequestOrder = pick(['time', 'cost', 'latency', 'tokens'])
  return { filter, order, isRising: pick([true, false]), after: null, limit: 1 + below(40) }
}

/** Written anew on purpose: it must not share a mistake with what it judges. */
function lookPlainly(records: readonly GenerationRecord[], search: RequestSearch): string[] {
  const { filter: f, order, isRising } = search
  let left = [...records]
  if (f.keyIds) left = left.filter((r) => f.keyIds?.includes(r.keyId))
  if (f.models) {
    left = left.filter((r) => f.models?.some((m) => m === (r.resolvedModel ?? r.requestedModel)))
  }
  if (f.providers) left = left.filter((r) => f.providers?.some((p) => p === r.provider))
  if (f.outcomes) left = left.filter((r) => f.outcomes?.includes(r.outcome))
  left = left.filter((r) => r.status >= (f.statusMin ?? 0) && r.status <= (f.statusMax ?? 999))
  if (f.isStreamed !== null) left = left.filter((r) => r.streamed === f.isStreamed)
  left = left.filter((r) => r.createdAtMs >= (f.fromMs ?? 0))
  left = left.filter((r) => r.createdAtMs < (f.untilMs ?? Infinity))
  left = left.filter((r) => r.costNanoUsd >= (f.costNanoUsdMin ?? 0n))
  left = left.filter((r) => r.costNanoUsd <= (f.costNanoUsdMax ?? r.costNanoUsd))
  left = left.filter((r) => r.latencyMs >= (f.latencyMsMin ?? 0))
  left = left.filter((r) => r.latencyMs <= (f.latencyMsMax ?? Infinity))
  if (f.idPart !== null) left = left.filter((r) => r.id.split(f.idPart ?? '').length > 1)
  const valueOf: Record<RequestOrder, (r: GenerationRecord) => bigint> = {
    time: (r) => BigInt(r.createdAtMs),
    cost: (r) => r.costNanoUsd,
    latency: (r) => BigInt(r.latencyMs),
    tokens: (r) => BigInt(r.usage.promptTokens + r.usage.completionTokens),
  }
  left.sort((one, other) => {
    const difference = valueOf[order](one) - valueOf[order](other)
    if (difference !== 0n) return difference < 0n ? -1 : 1
    return one.id < other.id ? -1 : 1
  })
  return (isRising ? left : left.reverse()).map(({ id }) => id)
}

async function everyPage(store: GenerationStore, search: RequestSearch): Promise<string[]> {
  const ids: string[] = []
  let after: RequestSearch['after'] = null
  for (;;) {
    const page: readonly GenerationRecord[] = await store.search({ ...search, after })
    ids.push(...page.map(({ id }) => id))
    const last = page.at(-1)
    if (last === undefined || page.length < search.limit) return ids
    const { usage } = last
    const values: Record<RequestOrder, bigint> = {
      time: BigInt(last.createdAtMs),
      cost: last.costNanoUsd,
      latency: BigInt(last.latencyMs),
      tokens: BigInt(usage.promptTokens + usage.completionTokens),
    }
    after = { value: values[search.order], id: last.id }
  }
}

function sayFilter(search: RequestSearch): string {
  return JSON.stringify(search, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
}
