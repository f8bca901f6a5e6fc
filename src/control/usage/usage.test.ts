import { randomBytes } from 'node:crypto'

import { beforeEach, describe, expect, test } from 'vitest'

import type { Account } from '#domain/accounts.ts'
import { makeGenerationId } from '#domain/identifiers.ts'
import { nanoUsd } from '#domain/money.ts'
import type { ChargeRecord } from '#ports/ledger-store.ts'
import { newCharge } from '#ports/ledger/fixture.conformance.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'

const hourMs = 3_600_000

let harness: ControlHarness
let account: Account
beforeEach(async () => {
  harness = await makeControlHarness()
  account = await harness.make.account()
})

/** A charge so many hours ago. */
function charge(hoursAgo: number, cost: bigint, more: Partial<ChargeRecord> = {}): ChargeRecord {
  const at = harness.clock.value - hoursAgo * hourMs
  return newCharge({ accountId: account.id, leaseId: null, nodeId: 'node_a' }, 1, {
    chargeId: makeGenerationId(at, randomBytes),
    costNanoUsd: nanoUsd(cost),
    ...more,
  })
}

const show = (what: string, id: string = account.id) =>
  harness.call(`GET /api/accounts/${id}/${what}`)

describe('show usage', () => {
  test('200: the total is what was charged, to the nano-dollar, however it is told apart', async () => {
    await harness.ledger.settle([
      charge(0, 1n),
      charge(30, 9_007_199_254_740_993n, { model: 'x/y', provider: 'zeta' }),
      charge(100, 7n, { keyId: 'key_other' }),
    ])
    const spent = (await show('credits')).body.data.spent
    for (const group of ['none', 'model', 'provider', 'key']) {
      for (const interval of ['hour', 'day', 'whole']) {
        const { status, body } = await show(`usage?interval=${interval}&group_by=${group}`)
        expect(status).toBe(200)
        expect(body.total).toMatchObject({ cost: spent, requests: 3, prompt_tokens: 30 })
      }
    }
    const { body } = await show('usage?interval=whole&group_by=model&model=x/y')
    expect(body.data).toMatchObject([{ group: 'x/y', cost: '9007199.254740993', requests: 1 }])
  })

  test('200: a project is the sum of its keys, revoked ones included, and narrows to them', async () => {
    const project = (
      await harness.call(`POST /api/accounts/${account.id}/projects`, { body: { name: 'search' } })
    ).body.data
    const makeKey = async (project_id: string | null) => {
      const path = `POST /api/accounts/${account.id}/keys`
      return (await harness.call(path, { body: { name: 'k', project_id } })).body.data.id
    }
    const [first, second, other] = [
      await makeKey(project.id),
      await makeKey(project.id),
      await makeKey(null),
    ]
    await harness.call(`POST /api/accounts/${account.id}/keys/${second}/revoke`)
    await harness.ledger.settle([
      charge(1, 5n, { keyId: first }),
      charge(1, 7n, { keyId: second }),
      charge(1, 11n, { keyId: other }),
    ])
    const { body } = await show('usage?interval=whole&group_by=project')
    expect(body.data).toMatchObject([
      { group: '', label: '', cost: '0.000000011', requests: 1 },
      { group: project.id, label: 'search', cost: '0.000000012', requests: 2 },
    ])
    const within = await show(`usage?interval=whole&group_by=key&project_id=${project.id}`)
    expect(within.body.total).toMatchObject({ cost: '0.000000012', requests: 2 })
    const both = await show(`usage?project_id=${project.id}&key_id=${first},${other}`)
    expect(both.body.total).toMatchObject({ cost: '0.000000005', requests: 1 })
    const none = await show('usage?project_id=proj_none')
    expect(none.body.total).toMatchObject({ requests: 0 })
    expect((await show('usage?project_id=nonsense')).body.error.param).toBe('project_id')
  })

  test('200: keys are called by their names', async () => {
    await harness.make.key(account.id)
    const [key] = await harness.parts.apiKeys.list(account.id)
    await harness.ledger.settle([charge(1, 5n, { keyId: key?.id ?? 'key_none' })])
    const { body } = await show('usage?group_by=key')
    expect(body.data).toMatchObject([{ group: key?.id, label: 'test' }])
  })

  test.each([
    ...['interval=minute', 'group_by=colour', 'key_id=me', 'from=then', 'nonsense=1'],
    'from=2025-11-24T00:00:00.000Z&until=2025-11-24T00:00:00.000Z',
    'from=2020-01-01T00:00:00.000Z',
    'from=2025-09-01T00:00:00.000Z&interval=hour',
  ])('400: %s', async (query) => {
    const { status, body } = await show(`usage?${query}`)
    expect([status, body.error.param]).toEqual([400, query.split('=')[0]])
  })

  test.each(['usage', 'traffic', 'overview'])(
    '404: %s of an account that is not there',
    async (what) => {
      for (const id of ['acct_none', 'nonsense']) {
        const { status, body } = await show(what, id)
        expect([status, body.error.code]).toEqual([404, 'account_not_found'])
      }
    },
  )
})

