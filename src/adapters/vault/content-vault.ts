import type { GenerationContent } from '#domain/generation.ts'
import type { AccountId, RandomBytes } from '#domain/identifiers.ts'
import { accountKeysCachedMax, accountKeyCachedMsMax } from '#domain/limits.ts'
import type { AccountKeyStore } from '#ports/account-keys.ts'
import type { Clock } from '#ports/clock.ts'
import { VaultError, type ContentVault } from '#ports/content-vault.ts'

import { makeWrappedAccountKey, unwrapAccountKey, type AccountKey } from './account-key.ts'
import { createAgingCache } from './aging-cache.ts'
import { decrypt, encrypt } from './cipher.ts'
import { compress, decompress } from './compression.ts'
import type { MasterKeys } from './master-key.ts'

/** What a vault is made of. */
export interface ContentVaultParts {
  readonly masterKeys: MasterKeys
  readonly accountKeys: AccountKeyStore
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly randomBytes: RandomBytes
}

type Field = 'request' | 'response'

/** How the bytes under the encryption are laid out; authenticated with each field. */
const schemaVersion = 1

/**
 * Under one key, random 96-bit nonces are safe for 2^32 records. Nobody counts records across nodes and
 * restarts: instead every sealing draws lots, and one in 2^26 moves the account on to a new key. That a
 * key sees 2^32 records before its lot is drawn has a chance of e^-64.
 */
const keyChangeBits = 26

/**
 * A vault over the wrapped keys in the store. An account's first sealing makes its key. Unwrapped keys
 * stay in memory for a bounded time and number, so a deleted key stops opening content everywhere within
 * `accountKeyCachedMsMax`.
 */
export function createContentVault(parts: ContentVaultParts): ContentVault {
  const keys = createKeyring(parts)

  const sealField = async (content: GenerationContent, field: Field, key: AccountKey) => {
    const bytes = await compress(content[field])
    const context = contextOf(content, field, key.version)
    return encrypt({ key: key.key, context, bytes })
  }

  return {
    seal: async (content, createdAtMs) => {
      const key = await keys.forSealing(content.accountId)
      const [request, response] = await Promise.all([
        sealField(content, 'request', key),
        sealField(content, 'response', key),
      ])
      const { id, accountId, streamed } = content
      return { id, accountId, createdAtMs, streamed, keyVersion: key.version, request, response }
    },

    open: async (sealed) => {
      const { id, accountId, streamed, keyVersion } = sealed
      const key = await keys.forOpening(accountId, keyVersion)
      const openField = (field: Field) => {
        const context = contextOf(sealed, field, keyVersion)
        return decompress(decrypt({ key: key.key, context, bytes: sealed[field] }))
      }
      const [request, response] = await Promise.all([openField('request'), openField('response')])
      return { id, accountId, request, response, streamed }
    },
  }
}

/** No id holds a zero byte, so no two different rows share a context. */
function contextOf(
  row: Pick<GenerationContent, 'id' | 'accountId'>,
  field: Field,
  keyVersion: number,
): string {
  return ['codelace content', schemaVersion, row.accountId, row.id, field, keyVersion].join('\0')
}

function createKeyring({ masterKeys, accountKeys, clock, randomBytes }: ContentVaultParts) {
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
