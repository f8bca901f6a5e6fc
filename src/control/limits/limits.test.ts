import { beforeEach, describe, expect, test } from 'vitest'

import type { Account } from '#domain/accounts.ts'
import { makeGenerationId } from '#domain/identifiers.ts'
import { nanoUsd } from '#domain/money.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'

let harness: ControlHarness
let account: Account
let keyPath: string
let accountPath: string
beforeEach(async () => {
  harness = await makeControlHarness()
  account = await harness.make.account()
  await harness.make.key(account.id)
  const [key] = await harness.parts.apiKeys.list(account.id)
  keyPath = `/api/keys/${key?.id}`
  accountPath = `/api/accounts/${account.id}`
})

const change = (path: string, limits: unknown) =>
  harness.call(`PATCH ${path}`, { body: { limits } })

const nothing = {
  requests_per_minute: null,
  tokens_per_minute: null,
  concurrent_requests: null,
  spend: { day: null, week: null, month: null, total: null },
  allowed_models: null,
  allowed_providers: null,
  allowed_ip_ranges: null,
}

describe('change limits', () => {
  test('200: what is given is set, null lifts it, and the rest stays', async () => {
    const first = await change(keyPath, {
      requests_per_minute: 60,
      spend: { day: '0.25', total: '9223372036.854775807' },
      allowed_models: ['openai/*'],
    })
    expect(first.status).toBe(200)
    expect(first.body.data.limits).toEqual({
      ...nothing,
      requests_per_minute: 60,
      spend: { ...nothing.spend, day: '0.25', total: '9223372036.854775807' },
      allowed_models: ['openai/*'],
    })
    const second = await change(keyPath, {
      requests_per_minute: null,
      spend: { day: '0.000000001' },
      allowed_ip_ranges: ['10.0.0.0/8'],
    })
    expect(second.body.data.limits).toEqual({
      ...nothing,
      spend: { ...nothing.spend, day: '0.000000001', total: '9223372036.854775807' },
      allowed_models: ['openai/*'],
      allowed_ip_ranges: ['10.0.0.0/8'],
    })
    expect((await harness.call(`GET ${keyPath}`)).body.data.limits).toEqual(second.body.data.limits)
  })

  test('200: null lifts everything; lifting the last limit leaves none', async () => {
    await change(keyPath, { concurrent_requests: 3, spend: { week: '5' } })
    expect((await change(keyPath, null)).body.data.limits).toBeNull()
    await change(keyPath, { concurrent_requests: 3, spend: { week: '5' } })
    const { body } = await change(keyPath, { concurrent_requests: null, spend: null })
    expect(body.data.limits).toBeNull()
  })

  test('200: of an account, alone or with its content mode', async () => {
    const { body } = await change(accountPath, { tokens_per_minute: 100_000 })
    expect(body.data).toMatchObject({
      content_mode: 'full',
      limits: { ...nothing, tokens_per_minute: 100_000 },
    })
    const both = { content_mode: 'none', limits: { tokens_per_minute: null } }
    const second = await harness.call(`PATCH ${accountPath}`, { body: both })
    expect(second.body.data).toMatchObject({ content_mode: 'none', limits: null })
    expect((await harness.call(`PATCH ${accountPath}`, { body: {} })).status).toBe(400)
  })

  test('201: a key can begin with limits', async () => {
    const body = { name: 'intern', limits: { spend: { month: '20' } } }
    const made = await harness.call(`POST ${accountPath}/keys`, { body })
    expect(made.body.data.limits).toMatchObject({ spend: { month: '20' } })
    const wrong = { name: 'intern', limits: { spend: { month: '0' } } }
    expect((await harness.call(`POST ${accountPath}/keys`, { body: wrong })).status).toBe(400)
  })

  test('404: an unknown key or account', async () => {
    const limits = { requests_per_minute: 1 }
    expect((await change('/api/keys/key_none', limits)).body.error.code).toBe('key_not_found')
    expect((await harness.call('GET /api/keys/key_none')).body.error.code).toBe('key_not_found')
    expect((await change('/api/accounts/acct_none', limits)).status).toBe(404)
  })
})

