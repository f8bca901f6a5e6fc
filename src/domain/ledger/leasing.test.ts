import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { nanoUsd } from '#domain/money.ts'

import type { LeaseState } from './leases.ts'
import { decideLease, type LeaseFacts, type LeaseProposal } from './leasing.ts'

const proposal: LeaseProposal = {
  leaseId: 'lease_1',
  accountId: 'acct_1',
  nodeId: 'node_1',
  epoch: 3,
  minimumNanoUsd: nanoUsd(10n),
  wantedNanoUsd: nanoUsd(40n),
  ttlMs: 60_000,
}

const facts: LeaseFacts = {
  accountStatus: 'active',
  currentEpoch: 3,
  lease: undefined,
  availableNanoUsd: nanoUsd(100n),
}

const held: LeaseState = {
  id: 'lease_1',
  accountId: 'acct_1',
  nodeId: 'node_1',
  epoch: 3,
  status: 'open',
  grantedNanoUsd: nanoUsd(70n),
  settledNanoUsd: nanoUsd(5n),
  returnedNanoUsd: nanoUsd(5n),
}

describe('lending', () => {
  test('moves what is wanted from available to held', () => {
    expect(decideLease(proposal, facts)).toEqual({
      kind: 'granted',
      addedNanoUsd: 40n,
      transaction: {
        effectKey: 'lease:lease_1:40',
        kind: 'lease',
        accountId: 'acct_1',
        leaseId: 'lease_1',
        entries: [
          { book: 'available', amountNanoUsd: -40n, grantId: null },
          { book: 'held', amountNanoUsd: 40n, grantId: null },
        ],
      },
    })
  })

  test('an extension has a key of its own', () => {
    expect(decideLease(proposal, { ...facts, lease: held })).toMatchObject({
      transaction: { effectKey: 'lease:lease_1:110' },
    })
  })

  test('never lends less than the minimum, more than is wanted, or more than there is', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 50n }),
        fc.bigInt({ min: 0n, max: 50n }),
        fc.bigInt({ min: -50n, max: 120n }),
        (minimum, more, available) => {
          const decision = decideLease(
            {
              ...proposal,
              minimumNanoUsd: nanoUsd(minimum),
              wantedNanoUsd: nanoUsd(minimum + more),
            },
            { ...facts, availableNanoUsd: nanoUsd(available) },
          )
          const wanted = minimum + more
          const expected = available < wanted ? available : wanted
          if (expected < minimum) expect(decision).toEqual({ kind: 'insufficient' })
          else expect(decision).toMatchObject({ kind: 'granted', addedNanoUsd: expected })
        },
      ),
    )
  })

  test.each([
    ['the account is unknown', { accountStatus: undefined }, 'account_unknown'],
    [
      'the account is unknown and the node is fenced',
      { accountStatus: undefined, currentEpoch: 4 },
      'account_unknown',
    ],
    ['the node has a newer life', { currentEpoch: 4 }, 'fenced'],
    ['the node never started', { currentEpoch: undefined }, 'fenced'],
    ['the lease was closed', { lease: { ...held, status: 'closed' } }, 'fenced'],
    ['the lease was reclaimed', { lease: { ...held, status: 'reclaimed' } }, 'fenced'],
    ['the lease is of an earlier life', { lease: { ...held, epoch: 2 } }, 'fenced'],
    ['the lease is another node’s', { lease: { ...held, nodeId: 'node_2' } }, 'fenced'],
    ['the lease is another account’s', { lease: { ...held, accountId: 'acct_2' } }, 'fenced'],
    ['the account is suspended', { accountStatus: 'suspended' }, 'not_active'],
    ['the account is closing', { accountStatus: 'closing' }, 'not_active'],
    [
      'the account is suspended and the lease was closed',
      { accountStatus: 'suspended', lease: { ...held, status: 'closed' } },
      'fenced',
    ],
  ] as const)('does not happen when %s', (_, change, kind) => {
    expect(decideLease(proposal, { ...facts, ...change })).toEqual({ kind })
  })

  test.each([
    { minimumNanoUsd: nanoUsd(0n) },
    { minimumNanoUsd: nanoUsd(41n) },
    { ttlMs: 0 },
    { ttlMs: 1.5 },
  ])('%o is our own mistake', (change) => {
    expect(() => decideLease({ ...proposal, ...change }, facts)).toThrow(/a lease/)
  })
})
