import { randomBytes } from 'node:crypto'

import { beforeEach, describe, expect, test } from 'vitest'

import type { GenerationContent } from '#domain/generation.ts'
import { makeGenerationId, type AccountId } from '#domain/identifiers.ts'
import { accountKeyCachedMsMax } from '#domain/limits.ts'
import type { AccountKeyStore, WrappedAccountKey } from '#ports/account-keys.ts'
import { VaultError } from '#ports/content-vault.ts'

import { rewrapAccountKey } from './account-key.ts'
import { createContentVault } from './content-vault.ts'
import { makeMasterKey, type MasterKeys } from './master-key.ts'

interface CountingStore extends AccountKeyStore {
  readonly keys: Map<string, WrappedAccountKey>
  reads: number
}

function createCountingStore(): CountingStore {
  const keys = new Map<string, WrappedAccountKey>()
  const nameOf = (accountId: AccountId, version: number) => `${accountId} ${version}`
  const store: CountingStore = {
    keys,
    reads: 0,
    find: async (accountId, version) => {
      store.reads += 1
      return keys.get(nameOf(accountId, version))
    },
    findNewest: async (accountId) => {
      store.reads += 1
      return [...keys.values()]
        .filter((key) => key.accountId === accountId)
        .toSorted((left, right) => right.version - left.version)[0]
    },
    putIfAbsent: async (key) => {
      const name = nameOf(key.accountId, key.version)
      const stored = keys.get(name) ?? key
      keys.set(name, stored)
      return stored
    },
  }
  return store
}

const alice: AccountId = 'acct_alice'
const bob: AccountId = 'acct_bob'
const masterKeys: MasterKeys = { current: makeMasterKey(randomBytes(32)), older: [] }
const nowMs = 1_764_000_000_000

function makeContent(accountId: AccountId, text: string): GenerationContent {
  return {
    id: makeGenerationId(nowMs, randomBytes),
    accountId,
    request: Buffer.from(`request ${text}`),
    response: Buffer.from(`response ${text}`),
    streamed: true,
  }
}

let store: CountingStore
let monotonicMs = 0
const clock = { monotonicMs: () => monotonicMs }
const vaultWith = (keys: MasterKeys, lots: typeof randomBytes | (() => Uint8Array) = randomBytes) =>
  createContentVault({ masterKeys: keys, accountKeys: store, clock, randomBytes: lots })

beforeEach(() => {
  store = createCountingStore()
  monotonicMs = 0
})

describe('what was sealed', () => {
  test.each([0, 1, 700, 16 * 1024, 16 * 1024 + 1, 3_000_000])(
    'opens again, byte for byte: %i bytes',
    async (size) => {
      const vault = vaultWith(masterKeys)
      const bytes = randomBytes(size)
      const content = { ...makeContent(alice, ''), request: bytes, response: Buffer.from('{}') }
      const sealed = await vault.seal(content, nowMs)
      expect(sealed).toMatchObject({ accountId: alice, createdAtMs: nowMs, keyVersion: 1 })
      const opened = await vault.open(sealed)
      expect(Buffer.compare(opened.request, bytes)).toBe(0)
      expect(Buffer.from(opened.response).toString()).toBe('{}')
      expect(opened).toMatchObject({ id: content.id, accountId: alice, streamed: true })
    },
  )

  test('opens on another node that shares only the store and the master key', async () => {
    const content = makeContent(alice, 'hello')
    const sealed = await vaultWith(masterKeys).seal(content, nowMs)
    const opened = await vaultWith(masterKeys).open(sealed)
    expect(Buffer.from(opened.response).toString()).toBe('response hello')
  })

  test('holds no trace of what was said, and compresses it', async () => {
    const canary = 'CANARY-7f3a'
    const content = makeContent(alice, `${canary} `.repeat(500))
    const sealed = await vaultWith(masterKeys).seal(content, nowMs)
    for (const bytes of [sealed.request, sealed.response]) {
      expect(Buffer.from(bytes).includes(canary)).toBe(false)
      expect(bytes.length).toBeLessThan(300)
    }
    const kept = [...store.keys.values()].map((key) => Buffer.from(key.wrapped))
    expect(kept.every((bytes) => !bytes.includes(canary))).toBe(true)
  })

  test('is never the same twice: 5,000 nonces, all different', async () => {
    const vault = vaultWith(masterKeys)
    const content = makeContent(alice, 'again')
    const nonces = new Set<string>()
    for (let round = 0; round < 2500; round += 1) {
      const { request, response } = await vault.seal(content, nowMs)
      nonces.add(Buffer.from(request.subarray(0, 12)).toString('hex'))
      nonces.add(Buffer.from(response.subarray(0, 12)).toString('hex'))
    }
    expect(nonces.size).toBe(5000)
  })
})

