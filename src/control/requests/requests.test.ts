import { beforeEach, describe, expect, test } from 'vitest'

import type { Account } from '#domain/accounts.ts'
import { nanoUsd } from '#domain/money.ts'
import { newPriceVersion } from '#ports/price-book.conformance.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'

let harness: ControlHarness
let account: Account
beforeEach(async () => {
  harness = await makeControlHarness()
  account = await harness.make.account()
})

const idsOf = (records: readonly { id: string }[]) => records.map(({ id }) => id)
const list = (query: string, id: string = account.id) =>
  harness.call(`GET /api/accounts/${id}/requests?${query}`)

describe('list requests', () => {
  test('200: page by page in any order, each exactly once, and no other account’s', async () => {
    const costs = [5n, 3n, 9n, 3n, 3n, 7n, 1n]
    const records = costs.map((cost, place) =>
      harness.make.generation(account.id, {
        createdAtMs: harness.clock.value + place,
        costNanoUsd: nanoUsd(cost),
      }),
    )
    const other = await harness.make.account()
    await harness.generations.insert([...records, harness.make.generation(other.id)])
    for (const [sort, valueOf] of [
      ['time', (one: (typeof records)[number]) => BigInt(one.createdAtMs)],
      ['cost', (one: (typeof records)[number]) => one.costNanoUsd],
    ] as const) {
      const seen: string[] = []
      let after = ''
      do {
        const { body } = await list(`limit=2&sort=${sort}&order=rising${after}`)
        seen.push(...idsOf(body.data))
        after = body.next === null ? '' : `&after=${body.next}`
      } while (after !== '')
      const expected = records.toSorted((left, right) => {
        if (valueOf(left) !== valueOf(right)) return valueOf(left) < valueOf(right) ? -1 : 1
        return left.id < right.id ? -1 : 1
      })
      expect(seen).toEqual(idsOf(expected))
    }
  })

  test('200: a project narrows to what was asked with its keys', async () => {
    const project = (
      await harness.call(`POST /api/accounts/${account.id}/projects`, { body: { name: 'search' } })
    ).body.data
    const key = (
      await harness.call(`POST /api/accounts/${account.id}/keys`, {
        body: { name: 'k', project_id: project.id },
      })
    ).body.data
    const own = harness.make.generation(account.id, { keyId: key.id })
    await harness.generations.insert([own, harness.make.generation(account.id)])
    expect(idsOf((await list(`project_id=${project.id}`)).body.data)).toEqual([own.id])
    const both = await list(`project_id=${project.id}&key_id=key_other`)
    expect(both.body.data).toEqual([])
    expect((await list('project_id=proj_none')).body.data).toEqual([])
    expect((await list('project_id=x')).body.error.param).toBe('project_id')
  })

  test('200: every parameter narrows', async () => {
    const usual = harness.make.generation(account.id)
    const odd = harness.make.generation(account.id, {
      ...{ keyId: 'key_odd', resolvedModel: 'x/y', provider: 'zeta', outcome: 'upstream_failed' },
      ...{ status: 503, streamed: false, costNanoUsd: nanoUsd(2_000_000_000n), latencyMs: 9_000 },
      createdAtMs: harness.clock.value + 5_000,
    })
    await harness.generations.insert([usual, odd])
    for (const query of [
      ...['key_id=key_odd', 'model=x/y,a/b', 'provider=zeta', 'outcome=upstream_failed,refused'],
      ...['status=503', 'status=5xx', 'status=500-599', 'streamed=false', 'cost_min=2'],
      ...['latency_min_ms=9000', `id=${odd.id.slice(16)}`],
      `from=${new Date(odd.createdAtMs).toISOString()}`,
      'model=x/y&provider=zeta&status=503&cost_min=0.5&cost_max=2&streamed=false',
    ]) {
      expect(idsOf((await list(query)).body.data), query).toEqual([odd.id])
    }
    for (const query of [
      ...['key_id=key_test', 'status=200-299', 'streamed=true', 'cost_max=1', 'latency_max_ms=99'],
      `until=${new Date(odd.createdAtMs).toISOString()}`,
    ]) {
      expect(idsOf((await list(query)).body.data), query).toEqual([usual.id])
    }
    expect((await list('model=x/y&streamed=true')).body.data).toEqual([])
  })

  test.each([
    ...['after=x', 'after=1.gen-1', 'outcome=won', 'status=9', 'status=700', 'streamed=perhaps'],
    ...['cost_min=cheap', 'latency_min_ms=-1', 'limit=9999', 'sort=name', 'order=up', 'key_id=me'],
    ...['from=yesterday', 'id=%25', 'nonsense=1', 'model=,'],
  ])('400: %s', async (query) => {
    const { status, body } = await list(query)
    expect([status, body.error.param]).toEqual([400, query.split('=')[0]])
  })

  test.each(['acct_none', 'nonsense'])('404: %s', async (id) => {
    const { status, body } = await list('', id)
    expect([status, body.error.code]).toEqual([404, 'account_not_found'])
  })
})

