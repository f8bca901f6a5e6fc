import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { makeAccountId, makeGenerationId } from '#domain/identifiers.ts'

import type { SealedResponse, StoredResponseStore } from './stored-responses.ts'

/** A response of a fresh account, with sealed bytes that are random. */
export function newSealedResponse(members: Partial<SealedResponse> = {}): SealedResponse {
  const createdAtMs = members.createdAtMs ?? Date.now()
  const id = makeGenerationId(createdAtMs, randomBytes)
  return {
    id,
    accountId: makeAccountId(randomBytes),
    createdAtMs,
    keyVersion: 1,
    request: Uint8Array.from(randomBytes(80)),
    response: Uint8Array.from(randomBytes(90)),
    itemIds: [`msg_${id}_0`, `fc_${id}_1`],
    ...members,
  }
}

/** What every store of responses promises. */
export function storedResponseStoreConformance(
  name: string,
  makeStore: () => Promise<StoredResponseStore>,
): void {
  describe(`${name}: stored responses`, () => {
    test('a response comes back byte for byte, to its own account alone', async () => {
      const store = await makeStore()
      const response = newSealedResponse()
      await store.insert([response])
      expect(await store.find(response.id, response.accountId)).toEqual(response)
      expect(await store.find(response.id, makeAccountId(randomBytes))).toBeUndefined()
    })

    test('writing the same again changes nothing', async () => {
      const store = await makeStore()
      const response = newSealedResponse()
      await store.insert([response])
      await store.insert([{ ...response, itemIds: ['other'] }, newSealedResponse()])
      expect(await store.find(response.id, response.accountId)).toEqual(response)
      await store.insert([])
    })

    test('items are found by their ids, newest response first, never those of another account', async () => {
      const store = await makeStore()
      const old = newSealedResponse({ createdAtMs: Date.now() - 5_000, itemIds: ['a', 'b'] })
      const { accountId } = old
      const young = newSealedResponse({ accountId, itemIds: ['c', 'b'] })
      const foreign = newSealedResponse({ itemIds: ['a', 'b', 'c'] })
      await store.insert([old, young, foreign])
      const found = async (itemIds: readonly string[], limit = 10) =>
        (await store.findByItems({ accountId, itemIds, limit })).map(({ id }) => id)
      expect(await found(['b'])).toEqual([young.id, old.id])
      expect(await found(['b'], 1)).toEqual([young.id])
      expect(await found(['a', 'x'])).toEqual([old.id])
      expect(await found(['x'])).toEqual([])
      expect(await found([])).toEqual([])
    })

    test('a removed response is gone, and only its account can remove it', async () => {
      const store = await makeStore()
      const response = newSealedResponse()
      await store.insert([response])
      expect(await store.remove(response.id, makeAccountId(randomBytes))).toBe(false)
      expect(await store.remove(response.id, response.accountId)).toBe(true)
      expect(await store.remove(response.id, response.accountId)).toBe(false)
      expect(await store.find(response.id, response.accountId)).toBeUndefined()
    })

    test('what is older than its time is removed, and nothing else', async () => {
      const store = await makeStore()
      const limitMs = Date.UTC(2002, 0, 1)
      await store.removeOlderThan(limitMs)
      const old = newSealedResponse({ createdAtMs: limitMs - 1 })
      const young = newSealedResponse({ createdAtMs: limitMs })
      await store.insert([old, young])
      expect(await store.removeOlderThan(limitMs)).toBe(1)
      expect(await store.removeOlderThan(limitMs)).toBe(0)
      expect(await store.find(old.id, old.accountId)).toBeUndefined()
      expect(await store.find(young.id, young.accountId)).toEqual(young)
      await store.erase(young.accountId)
    })

    test('erasing an account removes all of its responses and no others', async () => {
      const store = await makeStore()
      const response = newSealedResponse()
      const other = newSealedResponse()
      await store.insert([response, other])
      await store.erase(response.accountId)
      expect(await store.find(response.id, response.accountId)).toBeUndefined()
      expect(await store.find(other.id, other.accountId)).toEqual(other)
    })
  })
}