test('traffic says how requests ended, and how long they took', async () => {
  await harness.generations.insert([
    harness.make.generation(account.id, { latencyMs: 100 }),
    harness.make.generation(account.id, { latencyMs: 100 }),
    harness.make.generation(account.id, { outcome: 'refused', status: 402 }),
    harness.make.generation(account.id, { outcome: 'upstream_failed', status: 502 }),
    harness.make.generation(account.id, { outcome: 'client_gone', status: 499 }),
  ])
  const { body } = await show('traffic?interval=hour')
  expect(body.data).toHaveLength(1)
  expect(body.total).toMatchObject({
    ...{ requests: 5, completed: 2, refused: 1, failed: 1, client_gone: 1 },
  })
  expect(body.total.latency.p50).toBeGreaterThan(80)
  expect(body.total.latency.p99).toBeLessThan(120)
})

describe('show the overview', () => {
  test('200: an account in which nothing happened', async () => {
    const { status, body } = await show('overview')
    expect(status).toBe(200)
    expect(body.data).toMatchObject({
      balance: { available: '0', held: '0', spent: '0' },
      spend: { today: '0', month: '0' },
      today: { requests: 0, latency: null },
      burn_rate: { per_day: '0', days_left: null },
    })
    expect(body.data.hourly).toHaveLength(24)
  })

  test('200: what is left, how fast it goes, and what went wrong', async () => {
    await harness.ledger.grant({
      ...{ id: 'grant_a', accountId: account.id, kind: 'paid', priority: 300, note: null },
      ...{ amountNanoUsd: nanoUsd(20_000_000_000n), expiresAt: null, effectKey: 'test' },
    })
    const twoDays = [1, 10, 20, 30, 47].map((hoursAgo) => charge(hoursAgo, 1_000_000_000n))
    await harness.ledger.settle(twoDays)
    await harness.generations.insert([
      harness.make.generation(account.id, { outcome: 'upstream_failed', status: 502 }),
    ])
    const { body } = await show('overview')
    expect(body.data.balance).toMatchObject({ available: '15', spent: '5', granted: '20' })
    expect(body.data.today).toMatchObject({ requests: 1, failed: 1 })
    expect(Number(body.data.burn_rate.per_day)).toBeCloseTo(2.55, 1)
    expect(body.data.burn_rate.days_left).toBeCloseTo(6, 0)
    const hours: readonly { cost: string; failed: number }[] = body.data.hourly
    expect(hours.filter(({ cost }) => cost === '1')).toHaveLength(3)
    expect(hours.at(-1)).toMatchObject({ failed: 1 })
  })

  test('200: a young account’s rate is of a day at least', async () => {
    await harness.ledger.settle([charge(0, 500_000_000n)])
    expect((await show('overview')).body.data.burn_rate.per_day).toBe('0.5')
  })
})
