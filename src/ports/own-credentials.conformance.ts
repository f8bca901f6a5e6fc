import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { type AccountId, makeCredentialId } from '#domain/identifiers.ts'

import { newAccount } from './accounts.conformance.ts'
import type { AccountStore } from './accounts.ts'
import { newApiKey } from './api-keys.conformance.ts'
import type { ApiKeyStore } from './api-keys.ts'
import type { NewOwnCredential, OwnCredentialStore } from './own-credentials.ts'

/** Credentials with the two stores that they share their state with. They may hold rows already. */
export interface OwnCredentialsUnderTest {
  readonly accounts: AccountStore
  readonly apiKeys: ApiKeyStore
  readonly credentials: OwnCredentialStore
}

/** A new credential with a fresh id. */
export function newOwnCredential(
  accountId: AccountId,
  more: Partial<NewOwnCredential> = {},
): NewOwnCredential {
  return {
    ...{ id: makeCredentialId(randomBytes), accountId, provider: 'openai', label: 'Production' },
    ...{ secretKind: 'api_key', lastFour: 'wxyz', baseUrl: null, protocol: null, region: null },
    ...{ models: null, keyIds: null, use: 'first', createdBy: 'usr_1' },
    secret: { keyVersion: 1, sealed: Uint8Array.from(randomBytes(60)) },
    ...more,
  }
}

/** What every store of customers' own credentials promises. */
export function ownCredentialStoreConformance(
  name: string,
  makeStores: () => Promise<OwnCredentialsUnderTest>,
): void {
  const makeAccount = async () => {
    const stores = await makeStores()
    const { id: accountId } = await stores.accounts.create(newAccount())
    return { ...stores, accountId }
  }

  describe(`${name}: own credentials`, () => {
    describeKeeping(makeAccount)
    describeChanges(makeAccount)
    describeReports(makeAccount)
  })
}

type MakeAccount = () => Promise<OwnCredentialsUnderTest & { readonly accountId: AccountId }>

function describeKeeping(makeAccount: MakeAccount): void {
  test('a credential comes back as it was given, and its secret only where it is asked for', async () => {
    const { credentials, accountId } = await makeAccount()
    const { secret, ...given } = newOwnCredential(accountId, {
      ...{ provider: 'custom', baseUrl: 'https://llm.example.com/v1', protocol: 'anthropic' },
      ...{ region: 'eu-west-1', keyIds: ['key_1', 'key_2'], use: 'only', lastFour: '' },
      models: [
        { model: 'a/b', upstreamModel: 'b "2"' },
        { model: 'a/c', upstreamModel: null },
      ],
    })
    const made = await credentials.create({ ...given, secret })
    const kept = { ...given, isEnabled: true, createdAt: expect.any(Date), lastTest: null }
    expect(made).toEqual(kept)
    expect(await credentials.find(accountId, given.id)).toEqual(made)
    expect(await credentials.list(accountId)).toEqual([made])
    expect(await credentials.listSealed(accountId)).toEqual([{ credential: made, secret }])
  })

  test('they are listed in the order in which they were made', async () => {
    const { credentials, accountId } = await makeAccount()
    const ids = []
    for (const label of ['one', 'two', 'three']) {
      ids.push((await credentials.create(newOwnCredential(accountId, { label })))?.id)
    }
    expect((await credentials.list(accountId)).map(({ id }) => id)).toEqual(ids)
    expect((await credentials.listSealed(accountId)).map((one) => one.credential.id)).toEqual(ids)
  })

  test('there is none of an unknown account, and none of another account', async () => {
    const { accounts, credentials, accountId } = await makeAccount()
    expect(await credentials.create(newOwnCredential(newAccount().id))).toBeUndefined()
    const { id: otherId } = await accounts.create(newAccount())
    const { id } = (await credentials.create(newOwnCredential(accountId))) ?? expect.fail()
    const test = { at: new Date(), outcome: 'works', detail: 'x' } as const
    expect(await credentials.find(otherId, id)).toBeUndefined()
    expect(await credentials.update(otherId, id, { isEnabled: false })).toBeUndefined()
    expect(await credentials.noteTest(otherId, id, test)).toBeUndefined()
    expect(await credentials.remove(otherId, id)).toBeUndefined()
    expect(await credentials.list(otherId)).toEqual([])
    expect(await credentials.find(accountId, id)).toMatchObject({ isEnabled: true, lastTest: null })
  })
}

