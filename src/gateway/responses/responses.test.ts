import { randomBytes } from 'node:crypto'

import { beforeEach, describe, expect, test } from 'vitest'

import { makeMemoryAccountKeyStore } from '#adapters/memory/account-keys.ts'
import { makeMemoryStoredResponseStore } from '#adapters/memory/stored-responses.ts'
import { createContentVault } from '#adapters/vault/content-vault.ts'
import { makeMasterKey } from '#adapters/vault/master-key.ts'
import { Fault } from '#domain/faults.ts'
import { makeAccountId, makeGenerationId, type GenerationId } from '#domain/identifiers.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'
import { readRequest } from '#gateway/clients/responses/read-request.ts'
import { itemIdOf, responseIdOf } from '#gateway/clients/responses/response-ids.ts'
import { StoreUnavailable } from '#ports/store-error.ts'
import type { StoredResponseStore } from '#ports/stored-responses.ts'
import { until } from '#test/server/until.ts'
import { makeStoppedClock, type StoppedClock } from '#test/stopped-clock.ts'

import { keptResponse, repeatedBody, storingOf } from './kept-response.ts'
import { createResponseShelf, type ResponseShelf } from './response-shelf.ts'
import { deleteStoredResponse, listInputItems, showStoredResponse } from './stored-answers.ts'
import { wholeConversation } from './whole-conversation.ts'

const accountId = makeAccountId(randomBytes)
const stranger = makeAccountId(randomBytes)
const startMs = Date.UTC(2026, 0, 1)

let time: StoppedClock
let store: StoredResponseStore
let storeError: Error | null
let warnings: string[]
let makeShelf: () => ResponseShelf
let shelf: ResponseShelf

beforeEach(() => {
  time = makeStoppedClock()
  storeError = null
  warnings = []
  const memory = makeMemoryStoredResponseStore()
  const guard = <T>(call: () => Promise<T>) => (storeError ? Promise.reject(storeError) : call())
  store = {
    ...memory,
    insert: (responses) => guard(() => memory.insert(responses)),
    find: (id, owner) => guard(() => memory.find(id, owner)),
    remove: (id, owner) => guard(() => memory.remove(id, owner)),
  }
  const vault = createContentVault({
    masterKeys: { current: makeMasterKey(randomBytes(32)), older: [] },
    accountKeys: makeMemoryAccountKeyStore(),
    clock: time.clock,
    randomBytes,
  })
  const log = { warn: (event: string) => void warnings.push(event), alarm: () => undefined }
  makeShelf = () => createResponseShelf({ store, vault, clock: time.clock, log })
  shelf = makeShelf()
})

/** A message, a call and reasoning of one answer, by the ids that its client got. */
function answerOf(id: GenerationId): JsonObject {
  return {
    id: responseIdOf(id),
    object: 'response',
    status: 'completed',
    output: [
      { id: itemIdOf('rs', id, 0), type: 'reasoning', summary: [], encrypted_content: 'gAAAAx' },
      {
        id: itemIdOf('fc', id, 1),
        type: 'function_call',
        status: 'completed',
        call_id: 'c',
        name: 'f',
        arguments: '{}',
      },
    ],
  }
}

/** Keeps the answer to a request; returns its id. */
function keep(body: JsonObject, on: ResponseShelf = shelf): GenerationId {
  const id = makeGenerationId(startMs, randomBytes)
  const answerText = JSON.stringify(answerOf(id))
  const kept = keptResponse({ id, accountId, createdAtMs: startMs, body, answerText })
  expect(kept && on.keep(kept)).toBe(true)
  return id
}

async function refusalOf(work: Promise<unknown>): Promise<{ code: string; param: string | null }> {
  try {
    await work
  } catch (error) {
    if (error instanceof Fault) return { code: error.code, param: error.param }
    throw error
  }
  return { code: 'none', param: null }
}

/** Lets a patient search run out of patience. */
async function impatient<T>(work: Promise<T>): Promise<T> {
  let isDone = false
  void work.then(
    () => (isDone = true),
    () => (isDone = true),
  )
  await until(
    async () => {
      await time.advance(500)
      return isDone || undefined
    },
    { timeoutMs: 5_000, what: 'the end of its patience' },
  )
  return work
}

const output = { type: 'function_call_output', call_id: 'c', output: 'done' }

