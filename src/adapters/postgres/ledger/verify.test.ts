import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'

import type { AccountId, LeaseId } from '#domain/identifiers.ts'
import type { ChargeRecord, LedgerStore } from '#ports/ledger-store.ts'
import { beginLedgerTest, cents, newCharge, newGrant } from '#ports/ledger/fixture.conformance.ts'
import { databaseKinds, useDatabase } from '#test/database/database-fixture.ts'
import { makePostgresLedgerWorld, withoutGuards } from '#test/ledger/postgres-world.ts'

type Statement = ReturnType<typeof sql>

/** An account with two grants, an open lease, a charge on it and an overrun. */
interface Victim {
  readonly ledger: LedgerStore
  readonly accountId: AccountId
  readonly leaseId: LeaseId
  readonly grantIds: readonly string[]
  readonly charge: ChargeRecord
}

interface Corruption {
  readonly name: string
  readonly damage: (victim: Victim) => Statement[]
  /** What must be among what the check says. */
  readonly found: readonly { invariant: string; detail: RegExp; difference: bigint }[]
}

/** The id of the victim's transaction of a kind. */
function transactionOf({ accountId }: Victim, kind: string) {
  return sql`(select id from ledger_transaction where account_id = ${accountId} and kind = ${kind} order by id limit 1)`
}

