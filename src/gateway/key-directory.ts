import type { AccountId } from '#domain/identifiers.ts'
import { keyLookupsMax, keyPollIntervalMs, keysCachedMax } from '#domain/limits.ts'
import { unknownKeyCachedMs, unknownKeysCachedMax } from '#domain/limits.ts'
import type { OpenedCredential, OwnCredential } from '#domain/own-credentials.ts'
import type { ApiKeyStore, KeyWithAccount } from '#ports/api-keys.ts'
import type { Clock } from '#ports/clock.ts'
import { StoreUnavailable } from '#ports/store-error.ts'

import type { GatewayLog } from './log.ts'

/** A key with its account, and the credentials that the account brought for providers. */
export interface KnownKey extends KeyWithAccount {
  /** Oldest first, without those that are switched off or kept to other keys. */
  readonly credentials: readonly OpenedCredential[]
}

/** Reads an account's own credentials, opened. */
export type ReadCredentials = (accountId: AccountId) => Promise<readonly OpenedCredential[]>

/**
 * The keys this node knows. A known key is answered without a promise and stays known until the store
 * reports a change of it, so it works on while the store is down. Unknown keys are asked for once at a
 * time; when the store cannot be asked, `find` rejects with `StoreUnavailable`: "unknown" is only ever
 * the store's own word.
 */
export interface KeyDirectory {
  /** What is known already, without asking anybody. `hash` is the SHA-256 of the key, in base64. */
  readonly known: (hash: string) => KnownKey | undefined
  readonly find: (hash: string) => KnownKey | undefined | Promise<KnownKey | undefined>
  /** Forgets what is known of a key, at once: it, or its account, has just changed. */
  readonly forget: (hash: Uint8Array) => void
  /** Forgets everything: many keys may have changed. */
  readonly forgetAll: () => void
  /** Begins to follow the store's changes. The first round is over when the promise resolves. */
  readonly start: () => Promise<void>
  /** Looks for changes now instead of at the next round: somebody said that there is one. */
  readonly hurry: () => void
  readonly stop: () => void
}

interface Lookup {
  readonly promise: Promise<KnownKey | undefined>
  /** The key changed while it was being read: what was read may be old. */
  outdated: boolean
}

interface Memory {
  /** Two generations: entries that are used move to the young one, the old one is dropped whole. */
  young: Map<string, KnownKey>
  old: Map<string, KnownKey>
  readonly unknownUntilMs: Map<string, number>
  readonly lookups: Map<string, Lookup>
}

/** A directory over the store. It polls for changes every `keyPollIntervalMs` once it is started. */
export function createKeyDirectory(parts: {
  store: ApiKeyStore
  clock: Clock
  log: GatewayLog
  /** Absent: nobody brings credentials of their own. */
  readCredentials?: ReadCredentials
  /** Told of each key that changed, as it was: itself or its account, limits included. */
  onChange?: (was: KnownKey) => void
}): KeyDirectory {
  const { store, clock, log, readCredentials = async () => [], onChange = () => undefined } = parts
  const memory: Memory = {
    young: new Map(),
    old: new Map(),
    unknownUntilMs: new Map(),
    lookups: new Map(),
  }
  const read = async (hash: Uint8Array): Promise<KnownKey | undefined> => {
    const found = await store.findByHash(hash)
    if (found === undefined) return undefined
    const all = await readCredentials(found.account.id)
    return { ...found, credentials: all.filter(({ credential }) => mayUse(found, credential)) }
  }
  const forgetHash = (hash: string) => {
    const was = memory.young.get(hash) ?? memory.old.get(hash)
    forgetEntry(memory, hash)
    if (was) onChange(was)
  }
  const follower = createFollower({ store, clock, log, memory, forgetHash })

  return {
    known: (hash) => memory.young.get(hash) ?? promote(memory, hash),
    find(hash) {
      const known = memory.young.get(hash) ?? promote(memory, hash)
      if (known) return known
      const unknownUntilMs = memory.unknownUntilMs.get(hash)
      if (unknownUntilMs !== undefined) {
        if (clock.monotonicMs() < unknownUntilMs) return undefined
        memory.unknownUntilMs.delete(hash)
      }
      const running = memory.lookups.get(hash)
      return running ? running.promise : lookUp({ read, clock, memory }, hash)
    },
    forget: (hash) => forgetHash(Buffer.from(hash).toString('base64')),
    forgetAll: () => forgetEverything(memory),
    start: follower.start,
    hurry: follower.hurry,
    stop: follower.stop,
  }
}

