import { randomBytes } from 'node:crypto'

import { describe, expect, test, vi } from 'vitest'

import { usualKeyScopes } from '#domain/accounts.ts'
import { type AccountId, makeKeyId } from '#domain/identifiers.ts'

import { newAccount, someLimits } from './accounts.conformance.ts'
import type { AccountStore } from './accounts.ts'
import type { ApiKeyStore, NewApiKey } from './api-keys.ts'

/** A new inference key with a fresh id and secret. */
export function newApiKey(accountId: AccountId, overrides: Partial<NewApiKey> = {}): NewApiKey {
  return {
    id: makeKeyId(randomBytes),
    accountId,
    kind: 'inference',
    name: 'laptop',
    prefix: 'cl_k',
    lastFour: 'w7Xz',
    hash: Uint8Array.from(randomBytes(32)),
    contentMode: null,
    limits: null,
    expiresAt: null,
    scopes: usualKeyScopes,
    projectId: null,
    createdBy: null,
    ...overrides,
  }
}

/** A key store and the account store that it shares its state with. They may hold rows already. */
export interface Directory {
  readonly accounts: AccountStore
  readonly apiKeys: ApiKeyStore
}

/** What every key store promises. */
export function apiKeyStoreConformance(name: string, makeStores: () => Promise<Directory>): void {
  describe(`${name}: API keys`, () => {
    test('a created key is found by the hash of its secret, with its account', async () => {
      const { accounts, apiKeys } = await makeStores()
      const account = await accounts.create(newAccount())
      const expiresAt = new Date('2031-01-02T03:04:05.678Z')
      const given = newApiKey(account.id, {
        ...{ kind: 'operator', contentMode: 'metadata', expiresAt, appHost: 'app.example' },
      })
      const { hash, ...visible } = given
      const key = await apiKeys.create(given)
      const fresh = { createdAt: expect.any(Date), revokedAt: null, oldSecretsEndAt: null }
      expect(key).toEqual({ ...visible, ...fresh })
      expect(await apiKeys.findByHash(hash)).toEqual({ key, account, project: null })
    })

    test('a key of an unknown account is not made', async () => {
      const { apiKeys } = await makeStores()
      const key = newApiKey(newAccount().id)
      expect(await apiKeys.create(key)).toBeUndefined()
      expect(await apiKeys.findByHash(key.hash)).toBeUndefined()
    })

    test('limits come back exactly as they were given, with the key or set later', async () => {
      const { accounts, apiKeys } = await makeStores()
      const { id } = await accounts.create(newAccount())
      const given = newApiKey(id, { limits: someLimits })
      const key = await apiKeys.create(given)
      expect(key?.limits).toEqual(someLimits)
      expect(await apiKeys.find(given.id)).toEqual(key)
      expect((await apiKeys.findByHash(given.hash))?.key).toEqual(key)
      const changed = await apiKeys.update(given.id, { limits: null })
      expect(changed).toEqual({ ...key, limits: null })
      expect(await apiKeys.list(id)).toEqual([changed])
    })

    test('an unknown key is not found and has no limits', async () => {
      const { apiKeys } = await makeStores()
      expect(await apiKeys.find('key_none')).toBeUndefined()
      expect(await apiKeys.update('key_none', { limits: someLimits })).toBeUndefined()
    })

    test('an unknown hash finds nothing', async () => {
      const { apiKeys } = await makeStores()
      expect(await apiKeys.findByHash(new Uint8Array(32))).toBeUndefined()
    })

    test('two keys never share a secret', async () => {
      const { accounts, apiKeys } = await makeStores()
      const { id } = await accounts.create(newAccount())
      const first = newApiKey(id)
      await apiKeys.create(first)
      const second = apiKeys.create(newApiKey(id, { hash: first.hash }))
      await expect(second).rejects.toBeInstanceOf(Error)
      expect(await apiKeys.list(id)).toHaveLength(1)
    })

    test("an account's keys are listed newest first, and no other account's", async () => {
      const { accounts, apiKeys } = await makeStores()
      const { id } = await accounts.create(newAccount())
      const other = await accounts.create(newAccount())
      await apiKeys.create(newApiKey(other.id))
      const made = []
      for (const keyName of ['a', 'b', 'c']) {
        made.unshift(await apiKeys.create(newApiKey(id, { name: keyName })))
      }
      expect(await apiKeys.list(id)).toEqual(made)
      expect(await apiKeys.list(newAccount().id)).toEqual([])
    })

    test('a revoked key is still found, so that the caller can say why it refuses', async () => {
      const { accounts, apiKeys } = await makeStores()
      const { id } = await accounts.create(newAccount())
      const { hash, ...key } = newApiKey(id)
      await apiKeys.create({ ...key, hash })
      const revoked = await apiKeys.revoke(key.id)
      expect(revoked?.revokedAt).toBeInstanceOf(Date)
      expect((await apiKeys.findByHash(hash))?.key).toEqual(revoked)
    })

    test('revoking again changes nothing, and revoking an unknown key finds nothing', async () => {
      const { accounts, apiKeys } = await makeStores()
      const { id } = await accounts.create(newAccount())
      const key = await apiKeys.create(newApiKey(id))
      const first = key && (await apiKeys.revoke(key.id))
      expect(key && (await apiKeys.revoke(key.id))).toEqual(first)
      expect(await apiKeys.revoke(makeKeyId(randomBytes))).toBeUndefined()
    })

    describeChanges(makeStores)
  })
}