describe('ciphertext does not open', () => {
  const openError = async (sealed: Parameters<ReturnType<typeof vaultWith>['open']>[0]) => {
    await expect(vaultWith(masterKeys).open(sealed)).rejects.toThrow(VaultError)
  }

  test('in another row of the same account', async () => {
    const vault = vaultWith(masterKeys)
    const first = await vault.seal(makeContent(alice, 'one'), nowMs)
    const second = await vault.seal(makeContent(alice, 'two'), nowMs)
    await openError({ ...first, request: second.request })
    await openError({ ...first, response: second.response })
  })

  test('in another account', async () => {
    const vault = vaultWith(masterKeys)
    const hers = await vault.seal(makeContent(alice, 'hers'), nowMs)
    await vault.seal(makeContent(bob, 'his'), nowMs)
    await openError({ ...hers, accountId: bob })
  })

  test('in the other field', async () => {
    const sealed = await vaultWith(masterKeys).seal(makeContent(alice, 'x'), nowMs)
    await openError({ ...sealed, request: sealed.response, response: sealed.request })
  })

  test('under another version of the key, even when that version exists', async () => {
    const always = () => new Uint8Array(4)
    const changing = vaultWith(masterKeys, always)
    const sealed = await changing.seal(makeContent(alice, 'x'), nowMs)
    expect(sealed.keyVersion).toBe(2)
    await openError({ ...sealed, keyVersion: 1 })
  })

  test('after any single bit has changed', async () => {
    const sealed = await vaultWith(masterKeys).seal(makeContent(alice, 'x'), nowMs)
    for (let index = 0; index < sealed.request.length; index += 1) {
      const altered = Uint8Array.from(sealed.request)
      altered[index] = (altered[index] ?? 0) ^ 1
      await openError({ ...sealed, request: altered })
    }
  })

  test('when it is cut short, anywhere', async () => {
    const sealed = await vaultWith(masterKeys).seal(makeContent(alice, 'x'), nowMs)
    for (let length = 0; length < sealed.request.length; length += 1) {
      await openError({ ...sealed, request: sealed.request.subarray(0, length) })
    }
  })

  test('without the master key', async () => {
    const sealed = await vaultWith(masterKeys).seal(makeContent(alice, 'x'), nowMs)
    const other = { current: makeMasterKey(randomBytes(32)), older: [] }
    await expect(vaultWith(other).open(sealed)).rejects.toThrow(/master_[0-9a-f]{16} is not among/)
  })

  test('when the wrapped key was moved to another account', async () => {
    const vault = vaultWith(masterKeys)
    const sealed = await vault.seal(makeContent(alice, 'x'), nowMs)
    const [hers] = [...store.keys.values()]
    if (hers === undefined) throw new VaultError('no key was stored')
    await store.putIfAbsent({ ...hers, accountId: bob })
    await openError({ ...sealed, accountId: bob })
  })

  test('once the account key is deleted, on every node within the time a key may be cached', async () => {
    const vault = vaultWith(masterKeys)
    const sealed = await vault.seal(makeContent(alice, 'x'), nowMs)
    await vault.open(sealed)
    store.keys.clear()
    await openError(sealed)
    monotonicMs = accountKeyCachedMsMax
    await expect(vault.open(sealed)).rejects.toThrow('the key of this content is gone')
  })
})