const corruptions: readonly Corruption[] = [
  {
    name: 'money moved between two balances',
    damage: ({ accountId }) => [
      sql`update ledger_balance set available_nano_usd = available_nano_usd + 1,
        revenue_nano_usd = revenue_nano_usd - 1 where account_id = ${accountId}`,
    ],
    found: [
      { invariant: 'I5', detail: /^the balance of available$/, difference: 1n },
      { invariant: 'I5', detail: /^the balance of revenue$/, difference: -1n },
      { invariant: 'I2', detail: /revenue is not the sum of charges/, difference: -1n },
      { invariant: 'I9', detail: /grants have left what is not/, difference: -1n },
    ],
  },
  {
    name: 'an entry with another amount',
    damage: (victim) => [
      sql`update ledger_entry set amount_nano_usd = amount_nano_usd + 7
        where transaction_id = ${transactionOf(victim, 'settle')} and book = 'revenue'`,
    ],
    found: [
      { invariant: 'I1', detail: /entries of settle:gen-.* do not sum to zero/, difference: 7n },
      { invariant: 'I5', detail: /^the balance of revenue$/, difference: -7n },
    ],
  },
  {
    name: 'an entry that is gone',
    damage: (victim) => [
      sql`delete from ledger_entry
        where transaction_id = ${transactionOf(victim, 'settle')} and book = 'held'`,
    ],
    found: [
      { invariant: 'I1', detail: /do not sum to zero/, difference: cents(30) },
      { invariant: 'I5', detail: /^settledNanoUsd of lease_/, difference: cents(30) },
      { invariant: 'I9', detail: /^what is left of grant_/, difference: cents(-30) },
    ],
  },
  {
    name: 'a transaction that is gone with its entries',
    damage: (victim) => [
      sql`delete from ledger_entry where transaction_id = ${transactionOf(victim, 'overrun')}`,
      sql`delete from ledger_transaction where id = ${transactionOf(victim, 'overrun')}`,
    ],
    found: [
      { invariant: 'I5', detail: /^the balance of available$/, difference: cents(-10) },
      { invariant: 'I5', detail: /^the labelled sum$/, difference: cents(10) },
    ],
  },
  {
    name: 'a transaction whose entries are gone',
    damage: (victim) => [
      sql`delete from ledger_entry where transaction_id = ${transactionOf(victim, 'lease')}`,
    ],
    found: [
      { invariant: 'I1', detail: /^lease:lease_.* has no entries$/, difference: 0n },
      { invariant: 'I5', detail: /^grantedNanoUsd of lease_/, difference: cents(200) },
    ],
  },
  {
    name: 'entries whose transaction is gone',
    damage: (victim) => [
      sql`delete from ledger_transaction where id = ${transactionOf(victim, 'settle')}`,
    ],
    found: [{ invariant: 'I5', detail: /^the balance of revenue$/, difference: cents(30) }],
  },
  {
    name: 'a forged transaction',
    damage: ({ accountId }) => [
      sql`with forged as (
          insert into ledger_transaction (kind, account_id, effect_key)
          values ('grant', ${accountId}, ${`forged:${accountId}`}) returning id
        )
        insert into ledger_entry (transaction_id, position, book, amount_nano_usd)
        select id, 1, 'available', 900 from forged union all
        select id, 2, 'promo_expense', -900 from forged`,
    ],
    found: [
      { invariant: 'I5', detail: /^the balance of available$/, difference: -900n },
      { invariant: 'I9', detail: /^the amount of forged:/, difference: -900n },
    ],
  },
  {
    name: 'an entry in another book',
    damage: (victim) => [
      sql`update ledger_entry set book = 'breakage'
        where transaction_id = ${transactionOf(victim, 'settle')} and book = 'revenue'`,
    ],
    found: [{ invariant: 'I5', detail: /^the balance of breakage$/, difference: cents(-30) }],
  },
  {
    name: 'an entry of another grant',
    damage: (victim) => [
      sql`update ledger_entry set grant_id = ${victim.grantIds[1]}
        where transaction_id = ${transactionOf(victim, 'settle')} and book = 'held'`,
    ],
    found: [
      { invariant: 'I9', detail: /^what is left of grant_/, difference: cents(30) },
      { invariant: 'I9', detail: /^what is left of grant_/, difference: cents(-30) },
    ],
  },
  {
    name: 'an overrun that lost its label',
    damage: (victim) => [
      sql`update ledger_transaction set kind = 'settle' where id = ${transactionOf(victim, 'overrun')}`,
    ],
    found: [{ invariant: 'I5', detail: /^the labelled sum$/, difference: cents(10) }],
  },
  {
    name: 'a transaction of another lease',
    damage: (victim) => [
      sql`update ledger_transaction set lease_id = 'lease_other' || ${victim.accountId}::text
        where id = ${transactionOf(victim, 'settle')}`,
    ],
    found: [{ invariant: 'I5', detail: /^settledNanoUsd of lease_/, difference: cents(30) }],
  },
  {
    name: 'a label that is too large',
    damage: ({ accountId }) => [
      sql`update ledger_balance set labelled_nano_usd = labelled_nano_usd + 3
        where account_id = ${accountId}`,
    ],
    found: [{ invariant: 'I5', detail: /^the labelled sum$/, difference: 3n }],
  },
  {
    name: 'a balance that is below zero without a label',
    damage: ({ accountId }) => [
      sql`update ledger_balance set available_nano_usd = -${cents(11)}::int8, labelled_nano_usd = 0,
          revenue_nano_usd = revenue_nano_usd + available_nano_usd + ${cents(11)}::int8
        where account_id = ${accountId}`,
    ],
    found: [{ invariant: 'I3', detail: /below zero without a label/, difference: cents(-11) }],
  },
  {
    name: 'a balance that is gone',
    damage: ({ accountId }) => [sql`delete from ledger_balance where account_id = ${accountId}`],
    found: [
      { invariant: 'I5', detail: /^the balance of revenue$/, difference: cents(-40) },
      { invariant: 'I3', detail: /held is not what its leases hold/, difference: cents(-170) },
    ],
  },
  {
    name: 'a grant with more left',
    damage: ({ grantIds }) => [
      sql`update credit_grant set remaining_nano_usd = remaining_nano_usd + 5
        where id = ${grantIds[0]}`,
    ],
    found: [
      { invariant: 'I9', detail: /^what is left of grant_/, difference: 5n },
      { invariant: 'I9', detail: /^grants have left what is not/, difference: 5n },
    ],
  },
  {
    name: 'a grant of another amount',
    damage: ({ grantIds }) => [
      sql`update credit_grant set amount_nano_usd = amount_nano_usd + 5 where id = ${grantIds[0]}`,
    ],
    found: [{ invariant: 'I9', detail: /^the amount of grant_/, difference: 5n }],
  },
  {
    name: 'a grant that is gone',
    damage: ({ grantIds }) => [sql`delete from credit_grant where id = ${grantIds[1]}`],
    found: [
      { invariant: 'I9', detail: /^what is left of grant_/, difference: cents(-100) },
      { invariant: 'I9', detail: /^grants have left what is not/, difference: cents(-100) },
    ],
  },
  {
    name: 'a lease that was granted more',
    damage: ({ leaseId }) => [
      sql`update lease set granted_nano_usd = granted_nano_usd + 5 where id = ${leaseId}`,
    ],
    found: [
      { invariant: 'I5', detail: /^grantedNanoUsd of lease_/, difference: 5n },
      { invariant: 'I3', detail: /held is not what its leases hold/, difference: -5n },
    ],
  },
  {
    name: 'a lease that settled less',
    damage: ({ leaseId }) => [
      sql`update lease set settled_nano_usd = settled_nano_usd - 5 where id = ${leaseId}`,
    ],
    found: [{ invariant: 'I5', detail: /^settledNanoUsd of lease_/, difference: -5n }],
  },
  {
    name: 'a lease that ended without giving back',
    damage: ({ leaseId }) => [
      sql`update lease set status = 'closed', ended_at = now(),
        returned_nano_usd = granted_nano_usd - settled_nano_usd where id = ${leaseId}`,
    ],
    found: [
      { invariant: 'I5', detail: /^returnedNanoUsd of lease_/, difference: cents(170) },
      { invariant: 'I3', detail: /held is not what its leases hold/, difference: cents(170) },
    ],
  },
  {
    name: 'a lease that is gone while it holds',
    damage: ({ leaseId }) => [sql`delete from lease where id = ${leaseId}`],
    found: [{ invariant: 'I5', detail: /^the rest of lease_/, difference: cents(-170) }],
  },
  {
    name: 'a charge that is gone',
    damage: ({ charge }) => [sql`delete from usage_charge where charge_id = ${charge.chargeId}`],
    found: [
      { invariant: 'I2', detail: /revenue is not the sum of charges/, difference: cents(30) },
    ],
  },
  {
    name: 'usage of a day that is not the sum of its charges',
    damage: ({ charge }) => [
      sql`update usage_by_key_day set cost_nano_usd = cost_nano_usd + 3
        where key_id = ${charge.keyId}`,
    ],
    found: [{ invariant: 'I5', detail: /^the usage of key_/, difference: 3n }],
  },
  {
    name: 'usage of an hour that is not the sum of its charges',
    damage: ({ charge }) => [
      sql`update usage_by_hour set cost_nano_usd = cost_nano_usd + 5
        where key_id = ${charge.keyId}`,
    ],
    found: [{ invariant: 'I5', detail: /^the usage of key_\w+ in the hour \d+/, difference: 5n }],
  },
  {
    name: 'a charge of another amount',
    damage: ({ charge }) => [
      sql`update usage_charge set cost_nano_usd = cost_nano_usd + 1
        where charge_id = ${charge.chargeId}`,
    ],
    found: [{ invariant: 'I2', detail: /revenue is not the sum of charges/, difference: -1n }],
  },
  {
    name: 'a charge of another account',
    damage: ({ charge }) => [
      sql`update usage_charge set account_id = account_id || 'x'
        where charge_id = ${charge.chargeId}`,
    ],
    found: [
      { invariant: 'I2', detail: /revenue is not the sum of charges/, difference: cents(30) },
      { invariant: 'I2', detail: /revenue is not the sum of charges/, difference: cents(-30) },
    ],
  },
]