describe('a conversation', () => {
  test('goes on from a stored response with everything but its instructions', async () => {
    const id = keep({ input: 'Hi.', instructions: 'Be brief.' })
    const asked = { previous_response_id: responseIdOf(id), input: [output], model: 'm' }
    const { body, storedBytes } = await wholeConversation(asked, { shelf, accountId })
    expect(body).toEqual({
      model: 'm',
      input: [
        { type: 'message', role: 'user', content: 'Hi.' },
        { type: 'reasoning', summary: [], encrypted_content: 'gAAAAx' },
        { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
        output,
      ],
    })
    expect(storedBytes).toBeGreaterThan(100)
    const { request } = readRequest({ body, headers: {}, address: null })
    expect(request.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool'])
  })

  test('holds all turns, also when an earlier response is gone', async () => {
    const first = keep({ input: 'One.' })
    const next = {
      previous_response_id: responseIdOf(first),
      input: [output, { role: 'user', content: 'Two.' }],
    }
    const whole = await wholeConversation(next, { shelf, accountId })
    const second = keep(whole.body)
    await deleteStoredResponse({ shelf, accountId, responseId: responseIdOf(first), query: '' })
    const third = { previous_response_id: responseIdOf(second), input: [output] }
    const { body } = await wholeConversation(third, { shelf, accountId })
    expect(JSON.stringify(body)).toMatch(/One.*Two/)
  })

  test('may name items instead of sending them, as the AI SDK does', async () => {
    const id = keep({ input: 'Hi.' })
    const input = [
      { role: 'user', content: 'Hi.' },
      { type: 'item_reference', id: itemIdOf('rs', id, 0) },
      { type: 'item_reference', id: itemIdOf('fc', id, 1) },
      output,
    ]
    const { body } = await wholeConversation({ input }, { shelf, accountId })
    const { request } = readRequest({ body, headers: {}, address: null })
    expect(request.messages[1]?.parts).toMatchObject([
      { kind: 'reasoning', data: 'gAAAAx' },
      { name: 'f' },
    ])
  })

  test('that refers to nothing is the very same body', async () => {
    const body = { input: [{ role: 'user', content: 'Hi.' }], store: true }
    expect((await wholeConversation(body, { shelf, accountId })).body).toBe(body)
  })

  test('of another account, of nobody, or under a name that is none, is not found', async () => {
    const id = keep({ input: 'Hi.' })
    const notFound = { code: 'invalid_request', param: 'previous_response_id' }
    const asked = { previous_response_id: responseIdOf(id), input: 'x' }
    const foreign = wholeConversation(asked, { shelf, accountId: stranger })
    expect(await refusalOf(impatient(foreign))).toEqual(notFound)
    const unknown = { ...asked, previous_response_id: 'resp_abc' }
    expect(await refusalOf(wholeConversation(unknown, { shelf, accountId }))).toEqual(notFound)
    const named = { input: [{ type: 'item_reference', id: itemIdOf('fc', id, 1) }] }
    const others = wholeConversation(named, { shelf, accountId: stranger })
    expect(await refusalOf(impatient(others))).toEqual({
      code: 'invalid_request',
      param: 'input[0].id',
    })
  })
})

describe('a stored response', () => {
  const question = (id: GenerationId, query = '') => ({
    shelf,
    accountId,
    responseId: responseIdOf(id),
    query,
  })

  test('is shown as it was, at once and from the store', async () => {
    const id = keep({ input: 'Hi.' })
    expect(await showStoredResponse(question(id))).toEqual(answerOf(id))
    expect(await shelf.flush(1_000)).toBe(true)
    expect(await store.find(id, accountId)).toBeDefined()
    expect(await showStoredResponse({ ...question(id), shelf: makeShelf() })).toEqual(answerOf(id))
  })

  test('is sealed in the store', async () => {
    const id = keep({ input: 'A secret.' })
    await shelf.flush(1_000)
    const sealed = await store.find(id, accountId)
    expect(Buffer.from(sealed?.request ?? []).toString('latin1')).not.toContain('secret')
  })

  test('is gone when it was deleted, wherever it was, and only its account can do that', async () => {
    const id = keep({ input: 'Hi.' })
    const foreign = { ...question(id), accountId: stranger }
    expect(await refusalOf(deleteStoredResponse(foreign))).toMatchObject({
      code: 'not_found',
    })
    expect(await deleteStoredResponse(question(id))).toEqual({
      id: responseIdOf(id),
      object: 'response',
      deleted: true,
    })
    await shelf.flush(1_000)
    expect(await store.find(id, accountId)).toBeUndefined()
    expect(await refusalOf(impatient(showStoredResponse(question(id))))).toMatchObject({
      code: 'not_found',
    })
    expect(await refusalOf(deleteStoredResponse(question(id)))).toMatchObject({
      code: 'not_found',
    })
  })

  test('that another node is still writing down is waited for', async () => {
    const other = makeShelf()
    storeError = new StoreUnavailable('away')
    const id = keep({ input: 'Hi.' }, other)
    await until(() => warnings.length > 0 || undefined, {
      timeoutMs: 5_000,
      what: 'the store to be missed',
    })
    storeError = null
    expect(await impatient(showStoredResponse(question(id)))).toEqual(answerOf(id))
  })

  test('lists its input in pages, newest first unless asked otherwise', async () => {
    const input = ['a', 'b', 'c'].map((content) => ({ role: 'user', content }))
    const id = keep({ input })
    const list = async (
      query: string,
    ): Promise<{ data: JsonObject[]; has_more: boolean; last_id: string }> =>
      Object(await listInputItems(question(id, query)))
    const first = await list('limit=2')
    expect(first.data).toMatchObject([
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'c' }] },
      { content: [{ text: 'b' }] },
    ])
    expect(first.has_more).toBe(true)
    const second = await list(`limit=2&after=${first.last_id}`)
    expect(second).toMatchObject({ data: [{ content: [{ text: 'a' }] }], has_more: false })
    const ascending = await list('order=asc')
    expect(ascending.data[0]).toMatchObject({ content: [{ text: 'a' }] })
    for (const [query, param] of [
      ['limit=0', 'limit'],
      ['limit=x', 'limit'],
      ['order=up', 'order'],
      ['after=item_x', 'after'],
    ] as const) {
      expect(await refusalOf(list(query))).toEqual({ code: 'invalid_request', param })
    }
  })
})