/** True when the hash is among those reported. */
function reports(hashes: readonly Uint8Array[], hash: Uint8Array): boolean {
  return hashes.some((reported) => Buffer.from(reported).equals(hash))
}

function describeChanges(makeStores: () => Promise<Directory>): void {
  test('a first look reports no changes and is a starting point', async () => {
    const { accounts, apiKeys } = await makeStores()
    const { id } = await accounts.create(newAccount())
    await apiKeys.create(newApiKey(id))
    const first = await apiKeys.changedSince(null)
    expect(first.hashes).toEqual([])
    expect((await apiKeys.changedSince(first.cursor)).cursor).toEqual(expect.any(String))
  })

  test('a new key and a revoked key are reported', async () => {
    const { accounts, apiKeys } = await makeStores()
    const { id } = await accounts.create(newAccount())
    const [revoked, created] = [newApiKey(id), newApiKey(id)]
    await apiKeys.create(revoked)
    const start = await apiKeys.changedSince(null)
    await apiKeys.revoke(revoked.id)
    await apiKeys.create(created)
    const { hashes } = await apiKeys.changedSince(start.cursor)
    expect(reports(hashes, revoked.hash)).toBe(true)
    expect(reports(hashes, created.hash)).toBe(true)
  })

  test('new limits of a key are reported', async () => {
    const { accounts, apiKeys } = await makeStores()
    const { id } = await accounts.create(newAccount())
    const key = newApiKey(id)
    await apiKeys.create(key)
    const start = await apiKeys.changedSince(null)
    await apiKeys.update(key.id, { limits: someLimits })
    const { hashes } = await apiKeys.changedSince(start.cursor)
    expect(reports(hashes, key.hash)).toBe(true)
  })

  test('a change is not reported for ever', async () => {
    const { accounts, apiKeys } = await makeStores()
    const { id } = await accounts.create(newAccount())
    let { cursor } = await apiKeys.changedSince(null)
    await apiKeys.create(newApiKey(id))
    await vi.waitFor(
      async () => {
        const changes = await apiKeys.changedSince(cursor)
        cursor = changes.cursor
        expect(changes.hashes).toEqual([])
      },
      { timeout: 10_000, interval: 20 },
    )
  })

  test("a change of an account reports all of that account's keys", async () => {
    const { accounts, apiKeys } = await makeStores()
    const { id } = await accounts.create(newAccount())
    const [first, second] = [newApiKey(id), newApiKey(id)]
    await apiKeys.create(first)
    await apiKeys.create(second)
    let { cursor } = await apiKeys.changedSince(null)
    const change = { id, status: 'suspended', reason: null, actorKeyId: null } as const
    const steps = [
      () => accounts.setStatus(change),
      () => accounts.setStatus({ ...change, status: 'active' }),
      () => accounts.setContentMode(id, 'none'),
      () => accounts.setLimits(id, someLimits),
    ]
    for (const step of steps) {
      await step()
      const changes = await apiKeys.changedSince(cursor)
      expect(reports(changes.hashes, first.hash)).toBe(true)
      expect(reports(changes.hashes, second.hash)).toBe(true)
      cursor = changes.cursor
    }
  })

  test('of changes made while others look, none is missed', async () => {
    const { accounts, apiKeys } = await makeStores()
    const { id } = await accounts.create(newAccount())
    const keys = Array.from({ length: 30 }, () => newApiKey(id))
    let { cursor } = await apiKeys.changedSince(null)
    const seen: Uint8Array[] = []
    const look = async () => {
      const changes = await apiKeys.changedSince(cursor)
      cursor = changes.cursor
      seen.push(...changes.hashes)
    }
    for (let start = 0; start < keys.length; start += 5) {
      const made = Promise.all(keys.slice(start, start + 5).map(apiKeys.create))
      await look()
      await made
    }
    await look()
    expect(keys.filter(({ hash }) => !reports(seen, hash))).toEqual([])
  })
}
