import type { Kysely } from 'kysely'
import { sql } from 'kysely'

import type { Tables } from '#adapters/postgres/database.ts'
import type { AccountId } from '#domain/identifiers.ts'
import { books } from '#domain/ledger/books.ts'
import { nanoUsd } from '#domain/money.ts'
import type { LedgerDifference } from '#ports/ledger-store.ts'

import type { LedgerDb } from './run.ts'

/** One row for each disagreement: stored minus computed. */
interface DifferenceRow {
  invariant: string
  account_id: AccountId | null
  detail: string
  difference: bigint
}

/**
 * `verify` of the port: a few statements over one snapshot, each comparing a whole table with what the
 * entries say. Nothing is locked and nothing waits.
 */
export function verify(db: Kysely<Tables>): Promise<readonly LedgerDifference[]> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (transaction) => {
      const rows = [
        ...(await wrongTransactions(transaction)),
        ...(await wrongBalances(transaction)),
        ...(await wrongLeases(transaction)),
        ...(await wrongHeld(transaction)),
        ...(await wrongGrants(transaction)),
        ...(await wrongRemainders(transaction)),
        ...(await wrongRevenue(transaction)),
        ...(await wrongUsageDays(transaction)),
        ...(await wrongUsageHours(transaction)),
      ]
      return rows.map((row) => ({
        invariant: row.invariant,
        accountId: row.account_id,
        detail: row.detail,
        differenceNanoUsd: nanoUsd(row.difference),
      }))
    })
}

async function find(
  db: LedgerDb,
  query: ReturnType<typeof sql<DifferenceRow>>,
): Promise<DifferenceRow[]> {
  return (await query.execute(db)).rows
}

function wrongTransactions(db: LedgerDb): Promise<DifferenceRow[]> {
  return find(
    db,
    sql<DifferenceRow>`
      select 'I1' as invariant, posted.account_id,
        case
          when posted.id is null then 'entries belong to no transaction: ' || entry.transaction_id
          when entry.transaction_id is null then posted.effect_key || ' has no entries'
          else 'the entries of ' || posted.effect_key || ' do not sum to zero'
        end as detail,
        coalesce(entry.total, 0)::int8 as difference
      from ledger_transaction as posted
      full join (
        select transaction_id, sum(amount_nano_usd) as total from ledger_entry group by transaction_id
      ) as entry on entry.transaction_id = posted.id
      where posted.id is null or entry.transaction_id is null or entry.total <> 0`,
  )
}

function wrongBalances(db: LedgerDb): Promise<DifferenceRow[]> {
  const sums = books.map((book) => {
    const column = sql.ref(`${book}_nano_usd`)
    return sql`sum(entry.amount_nano_usd) filter (where entry.book = ${sql.lit(book)}) as ${column}`
  })
  const compared = [...books, 'labelled' as const].map((book) => {
    const column = sql.ref(`${book}_nano_usd`)
    const detail = book === 'labelled' ? 'the labelled sum' : `the balance of ${book}`
    const difference = sql`coalesce(balance.${column}, 0) - coalesce(computed.${column}, 0)`
    return sql`(${sql.lit(detail)}, ${difference})`
  })
  return find(
    db,
    sql<DifferenceRow>`
      with computed as (
        select posted.account_id, ${sql.join(sums)},
          -sum(entry.amount_nano_usd) filter (
            where entry.book = 'available' and posted.kind in ('overrun', 'late')
          ) as labelled_nano_usd
        from ledger_entry as entry
        join ledger_transaction as posted on posted.id = entry.transaction_id
        group by posted.account_id
      )
      select 'I5' as invariant, account_id, compared.detail, compared.difference::int8
      from computed full join ledger_balance as balance using (account_id)
      cross join lateral (values ${sql.join(compared)}) as compared (detail, difference)
      where compared.difference <> 0`,
  )
}

