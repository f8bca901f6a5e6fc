import { randomBytes, randomInt } from 'node:crypto'

import { assert, describe, expect, test } from 'vitest'

import type { GenerationRecord } from '#domain/generation.ts'
import {
  type GenerationId,
  makeAccountId,
  makeGenerationId,
  makeKeyId,
} from '#domain/identifiers.ts'
import { logAttemptsMax, logTextLengthMax } from '#domain/limits.ts'
import { nanoUsd, nanoUsdMax } from '#domain/money.ts'
import type { ChargedUsage } from '#domain/rerating.ts'
import { zeroUsage } from '#domain/usage.ts'

import type { GenerationStore, SealedContent } from './generations.ts'

const startMs = Date.UTC(2030, 4, 6, 7, 8, 9, 123)

/** A record of a completed request, all members filled. */
export function newGeneration(overrides: Partial<GenerationRecord> = {}): GenerationRecord {
  const createdAtMs = overrides.createdAtMs ?? startMs
  return {
    id: makeGenerationId(createdAtMs, randomBytes),
    accountId: makeAccountId(randomBytes),
    keyId: makeKeyId(randomBytes),
    createdAtMs,
    ...{ requestedModel: 'fast', resolvedModel: 'acme/fast-1' },
    provider: 'acme',
    upstreamModel: 'fast-1-2030',
    upstreamId: 'chatcmpl-1',
    routingPath: [
      {
        provider: 'acme',
        upstreamModel: 'fast-1-2030',
        startedAtMs: createdAtMs + 1,
        status: 200,
        latencyMs: 321,
        errorClass: null,
      },
    ],
    outcome: 'completed',
    status: 200,
    faultCode: null,
    streamed: true,
    timeToFirstTokenMs: 45,
    latencyMs: 400,
    usage: {
      promptTokens: 1,
      completionTokens: 2,
      cachedTokens: 3,
      cacheWriteTokens: 4,
      cacheWrite1hTokens: 5,
      reasoningTokens: 6,
      audioPromptTokens: 7,
      audioCompletionTokens: 8,
      imagePromptTokens: 9,
      imageCompletionTokens: 10,
    },
    usageSource: 'upstream',
    finishReason: 'stop',
    costNanoUsd: nanoUsd(9_007_199_254_740_993n),
    priceVersionId: 'price_abc',
    own: { credentialId: 'cred_1', feePartsPerMillion: 55_000, upstreamNanoUsd: nanoUsd(7n) },
    clientIp: '2001:db8::7',
    userAgent: 'OpenAI/JS 7.57.0',
    contentMode: 'full',
    ...overrides,
  }
}

/** A record with nothing but what every record has. */
function bareGeneration(): GenerationRecord {
  return newGeneration({
    requestedModel: null,
    resolvedModel: null,
    provider: null,
    upstreamModel: null,
    upstreamId: null,
    routingPath: [],
    outcome: 'refused',
    status: 402,
    faultCode: 'insufficient_credits',
    streamed: false,
    timeToFirstTokenMs: null,
    latencyMs: 0,
    usage: zeroUsage,
    usageSource: 'none',
    finishReason: null,
    costNanoUsd: nanoUsd(0n),
    priceVersionId: null,
    clientIp: null,
    userAgent: null,
    contentMode: 'none',
  })
}

/** What every request log promises. The store may hold rows already. */
export function generationStoreConformance(
  name: string,
  makeStore: () => Promise<GenerationStore>,
): void {
  describe(`${name}: generations`, () => {
    describeRecords(makeStore)
    describeNonsense(makeStore)
    describeLists(makeStore)
    describeCharges(makeStore)
    describeContent(makeStore)
  })
}

