import type { Account, ApiKey } from '#domain/accounts.ts'
import { assert } from '#domain/faults.ts'
import type { AccountId, KeyId } from '#domain/identifiers.ts'
import type { AccountStatusChange, AccountStore } from '#ports/accounts.ts'
import type { ApiKeyStore, NewApiKey } from '#ports/api-keys.ts'

/** Accounts and keys in memory: two stores over the same state, as keys belong to accounts. */
export interface MemoryDirectory {
  readonly accounts: AccountStore
  readonly apiKeys: ApiKeyStore
}

/** What the two stores share. Maps keep the order of creation, which is what "newest first" reverses. */
interface State {
  readonly nowMs: () => number
  readonly accounts: Map<AccountId, Account>
  readonly history: Map<AccountId, AccountStatusChange[]>
  readonly keys: Map<KeyId, { key: ApiKey; readonly hash: Uint8Array }>
  /** Every change so far; a cursor is a position in it. */
  readonly changes: (AccountId | KeyId)[]
}

/** An empty directory. Times are read from `nowMs`. */
export function makeMemoryDirectory(nowMs: () => number): MemoryDirectory {
  const state: State = {
    nowMs,
    accounts: new Map(),
    history: new Map(),
    keys: new Map(),
    changes: [],
  }
  return { accounts: makeAccountStore(state), apiKeys: makeApiKeyStore(state) }
}

function makeAccountStore(state: State): AccountStore {
  return {
    create: async ({ id, role, displayName, email, contentMode, region = null }) => {
      assert(!state.accounts.has(id), 'an account id is used once')
      const createdAt = new Date(state.nowMs())
      const standing = { status: 'active', statusReason: null } as const
      const kept = { contentMode, limits: null, region, createdAt }
      return put(state, { id, role, displayName, email, ...standing, ...kept })
    },

    find: async (id) => state.accounts.get(id),

    list: async ({ limit, after }) => {
      const newestFirst = [...state.accounts.values()].reverse()
      const start =
        after === null ? 0 : newestFirst.findIndex((account) => account.id === after) + 1
      if (after !== null && start === 0) return { accounts: [], next: null }
      const accounts = newestFirst.slice(start, start + limit)
      const hasMore = start + limit < newestFirst.length
      return { accounts, next: hasMore ? (accounts.at(-1)?.id ?? null) : null }
    },

    setStatus: async ({ id, status, reason, actorKeyId, actorPersonId = null }) => {
      const account = state.accounts.get(id)
      if (!account || account.status === status) return account
      const at = new Date(state.nowMs())
      const history = state.history.get(id) ?? []
      state.history.set(id, [...history, { status, reason, actorKeyId, actorPersonId, at }])
      return put(state, { ...account, status, statusReason: status === 'active' ? null : reason })
    },

    setContentMode: async (id, contentMode) => {
      const account = state.accounts.get(id)
      return account && put(state, { ...account, contentMode })
    },

    setLimits: async (id, limits) => {
      const account = state.accounts.get(id)
      return account && put(state, { ...account, limits })
    },

    statusHistory: async (id) => state.history.get(id) ?? [],
  }
}

function put(state: State, account: Account): Account {
  state.accounts.set(account.id, account)
  state.changes.push(account.id)
  return account
}

function makeApiKeyStore(state: State): ApiKeyStore {
  const idsByHash = new Map<string, KeyId>()
  const ofHash = (hash: Uint8Array) => {
    const id = idsByHash.get(nameOfHash(hash))
    return id && state.keys.get(id)
  }

  return {
    create: async (created) => {
      if (!state.accounts.has(created.accountId)) return undefined
      assert(!state.keys.has(created.id), 'a key id is used once')
      assert(!ofHash(created.hash), 'a secret is used once')
      const key = newKey(created, new Date(state.nowMs()))
      state.keys.set(key.id, { key, hash: Uint8Array.from(created.hash) })
      idsByHash.set(nameOfHash(created.hash), key.id)
      state.changes.push(key.id)
      return key
    },

    findByHash: async (hash) => {
      const key = ofHash(hash)?.key
      const account = key && state.accounts.get(key.accountId)
      return key && account && { key, account }
    },

    find: async (id) => state.keys.get(id)?.key,

    list: async (accountId) =>
      [...state.keys.values()]
        .map(({ key }) => key)
        .filter((key) => key.accountId === accountId)
        .reverse(),

    revoke: async (id) => {
      const kept = state.keys.get(id)
      if (!kept || kept.key.revokedAt !== null) return kept?.key
      kept.key = { ...kept.key, revokedAt: new Date(state.nowMs()) }
      state.changes.push(id)
      return kept.key
    },

    setLimits: async (id, limits) => {
      const kept = state.keys.get(id)
      if (!kept) return undefined
      kept.key = { ...kept.key, limits }
      state.changes.push(id)
      return kept.key
    },

    changedSince: async (cursor) => {
      const changed = new Set(cursor === null ? [] : state.changes.slice(Number(cursor)))
      const hashes = [...state.keys.values()]
        .filter(({ key }) => changed.has(key.id) || changed.has(key.accountId))
        .map(({ hash }) => hash)
      return { hashes, cursor: String(state.changes.length) }
    },
  }
}

function nameOfHash(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex')
}

function newKey(created: NewApiKey, createdAt: Date): ApiKey {
  const { id, accountId, kind, name, prefix, lastFour, contentMode, limits, expiresAt } = created
  const key = { id, accountId, kind, name, prefix, lastFour, contentMode, limits }
  return { ...key, createdAt, expiresAt, revokedAt: null }
}
