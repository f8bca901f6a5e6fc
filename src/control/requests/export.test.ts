import { beforeEach, describe, expect, test } from 'vitest'

import { csvLinesPerRead } from '#domain/account-limits.ts'
import type { Account } from '#domain/accounts.ts'
import { nanoUsd } from '#domain/money.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'

let harness: ControlHarness
let account: Account
beforeEach(async () => {
  harness = await makeControlHarness()
  account = await harness.make.account()
})

const take = (what: string, id: string = account.id) =>
  harness.call(`GET /api/accounts/${id}/${what}`)
const linesOf = (text: string) => text.split('\r\n').slice(0, -1)

describe('requests as CSV', () => {
  test('200: every request once, newest first, however many pages it takes', async () => {
    const count = 2 * csvLinesPerRead + 7
    const records = Array.from({ length: count }, (_, place) =>
      harness.make.generation(account.id, { createdAtMs: harness.clock.value + place }),
    )
    const other = await harness.make.account()
    await harness.generations.insert([...records, harness.make.generation(other.id)])
    const { status, headers, body } = await take('requests.csv')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="requests-${account.id}.csv"`,
    )
    const [names, ...lines] = linesOf(body)
    expect(names?.startsWith('id,created_at,key_id,requested_model')).toBe(true)
    expect(lines.map((line) => line.split(',')[0])).toEqual(
      records.toReversed().map(({ id }) => id),
    )
  })

  test('200: the filters are those of the list', async () => {
    const odd = harness.make.generation(account.id, { provider: 'zeta', status: 503 })
    await harness.generations.insert([harness.make.generation(account.id), odd])
    for (const query of ['provider=zeta', 'status=5xx', 'cost_max=1&provider=zeta']) {
      const lines = linesOf((await take(`requests.csv?${query}`)).body)
      expect(lines.slice(1).map((line) => line.split(',')[0])).toEqual([odd.id])
    }
    expect((await take('requests.csv?cost_min=x')).body.error.param).toBe('cost_min')
    expect((await take('requests.csv?sort=cost')).status).toBe(400)
  })

  test('200: what somebody wrote is text, and computes nothing', async () => {
    const requestedModel = '=HYPERLINK("https://evil.example","x"),@SUM(1)\r\n+1'
    const record = harness.make.generation(account.id, { requestedModel, costNanoUsd: nanoUsd(5n) })
    await harness.generations.insert([record])
    const { body } = await take('requests.csv')
    expect(body).toContain(`"'=HYPERLINK(""https://evil.example"",""x""),@SUM(1)`)
    expect(body).toContain(',0.000000005\r\n')
  })

  test('200: keys are called by their names, as long as they are known', async () => {
    await harness.make.key(account.id)
    const [key] = await harness.parts.apiKeys.list(account.id)
    await harness.generations.insert([
      harness.make.generation(account.id, { ...(key && { keyId: key.id }), userAgent: 'probe/1' }),
      harness.make.generation(account.id, { userAgent: null }),
    ])
    const [names, ...lines] = linesOf((await take('requests.csv')).body)
    const places = ['key_name', 'user_agent'].map((name) => names?.split(',').indexOf(name) ?? -1)
    const cells = lines.map((line) => places.map((place) => line.split(',')[place]))
    expect(new Map(cells.map(([name, agent]) => [name, agent]))).toEqual(
      new Map([
        ['', ''],
        ['test', 'probe/1'],
      ]),
    )
  })

  test('404: not another account’s', async () => {
    expect((await take('requests.csv', 'acct_none')).body.error.code).toBe('account_not_found')
    expect((await take('usage.csv', 'acct_none')).body.error.code).toBe('account_not_found')
  })
})

describe('usage as CSV', () => {
  test('200: the rows of the page', async () => {
    const { body, status } = await take('usage.csv?interval=whole&group_by=key')
    expect([status, linesOf(body)[0]]).toEqual([
      200,
      'start,group,label,cost_usd,requests,prompt_tokens,completion_tokens,cached_tokens,reasoning_tokens',
    ])
    expect((await take('usage.csv?group_by=colour')).body.error.param).toBe('group_by')
  })
})
