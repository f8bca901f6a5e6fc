import { type Kysely, type RawBuilder, type Selectable, sql } from 'kysely'

import type { GenerationRecord } from '#domain/generation.ts'
import { dayOfGeneration, isGenerationId } from '#domain/identifiers.ts'
import type { RequestFilter, RequestOrder, RequestPlace } from '#domain/request-filter.ts'
import type { RequestSearch } from '#ports/generations.ts'

import type { Tables } from './database.ts'
import { generationOf } from './generation-rows.ts'
import { facetsMeant } from './request-facets.ts'
import type { GenerationTable } from './tables.ts'

/**
 * One page of an account's requests. Words (key, model, provider, outcome, status) are looked up among the account's
 * few facets; which lines are meant is then answered by numbers in the index `generation_search` alone, or by
 * `generation_facet` where they are rare. Even a filter that finds nothing reads no line of the table. What is
 * filtered or sorted by must stand in the facet or in that index.
 */
export async function searchRequests(
  db: Kysely<Tables>,
  search: RequestSearch,
): Promise<readonly GenerationRecord[]> {
  return db.transaction().execute(async (transaction) => {
    const facets = await facetsMeant(transaction, search.filter)
    if (facets?.length === 0) return []
    await sql.raw(plannerSettings).execute(transaction)
    const { rows } = await pageOf(search, facets).execute(transaction)
    return rows.map(generationOf)
  })
}

/**
 * The planner takes pages of an index for as dear as those of a disk that turns, and would read the table. A
 * search is over before a compiler is ready to help with it; helping processes wait for each other at the index.
 */
export const plannerSettings = [
  'set local enable_seqscan = off',
  'set local random_page_cost = 1.1',
  'set local jit = off',
  'set local max_parallel_workers_per_gather = 0',
].join(';')

/** The statement for a page of the lines whose facet is one of those given; null: any. */
export function pageOf(
  search: RequestSearch,
  facets: readonly number[] | null,
): RawBuilder<Selectable<GenerationTable>> {
  const { filter, order, isRising, after, limit } = search
  const direction = isRising ? sql`asc` : sql`desc`
  const conditions = [
    sql<boolean>`account_id = ${filter.accountId}`,
    ...(facets === null ? [] : [sql<boolean>`facet = any(${`{${facets.join(',')}}`}::int4[])`]),
    ...conditionsOf(filter),
    ...(after === null ? [] : [isBeyond(after, order, isRising)]),
  ]
  return sql<Selectable<GenerationTable>>`
    with page as materialized (
      select id, ${placeColumns[order]} as place from generation
      where ${sql.join(conditions, sql` and `)}
      order by place ${direction}, id ${direction}
      limit ${limit}
    )
    select generation.* from page join generation on generation.id = page.id
      and generation.day = date '1970-01-01' + (substr(page.id, 5, 10)::int8 / 86400)::int4
    order by page.place ${direction}, page.id ${direction}`
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
  return [
    ...compare(sql`created_at >=`, dateOf(filter.fromMs)),
    ...compare(sql`created_at <`, dateOf(filter.untilMs)),
    ...compare(sql`cost_nano_usd >=`, filter.costNanoUsdMin),
    ...compare(sql`cost_nano_usd <=`, filter.costNanoUsdMax),
    ...compare(sql`latency_ms >=`, filter.latencyMsMin),
    ...compare(sql`latency_ms <=`, filter.latencyMsMax),
    ...hasId(filter.idPart),
  ]
}

/** A whole id is looked up; part of one is looked for. */
function hasId(part: string | null): readonly RawBuilder<boolean>[] {
  if (part === null) return []
  if (!isGenerationId(part)) return [sql<boolean>`strpos(id, ${part}) > 0`]
  return [sql<boolean>`day = ${dayOfGeneration(part)}`, sql<boolean>`id = ${part}`]
}

function compare(
  columnAndOperator: RawBuilder<unknown>,
  value: number | bigint | Date | null,
): readonly RawBuilder<boolean>[] {
  return value === null ? [] : [sql<boolean>`${columnAndOperator} ${value}`]
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
