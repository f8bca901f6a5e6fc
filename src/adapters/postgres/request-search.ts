import { type Kysely, type RawBuilder, type Selectable, sql } from 'kysely'

import type { GenerationRecord } from '#domain/generation.ts'
import type { RequestFilter, RequestOrder, RequestPlace } from '#domain/request-filter.ts'
import type { RequestSearch } from '#ports/generations.ts'

import type { Tables } from './database.ts'
import { generationOf } from './generation-rows.ts'
import type { GenerationTable } from './tables.ts'

/**
 * One page of an account's requests. Which lines they are is answered by the index `generation_filter` alone:
 * every column that is filtered or sorted by stands in it, so even a filter that finds nothing reads no
 * line of the table. A column that is added to the filter must be added to the index.
 */
export async function searchRequests(
  db: Kysely<Tables>,
  { filter, order, isRising, after, limit }: RequestSearch,
): Promise<readonly GenerationRecord[]> {
  const direction = isRising ? sql`asc` : sql`desc`
  const beyond = after === null ? [] : [isBeyond(after, order, isRising)]
  const conditions = [...conditionsOf(filter), ...beyond]
  const search = sql<Selectable<GenerationTable>>`
    with page as materialized (
      select day, id, ${placeColumns[order]} as place from generation
      where ${sql.join(conditions, sql` and `)}
      order by place ${direction}, id ${direction}
      limit ${limit}
    )
    select generation.* from page join generation using (day, id)
    order by page.place ${direction}, page.id ${direction}`
  return db.transaction().execute(async (transaction) => {
    // The planner takes pages of the index for as dear as those of a disk that turns, and reads the table.
    await sql`set local enable_seqscan = off`.execute(transaction)
    const { rows } = await search.execute(transaction)
    return rows.map(generationOf)
  })
}

const placeColumns: Record<RequestOrder, RawBuilder<unknown>> = {
  time: sql`created_at`,
  cost: sql`cost_nano_usd`,
  latency: sql`latency_ms`,
  tokens: sql`(prompt_tokens::int8 + completion_tokens)`,
}

function isBeyond(
  after: RequestPlace,
  order: RequestOrder,
  isRising: boolean,
): RawBuilder<boolean> {
  const value =
    order === 'time'
      ? sql`${new Date(Number(after.value))}::timestamptz`
      : sql`${after.value.toString()}::int8`
  const place = sql`(${placeColumns[order]}, id)`
  return sql<boolean>`${place} ${isRising ? sql`>` : sql`<`} (${value}, ${after.id})`
}

function conditionsOf(filter: RequestFilter): readonly RawBuilder<boolean>[] {
  const model = sql`coalesce(resolved_model, requested_model)`
  return [
    sql<boolean>`account_id = ${filter.accountId}`,
    ...isOneOf(sql`key_id`, filter.keyIds),
    ...isOneOf(model, filter.models),
    ...isOneOf(sql`provider`, filter.providers),
    ...isOneOf(sql`outcome`, filter.outcomes),
    ...compare(sql`status >=`, filter.statusMin),
    ...compare(sql`status <=`, filter.statusMax),
    ...compare(sql`streamed =`, filter.isStreamed),
    ...compare(sql`created_at >=`, dateOf(filter.fromMs)),
    ...compare(sql`created_at <`, dateOf(filter.untilMs)),
    ...compare(sql`cost_nano_usd >=`, filter.costNanoUsdMin),
    ...compare(sql`cost_nano_usd <=`, filter.costNanoUsdMax),
    ...compare(sql`latency_ms >=`, filter.latencyMsMin),
    ...compare(sql`latency_ms <=`, filter.latencyMsMax),
    ...(filter.idPart === null ? [] : [sql<boolean>`strpos(id, ${filter.idPart}) > 0`]),
  ]
}

function isOneOf(
  column: RawBuilder<unknown>,
  allowed: readonly string[] | null,
): readonly RawBuilder<boolean>[] {
  return allowed === null ? [] : [sql<boolean>`${column} = any(${allowed}::text[])`]
}

function compare(
  columnAndOperator: RawBuilder<unknown>,
  value: number | bigint | boolean | Date | null,
): readonly RawBuilder<boolean>[] {
  return value === null ? [] : [sql<boolean>`${columnAndOperator} ${value}`]
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