/** Ended leases may be removed one day: what is left of a missing lease must be nothing. */
function wrongLeases(db: LedgerDb): Promise<DifferenceRow[]> {
  return find(
    db,
    sql<DifferenceRow>`
      with computed as (
        select posted.lease_id, min(posted.account_id) as account_id,
          coalesce(sum(entry.amount_nano_usd) filter (where posted.kind = 'lease'), 0) as granted,
          coalesce(-sum(entry.amount_nano_usd) filter (where posted.kind = 'settle'), 0) as settled,
          coalesce(-sum(entry.amount_nano_usd) filter (
            where posted.kind in ('give_back', 'reclaim')
          ), 0) as returned
        from ledger_entry as entry
        join ledger_transaction as posted on posted.id = entry.transaction_id
        where entry.book = 'held' and posted.lease_id is not null
        group by posted.lease_id
      )
      select 'I5' as invariant, coalesce(lease.account_id, computed.account_id) as account_id,
        compared.detail || ' of ' || coalesce(lease.id, computed.lease_id) as detail,
        compared.difference::int8
      from computed full join lease on lease.id = computed.lease_id
      cross join lateral (values
        ('grantedNanoUsd', lease.granted_nano_usd - coalesce(computed.granted, 0)),
        ('settledNanoUsd', lease.settled_nano_usd - coalesce(computed.settled, 0)),
        ('returnedNanoUsd', lease.returned_nano_usd - coalesce(computed.returned, 0)),
        ('the rest', case when lease.id is null
          then computed.returned + computed.settled - computed.granted end)
      ) as compared (detail, difference)
      where compared.difference <> 0`,
  )
}

function wrongHeld(db: LedgerDb): Promise<DifferenceRow[]> {
  return find(
    db,
    sql<DifferenceRow>`
      with rest as (
        select id, account_id, status, granted_nano_usd - settled_nano_usd - returned_nano_usd as amount
        from lease
      ),
      by_account as (select account_id, sum(amount) as amount from rest group by account_id)
      select 'I3' as invariant, account_id,
        case when amount < 0 then id || ' paid more than it was granted'
          else id || ' has ended and still holds' end as detail,
        amount::int8 as difference
      from rest where amount < 0 or (status <> 'open' and amount <> 0)
      union all
      select 'I3', account_id, 'held is not what its leases hold',
        (coalesce(balance.held_nano_usd, 0) - coalesce(by_account.amount, 0))::int8
      from by_account full join ledger_balance as balance using (account_id)
      where coalesce(balance.held_nano_usd, 0) <> coalesce(by_account.amount, 0)
      union all
      select 'I3', account_id, 'available is below zero without a label',
        available_nano_usd + labelled_nano_usd
      from ledger_balance where available_nano_usd + labelled_nano_usd < 0`,
  )
}

function wrongGrants(db: LedgerDb): Promise<DifferenceRow[]> {
  return find(
    db,
    sql<DifferenceRow>`
      with remaining as (
        select grant_id, sum(amount_nano_usd) as amount from ledger_entry
        where grant_id is not null group by grant_id
      ),
      source as (
        select posted.effect_key, -sum(entry.amount_nano_usd) as amount
        from ledger_transaction as posted
        join ledger_entry as entry on entry.transaction_id = posted.id and entry.book <> 'available'
        where posted.kind = 'grant'
        group by posted.effect_key
      )
      select 'I9' as invariant, credit_grant.account_id,
        'what is left of ' || coalesce(credit_grant.id, remaining.grant_id) as detail,
        (coalesce(credit_grant.remaining_nano_usd, 0) - coalesce(remaining.amount, 0))::int8 as difference
      from credit_grant full join remaining on remaining.grant_id = credit_grant.id
      where coalesce(credit_grant.remaining_nano_usd, 0) <> coalesce(remaining.amount, 0)
      union all
      select 'I9', credit_grant.account_id,
        'the amount of ' || coalesce(credit_grant.id, source.effect_key),
        (coalesce(credit_grant.amount_nano_usd, 0) - coalesce(source.amount, 0))::int8
      from credit_grant full join source on source.effect_key = credit_grant.effect_key
      where coalesce(credit_grant.amount_nano_usd, 0) <> coalesce(source.amount, 0)`,
  )
}

