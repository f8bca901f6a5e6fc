import { sql } from 'kysely'

import type { CountedCharge } from '#domain/ledger/usage-days.ts'
import { spentBySlice, usageDaysOf } from '#domain/ledger/usage-days.ts'
import { type HourlyCharge, usageHoursOf } from '#domain/ledger/usage-hours.ts'

import { integerArray, textArray } from './arrays.ts'
import type { LedgerDb } from './run.ts'

/**
 * Counts new charges in the sums of their keys, days and hours, and moves what they cost from the slices of spend
 * limits they were admitted on to what is spent: in the transaction that records them, so once, ever. Two
 * statements whatever the number of charges, and one where no limits are involved.
 */
export async function countUsage(
  db: LedgerDb,
  charges: readonly (CountedCharge & HourlyCharge)[],
): Promise<void> {
  if (charges.length === 0) return
  const days = usageDaysOf(charges)
  await sql`
    with hours as (${insertHours(charges)})
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

/** The rows are written in one order by every batch, so that two of them never wait for each other. */
function insertHours(charges: readonly HourlyCharge[]) {
  const hours = usageHoursOf(charges)
  return sql`
    insert into usage_by_hour (
      account_id, hour, key_id, model, provider, cost_nano_usd, request_count, prompt_tokens,
      completion_tokens, cached_tokens, reasoning_tokens
    )
    select account_id, to_timestamp(hour_ms / 1000), key_id, model, provider, cost_nano_usd,
      request_count, prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens
    from unnest(
      ${textArray(hours.map(({ accountId }) => accountId))},
      ${integerArray(hours.map(({ hourMs }) => hourMs))},
      ${textArray(hours.map(({ keyId }) => keyId))},
      ${textArray(hours.map(({ model }) => model))},
      ${textArray(hours.map(({ provider }) => provider))},
      ${integerArray(hours.map(({ costNanoUsd }) => costNanoUsd))},
      ${integerArray(hours.map(({ requestCount }) => requestCount))},
      ${integerArray(hours.map(({ promptTokens }) => promptTokens))},
      ${integerArray(hours.map(({ completionTokens }) => completionTokens))},
      ${integerArray(hours.map(({ cachedTokens }) => cachedTokens))},
      ${integerArray(hours.map(({ reasoningTokens }) => reasoningTokens))}
    ) as added (
      account_id, hour_ms, key_id, model, provider, cost_nano_usd, request_count, prompt_tokens,
      completion_tokens, cached_tokens, reasoning_tokens
    )
    on conflict (account_id, hour, key_id, model, provider) do update set
      cost_nano_usd = usage_by_hour.cost_nano_usd + excluded.cost_nano_usd,
      request_count = usage_by_hour.request_count + excluded.request_count,
      prompt_tokens = usage_by_hour.prompt_tokens + excluded.prompt_tokens,
      completion_tokens = usage_by_hour.completion_tokens + excluded.completion_tokens,
      cached_tokens = usage_by_hour.cached_tokens + excluded.cached_tokens,
      reasoning_tokens = usage_by_hour.reasoning_tokens + excluded.reasoning_tokens`
}
