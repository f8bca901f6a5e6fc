import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto'

import type { AccountId } from '#domain/identifiers.ts'
import type { WrappedAccountKey } from '#ports/account-keys.ts'
import { VaultError } from '#ports/content-vault.ts'

import { decrypt, encrypt } from './cipher.ts'
import { findMasterKey, keyBytes, type MasterKey, type MasterKeys } from './master-key.ts'

/** One version of an account's data key, ready for use. It exists only in memory. */
export interface AccountKey {
  readonly accountId: AccountId
  readonly version: number
  readonly key: KeyObject
}

/** A fresh random data key, wrapped by the master key. */
export async function makeWrappedAccountKey(
  accountId: AccountId,
  version: number,
  masterKey: MasterKey,
): Promise<WrappedAccountKey> {
  return wrap({ accountId, version, masterKey, bytes: randomBytes(keyBytes) })
}

/** Throws `VaultError` when its master key is not among those given, or the wrapping was altered. */
export function unwrapAccountKey(wrapped: WrappedAccountKey, masterKeys: MasterKeys): AccountKey {
  const { accountId, version } = wrapped
  return { accountId, version, key: createSecretKey(unwrap(wrapped, masterKeys)) }
}

/**
 * The same data key, wrapped by the current master key: content stays as it is and an older master key
 * can be thrown away. Returns the key it was given when that is wrapped so already.
 */
export async function rewrapAccountKey(
  wrapped: WrappedAccountKey,
  masterKeys: MasterKeys,
): Promise<WrappedAccountKey> {
  if (wrapped.masterKeyId === masterKeys.current.id) return wrapped
  const { accountId, version } = wrapped
  const bytes = unwrap(wrapped, masterKeys)
  return wrap({ accountId, version, masterKey: masterKeys.current, bytes })
}

async function wrap(options: {
  accountId: AccountId
  version: number
  masterKey: MasterKey
  bytes: Uint8Array
}): Promise<WrappedAccountKey> {
  const { accountId, version, masterKey, bytes } = options
  const named = { accountId, version, masterKeyId: masterKey.id }
  const wrapped = await encrypt({ key: masterKey.key, context: contextOf(named), bytes })
  return { ...named, wrapped }
}

function unwrap(wrapped: WrappedAccountKey, masterKeys: MasterKeys): Uint8Array {
  const masterKey = findMasterKey(masterKeys, wrapped.masterKeyId)
  if (masterKey === undefined) {
    throw new VaultError(`the master key ${wrapped.masterKeyId} is not among those given`)
  }
  return decrypt({ key: masterKey.key, context: contextOf(wrapped), bytes: wrapped.wrapped })
}

function contextOf(key: Omit<WrappedAccountKey, 'wrapped'>): string {
  return ['codelace account key 1', key.accountId, key.version, key.masterKeyId].join('\0')
}
