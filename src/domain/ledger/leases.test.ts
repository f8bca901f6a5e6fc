import { describe, expect, test } from 'vitest'

import { nanoUsd } from '#domain/money.ts'

import {
  endTransaction,
  giveBackTransaction,
  leaseRest,
  type LeaseState,
  leaseStatusAfter,
  mayUseLease,
} from './leases.ts'

const lease: LeaseState = {
  id: 'lease_1',
  accountId: 'acct_1',
  nodeId: 'node_1',
  epoch: 3,
  status: 'open',
  grantedNanoUsd: nanoUsd(100n),
  settledNanoUsd: nanoUsd(30n),
  returnedNanoUsd: nanoUsd(10n),
}

describe('a lease', () => {
  test('holds what was granted, less what was settled and returned', () => {
    expect(leaseRest(lease)).toBe(60n)
  })

  test('is used by the life of the node that took it, while that is the newest', () => {
    const claim = { nodeId: 'node_1', epoch: 3, currentEpoch: 3 } as const
    expect(mayUseLease(lease, claim)).toBe(true)
    expect(mayUseLease(lease, { ...claim, currentEpoch: 4 })).toBe(false)
    expect(mayUseLease(lease, { ...claim, epoch: 4, currentEpoch: 4 })).toBe(false)
    expect(mayUseLease(lease, { ...claim, currentEpoch: undefined })).toBe(false)
    expect(mayUseLease(lease, { ...claim, nodeId: 'node_2' })).toBe(false)
    expect(mayUseLease({ ...lease, status: 'closed' }, claim)).toBe(false)
    expect(mayUseLease({ ...lease, status: 'reclaimed' }, claim)).toBe(false)
  })

  test('ends once, and how it ended stays', () => {
    expect(leaseStatusAfter.open).toEqual({ close: 'closed', reclaim: 'reclaimed' })
    for (const status of ['closed', 'reclaimed'] as const) {
      expect(leaseStatusAfter[status]).toEqual({ close: status, reclaim: status })
    }
  })

  test('gives back what it is told, at most its rest', () => {
    const give = (amount: bigint) =>
      giveBackTransaction(lease, { amountNanoUsd: nanoUsd(amount), returnNumber: 4 })
    expect(give(25n)).toEqual({
      effectKey: 'give_back:lease_1:4',
      kind: 'give_back',
      accountId: 'acct_1',
      leaseId: 'lease_1',
      entries: [
        { book: 'held', amountNanoUsd: -25n, grantId: null },
        { book: 'available', amountNanoUsd: 25n, grantId: null },
      ],
    })
    expect(give(900n)?.entries[1]).toMatchObject({ amountNanoUsd: 60n })
    expect(give(0n)).toBeUndefined()
    expect(give(-5n)).toBeUndefined()
  })

  test('returns its whole rest when it ends, if there is one', () => {
    expect(endTransaction(lease, 'close')).toMatchObject({
      effectKey: 'close:lease_1',
      kind: 'give_back',
      entries: [{ amountNanoUsd: -60n }, { amountNanoUsd: 60n }],
    })
    expect(endTransaction(lease, 'reclaim')).toMatchObject({
      effectKey: 'reclaim:lease_1',
      kind: 'reclaim',
    })
    expect(endTransaction({ ...lease, settledNanoUsd: nanoUsd(90n) }, 'close')).toBeUndefined()
  })
})
