import { sql } from 'kysely'

import { assert } from '#domain/faults.ts'
import { books } from '#domain/ledger/books.ts'
import { effectsOf, type LedgerEffects } from '#domain/ledger/effects.ts'
import type { LedgerTransaction } from '#domain/ledger/transactions.ts'

import { integerArray, textArray } from './arrays.ts'
import type { LedgerDb } from './run.ts'

interface PostedCounts {
  balances: number
  grants: number
  leases: number
}

/**
 * Writes transactions with their entries and moves every projection with them, in one statement whatever
 * their number. The accounts are locked; new leases and grants were inserted with sums of zero. The
 * database refuses an effect key that was used, entries that do not balance, and an overdraft without
 * its label.
 */
export async function post(
  db: LedgerDb,
  transactions: readonly LedgerTransaction[],
): Promise<void> {
  if (transactions.length === 0) return
  const effects = effectsOf(transactions)
  const steps = [insertedHistory(transactions), movedBalances(effects)]
  if (effects.grants.size > 0) steps.push(movedGrants(effects))
  if (effects.leases.size > 0) steps.push(movedLeases(effects))
  const { rows } = await sql<PostedCounts>`
    with ${sql.join(steps)}
    select (select count(*) from moved_ledger_balance)::int4 as balances,
      ${effects.grants.size > 0 ? sql`(select count(*) from moved_credit_grant)::int4` : sql`0`} as grants,
      ${effects.leases.size > 0 ? sql`(select count(*) from moved_lease)::int4` : sql`0`} as leases
  `.execute(db)
  const [counts] = rows
  assert(
    counts?.balances === effects.accounts.size &&
      counts.grants === effects.grants.size &&
      counts.leases === effects.leases.size,
    'a ledger transaction names a balance, a grant or a lease that does not exist',
  )
}

function insertedHistory(transactions: readonly LedgerTransaction[]) {
  const entries = transactions.flatMap(({ effectKey, entries: own }) =>
    own.map((entry, index) => ({ effectKey, position: index + 1, ...entry })),
  )
  return sql`
    posted as (
      insert into ledger_transaction (effect_key, kind, account_id, lease_id)
      select effect_key, kind, account_id, lease_id from unnest(
        ${textArray(transactions.map((transaction) => transaction.effectKey))},
        ${textArray(transactions.map((transaction) => transaction.kind))},
        ${textArray(transactions.map((transaction) => transaction.accountId))},
        ${textArray(transactions.map((transaction) => transaction.leaseId))}
      ) with ordinality as wanted (effect_key, kind, account_id, lease_id, place)
      order by place
      returning id, effect_key
    ),
    entered as (
      insert into ledger_entry (transaction_id, position, book, amount_nano_usd, grant_id)
      select posted.id, entry.position, entry.book, entry.amount, entry.grant_id from unnest(
        ${textArray(entries.map((entry) => entry.effectKey))},
        ${integerArray(entries.map((entry) => entry.position))},
        ${textArray(entries.map((entry) => entry.book))},
        ${integerArray(entries.map((entry) => entry.amountNanoUsd))},
        ${textArray(entries.map((entry) => entry.grantId))}
      ) as entry (effect_key, position, book, amount, grant_id)
      join posted on posted.effect_key = entry.effect_key collate "C"
    )`
}

/** Sums of one column, one for each row that changes. */
interface ColumnChange {
  readonly column: string
  readonly amounts: readonly bigint[]
}

/** Adds to the columns in which at least one row changes. */
function moved(table: string, idColumn: string, ids: readonly string[], all: ColumnChange[]) {
  const changes = all.filter(({ amounts }) => amounts.some((amount) => amount !== 0n))
  assert(changes.length > 0, `transactions that change a ${table} change one of its sums`)
  const columns = changes.map(({ column }) => sql.ref(column))
  const target = sql.table(table)
  const id = sql.ref(idColumn)
  return sql`
    ${sql.table(`moved_${table}`)} as (
      update ${target} as target set
        ${sql.join(columns.map((column) => sql`${column} = target.${column} + change.${column}`))}
      from unnest(
        ${textArray(ids)}, ${sql.join(changes.map(({ amounts }) => integerArray(amounts)))}
      ) as change (id, ${sql.join(columns)})
      where target.${id} = change.id collate "C"
      returning 1
    )`
}

function movedBalances({ accounts }: LedgerEffects) {
  const effects = [...accounts.values()]
  const ofBooks = books.map((book) => ({
    column: `${book}_nano_usd`,
    amounts: effects.map((effect) => effect.books[book]),
  }))
  const labelled = {
    column: 'labelled_nano_usd',
    amounts: effects.map((effect) => effect.labelledNanoUsd),
  }
  return moved('ledger_balance', 'account_id', [...accounts.keys()], [...ofBooks, labelled])
}

function movedGrants({ grants }: LedgerEffects) {
  const amounts = [...grants.values()]
  return moved(
    'credit_grant',
    'id',
    [...grants.keys()],
    [{ column: 'remaining_nano_usd', amounts }],
  )
}

function movedLeases({ leases }: LedgerEffects) {
  const effects = [...leases.values()]
  return moved(
    'lease',
    'id',
    [...leases.keys()],
    [
      { column: 'granted_nano_usd', amounts: effects.map((effect) => effect.grantedNanoUsd) },
      { column: 'settled_nano_usd', amounts: effects.map((effect) => effect.settledNanoUsd) },
      { column: 'returned_nano_usd', amounts: effects.map((effect) => effect.returnedNanoUsd) },
    ],
  )
}
