import { randomBytes } from 'node:crypto'

import { expect, test } from 'vitest'

import { makeMemoryAccountKeyStore } from '#adapters/memory/account-keys.ts'
import type { AccountId } from '#domain/identifiers.ts'
import type { CredentialSecret, OwnCredential } from '#domain/own-credentials.ts'
import type { AccountKeyStore } from '#ports/account-keys.ts'
import { VaultError } from '#ports/content-vault.ts'
import { newOwnCredential } from '#ports/own-credentials.conformance.ts'
import type { SealedSecret } from '#ports/own-credentials.ts'

import { rewrapAccountKey } from './account-key.ts'
import { createCredentialVault } from './credential-vault.ts'
import { makeMasterKey, type MasterKeys } from './master-key.ts'

const clock = { monotonicMs: () => 0 }
const masterKeys: MasterKeys = { current: makeMasterKey(randomBytes(32)), older: [] }
const secret: CredentialSecret = { kind: 'api_key', apiKey: 'sk-customer-0123456789abcdef' }

function vaultOver(accountKeys: AccountKeyStore, keys: MasterKeys = masterKeys) {
  return createCredentialVault({ accountKeys, masterKeys: keys, clock, randomBytes })
}

function credentialOf(accountId: AccountId = 'acct_alice'): OwnCredential {
  const { secret: _, ...given } = newOwnCredential(accountId)
  return { ...given, isEnabled: true, createdAt: new Date(0), lastTest: null }
}

test('a secret opens as it was sealed, and is nowhere in the bytes', async () => {
  const vault = vaultOver(makeMemoryAccountKeyStore())
  const credential = credentialOf()
  const sealed = await vault.seal(credential, secret)
  expect(await vault.open({ credential, secret: sealed })).toEqual(secret)
  expect(Buffer.from(sealed.sealed).toString('latin1')).not.toContain('sk-customer')
  // The same secret twice is not the same bytes.
  expect((await vault.seal(credential, secret)).sealed).not.toEqual(sealed.sealed)
})

test('what is moved to another row or account, cut or changed does not open', async () => {
  const accountKeys = makeMemoryAccountKeyStore()
  const vault = vaultOver(accountKeys)
  const credential = credentialOf()
  const sealed = await vault.seal(credential, secret)
  await vault.seal(credentialOf('acct_bob'), secret)
  const flipped = Uint8Array.from(sealed.sealed)
  flipped[20] = (flipped[20] ?? 0) ^ 1
  const attempts: readonly (readonly [OwnCredential, SealedSecret])[] = [
    [{ ...credential, id: 'cred_other' }, sealed],
    [{ ...credential, accountId: 'acct_bob' }, sealed],
    [credential, { ...sealed, keyVersion: 2 }],
    [credential, { ...sealed, sealed: sealed.sealed.subarray(0, -1) }],
    [credential, { ...sealed, sealed: flipped }],
  ]
  for (const [named, bytes] of attempts) {
    await expect(vault.open({ credential: named, secret: bytes })).rejects.toThrow(VaultError)
  }
})

test('another master key wraps the same data key anew, and the secret still opens', async () => {
  const store = makeMemoryAccountKeyStore()
  const credential = credentialOf()
  const sealed = await vaultOver(store).seal(credential, secret)
  const fresh: MasterKeys = { current: makeMasterKey(randomBytes(32)), older: [masterKeys.current] }
  const old = (await store.findNewest(credential.accountId)) ?? expect.fail()
  const rewrapped = makeMemoryAccountKeyStore()
  await rewrapped.putIfAbsent(await rewrapAccountKey(old, fresh))
  const withoutOld = { current: fresh.current, older: [] }
  const opened = await vaultOver(rewrapped, withoutOld).open({ credential, secret: sealed })
  expect(opened).toEqual(secret)
})

test('without its account’s data key a secret is gone', async () => {
  const credential = credentialOf()
  const sealed = await vaultOver(makeMemoryAccountKeyStore()).seal(credential, secret)
  const erased = vaultOver(makeMemoryAccountKeyStore())
  await expect(erased.open({ credential, secret: sealed })).rejects.toThrow(VaultError)
})
