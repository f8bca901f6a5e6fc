import { beforeEach, describe, expect, test } from 'vitest'

import { nanoUsd } from '#domain/money.ts'
import { makeControlHarness, type ControlHarness } from '#test/control/control-harness.ts'

let harness: ControlHarness
beforeEach(async () => {
  harness = await makeControlHarness()
})

describe('verify the ledger', () => {
  test('200: books that are in order', async () => {
    const account = await harness.make.account()
    await harness.call(`POST /api/accounts/${account.id}/grants`, {
      body: { amount: '5', effect_key: 'one' },
    })
    const { status, body } = await harness.call('POST /api/ledger/verify')
    expect(status).toBe(200)
    expect(body.data).toEqual({
      checked_at: new Date(harness.clock.value).toISOString(),
      balanced: true,
      differences: [],
    })
  })

  test('200: every difference is named to the nano-dollar, with its sign', async () => {
    Object.assign(harness.ledger, {
      verify: async () => [
        {
          invariant: 'I5',
          accountId: 'acct_a',
          detail: 'the balance is not the sum of its entries',
          differenceNanoUsd: nanoUsd(-1n),
        },
      ],
    })
    const { status, body } = await harness.call('POST /api/ledger/verify')
    expect(status).toBe(200)
    expect(body.data).toMatchObject({
      balanced: false,
      differences: [{ invariant: 'I5', account_id: 'acct_a', difference: '-0.000000001' }],
    })
  })
})
