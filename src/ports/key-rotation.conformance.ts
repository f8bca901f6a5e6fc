import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { makeKeyId } from '#domain/identifiers.ts'

import { newAccount } from './accounts.conformance.ts'
import { type Directory, newApiKey } from './api-keys.conformance.ts'
import type { NewApiKey } from './api-keys.ts'

/** What every key store promises of secrets that are replaced. */
export function keyRotationConformance(name: string, makeStores: () => Promise<Directory>): void {
  describe(`${name}: rotation of keys`, () => {
    const endsAt = new Date(Date.now() + 3_600_000)

    async function makeKey(more: Partial<NewApiKey> = {}) {
      const { accounts, apiKeys } = await makeStores()
      const { id } = await accounts.create(newAccount())
      const given = newApiKey(id, more)
      await apiKeys.create(given)
      const rotate = async (oldSecretsEndAt: Date) => {
        const hash = Uint8Array.from(randomBytes(32))
        const made = { id: given.id, prefix: 'cl_k', lastFour: 'NEW1', hash, oldSecretsEndAt }
        return { key: await apiKeys.rotate(made), hash }
      }
      return { apiKeys, given, rotate }
    }

    test('the new secret opens the key, the old one a key that ends when it does', async () => {
      const { apiKeys, given, rotate } = await makeKey()
      const { key, hash } = await rotate(endsAt)
      expect(key).toMatchObject({ id: given.id, lastFour: 'NEW1', oldSecretsEndAt: endsAt })
      expect((await apiKeys.findByHash(hash))?.key).toEqual(key)
      const old = await apiKeys.findByHash(given.hash)
      expect(old?.key).toEqual({ ...key, expiresAt: endsAt })
      expect(await apiKeys.find(given.id)).toEqual(key)
    })

    test('a key that ends before its old secret does, ends then', async () => {
      const expiresAt = new Date(endsAt.getTime() - 1000)
      const { apiKeys, given, rotate } = await makeKey({ expiresAt })
      await rotate(endsAt)
      expect((await apiKeys.findByHash(given.hash))?.key.expiresAt).toEqual(expiresAt)
    })

    test('rotating again ends no secret later than it was to end, and none is forgotten', async () => {
      const { apiKeys, given, rotate } = await makeKey()
      const first = await rotate(endsAt)
      const later = new Date(endsAt.getTime() + 5_000)
      const second = await rotate(later)
      const third = await rotate(new Date(endsAt.getTime() - 5_000))
      const endOf = async (hash: Uint8Array) =>
        (await apiKeys.findByHash(hash))?.key.expiresAt?.getTime()
      const cut = endsAt.getTime() - 5_000
      expect(await endOf(given.hash)).toBe(cut)
      expect(await endOf(first.hash)).toBe(cut)
      expect(await endOf(second.hash)).toBe(cut)
      expect((await apiKeys.findByHash(third.hash))?.key.expiresAt).toBeNull()
    })

    test('a rotation, and what happens to the key after it, is a change of every secret', async () => {
      const { apiKeys, given, rotate } = await makeKey()
      const { hash } = await rotate(endsAt)
      const { cursor } = await apiKeys.changedSince(null)
      await apiKeys.revoke(given.id)
      const { hashes } = await apiKeys.changedSince(cursor)
      const names = hashes.map((one) => Buffer.from(one).toString('hex'))
      for (const secret of [given.hash, hash]) {
        expect(names).toContain(Buffer.from(secret).toString('hex'))
        expect((await apiKeys.findByHash(secret))?.key.revokedAt).not.toBeNull()
      }
    })

    test('the hash of a key is that of its newest secret', async () => {
      const { apiKeys, given, rotate } = await makeKey()
      const hashOf = async () => (await apiKeys.hashesOf(given.accountId)).get(given.id)
      expect(await hashOf()).toEqual(given.hash)
      const { hash } = await rotate(endsAt)
      expect(await hashOf()).toEqual(hash)
    })

    test('a revoked key, and one that is not there, get no new secret', async () => {
      const { apiKeys, given, rotate } = await makeKey()
      await apiKeys.revoke(given.id)
      const { key, hash } = await rotate(endsAt)
      expect(key).toBeUndefined()
      expect(await apiKeys.findByHash(hash)).toBeUndefined()
      const unknown = { id: makeKeyId(randomBytes), prefix: 'cl_k', lastFour: 'NEW1', hash }
      expect(await apiKeys.rotate({ ...unknown, oldSecretsEndAt: endsAt })).toBeUndefined()
    })

    test('every member of a key can change by itself', async () => {
      const { apiKeys, given } = await makeKey()
      const before = await apiKeys.find(given.id)
      const changes = {
        ...{ name: 'ci', scopes: ['read_usage'], contentMode: 'none', expiresAt: endsAt },
      } as const
      let expected = before
      for (const [member, value] of Object.entries(changes)) {
        expected = expected && { ...expected, [member]: value }
        expect(await apiKeys.update(given.id, { [member]: value })).toEqual(expected)
      }
      expect(await apiKeys.find(given.id)).toEqual(expected)
    })
  })
}
