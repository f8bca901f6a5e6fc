import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import type { AccountKeyStore, WrappedAccountKey } from './account-keys.ts'
import { newAccount } from './accounts.conformance.ts'
import type { AccountStore } from './accounts.ts'

/** The store under test, and the accounts whose keys it keeps. */
export interface AccountKeyStores {
  readonly accounts: AccountStore
  readonly accountKeys: AccountKeyStore
}

/** What every store of data keys promises. */
export function accountKeyStoreConformance(
  name: string,
  makeStores: () => Promise<AccountKeyStores>,
): void {
  const makeKeys = async () => {
    const { accounts, accountKeys } = await makeStores()
    const { id: accountId } = await accounts.create(newAccount())
    const newKey = (version: number): WrappedAccountKey => ({
      accountId,
      version,
      masterKeyId: 'file:1',
      wrapped: Uint8Array.from(randomBytes(60)),
    })
    return { accountKeys, accountId, newKey }
  }

  describe(`${name}: account keys`, () => {
    test('an account without a key has none', async () => {
      const { accountKeys, accountId } = await makeKeys()
      expect(await accountKeys.findNewest(accountId)).toBeUndefined()
      expect(await accountKeys.find(accountId, 1)).toBeUndefined()
    })

    test('a stored key comes back byte for byte', async () => {
      const { accountKeys, accountId, newKey } = await makeKeys()
      const key = newKey(1)
      expect(await accountKeys.putIfAbsent(key)).toEqual(key)
      expect(await accountKeys.find(accountId, 1)).toEqual(key)
    })

    test('the newest version is the one with the highest number', async () => {
      const { accountKeys, accountId, newKey } = await makeKeys()
      for (const version of [2, 10, 9]) await accountKeys.putIfAbsent(newKey(version))
      expect((await accountKeys.findNewest(accountId))?.version).toBe(10)
    })

    test('a version is stored once: whoever comes later is given the first', async () => {
      const { accountKeys, newKey } = await makeKeys()
      const first = await accountKeys.putIfAbsent(newKey(1))
      expect(await accountKeys.putIfAbsent(newKey(1))).toEqual(first)
    })

    test('nodes that race to make the first key agree on one', async () => {
      const { accountKeys, accountId, newKey } = await makeKeys()
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => accountKeys.putIfAbsent(newKey(1))),
      )
      const stored = await accountKeys.findNewest(accountId)
      for (const answer of answers) expect(answer).toEqual(stored)
    })
  })
}