function wrongRemainders(db: LedgerDb): Promise<DifferenceRow[]> {
  return find(
    db,
    sql<DifferenceRow>`
      with remaining as (
        select account_id, sum(remaining_nano_usd) as amount from credit_grant group by account_id
      ),
      compared as (
        select account_id, coalesce(remaining.amount, 0)
          - greatest(coalesce(balance.available_nano_usd + balance.held_nano_usd, 0), 0) as difference
        from remaining full join ledger_balance as balance using (account_id)
      )
      select 'I9' as invariant, account_id,
        'grants have left what is not available or held' as detail, difference::int8
      from compared where difference <> 0`,
  )
}

/** That a charge counts once needs no look: its key and the day inside its id make it so. */
function wrongRevenue(db: LedgerDb): Promise<DifferenceRow[]> {
  return find(
    db,
    sql<DifferenceRow>`
      with charged as (
        select account_id, sum(cost_nano_usd) as amount from usage_charge
        where cost_nano_usd > 0 group by account_id
      )
      select 'I2' as invariant, account_id, 'revenue is not the sum of charges' as detail,
        (coalesce(balance.revenue_nano_usd, 0) - coalesce(charged.amount, 0))::int8 as difference
      from charged full join ledger_balance as balance using (account_id)
      where coalesce(balance.revenue_nano_usd, 0) <> coalesce(charged.amount, 0)`,
  )
}

/** What spend limits are compared with. Charges from before keys were recorded are in no sum. */
function wrongUsageDays(db: LedgerDb): Promise<DifferenceRow[]> {
  return find(
    db,
    sql<DifferenceRow>`
      with charged as (
        select key_id, day, min(account_id) as account_id, sum(cost_nano_usd) as amount,
          count(*) as charges
        from usage_charge where key_id is not null group by key_id, day
      )
      select 'I5' as invariant, coalesce(counted.account_id, charged.account_id) as account_id,
        'the usage of ' || key_id || ' on ' || day as detail,
        case
          when coalesce(counted.cost_nano_usd, 0) <> coalesce(charged.amount, 0)
          then (coalesce(counted.cost_nano_usd, 0) - coalesce(charged.amount, 0))::int8
          else coalesce(counted.request_count, 0) - coalesce(charged.charges, 0)
        end as difference
      from charged full join usage_by_key_day as counted using (key_id, day)
      where coalesce(counted.cost_nano_usd, 0) <> coalesce(charged.amount, 0)
        or coalesce(counted.request_count, 0) <> coalesce(charged.charges, 0)`,
  )
}

/** What the usage pages are made of: the sums of a key in each hour, whatever the model and provider. */
function wrongUsageHours(db: LedgerDb): Promise<DifferenceRow[]> {
  return find(
    db,
    sql<DifferenceRow>`
      with charged as (
        select account_id, key_id, substr(charge_id, 5, 10)::int8 / 3600 as hour_number,
          sum(cost_nano_usd) as amount, count(*) as charges
        from usage_charge where key_id is not null group by 1, 2, 3
      ),
      counted as (
        select account_id, key_id, extract(epoch from hour)::int8 / 3600 as hour_number,
          sum(cost_nano_usd) as amount, sum(request_count) as charges
        from usage_by_hour group by 1, 2, 3
      )
      select 'I5' as invariant, account_id,
        'the usage of ' || key_id || ' in the hour ' || hour_number as detail,
        case
          when coalesce(counted.amount, 0) <> coalesce(charged.amount, 0)
          then (coalesce(counted.amount, 0) - coalesce(charged.amount, 0))::int8
          else (coalesce(counted.charges, 0) - coalesce(charged.charges, 0))::int8
        end as difference
      from charged full join counted using (account_id, key_id, hour_number)
      where coalesce(counted.amount, 0) <> coalesce(charged.amount, 0)
        or coalesce(counted.charges, 0) <> coalesce(charged.charges, 0)`,
  )
}
