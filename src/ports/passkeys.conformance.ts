import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { makePasskeyId, type PersonId } from '#domain/identifiers.ts'
import { passkeysPerPersonMax } from '#domain/limits.ts'
import type { Passkey } from '#domain/passkeys.ts'

import type { PasskeyStore } from './passkeys.ts'
import { newSignUp } from './people.conformance.ts'
import type { PeopleStore } from './people.ts'

/** The stores under test, over the same people. */
export interface PasskeyStores {
  readonly people: PeopleStore
  readonly passkeys: PasskeyStore
}

const nowMs = 1_764_000_000_000
const bytes = (length: number) => Uint8Array.from(randomBytes(length))

function newPasskey(personId: PersonId, overrides: Partial<Passkey> = {}): Passkey {
  return {
    id: makePasskeyId(randomBytes),
    personId,
    name: 'Laptop "é"',
    credentialId: bytes(32),
    publicKey: bytes(77),
    signCount: 0,
    transports: ['internal', 'hybrid'],
    isSynced: true,
    createdAt: new Date(nowMs),
    lastUsedAt: null,
    ...overrides,
  }
}

/** What every store of passkeys promises. */
export function passkeyStoreConformance(
  name: string,
  makeStores: () => Promise<PasskeyStores>,
): void {
  const make = async () => {
    const { people, passkeys } = await makeStores()
    const signUp = newSignUp()
    await people.signUp(signUp)
    const other = newSignUp()
    await people.signUp(other)
    return { passkeys, personId: signUp.person.id, otherId: other.person.id }
  }

  describe(`${name}: passkeys`, () => {
    test('a passkey comes back as it was added, by its credential and in its list', async () => {
      const { passkeys, personId } = await make()
      const passkey = newPasskey(personId)
      expect(await passkeys.add(passkey)).toBe('added')
      expect(await passkeys.findByCredential(passkey.credentialId)).toEqual(passkey)
      expect(await passkeys.list(personId)).toEqual([passkey])
      expect(await passkeys.findByCredential(bytes(32))).toBeUndefined()
    })

    test('a credential is one person’s, and nobody has too many', async () => {
      const { passkeys, personId, otherId } = await make()
      const { credentialId } = newPasskey(personId)
      await passkeys.add(newPasskey(personId, { credentialId }))
      expect(await passkeys.add(newPasskey(otherId, { credentialId }))).toBe('taken')
      for (let count = 1; count < passkeysPerPersonMax; count += 1) {
        expect(await passkeys.add(newPasskey(personId))).toBe('added')
      }
      expect(await passkeys.add(newPasskey(personId))).toBe('full')
    })

    test('only its owner renames or removes a passkey', async () => {
      const { passkeys, personId, otherId } = await make()
      const passkey = newPasskey(personId)
      await passkeys.add(passkey)
      expect(await passkeys.rename(passkey.id, otherId, 'Mine')).toBeUndefined()
      expect(await passkeys.remove(passkey.id, otherId)).toBeUndefined()
      const renamed = await passkeys.rename(passkey.id, personId, 'Phone')
      expect(renamed).toEqual({ ...passkey, name: 'Phone' })
      expect(await passkeys.remove(passkey.id, personId)).toEqual(renamed)
      expect(await passkeys.remove(passkey.id, personId)).toBeUndefined()
      expect(await passkeys.findByCredential(passkey.credentialId)).toBeUndefined()
    })

    test('a device that counts must count up; one that does not count need not', async () => {
      const { passkeys, personId } = await make()
      const counting = newPasskey(personId, { signCount: 5 })
      const silent = newPasskey(personId)
      await passkeys.add(counting)
      await passkeys.add(silent)
      const use = (id: Passkey['id'], signCount: number) => passkeys.use({ id, signCount, nowMs })
      expect(await use(counting.id, 6)).toBe(true)
      expect(await use(counting.id, 6)).toBe(false)
      expect(await use(counting.id, 0)).toBe(false)
      expect(await use(silent.id, 0)).toBe(true)
      expect(await use(silent.id, 0)).toBe(true)
      const found = await passkeys.findByCredential(counting.credentialId)
      expect(found).toMatchObject({ signCount: 6, lastUsedAt: new Date(nowMs) })
    })

    test('a challenge is taken once, in time, of many who ask at once by one', async () => {
      const { passkeys, personId } = await make()
      const opened = (expiresAtMs: number) => ({
        ...{ idHash: bytes(32), challenge: bytes(32), personId, nowMs, expiresAtMs },
        purpose: 'step_up:create_key' as const,
      })
      const fresh = opened(nowMs + 10)
      const old = opened(nowMs)
      await passkeys.openChallenge(fresh)
      await passkeys.openChallenge(old)
      expect(await passkeys.takeChallenge(old.idHash, nowMs)).toBeUndefined()
      const taken = await Promise.all(
        Array.from({ length: 20 }, () => passkeys.takeChallenge(fresh.idHash, nowMs)),
      )
      const { challenge, purpose } = fresh
      expect(taken.filter((one) => one !== undefined)).toEqual([{ challenge, purpose, personId }])
      await passkeys.removeOldChallenges(nowMs)
      expect(await passkeys.takeChallenge(old.idHash, nowMs - 1)).toBeUndefined()
    })
  })
}