function describeRecords(makeStore: () => Promise<GenerationStore>): void {
  test('a record comes back exactly as it was given, money beyond 2^53 included', async () => {
    const store = await makeStore()
    const records = [
      newGeneration(),
      bareGeneration(),
      newGeneration({ costNanoUsd: nanoUsdMax, faultCode: null, outcome: 'client_gone' }),
      newGeneration({ userAgent: `"q" 'a' {b,c} \\ NULL null \n\t 🦊 é`, upstreamId: '' }),
      newGeneration({ userAgent: 'NULL', finishReason: 'null', clientIp: '{}' }),
    ]
    await store.insert(records)
    for (const record of records) {
      expect(await store.find(record.id, record.accountId)).toEqual(record)
      expect(await store.find(record.id, null)).toEqual(record)
    }
  })

  test("another account's record is not found", async () => {
    const store = await makeStore()
    const record = newGeneration()
    await store.insert([record])
    expect(await store.find(record.id, makeAccountId(randomBytes))).toBeUndefined()
  })

  test('an unknown id, and text that is no id, find nothing', async () => {
    const store = await makeStore()
    expect(await store.find(makeGenerationId(startMs, randomBytes), null)).toBeUndefined()
    expect(await store.find('gen-x', null)).toBeUndefined()
    expect(await store.findContent('gen-', makeAccountId(randomBytes))).toBeUndefined()
  })

  test('writing a batch again changes nothing, and writes what was missing', async () => {
    const store = await makeStore()
    const [first, second] = [newGeneration(), newGeneration()]
    await store.insert([first])
    await store.insert([{ ...first, status: 599 }, second, { ...second, status: 598 }])
    await store.insert([])
    expect(await store.find(first.id, null)).toEqual(first)
    expect(await store.find(second.id, null)).toEqual(second)
  })

  test('a batch larger than one statement is written whole', async () => {
    const store = await makeStore()
    const accountId = makeAccountId(randomBytes)
    const records = Array.from({ length: 2_345 }, (_, index) =>
      newGeneration({ accountId, createdAtMs: startMs + index }),
    )
    await store.insert(records)
    const filter = { accountId, model: null, outcome: null, after: null }
    expect(await store.list({ ...filter, limit: 5_000 })).toHaveLength(records.length)
  })
}

function describeNonsense(makeStore: () => Promise<GenerationStore>): void {
  test('text that databases refuse is mended, and keeps no other line from being written', async () => {
    const store = await makeStore()
    const good = newGeneration()
    const bad = newGeneration({
      requestedModel: 'a\u0000b',
      userAgent: 'half \ud83e of a pair',
      routingPath: [
        {
          provider: 'x\u0000',
          upstreamModel: '\udc00',
          startedAtMs: 1,
          status: null,
          latencyMs: 1,
          errorClass: 'reset',
        },
      ],
    })
    await store.insert([good, bad])
    expect(await store.find(good.id, null)).toEqual(good)
    expect(await store.find(bad.id, null)).toMatchObject({
      requestedModel: 'a\ufffdb',
      userAgent: 'half \ufffd of a pair',
      routingPath: [{ provider: 'x\ufffd', upstreamModel: '\ufffd' }],
    })
  })

  test('long text and long paths are clipped', async () => {
    const store = await makeStore()
    const [attempt] = newGeneration().routingPath
    const record = newGeneration({
      userAgent: 'u'.repeat(100_000),
      routingPath: Array.from({ length: 1_000 }, () => attempt).filter((one) => one !== undefined),
    })
    await store.insert([record])
    const found = await store.find(record.id, null)
    expect(found?.userAgent).toBe('u'.repeat(logTextLengthMax))
    expect(found?.routingPath).toHaveLength(logAttemptsMax)
  })

  test('absurd numbers are brought into range', async () => {
    const store = await makeStore()
    const usage = {
      ...zeroUsage,
      promptTokens: 1e15,
      completionTokens: -5,
      cachedTokens: Number.NaN,
    }
    const record = newGeneration({ usage, latencyMs: 1.6, status: 0, timeToFirstTokenMs: -1 })
    await store.insert([record])
    const found = await store.find(record.id, null)
    expect(found).toMatchObject({ latencyMs: 2, status: 100, timeToFirstTokenMs: 0 })
    expect(found?.usage).toEqual({ ...zeroUsage, promptTokens: 2_147_483_647 })
  })

  test('in mode none, no address and no user agent are kept', async () => {
    const store = await makeStore()
    const record = newGeneration({ contentMode: 'none' })
    await store.insert([record])
    const found = await store.find(record.id, null)
    expect(found).toEqual({ ...record, clientIp: null, userAgent: null })
  })
}

