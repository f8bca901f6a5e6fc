import type { Account, ApiKey } from '#domain/accounts.ts'
import { assert } from '#domain/faults.ts'
import type { AccountId, KeyId, ProjectId } from '#domain/identifiers.ts'
import type { Project } from '#domain/projects.ts'
import type { AccountStatusChange, AccountStore } from '#ports/accounts.ts'
import type { ApiKeyStore, KeyRotation, KeyWithAccount, NewApiKey } from '#ports/api-keys.ts'
import type { OwnCredentialStore } from '#ports/own-credentials.ts'
import type { ProjectStore } from '#ports/projects.ts'

import { makeMemoryOwnCredentialStore } from './own-credentials.ts'

/** Accounts, projects and keys in memory: stores over the same state, as keys belong to the other two. */
export interface MemoryDirectory {
  readonly accounts: AccountStore
  readonly apiKeys: ApiKeyStore
  readonly projects: ProjectStore
  readonly credentials: OwnCredentialStore
}

/** What the two stores share. Maps keep the order of creation, which is what "newest first" reverses. */
interface State {
  readonly nowMs: () => number
  readonly accounts: Map<AccountId, Account>
  readonly history: Map<AccountId, AccountStatusChange[]>
  readonly keys: Map<KeyId, StoredKey>
  readonly projects: Map<ProjectId, Project>
  /** Every change so far; a cursor is a position in it. */
  readonly changes: (AccountId | KeyId | ProjectId)[]
}

interface StoredKey {
  key: ApiKey
  hash: Uint8Array
  /** Secrets that were replaced, and when they end. */
  old: { readonly hash: Uint8Array; readonly endsAt: Date }[]
}

