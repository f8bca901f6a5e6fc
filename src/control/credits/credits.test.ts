import { beforeEach, describe, expect, test } from 'vitest'

import type { Account } from '#domain/accounts.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'

let harness: ControlHarness
let account: Account
beforeEach(async () => {
  harness = await makeControlHarness()
  account = await harness.make.account()
})

const grant = (body: Readonly<Record<string, unknown>>, id: string = account.id) =>
  harness.call(`POST /api/accounts/${id}/grants`, { body: { effect_key: 'one', ...body } })
const credits = async () =>
  (await harness.call(`GET /api/accounts/${account.id}/credits`)).body.data

describe('grant credit', () => {
  test('200: the exact amount is there at once', async () => {
    const { status, body } = await grant({ amount: '5.000000001', note: 'welcome' })
    expect(status).toBe(200)
    expect(body).toEqual({
      created: true,
      data: {
        id: expect.stringMatching(/^grant_/),
        account_id: account.id,
        kind: 'promotional',
        amount: '5.000000001',
        remaining: '5.000000001',
        priority: 200,
        created_at: expect.any(String),
        expires_at: null,
        note: 'welcome',
      },
    })
    expect(await credits()).toMatchObject({
      available: '5.000000001',
      held: '0',
      spent: '0',
      granted: '5.000000001',
    })
    expect(await harness.ledger.verify()).toEqual([])
  })

  test('200: the same effect key again adds nothing and answers with what it made', async () => {
    const first = await grant({ amount: '5' })
    const second = await grant({ amount: '5.00' })
    expect(second.body).toEqual({ data: first.body.data, created: false })
    expect((await credits()).granted).toBe('5')
  })

  test('200: a hundred at the same moment with one effect key add once', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => grant({ amount: '1' })))
    expect(answers.filter(({ body }) => body.created)).toHaveLength(1)
    expect((await credits()).granted).toBe('1')
  })

  test.each([
    { amount: '6' },
    { amount: '5', kind: 'paid' },
    { amount: '5', priority: 7 },
    { amount: '5', expires_at: '2099-01-01T00:00:00Z' },
  ])('409: the same effect key with another grant: %j', async (other) => {
    await grant({ amount: '5' })
    const { status, body } = await grant(other)
    expect([status, body.error.code, body.error.param]).toEqual([409, 'conflict', 'effect_key'])
    expect((await credits()).granted).toBe('5')
  })

  test('409: the same effect key for another account', async () => {
    await grant({ amount: '5' })
    const other = await harness.make.account()
    expect((await grant({ amount: '5' }, other.id)).status).toBe(409)
  })

  test.each([
    ['0', 'must be above zero'],
    ['0.000000000', 'must be above zero'],
    ['-1', 'a grant only adds'],
    ['-0.000000001', 'a grant only adds'],
    ['0.0000000001', 'more than nine decimals'],
    ['1.1234567891', 'more than nine decimals'],
    ['1000000.000000001', 'more than one grant may be (1000000)'],
    ['9223372036.854775808', 'more than one grant may be'],
    ['99999999999999999999999', 'more than one grant may be'],
    ['1e3', 'plain decimal number'],
    ['$5', 'plain decimal number'],
    ['5,00', 'plain decimal number'],
    ['+5', 'plain decimal number'],
    [' 5', 'plain decimal number'],
    ['.5', 'plain decimal number'],
    ['5.', 'plain decimal number'],
    ['NaN', 'plain decimal number'],
    ['Infinity', 'plain decimal number'],
    ['0x10', 'plain decimal number'],
    ['五', 'plain decimal number'],
    ['', 'plain decimal number'],
  ])('400: the amount %j is named with what is wrong with it', async (amount, why) => {
    const { status, body } = await grant({ amount })
    expect([status, body.error.code, body.error.param]).toEqual([400, 'invalid_request', 'amount'])
    expect(body.error.message).toContain(`"${amount}"`)
    expect(body.error.message).toContain(why)
    expect((await credits()).granted).toBe('0')
  })

  test.each([5, 0.25, null, ['5'], { usd: '5' }])(
    '400: the amount %j is not text',
    async (amount) => {
      const { status, body } = await grant({ amount })
      expect([status, body.error.param]).toEqual([400, 'amount'])
    },
  )

  test.each([
    { effect_key: '' },
    { effect_key: 'a b' },
    { effect_key: 'é' },
    { effect_key: 'a'.repeat(151) },
    { effect_key: undefined },
    { kind: 'gift' },
    { priority: -1 },
    { priority: 1001 },
    { priority: 1.5 },
    { expires_at: 'tomorrow' },
    { expires_at: '2026-13-01T00:00:00Z' },
    { currency: 'EUR' },
  ])('400: %j', async (more) => {
    expect((await grant({ amount: '5', ...more })).status).toBe(400)
    expect((await credits()).granted).toBe('0')
  })

  test('400: an expiry in the past, also by one millisecond', async () => {
    const at = (offsetMs: number) => new Date(harness.clock.value + offsetMs).toISOString()
    const past = await grant({ amount: '5', expires_at: at(0) })
    expect([past.status, past.body.error.param]).toEqual([400, 'expires_at'])
    expect(past.body.error.message).toContain('in the past')
    expect((await grant({ amount: '5', expires_at: at(1) })).status).toBe(200)
  })

  test('400: a grant that would lift the account over what it can hold', async () => {
    const { ledger } = harness
    const balance = await ledger.balance(account.id)
    Object.assign(ledger, {
      balance: async () => ({ ...balance, grantedNanoUsd: 9_223_372_036_854_775_807n - 1n }),
    })
    const { status, body } = await grant({ amount: '0.000000002' })
    expect([status, body.error.param]).toEqual([400, 'amount'])
    expect(body.error.message).toContain('over what it can hold (9223372036.854775807)')
    expect((await grant({ amount: '0.000000001' })).status).toBe(200)
  })
})

describe('show credits', () => {
  test('200: grants in the order they are spent', async () => {
    const later = new Date(harness.clock.value + 1000).toISOString()
    await grant({ effect_key: 'a', amount: '1', kind: 'paid' })
    await grant({ effect_key: 'b', amount: '2', kind: 'promotional' })
    await grant({ effect_key: 'c', amount: '3', kind: 'trial' })
    await grant({ effect_key: 'd', amount: '4', kind: 'trial', expires_at: later })
    const data = await credits()
    expect(data.available).toBe('10')
    expect(data.grants.map((one: { amount: string }) => one.amount)).toEqual(['4', '3', '2', '1'])
  })
})
