import { randomBytes } from 'node:crypto'

import { beforeEach, expect, test } from 'vitest'

import { makeMemoryAccountKeyStore } from '#adapters/memory/account-keys.ts'
import { makeMemoryIdempotencyStore } from '#adapters/memory/idempotency.ts'
import { createContentVault } from '#adapters/vault/content-vault.ts'
import { makeMasterKey } from '#adapters/vault/master-key.ts'
import type { ContentMode } from '#domain/accounts.ts'
import { assert } from '#domain/faults.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import { makeNodeId } from '#domain/identifiers.ts'
import { idempotentStoreAttemptsMax } from '#domain/limits.ts'
import { newGeneration } from '#ports/generations.conformance.ts'
import { newClaim } from '#ports/idempotency.conformance.ts'
import type { IdempotencyStore, RepeatableAnswer } from '#ports/idempotency.ts'
import { StoreUnavailable } from '#ports/store-error.ts'
import { until } from '#test/server/until.ts'
import { makeStoppedClock, type StoppedClock } from '#test/stopped-clock.ts'

import { keepAnswersIn, type KeptAnswers, type RequestName } from './kept-answers.ts'
import { Recording } from './recording.ts'

let time: StoppedClock
let kept: KeptAnswers
let warnings: string[] = []
let storeError: Error | null = null
let keepCalls = 0

beforeEach(() => {
  time = makeStoppedClock()
  warnings = []
  storeError = null
  keepCalls = 0
  const memory = makeMemoryIdempotencyStore(time.clock.nowMs)
  const guard = <T>(call: () => Promise<T>) => (storeError ? Promise.reject(storeError) : call())
  const store: IdempotencyStore = {
    ...memory,
    claim: (claim) => guard(() => memory.claim(claim)),
    keep: (answer) => {
      keepCalls += 1
      return guard(() => memory.keep(answer))
    },
    release: (name) => guard(() => memory.release(name)),
  }
  kept = keepAnswersIn({
    store,
    nodeId: makeNodeId(randomBytes),
    vault: createContentVault({
      masterKeys: { current: makeMasterKey(randomBytes(32)), older: [] },
      accountKeys: makeMemoryAccountKeyStore(),
      clock: time.clock,
      randomBytes,
    }),
    clock: time.clock,
    log: { warn: (event) => void warnings.push(event), alarm: () => undefined },
  })
})

function newName(accountId?: RequestName['accountId']): RequestName {
  const { nodeId: _node, ttlMs: _ttl, ...name } = newClaim(accountId ? { accountId } : {})
  return name
}

function recordOf(name: RequestName, contentMode: ContentMode): GenerationRecord {
  const { generationId: id, accountId } = name
  return { ...newGeneration(), id, accountId, contentMode, streamed: false }
}

function recorded(text: string): Recording {
  const room = { bytesMax: 1_000, windowBytesMax: 100, grow: () => true }
  const recording = new Recording(room)
  const headers = ['content-type', 'application/json', 'x-ratelimit-limit-requests', '5']
  recording.writeHead(200, [...headers, 'X-Generation-Id', 'gen-1', 'content-length', '5'])
  recording.end(text)
  return recording
}

async function answerTo(name: RequestName): Promise<RepeatableAnswer> {
  const claimed = await kept.claim(name)
  assert(claimed.kind === 'answered', 'it was kept')
  return claimed.answer
}

test('an answer is kept with the headers that belong to it, and opens for its own request', async () => {
  const name = newName()
  await kept.keep(name, recordOf(name, 'full'), recorded('hello'))
  const answer = await answerTo(name)
  expect(answer.headers).toEqual(['content-type', 'application/json', 'X-Generation-Id', 'gen-1'])
  expect(Buffer.from(answer.sealed?.body ?? []).includes('hello')).toBe(false)
  expect((await kept.open(name, answer))?.toString()).toBe('hello')
})

test('a sealed answer that was moved to another key or request opens for nobody', async () => {
  const name = newName()
  await kept.keep(name, recordOf(name, 'full'), recorded('hello'))
  const answer = await answerTo(name)
  const other = newName(name.accountId)
  expect(await kept.open({ ...name, keyHash: other.keyHash }, answer)).toBeUndefined()
  expect(await kept.open({ ...name, fingerprint: other.fingerprint }, answer)).toBeUndefined()
  expect(await kept.open({ ...name, accountId: newName().accountId }, answer)).toBeUndefined()
})

test.each(['none', 'metadata'] as const)(
  'with content mode %s no text reaches the store, only that it was answered',
  async (mode) => {
    const name = newName()
    await kept.keep(name, recordOf(name, mode), recorded('hello'))
    const answer = await answerTo(name)
    expect(answer).toMatchObject({ generationId: name.generationId, status: 200, sealed: null })
    expect(await kept.open(name, answer)).toBeUndefined()
  },
)

test('a store that is away gets the answer when it is back', async () => {
  const name = newName()
  storeError = new StoreUnavailable('away')
  const keeping = kept.keep(name, recordOf(name, 'metadata'), recorded('hello'))
  await until(() => (keepCalls === 1 ? true : undefined), { timeoutMs: 2_000, what: 'a try' })
  await time.settle()
  storeError = null
  await time.advance(1_000)
  await keeping
  expect((await answerTo(name)).status).toBe(200)
  expect(warnings).toEqual([])
})

test('a store that stays away is given up after a while, and one that refuses at once, with a warning', async () => {
  const name = newName()
  storeError = new StoreUnavailable('away')
  const keeping = kept.keep(name, recordOf(name, 'metadata'), recorded('hello'))
  await time.advance(idempotentStoreAttemptsMax * 1_000)
  await keeping
  expect(keepCalls).toBe(idempotentStoreAttemptsMax)
  storeError = new TypeError('refused')
  await kept.keep(name, recordOf(name, 'metadata'), recorded('hello'))
  await kept.release(name)
  expect(keepCalls).toBe(idempotentStoreAttemptsMax + 1)
  expect(warnings).toEqual([
    'idempotent_answer_not_stored',
    'idempotent_answer_not_stored',
    'idempotency_key_not_released',
  ])
})

test('a claim while the store is away leaves the key to this node alone; other errors are errors', async () => {
  storeError = new StoreUnavailable('away')
  expect(await kept.claim(newName())).toEqual({ kind: 'alone' })
  storeError = new TypeError('a bug')
  await expect(kept.claim(newName())).rejects.toBe(storeError)
})