describe.each(databaseKinds)('the check of the %s ledger', (kind) => {
  const opened = useDatabase(kind)
  const makeWorld = makePostgresLedgerWorld(opened)

  async function makeVictim(): Promise<Victim> {
    const { ledger, accountId, takeLease } = await beginLedgerTest(await makeWorld(), 0)
    const grants = [newGrant(accountId, 500, { priority: 1 }), newGrant(accountId, 100)]
    for (const grant of grants) await ledger.grant(grant)
    const lease = await takeLease(200)
    const keyId = `key_${accountId.slice('acct_'.length)}` as const
    const charge = newCharge(lease, 30, { keyId })
    await ledger.settle([charge, newCharge({ ...lease, leaseId: null }, 10, { keyId })])
    const grantIds = grants.map((grant) => grant.id)
    return { ledger, accountId, leaseId: lease.leaseId, grantIds, charge }
  }

  test('says nothing of a sound ledger, and names each of its broken promises', async () => {
    const { ledger } = await makeVictim()
    expect(await ledger.verify()).toEqual([])
  })

  test.each(corruptions)('finds $name', async ({ damage, found }) => {
    const victim = await makeVictim()
    const before = (await victim.ledger.verify()).map((difference) => difference.detail)
    await withoutGuards(opened(), ...damage(victim))
    const differences = (await victim.ledger.verify()).filter(
      (difference) =>
        difference.accountId?.startsWith(victim.accountId) || !before.includes(difference.detail),
    )
    for (const { invariant, detail, difference } of found) {
      expect(differences).toContainEqual({
        invariant,
        accountId: expect.toSatisfy(
          (id: string | null) => id === null || id.startsWith(victim.accountId),
        ),
        detail: expect.stringMatching(detail),
        differenceNanoUsd: difference,
      })
    }
  })
})
