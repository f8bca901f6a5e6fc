import { randomBytes } from 'node:crypto'

import { describe, expect, test, vi } from 'vitest'

import { makeMemoryDirectory } from '#adapters/memory/directory.ts'
import { usualKeyScopes } from '#domain/accounts.ts'
import { makeAccountId, makeKeyId } from '#domain/identifiers.ts'
import { keyLookupsMax, keyPollIntervalMs, unknownKeyCachedMs } from '#domain/limits.ts'
import type { ApiKeyStore } from '#ports/api-keys.ts'
import { StoreUnavailable } from '#ports/store-error.ts'
import { makeStoppedClock } from '#test/stopped-clock.ts'

import { createKeyDirectory } from './key-directory.ts'

async function makeWorld() {
  const time = makeStoppedClock()
  const stores = makeMemoryDirectory(time.clock.nowMs)
  const state = { isDown: false, lookups: 0, gate: Promise.resolve() as Promise<unknown> }
  const store: ApiKeyStore = {
    ...stores.apiKeys,
    async findByHash(hash) {
      state.lookups += 1
      if (state.isDown) throw new StoreUnavailable('down')
      const found = await stores.apiKeys.findByHash(hash)
      // The answer travels; the store may change meanwhile.
      await state.gate
      return found
    },
    async changedSince(cursor) {
      if (state.isDown) throw new StoreUnavailable('down')
      return stores.apiKeys.changedSince(cursor)
    },
  }
  const events: string[] = []
  const log = { warn: (event: string) => void events.push(event), alarm: () => undefined }
  const directory = createKeyDirectory({ store, clock: time.clock, log })

  async function addKey() {
    const accountId = makeAccountId(randomBytes)
    const id = makeKeyId(randomBytes)
    const hash = randomBytes(32)
    await stores.accounts.create({
      ...{ id: accountId, role: 'customer', displayName: 'A', email: null, contentMode: 'full' },
    })
    await stores.apiKeys.create({
      ...{ id, accountId, kind: 'inference', name: 'n', prefix: 'cl_k', lastFour: 'abcd' },
      ...{ hash, contentMode: null, limits: null, expiresAt: null, scopes: usualKeyScopes },
      ...{ projectId: null, createdBy: null },
    })
    return { accountId, id, hash, name: Buffer.from(hash).toString('base64') }
  }
  return { time, stores, state, directory, events, addKey }
}

describe('a known key', () => {
  test('is answered without a promise, and without asking the store again', async () => {
    const { directory, state, addKey } = await makeWorld()
    const key = await addKey()
    expect((await directory.find(key.name))?.key.id).toBe(key.id)
    expect(directory.find(key.name)).not.toBeInstanceOf(Promise)
    expect(state.lookups).toBe(1)
  })

  test('works on while the store is down; an unknown one is not called unknown then', async () => {
    const { directory, state, addKey } = await makeWorld()
    const [key, other] = [await addKey(), await addKey()]
    await directory.find(key.name)
    state.isDown = true
    expect(await directory.find(key.name)).toBeDefined()
    await expect(directory.find(other.name)).rejects.toThrow(StoreUnavailable)
    state.isDown = false
    expect((await directory.find(other.name))?.key.id).toBe(other.id)
  })

  test.each(['revoked', 'suspended'])('is noticed as %s within one round', async (change) => {
    const { directory, stores, time, addKey } = await makeWorld()
    await directory.start()
    const key = await addKey()
    await directory.find(key.name)
    if (change === 'revoked') await stores.apiKeys.revoke(key.id)
    else {
      await stores.accounts.setStatus({
        ...{ id: key.accountId, status: 'suspended', reason: null, actorKeyId: null },
      })
    }
    await time.advance(keyPollIntervalMs)
    const found = await directory.find(key.name)
    if (change === 'revoked') expect(found?.key.revokedAt).not.toBeNull()
    else expect(found?.account.status).toBe('suspended')
    directory.stop()
  })

  test('is forgotten at once when it is told so', async () => {
    const { directory, stores, addKey } = await makeWorld()
    const key = await addKey()
    await directory.find(key.name)
    await stores.apiKeys.revoke(key.id)
    directory.forget(key.hash)
    expect((await directory.find(key.name))?.key.revokedAt).not.toBeNull()
  })

  test('that is revoked while it is being read is read again', async () => {
    const { directory, stores, state, addKey } = await makeWorld()
    const key = await addKey()
    let arrive = (): void => undefined
    state.gate = new Promise<void>((resolve) => (arrive = resolve))
    const finding = directory.find(key.name)
    await new Promise((resolve) => setImmediate(resolve))
    await stores.apiKeys.revoke(key.id)
    directory.forget(key.hash)
    arrive()
    expect((await finding)?.key.revokedAt).not.toBeNull()
    expect((await directory.find(key.name))?.key.revokedAt).not.toBeNull()
  })

  test('that was read before the first round is read again after it', async () => {
    const { directory, stores, addKey } = await makeWorld()
    const key = await addKey()
    await directory.find(key.name)
    await stores.apiKeys.revoke(key.id)
    await directory.start()
    expect((await directory.find(key.name))?.key.revokedAt).not.toBeNull()
    directory.stop()
  })
})