/** An empty directory. Times are read from `nowMs`. */
export function makeMemoryDirectory(nowMs: () => number): MemoryDirectory {
  const state: State = {
    nowMs,
    accounts: new Map(),
    history: new Map(),
    keys: new Map(),
    projects: new Map(),
    changes: [],
  }
  return {
    accounts: makeAccountStore(state),
    apiKeys: makeApiKeyStore(state),
    projects: makeProjectStore(state),
    credentials: makeMemoryOwnCredentialStore({
      nowMs,
      isAccount: (id) => state.accounts.has(id),
      changed: (id) => void state.changes.push(id),
    }),
  }
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

function hashesOf({ keys }: State, accountId: AccountId): ReadonlyMap<KeyId, Uint8Array> {
  const own = [...keys.values()].filter(({ key }) => key.accountId === accountId)
  return new Map(own.map(({ key, hash }) => [key.id, hash]))
}

function makeApiKeyStore(state: State): ApiKeyStore {
  const idsByHash = new Map<string, KeyId>()
  const ofHash = (hash: Uint8Array) => {
    const id = idsByHash.get(nameOfHash(hash))
    return id && state.keys.get(id)
  }
  const change = (id: KeyId, members: Partial<ApiKey>): ApiKey | undefined => {
    const kept = state.keys.get(id)
    if (!kept) return undefined
    kept.key = { ...kept.key, ...members }
    state.changes.push(id)
    return kept.key
  }

  return {
    create: async (created) => {
      if (!state.accounts.has(created.accountId)) return undefined
      const project = created.projectId && state.projects.get(created.projectId)
      const isOpen = project?.accountId === created.accountId && project.archivedAt === null
      if (created.projectId !== null && !isOpen) return undefined
      assert(!state.keys.has(created.id), 'a key id is used once')
      assert(!ofHash(created.hash), 'a secret is used once')
      const key = newKey(created, new Date(state.nowMs()))
      state.keys.set(key.id, { key, hash: Uint8Array.from(created.hash), old: [] })
      idsByHash.set(nameOfHash(created.hash), key.id)
      state.changes.push(key.id)
      return key
    },

    findByHash: async (hash) => {
      const kept = ofHash(hash)
      return kept && knownBy(state, kept, hash)
    },

    find: async (id) => state.keys.get(id)?.key,

    list: async (accountId) =>
      [...state.keys.values()]
        .map(({ key }) => key)
        .filter((key) => key.accountId === accountId)
        .reverse(),

    hashesOf: async (accountId) => hashesOf(state, accountId),

    revoke: async (id) => {
      const kept = state.keys.get(id)
      if (!kept || kept.key.revokedAt !== null) return kept?.key
      kept.key = { ...kept.key, revokedAt: new Date(state.nowMs()) }
      state.changes.push(id)
      return kept.key
    },

    update: async (id, members) => change(id, members),

    rotate: async (rotation) => {
      const { id, prefix, lastFour, hash, oldSecretsEndAt } = rotation
      const kept = state.keys.get(id)
      if (!kept || kept.key.revokedAt !== null) return undefined
      assert(!ofHash(hash), 'a secret is used once')
      replaceSecret(kept, rotation)
      idsByHash.set(nameOfHash(hash), id)
      return change(id, { prefix, lastFour, oldSecretsEndAt })
    },

    changedSince: async (cursor) => {
      const changed = new Set(cursor === null ? [] : state.changes.slice(Number(cursor)))
      const hashes = [...state.keys.values()]
        .filter(({ key }) =>
          [key.id, key.accountId, key.projectId].some((id) => id && changed.has(id)),
        )
        .flatMap(({ hash, old }) => [hash, ...old.map((one) => one.hash)])
      return { hashes, cursor: String(state.changes.length) }
    },
  }
}

/** The key as this secret opens it: an old one opens a key that ends when it does. */
function knownBy(state: State, kept: StoredKey, hash: Uint8Array): KeyWithAccount | undefined {
  const account = state.accounts.get(kept.key.accountId)
  if (!account) return undefined
  const { expiresAt, projectId } = kept.key
  const project = projectId === null ? null : (state.projects.get(projectId) ?? null)
  const old = kept.old.find((one) => nameOfHash(one.hash) === nameOfHash(hash))
  if (old === undefined) return { key: kept.key, account, project }
  const endsFirst = expiresAt === null || old.endsAt < expiresAt
  return { key: { ...kept.key, expiresAt: endsFirst ? old.endsAt : expiresAt }, account, project }
}

/** The secrets before this one end when they were to end, or when the last of them does, if that is sooner. */
function replaceSecret(kept: StoredKey, { hash, oldSecretsEndAt }: KeyRotation): void {
  const ended = kept.old.map((one) => ({
    hash: one.hash,
    endsAt: one.endsAt < oldSecretsEndAt ? one.endsAt : oldSecretsEndAt,
  }))
  kept.old = [...ended, { hash: kept.hash, endsAt: oldSecretsEndAt }]
  kept.hash = Uint8Array.from(hash)
}

function nameOfHash(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex')
}

function newKey(created: NewApiKey, createdAt: Date): ApiKey {
  const { hash: _, ...key } = created
  return { ...key, createdAt, revokedAt: null, oldSecretsEndAt: null }
}

function makeProjectStore(state: State): ProjectStore {
  const keep = (project: Project): Project => {
    state.projects.set(project.id, project)
    state.changes.push(project.id)
    return project
  }
  return {
    create: async (created) => {
      if (!state.accounts.has(created.accountId)) return undefined
      assert(!state.projects.has(created.id), 'a project id is used once')
      return keep({ ...created, createdAt: new Date(state.nowMs()), archivedAt: null })
    },

    find: async (id) => state.projects.get(id),

    list: async (accountId) =>
      [...state.projects.values()].filter((one) => one.accountId === accountId).reverse(),

    update: async (id, change) => {
      const project = state.projects.get(id)
      return project && keep({ ...project, ...change })
    },

    archive: async (id) => {
      const project = state.projects.get(id)
      if (!project) return { kind: 'unknown' }
      if (project.archivedAt !== null) return { kind: 'archived', project }
      const now = new Date(state.nowMs())
      const isUsed = [...state.keys.values()].some(
        ({ key }) =>
          key.projectId === id &&
          key.revokedAt === null &&
          (key.expiresAt === null || key.expiresAt > now),
      )
      if (isUsed) return { kind: 'in_use' }
      return { kind: 'archived', project: keep({ ...project, archivedAt: now }) }
    },
  }
}
