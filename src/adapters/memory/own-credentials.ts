import { assert } from '#domain/faults.ts'
import type { AccountId, CredentialId } from '#domain/identifiers.ts'
import type { OwnCredential } from '#domain/own-credentials.ts'
import type { OwnCredentialStore, StoredCredential } from '#ports/own-credentials.ts'

/** What the store must know and tell of the accounts that credentials belong to. */
export interface AccountsOfCredentials {
  readonly nowMs: () => number
  readonly isAccount: (id: AccountId) => boolean
  /** A credential of the account changed. */
  readonly changed: (id: AccountId) => void
}

/** An empty store of customers' own credentials. Its map keeps the order of creation. */
export function makeMemoryOwnCredentialStore(accounts: AccountsOfCredentials): OwnCredentialStore {
  const kept = new Map<CredentialId, StoredCredential>()
  const find = (accountId: AccountId, id: CredentialId): StoredCredential | undefined => {
    const found = kept.get(id)
    return found?.credential.accountId === accountId ? found : undefined
  }
  const put = (stored: StoredCredential): OwnCredential => {
    kept.set(stored.credential.id, stored)
    accounts.changed(stored.credential.accountId)
    return stored.credential
  }
  const all = (accountId: AccountId) =>
    [...kept.values()].filter(({ credential }) => credential.accountId === accountId)

  return {
    create: async ({ secret, ...given }) => {
      if (!accounts.isAccount(given.accountId)) return undefined
      assert(!kept.has(given.id), 'a credential id is used once')
      const createdAt = new Date(accounts.nowMs())
      return put({ credential: { ...given, isEnabled: true, createdAt, lastTest: null }, secret })
    },

    find: async (accountId, id) => find(accountId, id)?.credential,
    list: async (accountId) => all(accountId).map(({ credential }) => credential),
    listSealed: async (accountId) => all(accountId),

    update: async (accountId, id, { secret, ...change }) => {
      const stored = find(accountId, id)
      if (!stored) return undefined
      if (secret === undefined) {
        return put({ ...stored, credential: { ...stored.credential, ...change } })
      }
      const { lastFour, secretKind, ...sealed } = secret
      const named = { lastFour, secretKind, lastTest: null }
      return put({ credential: { ...stored.credential, ...change, ...named }, secret: sealed })
    },

    noteTest: async (accountId, id, lastTest) => {
      const stored = find(accountId, id)
      return stored && put({ ...stored, credential: { ...stored.credential, lastTest } })
    },

    remove: async (accountId, id) => {
      const stored = find(accountId, id)
      if (!stored) return undefined
      kept.delete(id)
      accounts.changed(accountId)
      return stored.credential
    },
  }
}