function mayUse({ key }: KeyWithAccount, { isEnabled, keyIds }: OwnCredential): boolean {
  return isEnabled && (keyIds === null || keyIds.includes(key.id))
}

function promote(memory: Memory, hash: string): KnownKey | undefined {
  const entry = memory.old.get(hash)
  if (entry) remember(memory, hash, entry)
  return entry
}

function remember(memory: Memory, hash: string, entry: KnownKey): void {
  if (memory.young.size >= keysCachedMax / 2) {
    memory.old = memory.young
    memory.young = new Map()
  }
  memory.young.set(hash, entry)
}

function forgetEntry(memory: Memory, hash: string): void {
  memory.young.delete(hash)
  memory.old.delete(hash)
  memory.unknownUntilMs.delete(hash)
  const lookup = memory.lookups.get(hash)
  if (lookup) lookup.outdated = true
}

function forgetEverything(memory: Memory): void {
  memory.young = new Map()
  memory.old = new Map()
  memory.unknownUntilMs.clear()
  for (const lookup of memory.lookups.values()) lookup.outdated = true
}

async function lookUp(
  parts: {
    read: (hash: Uint8Array) => Promise<KnownKey | undefined>
    clock: Clock
    memory: Memory
  },
  hash: string,
): Promise<KnownKey | undefined> {
  const { read, clock, memory } = parts
  if (memory.lookups.size >= keyLookupsMax) {
    throw new StoreUnavailable('too many keys are being looked up at once')
  }
  const lookup: Lookup = { promise: readUntilSettled(), outdated: false }
  memory.lookups.set(hash, lookup)
  return lookup.promise

  async function readUntilSettled(): Promise<KnownKey | undefined> {
    await Promise.resolve()
    try {
      for (;;) {
        lookup.outdated = false
        const found = await read(Buffer.from(hash, 'base64'))
        if (lookup.outdated) continue
        if (found) remember(memory, hash, found)
        else rememberUnknown(memory, hash, clock.monotonicMs())
        return found
      }
    } finally {
      memory.lookups.delete(hash)
    }
  }
}

function rememberUnknown(memory: Memory, hash: string, nowMs: number): void {
  if (memory.unknownUntilMs.size >= unknownKeysCachedMax) memory.unknownUntilMs.clear()
  memory.unknownUntilMs.set(hash, nowMs + unknownKeyCachedMs)
}

function createFollower(parts: {
  store: ApiKeyStore
  clock: Clock
  log: GatewayLog
  memory: Memory
  forgetHash: (hash: string) => void
}): Pick<KeyDirectory, 'start' | 'hurry' | 'stop'> {
  const { store, clock, log, memory, forgetHash } = parts
  let cursor: string | null = null
  let cancel: (() => void) | undefined
  let stopped = false
  let failing = false
  let isLooking = false
  let isHurried = false

  async function follow(): Promise<void> {
    isLooking = true
    isHurried = false
    try {
      const changes = await store.changedSince(cursor)
      // What was read before there was a starting point may have changed without a report.
      if (cursor === null) forgetEverything(memory)
      cursor = changes.cursor
      for (const hash of changes.hashes) forgetHash(Buffer.from(hash).toString('base64'))
      failing = false
    } catch (error) {
      if (!failing) log.warn('key_changes_unavailable', { error: String(error) })
      failing = true
    }
    isLooking = false
    if (stopped) return
    // A change that was announced during the round may have come too late for it.
    if (isHurried && !failing) await follow()
    else cancel = clock.after(keyPollIntervalMs, () => void follow())
  }

  return {
    start() {
      stopped = false
      return follow()
    },
    hurry() {
      if (stopped) return
      isHurried = true
      if (isLooking) return
      cancel?.()
      void follow()
    },
    stop() {
      stopped = true
      cancel?.()
    },
  }
}
