import type { AccountId, RandomBytes } from '#domain/identifiers.ts'
import { accountKeysCachedMax, accountKeyCachedMsMax } from '#domain/limits.ts'
import type { AccountKeyStore } from '#ports/account-keys.ts'
import type { Clock } from '#ports/clock.ts'
import { VaultError } from '#ports/content-vault.ts'

import { makeWrappedAccountKey, unwrapAccountKey, type AccountKey } from './account-key.ts'
import { createAgingCache } from './aging-cache.ts'
import type { MasterKeys } from './master-key.ts'

/** What a vault is made of. */
export interface KeyringParts {
  readonly masterKeys: MasterKeys
  readonly accountKeys: AccountKeyStore
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly randomBytes: RandomBytes
}

/** The data keys of accounts, ready for use. */
export interface Keyring {
  /** The newest; an account's first sealing makes it. */
  readonly forSealing: (accountId: AccountId) => Promise<AccountKey>
  /** Throws `VaultError` when that version is gone. */
  readonly forOpening: (accountId: AccountId, version: number) => Promise<AccountKey>
}

/**
 * Under one key, random 96-bit nonces are safe for 2^32 records. Nobody counts records across nodes and
 * restarts: instead every sealing draws lots, and one in 2^26 moves the account on to a new key. That a
 * key sees 2^32 records before its lot is drawn has a chance of e^-64.
 */
const keyChangeBits = 26

/**
 * Keys over the wrapped ones in the store. Unwrapped keys stay in memory for a bounded time and number, so a
 * deleted key stops opening anything everywhere within `accountKeyCachedMsMax`.
 */
export function createKeyring({
  masterKeys,
  accountKeys,
  clock,
  randomBytes,
}: KeyringParts): Keyring {
  const limits = { entriesMax: accountKeysCachedMax, ageMsMax: accountKeyCachedMsMax, clock }
  const newest = createAgingCache<AccountId, AccountKey>(limits)
  const exact = createAgingCache<string, AccountKey>(limits)

  const makeVersion = async (accountId: AccountId, version: number): Promise<AccountKey> => {
    const fresh = await makeWrappedAccountKey(accountId, version, masterKeys.current)
    return unwrapAccountKey(await accountKeys.putIfAbsent(fresh), masterKeys)
  }
  const loadNewest = async (accountId: AccountId): Promise<AccountKey> => {
    const stored = await accountKeys.findNewest(accountId)
    return stored === undefined ? makeVersion(accountId, 1) : unwrapAccountKey(stored, masterKeys)
  }
  const loadExact = async (accountId: AccountId, version: number): Promise<AccountKey> => {
    const stored = await accountKeys.find(accountId, version)
    if (stored === undefined) throw new VaultError('the key of this content is gone')
    return unwrapAccountKey(stored, masterKeys)
  }

  return {
    forSealing: async (accountId: AccountId): Promise<AccountKey> => {
      const key = await newest.get(accountId, () => loadNewest(accountId))
      if (!lotIsDrawn(randomBytes)) return key
      newest.remove(accountId)
      return newest.get(accountId, () => makeVersion(accountId, key.version + 1))
    },
    forOpening: (accountId: AccountId, version: number): Promise<AccountKey> =>
      exact.get(`${accountId}\0${version}`, () => loadExact(accountId, version)),
  }
}

function lotIsDrawn(randomBytes: RandomBytes): boolean {
  const [a = 0, b = 0, c = 0, d = 0] = randomBytes(4)
  const draw = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
  return draw >>> (32 - keyChangeBits) === 0
}