describe('keys of accounts', () => {
  test('are made once, however many first requests come at the same moment', async () => {
    const vaults = [vaultWith(masterKeys), vaultWith(masterKeys)]
    const contents = Array.from({ length: 40 }, (_, index) => makeContent(alice, `${index}`))
    const sealed = await Promise.all(
      contents.map((content, index) =>
        (vaults[index % 2] ?? vaultWith(masterKeys)).seal(content, nowMs),
      ),
    )
    expect(store.keys.size).toBe(1)
    const reader = vaultWith(masterKeys)
    for (const row of sealed) await reader.open(row)
  })

  test('are read from the store once, not once per request', async () => {
    const vault = vaultWith(masterKeys)
    for (let round = 0; round < 100; round += 1) await vault.seal(makeContent(alice, ''), nowMs)
    expect(store.reads).toBe(1)
  })

  test('change by lot; what was sealed under the old one still opens', async () => {
    const lots = [Buffer.from('ffffffff', 'hex'), Buffer.from('0000003f', 'hex')]
    const vault = vaultWith(masterKeys, () => lots.shift() ?? Buffer.from('00000040', 'hex'))
    const versions = []
    for (const text of ['one', 'two', 'three']) {
      const sealed = await vault.seal(makeContent(alice, text), nowMs)
      versions.push(sealed.keyVersion)
      const opened = await vault.open(sealed)
      expect(Buffer.from(opened.request).toString()).toBe(`request ${text}`)
    }
    expect(versions).toEqual([1, 2, 2])
  })

  test('a store that fails once is asked again: no failure is remembered', async () => {
    const { findNewest } = store
    let failures = 1
    Object.assign(store, {
      findNewest: async (accountId: AccountId) => {
        if (failures-- > 0) throw new VaultError('down')
        return findNewest(accountId)
      },
    })
    const vault = vaultWith(masterKeys)
    await expect(vault.seal(makeContent(alice, ''), nowMs)).rejects.toThrow('down')
    await expect(vault.seal(makeContent(alice, ''), nowMs)).resolves.toBeDefined()
  })
})

describe('changing the master key', () => {
  test('wraps every data key anew; all content opens with the new master key alone', async () => {
    const oldVault = vaultWith(masterKeys)
    const rows = await Promise.all(
      [alice, bob].map((account) => oldVault.seal(makeContent(account, account), nowMs)),
    )
    const next = makeMasterKey(randomBytes(32))
    const both = { current: next, older: [masterKeys.current] }

    for (const [name, key] of store.keys) store.keys.set(name, await rewrapAccountKey(key, both))

    expect([...store.keys.values()].every((key) => key.masterKeyId === next.id)).toBe(true)
    const newVault = vaultWith({ current: next, older: [] })
    for (const row of rows) {
      const opened = await newVault.open(row)
      expect(Buffer.from(opened.request).toString()).toBe(`request ${row.accountId}`)
    }
    await expect(vaultWith(masterKeys).open(rows[0] ?? expect.fail())).rejects.toThrow(VaultError)
  })

  test('needs no pause: with both keys given, old content opens and new content is sealed', async () => {
    const row = await vaultWith(masterKeys).seal(makeContent(alice, 'old'), nowMs)
    const both = { current: makeMasterKey(randomBytes(32)), older: [masterKeys.current] }
    const vault = vaultWith(both)
    await vault.open(row)
    await vault.open(await vault.seal(makeContent(bob, 'new'), nowMs))
    const bobs = [...store.keys.values()].find((key) => key.accountId === bob)
    expect(bobs?.masterKeyId).toBe(both.current.id)
  })

  test('leaves a key alone that is already wrapped by the current one', async () => {
    await vaultWith(masterKeys).seal(makeContent(alice, ''), nowMs)
    for (const key of store.keys.values()) {
      expect(await rewrapAccountKey(key, masterKeys)).toBe(key)
    }
  })
})