function describeLists(makeStore: () => Promise<GenerationStore>): void {
  const all = { model: null, outcome: null, after: null, limit: 100 }

  /** Six records of one account, in the order they are listed, two of them in the same millisecond. */
  async function withSix(): Promise<{ store: GenerationStore; listed: GenerationRecord[] }> {
    const store = await makeStore()
    const accountId = makeAccountId(randomBytes)
    const times = [0, 1, 1, 2, 1_000, 90_000_000].map((offset) => startMs + offset)
    const records = times.map((createdAtMs) => newGeneration({ accountId, createdAtMs }))
    await store.insert([...records, newGeneration()])
    const listed = records.toSorted((left, right) =>
      left.createdAtMs === right.createdAtMs
        ? right.id.localeCompare(left.id, 'en')
        : right.createdAtMs - left.createdAtMs,
    )
    return { store, listed }
  }

  const idsOf = (records: readonly GenerationRecord[]) => records.map(({ id }) => id)

  test("an account's lines are listed newest first, whole, and no other account's", async () => {
    const { store, listed } = await withSix()
    const accountId = listed[0]?.accountId ?? null
    const found = await store.list({ ...all, accountId })
    expect(found.map(({ createdAtMs }) => createdAtMs)).toEqual(
      listed.map(({ createdAtMs }) => createdAtMs),
    )
    expect(new Set(idsOf(found))).toEqual(new Set(idsOf(listed)))
    expect(found).toContainEqual(listed[0])
  })

  test('pages of any size show every line once', async () => {
    const { store, listed } = await withSix()
    const accountId = listed[0]?.accountId ?? null
    for (const limit of [1, 2, 5]) {
      const seen: GenerationId[] = []
      let after: GenerationId | null = null
      for (;;) {
        const page: readonly GenerationRecord[] = await store.list({
          ...all,
          accountId,
          limit,
          after,
        })
        seen.push(...idsOf(page))
        after = page.at(-1)?.id ?? null
        if (after === null) break
      }
      expect(seen).toEqual(idsOf(await store.list({ ...all, accountId })))
    }
  })

  test('a line that is gone still marks its place, to the second', async () => {
    const { store, listed } = await withSix()
    const accountId = listed[0]?.accountId ?? null
    const after = makeGenerationId(startMs + 80_000_000, randomBytes)
    expect(idsOf(await store.list({ ...all, accountId, after }))).toEqual(
      idsOf(await store.list({ ...all, accountId })).slice(1),
    )
  })

  test('without an account, all lines are listed', async () => {
    const { store, listed } = await withSix()
    const found = idsOf(await store.list({ ...all, accountId: null, limit: 100_000 }))
    expect(found).toEqual(expect.arrayContaining(idsOf(listed)))
    expect(found.length).toBeGreaterThan(listed.length)
  })

  test('the model asked for counts when none was resolved', async () => {
    const store = await makeStore()
    const accountId = makeAccountId(randomBytes)
    const resolved = newGeneration({ accountId, requestedModel: 'b', resolvedModel: 'a' })
    const refused = newGeneration({ accountId, requestedModel: 'a', resolvedModel: null })
    const other = newGeneration({ accountId, requestedModel: 'a', resolvedModel: 'b' })
    await store.insert([resolved, refused, other])
    const found = await store.list({ ...all, accountId, model: 'a' })
    expect(new Set(idsOf(found))).toEqual(new Set([resolved.id, refused.id]))
  })

  test('every member of a filter narrows', async () => {
    const store = await makeStore()
    const accountId = makeAccountId(randomBytes)
    const failed = newGeneration({ accountId, outcome: 'upstream_failed' })
    await store.insert([failed, newGeneration({ accountId }), newGeneration()])
    const filter = { ...all, accountId, outcome: 'upstream_failed' } as const
    expect(await store.list(filter)).toEqual([failed])
    expect(await store.list({ ...filter, model: failed.resolvedModel })).toEqual([failed])
    expect(await store.list({ ...filter, model: 'x' })).toEqual([])
    expect(await store.list({ ...filter, after: failed.id })).toEqual([])
  })

  test('nothing follows text that is no id', async () => {
    const { store } = await withSix()
    expect(await store.list({ ...all, accountId: null, after: 'gen-x' })).toEqual([])
  })
}