function describeChanges(makeAccount: MakeAccount): void {
  test('a change changes what it names, and nothing else', async () => {
    const { credentials, accountId } = await makeAccount()
    const given = newOwnCredential(accountId)
    const made = await credentials.create(given)
    const models = [{ model: 'a/b', upstreamModel: null }]
    const keyIds = ['key_1' as const]
    const change = { label: 'Other', models, keyIds, use: 'last', isEnabled: false } as const
    const changed = await credentials.update(accountId, given.id, change)
    expect(changed).toEqual({ ...made, ...change })
    const lifted = await credentials.update(accountId, given.id, { models: null, keyIds: null })
    expect(lifted).toEqual({ ...changed, models: null, keyIds: null })
    const [stored] = await credentials.listSealed(accountId)
    expect(stored?.secret).toEqual(given.secret)
  })

  test('what a test said is kept until the secret is another', async () => {
    const { credentials, accountId } = await makeAccount()
    const made = await credentials.create(newOwnCredential(accountId))
    const { id } = made ?? expect.fail()
    const lastTest = { at: new Date(1_764_000_000_000), outcome: 'refused', detail: 'no' } as const
    expect(await credentials.noteTest(accountId, id, lastTest)).toEqual({ ...made, lastTest })
    expect(await credentials.update(accountId, id, { label: 'x' })).toMatchObject({ lastTest })
    const secret = { keyVersion: 2, sealed: Uint8Array.from(randomBytes(40)) }
    const named = { secretKind: 'aws', lastFour: 'abcd' } as const
    const changed = await credentials.update(accountId, id, { secret: { ...secret, ...named } })
    expect(changed).toEqual({ ...made, label: 'x', ...named, lastTest: null })
    expect((await credentials.listSealed(accountId))[0]?.secret).toEqual(secret)
  })

  test('a removed one is gone, its secret with it', async () => {
    const { credentials, accountId } = await makeAccount()
    const made = await credentials.create(newOwnCredential(accountId))
    const { id } = made ?? expect.fail()
    expect(await credentials.remove(accountId, id)).toEqual(made)
    expect(await credentials.remove(accountId, id)).toBeUndefined()
    expect(await credentials.find(accountId, id)).toBeUndefined()
    expect(await credentials.listSealed(accountId)).toEqual([])
  })
}

function describeReports(makeAccount: MakeAccount): void {
  test('whatever happens to one is a change of the keys of its account, and of no other', async () => {
    const { accounts, apiKeys, credentials, accountId } = await makeAccount()
    const { id: otherId } = await accounts.create(newAccount())
    const key = newApiKey(accountId)
    const other = newApiKey(otherId)
    await apiKeys.create(key)
    await apiKeys.create(other)
    const given = newOwnCredential(accountId)
    const steps = [
      () => credentials.create(given),
      () => credentials.update(accountId, given.id, { isEnabled: false }),
      () => credentials.remove(accountId, given.id),
    ]
    // What happened just before is told twice: two looks leave it behind.
    let { cursor } = await apiKeys.changedSince((await apiKeys.changedSince(null)).cursor)
    for (const step of steps) {
      ;({ cursor } = await apiKeys.changedSince(cursor))
      expect(await step()).toBeDefined()
      const changes = await apiKeys.changedSince(cursor)
      const names = changes.hashes.map((hash) => Buffer.from(hash).toString('hex'))
      expect(names).toContain(Buffer.from(key.hash).toString('hex'))
      expect(names).not.toContain(Buffer.from(other.hash).toString('hex'))
      cursor = changes.cursor
    }
  })
}
