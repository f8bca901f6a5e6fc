import { describe, expect, test } from 'vitest'

import type { LedgerState } from '#adapters/memory/ledger-state.ts'
import { zeroBooks } from '#domain/ledger/effects.ts'
import { nanoUsd, zeroNanoUsd } from '#domain/money.ts'
import { beginLedgerTest, cents, newCharge } from '#ports/ledger/fixture.conformance.ts'
import { makeMemoryLedgerWorld } from '#test/ledger/memory-world.ts'

async function makeVictim() {
  const world = makeMemoryLedgerWorld()
  const { accountId, takeLease } = await beginLedgerTest(world, 500)
  const { leaseId, ...lease } = await takeLease(200)
  const charge = newCharge({ ...lease, leaseId }, 30)
  await world.ledger.settle([charge, newCharge({ ...lease, leaseId: null }, 10)])
  return { model: world.model, state: world.model.state, accountId, leaseId, charge }
}

function only<Key, Value>(map: ReadonlyMap<Key, Value>): [Key, Value] {
  const [entry] = map
  if (!entry) expect.fail('there is one')
  return entry
}

/** Damage, and what must be among what the check says. */
const corruptions: readonly (readonly [
  string,
  (state: LedgerState) => void,
  readonly [string, RegExp, bigint][],
])[] = [
  [
    'a balance that moved',
    ({ accounts }) => {
      const [id, effect] = only(accounts)
      const books = {
        ...zeroBooks(),
        ...effect.books,
        available: nanoUsd(effect.books.available + 1n),
      }
      accounts.set(id, { ...effect, books })
    },
    [
      ['I5', /the balance of available/, 1n],
      ['I9', /grants have left what is not/, -1n],
    ],
  ],
  [
    'a label that is gone',
    ({ accounts }) => {
      const [id, effect] = only(accounts)
      accounts.set(id, { ...effect, labelledNanoUsd: zeroNanoUsd })
    },
    [['I5', /the labelled sum/, cents(-10)]],
  ],
  [
    'an entry that is gone',
    ({ transactions }) => {
      const [key, transaction] = only(transactions)
      transactions.set(key, { ...transaction, entries: transaction.entries.slice(1) })
    },
    [
      ['I1', /do not sum to zero/, cents(500)],
      ['I5', /the balance of stripe_clearing/, cents(-500)],
    ],
  ],
  [
    'a transaction that is gone',
    ({ transactions }) => {
      const key = [...transactions.keys()].find((one) => one.startsWith('settle:'))
      if (key) transactions.delete(key)
    },
    [
      ['I5', /the balance of revenue/, cents(30)],
      ['I5', /settledNanoUsd of lease_/, cents(30)],
      ['I9', /what is left of grant_/, cents(-30)],
    ],
  ],
  [
    'a grant with more left',
    ({ grants }) => {
      const [id, grant] = only(grants)
      grants.set(id, { ...grant, remainingNanoUsd: nanoUsd(grant.remainingNanoUsd + 2n) })
    },
    [
      ['I9', /what is left of grant_/, 2n],
      ['I9', /grants have left what is not/, 2n],
    ],
  ],
  [
    'a grant of another amount',
    ({ grants }) => {
      const [id, grant] = only(grants)
      grants.set(id, { ...grant, amountNanoUsd: nanoUsd(grant.amountNanoUsd + 2n) })
    },
    [['I9', /the amount of grant_/, 2n]],
  ],
  [
    'a grant that is gone',
    ({ grants }) => grants.clear(),
    [['I9', /which is missing/, cents(-460)]],
  ],
  [
    'a lease that paid too much',
    ({ leases }) => {
      const [id, lease] = only(leases)
      leases.set(id, { ...lease, settledNanoUsd: nanoUsd(lease.grantedNanoUsd + 1n) })
    },
    [
      ['I3', /paid more than it was granted/, -1n],
      ['I5', /settledNanoUsd of lease_/, cents(170) + 1n],
    ],
  ],
  [
    'a lease that ended without giving back',
    ({ leases }) => {
      const [id, lease] = only(leases)
      leases.set(id, { ...lease, status: 'reclaimed' })
    },
    [['I3', /has ended and still holds/, cents(170)]],
  ],
  [
    'a lease that is gone',
    ({ leases }) => leases.clear(),
    [['I3', /held is not what its leases hold/, cents(170)]],
  ],
  [
    'a charge that is gone',
    ({ charges }) => charges.delete(only(charges)[0]),
    [['I2', /revenue is not the sum of charges/, cents(30)]],
  ],
]

describe('the check of the ledger in memory', () => {
  test('says nothing of a sound ledger', async () => {
    const { model } = await makeVictim()
    expect(model.verify()).toEqual([])
  })

  test.each(corruptions)('finds %s', async (_, damage, found) => {
    const { model, state } = await makeVictim()
    damage(state)
    const said = model.verify()
    for (const [invariant, detail, differenceNanoUsd] of found) {
      expect(said).toContainEqual(
        expect.objectContaining({
          invariant,
          detail: expect.stringMatching(detail),
          differenceNanoUsd,
        }),
      )
    }
  })
})