function describeCharges(makeStore: () => Promise<GenerationStore>): void {
  test('the charges of a period are paged oldest first, each once, with all that they follow from', async () => {
    const store = await makeStore()
    const fromMs = Date.UTC(2040, 0, 1) + randomInt(1e12)
    const charges = [0, 1, 1, 1, 700, 999].map((offset) =>
      newGeneration({ createdAtMs: fromMs + offset }),
    )
    const free = newGeneration({ ...bareGeneration(), createdAtMs: fromMs })
    const wrong = newGeneration({ createdAtMs: fromMs + 5, usageSource: 'none' })
    const outside = newGeneration({ createdAtMs: fromMs + 1000 })
    await store.insert([outside, ...charges, wrong, free])
    for (const limit of [1, 2, 100]) {
      const seen: ChargedUsage[] = []
      for (;;) {
        const after = seen.at(-1) ?? null
        const page = await store.charges({ fromMs, toMs: fromMs + 1000, after, limit })
        seen.push(...page)
        if (page.length < limit) break
      }
      const times = [0, 1, 1, 1, 5, 700, 999].map((offset) => fromMs + offset)
      expect(seen.map(({ createdAtMs }) => createdAtMs)).toEqual(times)
      expect(new Set(seen.map(({ id }) => id)).size).toBe(times.length)
      expect(seen[4]).toMatchObject({ id: wrong.id, usage: wrong.usage, usageSource: 'none' })
    }
  })

  test('what cost nothing is a charge when it was counted', async () => {
    const store = await makeStore()
    const createdAtMs = Date.UTC(2040, 0, 1) + randomInt(1e12)
    const free = newGeneration({ createdAtMs, costNanoUsd: nanoUsd(0n) })
    await store.insert([free])
    const page = { fromMs: createdAtMs, toMs: createdAtMs + 1, after: null, limit: 10 }
    expect(await store.charges(page)).toMatchObject([{ id: free.id, own: free.own }])
  })
}

function describeContent(makeStore: () => Promise<GenerationStore>): void {
  function newContent(bytes: number): SealedContent {
    return {
      id: makeGenerationId(startMs, randomBytes),
      accountId: makeAccountId(randomBytes),
      createdAtMs: startMs,
      streamed: true,
      keyVersion: 3,
      request: Uint8Array.from(randomBytes(bytes)),
      response: Uint8Array.from(randomBytes(bytes)),
    }
  }

  test('sealed content comes back byte for byte, empty or large, to its owner alone', async () => {
    const store = await makeStore()
    const contents = [newContent(0), newContent(1), newContent(5 * 1024 * 1024), newContent(700)]
    await store.insertContent(contents)
    for (const content of contents) {
      const found = await store.findContent(content.id, content.accountId)
      assert(found)
      const { request, response, ...facts } = found
      expect({ ...facts, request: content.request, response: content.response }).toEqual(content)
      // Compared as bytes: an assertion library takes seconds for megabytes.
      expect(Buffer.compare(request, content.request)).toBe(0)
      expect(Buffer.compare(response, content.response)).toBe(0)
      expect(await store.findContent(content.id, makeAccountId(randomBytes))).toBeUndefined()
    }
  })

  test('writing content again changes nothing', async () => {
    const store = await makeStore()
    const content = newContent(10)
    await store.insertContent([content])
    await store.insertContent([])
    await store.insertContent([{ ...content, keyVersion: 4 }, newContent(1)])
    expect(await store.findContent(content.id, content.accountId)).toEqual(content)
  })
}
