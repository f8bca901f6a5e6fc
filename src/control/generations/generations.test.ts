import { beforeEach, describe, expect, test } from 'vitest'

import type { Account } from '#domain/accounts.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'

let harness: ControlHarness
let account: Account
beforeEach(async () => {
  harness = await makeControlHarness()
  account = await harness.make.account()
})

const idsOf = (records: readonly { id: string }[]) => records.map(({ id }) => id)

describe('show a generation', () => {
  test('200: everything but the content, money exact', async () => {
    const record = harness.make.generation(account.id)
    await harness.generations.insert([record])
    const { status, body } = await harness.call(`GET /api/generations/${record.id}`)
    expect(status).toBe(200)
    expect(body.data).toMatchObject({
      id: record.id,
      account_id: account.id,
      cost: '0.000213',
      outcome: 'completed',
      tokens: { prompt: 10, completion: 3, cached: 4, reasoning: 0 },
      routing_path: [{ provider: 'sim', upstream_model: 'echo', status: 200, error_class: null }],
    })
  })

  test('200: also one that this process has not handed to the store yet', async () => {
    const record = harness.make.generation(account.id)
    harness.pending.set(record.id, record)
    const { body } = await harness.call(`GET /api/generations/${record.id}`)
    expect(body.data.id).toBe(record.id)
  })

  test.each(['gen-1764000000-00000000000000000000', 'gen-1', 'nonsense'])('404: %s', async (id) => {
    const { status, body } = await harness.call(`GET /api/generations/${id}`)
    expect([status, body.error.code]).toEqual([404, 'generation_not_found'])
  })
})

describe('list generations', () => {
  test('200: page by page, newest first, each exactly once', async () => {
    const records = Array.from({ length: 7 }, (_, index) =>
      harness.make.generation(account.id, {
        createdAtMs: harness.clock.value + index * 1000,
      }),
    )
    await harness.generations.insert(records)
    const seen: string[] = []
    let after = ''
    do {
      const { body } = await harness.call(`GET /api/generations?limit=3${after}`)
      seen.push(...idsOf(body.data))
      after = body.next === null ? '' : `&after=${body.next}`
    } while (after !== '')
    expect(seen).toEqual(idsOf(records).toReversed())
  })

  test('200: a page that is just full is the last one', async () => {
    await harness.generations.insert([harness.make.generation(account.id)])
    expect((await harness.call('GET /api/generations?limit=1')).body.next).toBeNull()
  })

  test('200: narrowed by account, model and outcome', async () => {
    const other = await harness.make.account()
    const mine = harness.make.generation(account.id)
    const his = harness.make.generation(other.id)
    const failed = harness.make.generation(account.id, { outcome: 'upstream_failed' })
    const big = harness.make.generation(account.id, { resolvedModel: 'openai/gpt-5' })
    await harness.generations.insert([mine, his, failed, big])
    const list = async (query: string) =>
      idsOf((await harness.call(`GET /api/generations?${query}`)).body.data).toSorted()
    expect(await list(`account_id=${other.id}`)).toEqual([his.id])
    expect(await list('outcome=upstream_failed')).toEqual([failed.id])
    expect(await list('model=openai/gpt-5')).toEqual([big.id])
    expect(await list(`account_id=${account.id}`)).toEqual(idsOf([mine, failed, big]).toSorted())
    expect(await list('model=none')).toEqual([])
  })

  test.each(['after=x', 'after=', 'outcome=won', 'account_id=me', 'limit=9999', 'sort=cost'])(
    '400: %s',
    async (query) => {
      const { status, body } = await harness.call(`GET /api/generations?${query}`)
      expect([status, body.error.param]).toEqual([400, query.split('=')[0]])
    },
  )
})