describe('what is kept of an answer', () => {
  const id = makeGenerationId(startMs, randomBytes)
  const kept = (answerText: string) =>
    keptResponse({ id, accountId, createdAtMs: startMs, body: { input: 'Hi.' }, answerText })

  test('is the response of the last event of a stream, with the ids of its items', () => {
    const last = { type: 'response.completed', sequence_number: 9, response: answerOf(id) }
    const text = `event: response.output_text.done\ndata: {"type":"x"}\n\nevent: response.completed\ndata: ${JSON.stringify(last)}\n\n`
    expect(kept(text)).toMatchObject({
      itemIds: [itemIdOf('rs', id, 0), itemIdOf('fc', id, 1)],
      response: JSON.stringify(answerOf(id)),
      input: '[{"type":"message","role":"user","content":"Hi."}]',
    })
  })

  test('is nothing when the answer failed, or is too large', () => {
    expect(kept('event: response.failed\ndata: {"response":{}}\n\n')).toBeUndefined()
    expect(kept(`{"output":["${'x'.repeat(5_000_000)}"]}`)).toBeUndefined()
  })
})

test('storing obeys the request and the account, and who asked for more is told', () => {
  expect(storingOf({}, 'full')).toEqual({ isStored: true, warnings: [] })
  expect(storingOf({ store: false }, 'full')).toEqual({ isStored: false, warnings: [] })
  expect(storingOf({}, 'metadata')).toEqual({ isStored: false, warnings: [] })
  const asked = storingOf({ store: true }, 'none')
  expect(asked).toMatchObject({ isStored: false, warnings: [{ param: 'store' }] })
  expect(repeatedBody({ store: true, input: 'x' }, asked)).toEqual({ store: false, input: 'x' })
})

test('a shelf without room says so, and keeps what it has', async () => {
  const id = makeGenerationId(startMs, randomBytes)
  const response = { id, accountId, createdAtMs: startMs, itemIds: [], input: '[]', response: '{}' }
  const large = { ...response, id: makeGenerationId(startMs, randomBytes), input: 'x'.repeat(100) }
  const vault = {
    seal: () => new Promise<never>(() => undefined),
    open: () => Promise.reject(new TypeError()),
  }
  const log = { warn: () => undefined, alarm: () => undefined }
  const small = createResponseShelf({ store, vault, clock: time.clock, log, bytesMax: 100 })
  expect(small.keep(response)).toBe(true)
  expect(small.keep(large)).toBe(false)
  expect(await small.find(id, accountId)).toBe(response)
})