describe('the store', () => {
  test('that was down for a while is followed from where it was left', async () => {
    const { directory, stores, state, time, events, addKey } = await makeWorld()
    await directory.start()
    const key = await addKey()
    await directory.find(key.name)
    state.isDown = true
    await time.advance(10 * keyPollIntervalMs)
    await stores.apiKeys.revoke(key.id)
    state.isDown = false
    await time.advance(2 * keyPollIntervalMs)
    expect((await directory.find(key.name))?.key.revokedAt).not.toBeNull()
    expect(events).toEqual(['key_changes_unavailable'])
    directory.stop()
  })

  test('is asked once for many who ask for the same key', async () => {
    const { directory, state, addKey } = await makeWorld()
    const key = await addKey()
    const found = await Promise.all(
      Array.from({ length: 50 }, async () => directory.find(key.name)),
    )
    expect(new Set(found).size).toBe(1)
    expect(state.lookups).toBe(1)
  })

  test('is asked for only so many keys at once', async () => {
    const { directory } = await makeWorld()
    const names = Array.from({ length: keyLookupsMax + 5 }, () =>
      randomBytes(32).toString('base64'),
    )
    const results = await Promise.allSettled(names.map(async (name) => directory.find(name)))
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(5)
  })
})

describe('an unknown key', () => {
  test('is remembered as unknown for a short time only', async () => {
    const { directory, state, time } = await makeWorld()
    const name = randomBytes(32).toString('base64')
    expect(await directory.find(name)).toBeUndefined()
    expect(directory.find(name)).toBeUndefined()
    expect(state.lookups).toBe(1)
    await time.advance(unknownKeyCachedMs + 1)
    await directory.find(name)
    expect(state.lookups).toBe(2)
  })
})

describe('an announced change', () => {
  test('takes effect without waiting for the next round', async () => {
    const { directory, stores, addKey } = await makeWorld()
    await directory.start()
    const key = await addKey()
    await directory.find(key.name)
    await stores.apiKeys.revoke(key.id)
    directory.hurry()
    await vi.waitFor(async () => {
      expect((await directory.find(key.name))?.key.revokedAt).not.toBeNull()
    })
  })

  test('that comes during a round is looked for in another one', async () => {
    const { directory, stores, addKey } = await makeWorld()
    await directory.start()
    const key = await addKey()
    await directory.find(key.name)
    directory.hurry()
    await stores.apiKeys.revoke(key.id)
    directory.hurry()
    await vi.waitFor(async () => {
      expect((await directory.find(key.name))?.key.revokedAt).not.toBeNull()
    })
  })

  test('after the end changes nothing', async () => {
    const { directory, state, events } = await makeWorld()
    await directory.start()
    directory.stop()
    state.isDown = true
    directory.hurry()
    await new Promise((resolve) => setImmediate(resolve))
    // A round against a store that is down would have been reported.
    expect(events).toEqual([])
  })
})