describe('show a request', () => {
  const show = (id: string, of: string = account.id) =>
    harness.call(`GET /api/accounts/${of}/requests/${id}`)

  test('200: the lines of its cost add up to what was charged', async () => {
    const version = newPriceVersion()
    await harness.prices.record([{ endpoint: 'sim/echo@sim', version }])
    const { costOf } = await import('#domain/pricing.ts')
    const { usage } = harness.make.generation(account.id)
    const { costNanoUsd } = costOf(usage, version.sheet)
    const record = harness.make.generation(account.id, { costNanoUsd, priceVersionId: version.id })
    await harness.generations.insert([record])
    const { status, body } = await show(record.id)
    expect(status).toBe(200)
    const { lines, exact, price_version_id: id } = body.data.cost_breakdown
    expect(id).toBe(version.id)
    const picoOf = (text: string) => {
      const [whole = '', fraction = ''] = text.split('.')
      return BigInt(whole + fraction.padEnd(12, '0'))
    }
    const sum = lines.reduce(
      (total: bigint, line: { amount: string }) => total + picoOf(line.amount),
      0n,
    )
    expect(sum).toBe(picoOf(exact))
    expect((sum + 999n) / 1000n).toBe(costNanoUsd)
    for (const { quantity, rate, amount } of lines) {
      expect(BigInt(quantity) * picoOf(rate)).toBe(picoOf(amount))
    }
  })

  test('200: where what was charged is no product of counts, no arithmetic is shown', async () => {
    const version = newPriceVersion()
    await harness.prices.record([{ endpoint: 'sim/echo@sim', version }])
    const record = harness.make.generation(account.id, {
      ...{ priceVersionId: version.id, costNanoUsd: nanoUsd(123_456_789n), usageSource: 'orphan' },
    })
    await harness.generations.insert([record])
    expect((await show(record.id)).body.data.cost_breakdown).toBeNull()
  })

  test('200: also one that this process has not handed to the store yet', async () => {
    const record = harness.make.generation(account.id)
    harness.pending.set(record.id, record)
    expect((await show(record.id)).body.data.id).toBe(record.id)
  })

  test('404: another account’s request is not there, pending or stored', async () => {
    const other = await harness.make.account()
    const stored = harness.make.generation(other.id)
    const waiting = harness.make.generation(other.id)
    await harness.generations.insert([stored])
    harness.pending.set(waiting.id, waiting)
    for (const id of [stored.id, waiting.id, 'gen-1764000000-00000000000000000000', 'gen-1', 'x']) {
      const { status, body } = await show(id)
      expect([status, body.error.code], id).toEqual([404, 'generation_not_found'])
    }
  })
})

describe('show the content of a request', () => {
  const bytes = (text: string) => new TextEncoder().encode(text)
  const request = bytes('{"messages":[{"role":"user","content":"hi"}]}')
  const response = bytes('{"choices":[{"message":{"content":"<b>hello</b>"}}]}')
  const showContent = (id: string, of: string = account.id) =>
    harness.call(`GET /api/accounts/${of}/requests/${id}/content`)

  test('200: what was sent and received, waiting or stored', async () => {
    const [waiting, stored] = [
      harness.make.generation(account.id),
      harness.make.generation(account.id),
    ]
    const content = { accountId: account.id, request, response, streamed: false }
    harness.contents.set(waiting.id, { id: waiting.id, ...content })
    const sealing = { createdAtMs: stored.createdAtMs, keyVersion: 1 }
    await harness.generations.insertContent([{ id: stored.id, ...content, ...sealing }])
    for (const { id } of [waiting, stored]) {
      const { status, body } = await showContent(id)
      expect(status).toBe(200)
      expect(body.data.input.messages).toEqual([{ role: 'user', content: 'hi' }])
      expect(body.data.output.completion).toBe('<b>hello</b>')
    }
  })

  test('404: the mode says why nothing was kept', async () => {
    const record = harness.make.generation(account.id, { contentMode: 'metadata' })
    await harness.generations.insert([record])
    const { status, body } = await showContent(record.id)
    expect([status, body.error.code]).toEqual([404, 'content_not_kept'])
    expect(body.error.message).toContain('metadata')
  })

  test('404: sealed under a key that is gone, nobody can read it', async () => {
    const record = harness.make.generation(account.id)
    const { id, createdAtMs } = record
    const empty = new Uint8Array()
    await harness.generations.insertContent([
      {
        ...{ id, accountId: account.id, createdAtMs, keyVersion: 1, streamed: false },
        ...{ request: empty, response: empty },
      },
    ])
    expect((await showContent(id)).body.error.code).toBe('content_not_kept')
    expect(harness.events).toContainEqual(expect.objectContaining({ kind: 'failed' }))
  })

  test('404: another account’s content is not there', async () => {
    const other = await harness.make.account()
    const record = harness.make.generation(other.id)
    await harness.generations.insert([record])
    harness.contents.set(record.id, {
      ...{ id: record.id, accountId: other.id, request, response, streamed: false },
    })
    expect((await showContent(record.id)).body.error.code).toBe('generation_not_found')
    expect((await showContent(record.id, other.id)).status).toBe(200)
  })
})
