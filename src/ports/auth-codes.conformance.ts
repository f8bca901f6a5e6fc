import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { nanoUsd } from '#domain/money.ts'
import { noLimits, noSpendLimits } from '#domain/usage-limits.ts'

import type { AuthCodeStore, NewAuthCode } from './auth-codes.ts'
import { newPerson, newSignUp, type PeopleStores } from './people.conformance.ts'

/** The stores under test, over the same accounts and people. */
export interface AuthCodeStores extends PeopleStores {
  readonly authCodes: AuthCodeStore
}

const nowMs = 1_764_000_000_000
const lifeMs = 600_000

async function newCode({ people }: PeopleStores, more: Partial<NewAuthCode> = {}) {
  const made = newSignUp(newPerson())
  await people.signUp(made)
  const code: NewAuthCode = {
    accountId: made.account.id,
    personId: made.person.id,
    keyName: 'App "x"',
    limits: { ...noLimits, spendNanoUsd: { ...noSpendLimits, month: nanoUsd(5n) } },
    keyExpiresAt: new Date(nowMs + lifeMs),
    projectId: null,
    appHost: 'app.example:8443',
    challenge: 'a'.repeat(43),
    challengeMethod: 'S256',
    codeHash: Uint8Array.from(randomBytes(32)),
    expiresAtMs: nowMs + lifeMs,
    nowMs,
    ...more,
  }
  return code
}

/** What every store of codes for apps promises. */
export function authCodeStoreConformance(
  name: string,
  makeStores: () => Promise<AuthCodeStores>,
): void {
  describe(`${name}: codes for apps`, () => {
    test('one comes out as it went in, once, however many ask at once', async () => {
      const stores = await makeStores()
      const code = await newCode(stores)
      expect(await stores.authCodes.create(code, 20)).toBe(true)
      const taken = await Promise.all(
        Array.from({ length: 5 }, () => stores.authCodes.take(code.codeHash, nowMs)),
      )
      const { codeHash: _, expiresAtMs: _until, nowMs: _made, ...facts } = code
      expect(taken.filter((one) => one !== undefined)).toEqual([facts])
    })

    test('one without limits comes out so', async () => {
      const stores = await makeStores()
      const code = await newCode(stores, { limits: null, keyExpiresAt: null })
      await stores.authCodes.create(code, 20)
      expect(await stores.authCodes.take(code.codeHash, nowMs)).toMatchObject({
        ...{ limits: null, keyExpiresAt: null },
      })
    })

    test('one that is too old is nothing, and gone', async () => {
      const stores = await makeStores()
      const code = await newCode(stores)
      await stores.authCodes.create(code, 20)
      expect(await stores.authCodes.take(code.codeHash, code.expiresAtMs)).toBeUndefined()
      expect(await stores.authCodes.take(code.codeHash, nowMs)).toBeUndefined()
    })

    test('a person has so many at once, and more when those are over', async () => {
      const stores = await makeStores()
      const first = await newCode(stores)
      const another = (at: number): NewAuthCode => ({
        ...first,
        codeHash: Uint8Array.from(randomBytes(32)),
        ...{ nowMs: at, expiresAtMs: at + lifeMs },
      })
      expect(await stores.authCodes.create(first, 1)).toBe(true)
      expect(await stores.authCodes.create(another(nowMs), 1)).toBe(false)
      expect(await stores.authCodes.create(another(first.expiresAtMs), 1)).toBe(true)
      await stores.authCodes.removeExpired(first.expiresAtMs)
      expect(await stores.authCodes.take(first.codeHash, nowMs)).toBeUndefined()
    })

    test('who may not make keys of the account any more hands none over', async () => {
      const stores = await makeStores()
      const { authCodes, people } = stores
      const code = await newCode(stores)
      const { personId, accountId } = code
      const other = await newCode(stores)
      await people.putMembership({ personId: other.personId, accountId, role: 'owner', nowMs })
      await authCodes.create(code, 20)
      await people.putMembership({ personId, accountId, role: 'billing', nowMs })
      expect(await authCodes.take(code.codeHash, nowMs)).toBeUndefined()
      await authCodes.create(code, 20)
      await people.removeMembership(personId, accountId)
      expect(await authCodes.take(code.codeHash, nowMs)).toBeUndefined()
    })
  })
}