describe('400: the value is named, and nothing changes', () => {
  test.each([
    [{ requests_per_minute: 0 }, 'limits.requests_per_minute', '0 must be a whole number'],
    [{ requests_per_minute: -7 }, 'limits.requests_per_minute', '-7 must be a whole number'],
    [{ tokens_per_minute: 2000.5 }, 'limits.tokens_per_minute', '2000.5 must be a whole number'],
    [{ tokens_per_minute: 10 }, 'limits.tokens_per_minute', '10 would refuse every request'],
    [{ concurrent_requests: 1e12 }, 'limits.concurrent_requests', '1000000000000 is more than'],
    [{ requests_per_minute: '60' }, 'limits.requests_per_minute', 'expected number'],
    [{ spend: { day: '0' } }, 'limits.spend.day', '0 must be above zero'],
    [{ spend: { day: '-0.5' } }, 'limits.spend.day', '-0.5 must be above zero'],
    [{ spend: { day: '0.0000000001' } }, 'limits.spend.day', 'more than nine decimals'],
    [{ spend: { week: '1e3' } }, 'limits.spend.week', '"1e3" must be a plain decimal'],
    [{ spend: { week: '5 EUR' } }, 'limits.spend.week', '"5 EUR" must be a plain decimal'],
    [{ spend: { month: 5 } }, 'limits.spend.month', 'expected string'],
    [{ spend: { total: '9223372036.854775808' } }, 'limits.spend.total', 'is more than'],
    [{ spend: { total: '1'.repeat(30) } }, 'limits.spend.total', 'more than any account can hold'],
    [{ spend: { year: '5' } }, 'limits.spend.year', 'year'],
    [{ spend: { day: '5', month: '4' } }, 'limits.spend.month', '4 contradicts spend.day'],
    [{ allowed_models: [] }, 'limits.allowed_models', '[] allows nothing at all'],
    [{ allowed_models: ['gpt-4o'] }, 'limits.allowed_models', '"gpt-4o" is not the id of a model'],
    [{ allowed_providers: [''] }, 'limits.allowed_providers', '"" is not the slug'],
    [
      { allowed_ip_ranges: ['10.0.0.0/40'] },
      'limits.allowed_ip_ranges',
      '"10.0.0.0/40" has a prefix',
    ],
    [{ rpm: 5 }, 'limits.rpm', 'rpm'],
    [5, 'limits', 'expected object'],
  ])('%j', async (limits, param, text) => {
    for (const path of [keyPath, accountPath]) {
      const { status, body } = await change(path, limits)
      expect([status, body.error.param]).toEqual([400, param])
      expect(body.error.message).toContain(text)
      expect((await harness.call(`GET ${path}`)).body.data.limits).toBeNull()
    }
  })

  test('a limit that contradicts one that stays', async () => {
    await change(keyPath, { spend: { month: '10' } })
    const { status, body } = await change(keyPath, { spend: { day: '11' } })
    expect([status, body.error.param]).toEqual([400, 'limits.spend.month'])
    expect(body.error.message).toContain('10 contradicts spend.day')
    const { data } = (await harness.call(`GET ${keyPath}`)).body
    expect(data.limits.spend).toEqual({ ...nothing.spend, month: '10' })
  })
})

test('what was spent stands beside the limits, for a key and for its account', async () => {
  const [key] = await harness.parts.apiKeys.list(account.id)
  const charge = (cost: bigint, daysAgo: number) => ({
    chargeId: makeGenerationId(
      harness.clock.value - daysAgo * 86_400_000,
      harness.parts.randomBytes,
    ),
    accountId: account.id,
    keyId: key?.id ?? 'key_none',
    leaseId: null,
    nodeId: 'node_a' as const,
    costNanoUsd: nanoUsd(cost),
    priceVersionId: 'price_a' as const,
    usageSource: 'upstream' as const,
    promptTokens: 1,
    completionTokens: 1,
    model: 'acme/fast-1',
    provider: 'acme',
    cachedTokens: 0,
    reasoningTokens: 0,
    budgetLeaseIds: [],
  })
  // The clock of the harness stands on a Monday.
  await harness.ledger.settle([charge(500_000_000n, 0), charge(250_000_000n, 1), charge(1n, 40)])
  const spent = { day: '0.5', week: '0.5', month: '0.75', total: '0.750000001' }
  expect((await harness.call(`GET ${keyPath}`)).body.data.spent).toEqual(spent)
  expect((await harness.call(`GET ${accountPath}`)).body.data.spent).toEqual(spent)
})
