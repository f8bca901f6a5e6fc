import { beforeEach, describe, expect, test } from 'vitest'

import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'

let harness: ControlHarness
beforeEach(async () => {
  harness = await makeControlHarness()
})

const create = (body: unknown) => harness.call('POST /api/accounts', { body })

describe('create an account', () => {
  test('201: an active customer that keeps everything, with an id nobody can guess', async () => {
    const { status, body } = await create({ display_name: '  Ada Ltd  ', email: 'ada@example.com' })
    expect(status).toBe(201)
    expect(body.data).toEqual({
      id: expect.stringMatching(/^acct_[0-9A-Za-z]{20}$/),
      role: 'customer',
      display_name: 'Ada Ltd',
      email: 'ada@example.com',
      status: 'active',
      status_reason: null,
      content_mode: 'full',
      limits: null,
      region: null,
      created_at: new Date(harness.clock.value).toISOString(),
    })
  })

  test('201: content can be kept out of the log from the first request on', async () => {
    const { body } = await create({ display_name: 'Ada', content_mode: 'none' })
    expect(body.data).toMatchObject({ content_mode: 'none', email: null })
  })

  test.each([
    { email: 'no address' },
    { content_mode: 'some' },
    { id: 'acct_mine' },
    { status: 'closed' },
  ])('400: %j', async (more) => {
    expect((await create({ display_name: 'Ada', ...more })).status).toBe(400)
  })
})

describe('list accounts', () => {
  test('200: page by page, newest first, each account exactly once', async () => {
    const made = [harness.operator.id]
    for (let index = 0; index < 7; index += 1) {
      made.unshift((await create({ display_name: `Ada ${index}` })).body.data.id)
    }
    const seen: string[] = []
    let after = ''
    do {
      const { body } = await harness.call(`GET /api/accounts?limit=3${after}`)
      expect(body.data.length).toBeLessThanOrEqual(3)
      for (const account of body.data) seen.push(account.id)
      after = body.next === null ? '' : `&after=${body.next}`
    } while (after !== '')
    expect(seen).toEqual(made)
  })
})

describe('show an account', () => {
  test('200: with the history of its status', async () => {
    const { body } = await create({ display_name: 'Ada' })
    const { id } = body.data
    await harness.call(`POST /api/accounts/${id}/suspend`, { body: { reason: 'unpaid' } })
    const shown = await harness.call(`GET /api/accounts/${id}`)
    expect(shown.status).toBe(200)
    expect(shown.body.data).toMatchObject({ id, status: 'suspended', status_reason: 'unpaid' })
    const [token] = await harness.parts.apiKeys.list(harness.operator.id)
    expect(shown.body.data.status_history.at(-1)).toMatchObject({
      status: 'suspended',
      reason: 'unpaid',
      actor_key_id: token?.id,
    })
  })
})

describe('404: an account that is not there, in every operation on one', () => {
  test.each([
    'GET /api/accounts/acct_none',
    'GET /api/accounts/nonsense',
    'PATCH /api/accounts/acct_none {"content_mode":"none"}',
    'POST /api/accounts/acct_none/suspend {"reason":"x"}',
    'POST /api/accounts/acct_none/restore {}',
    'POST /api/accounts/acct_none/grants {"amount":"1","effect_key":"a"}',
    'GET /api/accounts/acct_none/credits',
    'POST /api/accounts/acct_none/keys {"name":"a"}',
    'GET /api/accounts/acct_none/keys',
    'GET /api/accounts/%00/keys',
    'GET /api/accounts/acct_%F0%9F%98%80',
  ])('%s', async (line) => {
    const [method, path, body] = line.split(' ')
    const answer = await harness.call(`${method} ${path}`, body === undefined ? {} : { body })
    expect([answer.status, answer.body.error.code]).toEqual([404, 'account_not_found'])
  })
})

describe('update an account', () => {
  test('200: how much is kept', async () => {
    const account = await harness.make.account()
    const path = `/api/accounts/${account.id}`
    const { status, body } = await harness.call(`PATCH ${path}`, { body: { content_mode: 'none' } })
    expect([status, body.data.content_mode]).toEqual([200, 'none'])
    expect((await harness.call(`GET ${path}`)).body.data.content_mode).toBe('none')
  })

  test.each([{}, { status: 'closed' }, { content_mode: 'none', role: 'operator' }])(
    '400: %j',
    async (body) => {
      const account = await harness.make.account()
      const answer = await harness.call(`PATCH /api/accounts/${account.id}`, { body })
      expect(answer.status).toBe(400)
    },
  )
})

describe('suspend and restore', () => {
  test('200: and back again; doing either twice changes nothing', async () => {
    const account = await harness.make.account()
    const path = `/api/accounts/${account.id}`
    for (let round = 0; round < 2; round += 1) {
      const { body } = await harness.call(`POST ${path}/suspend`, { body: { reason: 'unpaid' } })
      expect(body.data).toMatchObject({ status: 'suspended', status_reason: 'unpaid' })
    }
    for (const body of [{ reason: 'paid' }, undefined]) {
      const answer = await harness.call(`POST ${path}/restore`, { body })
      expect(answer.body.data).toMatchObject({ status: 'active', status_reason: null })
    }
    const { body } = await harness.call(`GET ${path}`)
    const reasons = body.data.status_history.map((change: { reason: string }) => change.reason)
    expect(reasons.filter((reason: string | null) => reason !== null)).toEqual(['unpaid', 'paid'])
  })

  test('400: a suspension without a reason', async () => {
    const account = await harness.make.account()
    for (const body of [{}, { reason: '' }, { reason: 'a'.repeat(501) }, undefined]) {
      const { status } = await harness.call(`POST /api/accounts/${account.id}/suspend`, { body })
      expect(status).toBe(400)
    }
  })

  test('409: an operator cannot suspend the account whose token is used', async () => {
    const { status, body } = await harness.call(
      `POST /api/accounts/${harness.operator.id}/suspend`,
      { body: { reason: 'mistake' } },
    )
    expect([status, body.error.code]).toEqual([409, 'conflict'])
    expect((await harness.call('GET /api/accounts')).status).toBe(200)
  })

  test.each(['closing', 'closed'] as const)('409: an account that is %s stays so', async (gone) => {
    const { id } = await harness.make.account()
    const change = { id, status: gone, reason: 'deletion asked for', actorKeyId: null }
    await harness.parts.accounts.setStatus(change)
    for (const [verb, body] of [
      ['suspend', { reason: 'x' }],
      ['restore', {}],
    ] as const) {
      const answer = await harness.call(`POST /api/accounts/${id}/${verb}`, { body })
      expect([answer.status, answer.body.error.code]).toEqual([409, 'conflict'])
    }
    expect((await harness.parts.accounts.find(id))?.status).toBe(gone)
  })
})
