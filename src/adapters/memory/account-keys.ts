import type { AccountId } from '#domain/identifiers.ts'
import type { AccountKeyStore, WrappedAccountKey } from '#ports/account-keys.ts'

/** Wrapped data keys in memory. */
export function makeMemoryAccountKeyStore(): AccountKeyStore {
  const keys: WrappedAccountKey[] = []
  const find = (accountId: AccountId, version: number) =>
    keys.find((key) => key.accountId === accountId && key.version === version)
  return {
    find: async (accountId, version) => find(accountId, version),
    findNewest: async (accountId) =>
      keys
        .filter((key) => key.accountId === accountId)
        .reduce<WrappedAccountKey | undefined>(
          (newest, key) => (newest && newest.version > key.version ? newest : key),
          undefined,
        ),
    putIfAbsent: async (key) => {
      const known = find(key.accountId, key.version)
      if (!known) keys.push(key)
      return known ?? key
    },
  }
}
