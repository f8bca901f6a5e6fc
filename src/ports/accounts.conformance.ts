import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { makeAccountId, makeKeyId } from '#domain/identifiers.ts'
import { nanoUsd, nanoUsdMax } from '#domain/money.ts'
import type { UsageLimits } from '#domain/usage-limits.ts'

import type { AccountStore, NewAccount } from './accounts.ts'

/** A new customer with a fresh id. */
export function newAccount(overrides: Partial<NewAccount> = {}): NewAccount {
  return {
    id: makeAccountId(randomBytes),
    role: 'customer',
    displayName: 'Ada',
    email: null,
    contentMode: 'full',
    ...overrides,
  }
}

/** Limits of every kind, with amounts that no JSON number holds. */
export const someLimits: UsageLimits = {
  requestsPerMinute: 50,
  tokensPerMinute: 1_000_000_000_000,
  concurrentRequests: null,
  spendNanoUsd: {
    day: nanoUsd(1n),
    week: null,
    month: nanoUsd(9_007_199_254_740_993n),
    total: nanoUsdMax,
  },
  allowedModels: ['openai/*', 'anthropic/claude "4"'],
  allowedProviders: null,
  allowedIpRanges: ['192.0.2.0/24', '2001:db8::/32'],
}

/** What every account store promises. The store may hold accounts already. */
export function accountStoreConformance(
  name: string,
  makeStore: () => Promise<AccountStore>,
): void {
  describe(`${name}: accounts`, () => {
    test('a created account is active and comes back as it was given', async () => {
      const store = await makeStore()
      const given = newAccount({ role: 'operator', email: 'ada@example.com', contentMode: 'none' })
      const created = await store.create(given)
      expect(created).toEqual({
        ...given,
        status: 'active',
        statusReason: null,
        limits: null,
        region: null,
        createdAt: expect.any(Date),
      })
      expect(await store.find(given.id)).toEqual(created)
    })

    test('an unknown account is not found and cannot be changed', async () => {
      const store = await makeStore()
      const { id } = newAccount()
      expect(await store.find(id)).toBeUndefined()
      expect(await store.setContentMode(id, 'none')).toBeUndefined()
      const change = { id, status: 'suspended', reason: null, actorKeyId: null } as const
      expect(await store.setStatus(change)).toBeUndefined()
      expect(await store.statusHistory(id)).toEqual([])
    })

    test('names and reasons keep every character', async () => {
      const store = await makeStore()
      const displayName = `"quotes" 'too', {braces}, \\ and 🦊 é`
      const { id } = await store.create(newAccount({ displayName }))
      await store.setStatus({ id, status: 'closing', reason: displayName, actorKeyId: null })
      const found = await store.find(id)
      expect(found).toMatchObject({ displayName, statusReason: displayName })
    })

    test('an account id is used once', async () => {
      const store = await makeStore()
      const account = await store.create(newAccount({ displayName: 'first' }))
      const second = store.create(newAccount({ id: account.id }))
      await expect(second).rejects.toBeInstanceOf(Error)
      expect(await store.find(account.id)).toEqual(account)
    })

    test('the content mode changes, and nothing else', async () => {
      const store = await makeStore()
      const account = await store.create(newAccount())
      const changed = await store.setContentMode(account.id, 'metadata')
      expect(changed).toEqual({ ...account, contentMode: 'metadata' })
      expect(await store.find(account.id)).toEqual(changed)
      expect(await store.statusHistory(account.id)).toEqual([])
    })

    test('limits come back exactly as they were set, and nothing else changes', async () => {
      const store = await makeStore()
      const account = await store.create(newAccount())
      const changed = await store.setLimits(account.id, someLimits)
      expect(changed).toEqual({ ...account, limits: someLimits })
      expect(await store.find(account.id)).toEqual(changed)
      expect(await store.setLimits(account.id, null)).toEqual(account)
      expect(await store.setLimits(newAccount().id, someLimits)).toBeUndefined()
    })

    describeStatus(makeStore)
    describeList(makeStore)
  })
}

function describeStatus(makeStore: () => Promise<AccountStore>): void {
  test('every change of status is kept, oldest first, with who and why', async () => {
    const store = await makeStore()
    const { id } = await store.create(newAccount())
    const actorKeyId = makeKeyId(randomBytes)
    const suspended = await store.setStatus({
      id,
      status: 'suspended',
      reason: 'abuse',
      actorKeyId,
    })
    expect(suspended).toMatchObject({ status: 'suspended', statusReason: 'abuse' })
    await store.setStatus({ id, status: 'active', reason: 'appeal', actorKeyId: null })
    const history = await store.statusHistory(id)
    expect(history).toEqual([
      {
        status: 'suspended',
        reason: 'abuse',
        actorKeyId,
        actorPersonId: null,
        at: expect.any(Date),
      },
      {
        status: 'active',
        reason: 'appeal',
        actorKeyId: null,
        actorPersonId: null,
        at: expect.any(Date),
      },
    ])
  })

  test('an active account has no reason to show, whatever the reason for restoring it was', async () => {
    const store = await makeStore()
    const { id } = await store.create(newAccount())
    await store.setStatus({ id, status: 'suspended', reason: 'abuse', actorKeyId: null })
    const restored = await store.setStatus({ id, status: 'active', reason: 'x', actorKeyId: null })
    expect(restored).toMatchObject({ status: 'active', statusReason: null })
  })

  test('setting the same status again changes nothing and adds no history', async () => {
    const store = await makeStore()
    const { id } = await store.create(newAccount())
    await store.setStatus({ id, status: 'suspended', reason: 'first', actorKeyId: null })
    const again = await store.setStatus({
      id,
      status: 'suspended',
      reason: 'second',
      actorKeyId: null,
    })
    expect(again).toMatchObject({ status: 'suspended', statusReason: 'first' })
    expect(await store.statusHistory(id)).toHaveLength(1)
  })

  test('of many who set the same status at once, one makes history', async () => {
    const store = await makeStore()
    const { id } = await store.create(newAccount())
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        store.setStatus({ id, status: 'suspended', reason: `${index}`, actorKeyId: null }),
      ),
    )
    const history = await store.statusHistory(id)
    expect(history).toHaveLength(1)
    expect((await store.find(id))?.statusReason).toBe(history[0]?.reason)
  })
}

function describeList(makeStore: () => Promise<AccountStore>): void {
  test('accounts are listed newest first, each once, page by page', async () => {
    const store = await makeStore()
    const made: string[] = []
    for (let count = 0; count < 5; count += 1) {
      made.unshift((await store.create(newAccount())).id)
    }
    const first = await store.list({ limit: 2, after: null })
    const second = await store.list({ limit: 3, after: first.next })
    expect([...first.accounts, ...second.accounts].map(({ id }) => id)).toEqual(made)
  })

  test('an account made while someone turns pages moves no other account', async () => {
    const store = await makeStore()
    const oldest = await store.create(newAccount())
    await store.create(newAccount())
    const page = await store.list({ limit: 1, after: null })
    await store.create(newAccount())
    const next = await store.list({ limit: 1, after: page.next })
    expect(next.accounts).toEqual([oldest])
  })

  test('the last page has no next, and nothing follows an unknown place', async () => {
    const store = await makeStore()
    await store.create(newAccount())
    let page = await store.list({ limit: 200, after: null })
    while (page.next !== null) page = await store.list({ limit: 200, after: page.next })
    expect(page.next).toBeNull()
    expect(await store.list({ limit: 1, after: newAccount().id })).toEqual({
      accounts: [],
      next: null,
    })
  })
}
