import { type Kysely, type RawBuilder, type Selectable, sql } from 'kysely'

import type { GenerationRecord } from '#domain/generation.ts'
import { dayOfGeneration, type GenerationId, isGenerationId } from '#domain/identifiers.ts'
import type { RequestOrder, RequestPlace } from '#domain/request-filter.ts'
import type { RequestSearch } from '#ports/generations.ts'

import type { Tables } from './database.ts'
import { generationOf } from './generation-rows.ts'
import { facetsMeant } from './request-facets.ts'
import type { GenerationTable } from './tables.ts'

type Condition = RawBuilder<boolean>

/**
 * How many lines are looked at for a mark. Of a million that are sorted, the better mark that more of them give saves
 * less than it takes to look at them.
 */
export const sampleMax = 8_000

/**
 * One page of an account's requests. Words (key, model, provider, outcome, status) are looked up among the account's
 * few facets; which lines are meant is then answered by numbers in the index `generation_search` alone, or by
 * `generation_facet` where they are rare. Even a filter that finds nothing reads no line of the table. What is
 * filtered or sorted by must stand in the facet or in that index.
 */
export async function searchRequests(
  db: Kysely<Tables>,
  search: RequestSearch,
  sample = sampleMax,
): Promise<readonly GenerationRecord[]> {
  return db.transaction().execute(async (transaction) => {
    const facets = await facetsMeant(transaction, search.filter)
    if (facets?.length === 0) return []
    await sql.raw(plannerSettings).execute(transaction)
    const { rows } = await pageOf(search, facets, sample).execute(transaction)
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
  sample: number,
): RawBuilder<Selectable<GenerationTable>> {
  const { filter, order, limit } = search
  const direction = directionOf(search)
  const place = placeColumns[order]
  const conditions = conditionsOf(search, facets)
  // By time, lines are read in their order and none is sorted; of a whole id there is one line.
  const hasMark = order !== 'time' && !isWholeId(filter.idPart)
  const mark = hasMark ? sql`mark as materialized (${markOf(search, conditions, sample)}),` : sql``
  return sql<Selectable<GenerationTable>>`
    with ${mark} page as materialized (
      select id, ${place} as place from generation
      where ${all([...conditions.within, ...(hasMark ? [isUpToMark(search)] : []), ...conditions.meant])}
      order by ${order === 'time' ? sql`${hour} ${direction},` : sql``} place ${direction}, id ${direction}
      limit ${limit}
    )
    select generation.* from page join generation on generation.id = page.id
      and generation.day = date '1970-01-01' + (substr(page.id, 5, 10)::int8 / 86400)::int4
    order by page.place ${direction}, page.id ${direction}`
}

/** What decides which lines are meant. */
interface Conditions {
  /** Where in the index they are. */
  readonly within: readonly Condition[]
  readonly meant: readonly Condition[]
}

/**
 * The last line of the page that a few lines would give. Nothing beyond it is on the page that all lines give, so
 * nearly every line is passed over by comparing numbers, and not sorted. No line when the few do not fill a page.
 */
function markOf(
  search: RequestSearch,
  { within, meant }: Conditions,
  sample: number,
): RawBuilder<unknown> {
  const direction = directionOf(search)
  return sql`
    select ${placeColumns[search.order]} as place, id from (
      select created_at, cost_nano_usd, latency_ms, facet, prompt_tokens, completion_tokens, id
      from generation where ${all(within)} order by ${hour} ${direction} limit ${sample}
    ) as sampled
    where ${all(meant)}
    order by place ${direction}, id ${direction} offset ${search.limit - 1} limit 1`
}

function isUpToMark({ order, isRising }: RequestSearch): Condition {
  const place = sql`(${placeColumns[order]}, id)`
  const isUpTo = isRising ? sql`<=` : sql`>=`
  return sql`coalesce(${place} ${isUpTo} (select place, id from mark), true)`
}

function conditionsOf(search: RequestSearch, facets: readonly number[] | null): Conditions {
  const { filter, order, isRising, after } = search
  return {
    within: [sql`account_id = ${filter.accountId}`, ...hasHour(search)],
    meant: [
      ...(facets === null ? [] : [sql<boolean>`facet = any(${`{${facets.join(',')}}`}::int4[])`]),
      ...compare(sql`created_at >=`, dateOf(filter.fromMs)),
      ...compare(sql`created_at <`, dateOf(filter.untilMs)),
      ...compare(sql`cost_nano_usd >=`, filter.costNanoUsdMin),
      ...compare(sql`cost_nano_usd <=`, filter.costNanoUsdMax),
      ...compare(sql`latency_ms >=`, filter.latencyMsMin),
      ...compare(sql`latency_ms <=`, filter.latencyMsMax),
      ...hasId(filter.idPart),
      ...(after === null ? [] : [isBeyond(after, order, isRising)]),
    ],
  }
}

const placeColumns: Record<RequestOrder, RawBuilder<unknown>> = {
  time: sql`created_at`,
  cost: sql`cost_nano_usd`,
  latency: sql`latency_ms`,
  tokens: sql`(prompt_tokens::int8 + completion_tokens)`,
}

function directionOf({ isRising }: RequestSearch): RawBuilder<unknown> {
  return isRising ? sql`asc` : sql`desc`
}

/** The hour of a line, in the words of the index `generation_search`, which is in its order. */
const hour = sql`date_bin('1 hour', created_at, timestamptz '1970-01-01 00:00:00+00')`
const hourMs = 3_600_000

/** What the times that are asked for say about the hour: the index knows nothing else of time. */
function hasHour({ filter, order, isRising, after }: RequestSearch): readonly Condition[] {
  const afterMs = order === 'time' && after !== null ? Number(after.value) : null
  const hourOf = (ms: number | null) =>
    ms === null ? null : dateOf(Math.floor(ms / hourMs) * hourMs)
  return [
    ...compare(sql`${hour} >=`, hourOf(filter.fromMs)),
    ...compare(sql`${hour} <=`, hourOf(filter.untilMs)),
    ...compare(isRising ? sql`${hour} >=` : sql`${hour} <=`, hourOf(afterMs)),
  ]
}

function isBeyond(after: RequestPlace, order: RequestOrder, isRising: boolean): Condition {
  const value =
    order === 'time'
      ? sql`${new Date(Number(after.value))}::timestamptz`
      : sql`${after.value.toString()}::int8`
  const place = sql`(${placeColumns[order]}, id)`
  return sql`${place} ${isRising ? sql`>` : sql`<`} (${value}, ${after.id})`
}

function isWholeId(part: string | null): part is GenerationId {
  return part !== null && isGenerationId(part)
}

/** A whole id is looked up; part of one is looked for. */
function hasId(part: string | null): readonly Condition[] {
  if (part === null) return []
  if (!isWholeId(part)) return [sql`strpos(id, ${part}) > 0`]
  return [sql`day = ${dayOfGeneration(part)}`, sql`id = ${part}`]
}

function compare(
  columnAndOperator: RawBuilder<unknown>,
  value: number | bigint | Date | null,
): readonly Condition[] {
  return value === null ? [] : [sql`${columnAndOperator} ${value}`]
}

function all(conditions: readonly Condition[]): RawBuilder<unknown> {
  return conditions.length === 0 ? sql`true` : sql.join([...conditions], sql` and `)
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
