import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'

import { dayOfGeneration } from '#domain/identifiers.ts'
import { beginLedgerTest, newCharge } from '#ports/ledger/fixture.conformance.ts'
import { databaseKinds, useDatabase } from '#test/database/database-fixture.ts'
import { makePostgresLedgerWorld } from '#test/ledger/postgres-world.ts'

describe.each(databaseKinds)('the %s database refuses by itself', (kind) => {
  const opened = useDatabase(kind)
  const makeWorld = makePostgresLedgerWorld(opened)
  const run = (statement: ReturnType<typeof sql>) => statement.execute(opened().db)
  const begin = async (creditCents: number) => beginLedgerTest(await makeWorld(), creditCents)

  test.each([
    'ledger_transaction',
    'ledger_entry',
    'usage_charge',
    'ledger_balance',
    'credit_grant',
  ])('to remove a row of %s', async (table) => {
    await begin(500)
    const refusal = /is refused: the ledger only grows/
    await expect(run(sql`delete from ${sql.table(table)}`)).rejects.toThrow(refusal)
    await expect(run(sql`truncate ${sql.table(table)}`)).rejects.toThrow(refusal)
  })

  test.each(['ledger_transaction', 'ledger_entry', 'usage_charge'])(
    'to change a row of %s',
    async (table) => {
      const columns = { ledger_transaction: 'kind', ledger_entry: 'book', usage_charge: 'node_id' }
      const column = sql.ref(columns[table as keyof typeof columns])
      await expect(run(sql`update ${sql.table(table)} set ${column} = ${column}`)).rejects.toThrow(
        /is refused: the ledger only grows/,
      )
    },
  )

  test('entries that do not sum to zero', async () => {
    const { accountId } = await begin(0)
    await expect(
      run(sql`
        with made as (
          insert into ledger_transaction (kind, account_id, effect_key)
          values ('grant', ${accountId}, ${`one:${accountId}`}) returning id
        )
        insert into ledger_entry (transaction_id, position, book, amount_nano_usd)
        select id, 1, 'available', 5 from made union all select id, 2, 'promo_expense', -4 from made`),
    ).rejects.toThrow(/sum to 1/)
  })

  test('entries for a transaction of the past, or of none', async () => {
    const { accountId } = await begin(500)
    const add = (id: ReturnType<typeof sql>) => sql`
      insert into ledger_entry (transaction_id, position, book, amount_nano_usd)
      select ${id}, 8, 'available', 5 union all select ${id}, 9, 'promo_expense', -5`
    const past = sql`(select max(id) from ledger_transaction where account_id = ${accountId})`
    await expect(run(add(past))).rejects.toThrow(/not a new one/)
    await expect(run(add(sql`999999999`))).rejects.toThrow(/not a new one/)
  })

  test('an entry of nothing, or of a grant in a book of the house', async () => {
    const add = (book: string, amount: number) => sql`
      insert into ledger_entry (transaction_id, position, book, amount_nano_usd, grant_id)
      values (1, 99, ${book}, ${amount}, 'grant_1')`
    await expect(run(add('available', 0))).rejects.toThrow(/amount/)
    await expect(run(add('revenue', 5))).rejects.toThrow(/ledger_entry_grant/)
    await expect(run(add('pocket', 5))).rejects.toThrow(/ledger_entry/)
  })

  test('an effect for the second time', async () => {
    const { accountId } = await begin(0)
    const add = sql`
      insert into ledger_transaction (kind, account_id, effect_key)
      values ('grant', ${accountId}, ${`twice:${accountId}`})`
    await run(add)
    await expect(run(add)).rejects.toThrow(/ledger_transaction_effect_key/)
  })

  test('an overdraft without a label, by one nano-dollar', async () => {
    const { accountId } = await begin(0)
    const spend = (amount: bigint, labelled: bigint) => sql`
      update ledger_balance set available_nano_usd = available_nano_usd - ${amount}::int8,
        revenue_nano_usd = revenue_nano_usd + ${amount}::int8,
        labelled_nano_usd = labelled_nano_usd + ${labelled}::int8
      where account_id = ${accountId}`
    await run(sql`
      insert into ledger_balance (account_id, available_nano_usd, promo_expense_nano_usd)
      values (${accountId}, 100, -100)`)
    await expect(run(spend(101n, 0n))).rejects.toThrow(/without an overrun or a late settlement/)
    await run(spend(101n, 101n))
    await expect(run(spend(1n, 0n))).rejects.toThrow(/without an overrun or a late settlement/)
    await expect(run(spend(2n, 1n))).rejects.toThrow(/without an overrun or a late settlement/)
    await run(spend(1n, 1n))
    await run(spend(-50n, 0n))
  })

  test('a balance that begins below zero', async () => {
    const { accountId } = await begin(0)
    await expect(
      run(sql`
        insert into ledger_balance (account_id, available_nano_usd, revenue_nano_usd)
        values (${accountId}, -1, 1)`),
    ).rejects.toThrow(/without an overrun or a late settlement/)
  })

  test('books that do not sum to zero, and held below zero', async () => {
    const { accountId } = await begin(500)
    const set = (change: ReturnType<typeof sql>) =>
      run(sql`update ledger_balance set ${change} where account_id = ${accountId}`)
    await expect(set(sql`available_nano_usd = available_nano_usd + 1`)).rejects.toThrow(
      /ledger_balance_conserves_money/,
    )
    await expect(
      set(sql`held_nano_usd = -1, available_nano_usd = available_nano_usd + 1`),
    ).rejects.toThrow(/held/)
  })

  test('a lease that pays more than it was granted, ends with something in it, or comes back', async () => {
    const { ledger, claim, takeLease } = await begin(500)
    const { leaseId } = await takeLease(100)
    const set = (change: ReturnType<typeof sql>) =>
      run(sql`update lease set ${change} where id = ${leaseId}`)
    await expect(set(sql`settled_nano_usd = granted_nano_usd + 1`)).rejects.toThrow(
      /lease_covers_what_it_paid/,
    )
    await expect(set(sql`status = 'closed', ended_at = now()`)).rejects.toThrow(/lease_ends_empty/)
    await ledger.giveBack({
      leaseId,
      nodeId: claim.nodeId,
      epoch: claim.epoch,
      returnNumber: 1,
      amountNanoUsd: 0n as never,
      close: true,
    })
    await expect(set(sql`status = 'open', ended_at = null`)).rejects.toThrow(/never changes again/)
    await expect(set(sql`expires_at = now()`)).rejects.toThrow(/never changes again/)
  })

  test('a grant with less than nothing or more than everything left, or of other terms', async () => {
    const { ledger, accountId } = await begin(500)
    const [grant] = await ledger.grants(accountId)
    const set = (change: ReturnType<typeof sql>) =>
      run(sql`update credit_grant set ${change} where id = ${grant?.id}`)
    await expect(set(sql`remaining_nano_usd = -1`)).rejects.toThrow(/credit_grant_remaining/)
    await expect(set(sql`remaining_nano_usd = amount_nano_usd + 1`)).rejects.toThrow(
      /credit_grant_remaining/,
    )
    for (const change of [
      sql`amount_nano_usd = amount_nano_usd + 1`,
      sql`priority = 1`,
      sql`expires_at = now()`,
      sql`kind = 'trial'`,
      sql`account_id = 'acct_other'`,
      sql`effect_key = 'other'`,
    ]) {
      await expect(set(change)).rejects.toThrow(/the ledger only grows/)
    }
    await set(sql`note = null`)
  })

  test('a charge twice, on another day than its id says, or below zero', async () => {
    const { claim } = await begin(0)
    const { chargeId, accountId, nodeId } = newCharge({ ...claim, leaseId: null }, 1)
    const add = (day: string, cost: number) => sql`
      insert into usage_charge (
        day, charge_id, account_id, node_id, cost_nano_usd, price_version_id, usage_source
      ) values (${day}::date, ${chargeId}, ${accountId}, ${nodeId}, ${cost}, 'price_1', 'none')`
    const day = dayOfGeneration(chargeId)
    await expect(run(add('2020-01-01', 0))).rejects.toThrow(/usage_charge_day_is_in_id/)
    await expect(run(add(day, -1))).rejects.toThrow(/cost/)
    await run(add(day, 0))
    await expect(run(add(day, 0))).rejects.toThrow(/usage_charge_counts_once/)
  })
})
