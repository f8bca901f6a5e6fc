import { sql } from 'kysely'

import type { CountedCharge } from '#domain/ledger/usage-days.ts'
import { spentBySlice, usageDaysOf } from '#domain/ledger/usage-days.ts'

import { integerArray, textArray } from './arrays.ts'
import type { LedgerDb } from './run.ts'

/**
 * Counts new charges in the sums of their keys and days, and moves what they cost from the slices of spend
 * limits they were admitted on to what is spent: in the transaction that records them, so once, ever. Two
 * statements whatever the number of charges, and one where no limits are involved.
 */
export async function countUsage(db: LedgerDb, charges: readonly CountedCharge[]): Promise<void> {
  if (charges.length === 0) return
  const days = usageDaysOf(charges)
  await sql`
    insert into usage_by_key_day (
      key_id, day, account_id, cost_nano_usd, request_count, prompt_tokens, completion_tokens
    )
    select * from unnest(
      ${textArray(days.map(({ keyId }) => keyId))},
      ${textArray(days.map(({ day }) => day))}::date[],
      ${textArray(days.map(({ accountId }) => accountId))},
      ${integerArray(days.map(({ costNanoUsd }) => costNanoUsd))},
      ${integerArray(days.map(({ requestCount }) => requestCount))},
      ${integerArray(days.map(({ promptTokens }) => promptTokens))},
      ${integerArray(days.map(({ completionTokens }) => completionTokens))}
    )
    on conflict (key_id, day) do update set
      cost_nano_usd = usage_by_key_day.cost_nano_usd + excluded.cost_nano_usd,
      request_count = usage_by_key_day.request_count + excluded.request_count,
      prompt_tokens = usage_by_key_day.prompt_tokens + excluded.prompt_tokens,
      completion_tokens = usage_by_key_day.completion_tokens + excluded.completion_tokens
  `.execute(db)
  const slices = spentBySlice(charges)
  if (slices.length === 0) return
  await sql`
    with spent as (
      select * from unnest(
        ${textArray(slices.map(({ leaseId }) => leaseId))},
        ${integerArray(slices.map(({ costNanoUsd }) => costNanoUsd))}
      ) as slice (id, cost_nano_usd)
    ),
    locked as (
      select id from budget_lease
      where id in (select id collate "C" from spent) and status = 'open'
      order by id
      for no key update
    )
    update budget_lease as slice set
      settled_nano_usd = settled_nano_usd
        + least(spent.cost_nano_usd, granted_nano_usd - settled_nano_usd - returned_nano_usd)
    from spent
    where slice.id = spent.id collate "C" and slice.id in (select id from locked)
  `.execute(db)
}
