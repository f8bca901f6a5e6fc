import { type Kysely, type RawBuilder, sql } from 'kysely'

import type { Tables } from '#adapters/postgres/database.ts'
import { assert } from '#domain/faults.ts'
import type { AccountId, GenerationId, KeyId } from '#domain/identifiers.ts'
import { nanoUsd } from '#domain/money.ts'
import {
  everyRequestOf,
  type RequestFilter,
  type RequestOrder,
  type RequestPlace,
} from '#domain/request-filter.ts'
import type { RequestSearch } from '#ports/generations.ts'

/** A search with words for what it looks for. */
export interface NamedSearch {
  readonly name: string
  readonly search: RequestSearch
}

/** One page of the dashboard, and one line that tells whether there is another. */
const limit = 51
const orders: readonly RequestOrder[] = ['time', 'cost', 'latency', 'tokens']

/** What narrows, and of what sort: two of one sort are never combined. */
interface Narrowing {
  readonly sort: string
  readonly name: string
  readonly members: Partial<RequestFilter>
}

/**
 * Searches of an account's requests: no filter and every filter alone in every order and both directions, every
 * pair of filters, some of three and more, and pages that are deep in the list. Filters match nearly everything,
 * little or nothing; what is frequent and rare is read from the requests.
 */
export async function everySearch(
  db: Kysely<Tables>,
  accountId: AccountId,
): Promise<readonly NamedSearch[]> {
  const narrowings = await narrowingsOf(db, accountId)
  const all = everyRequestOf(accountId)
  const singles = [{ sort: '', name: 'all', members: {} }, ...narrowings].flatMap((one) =>
    orders.flatMap((order) =>
      [false, true].map((isRising) => named({ ...all, ...one.members }, one.name, order, isRising)),
    ),
  )
  const pairs = narrowings
    .flatMap((left, place) =>
      narrowings
        .slice(place + 1)
        .filter((right) => right.sort !== left.sort)
        .map((right) => ({
          ...left.members,
          ...right.members,
          name: `${left.name}, ${right.name}`,
        })),
    )
    .map(({ name, ...members }, place) => {
      const order = orders[place % orders.length] ?? 'time'
      return named({ ...all, ...members }, name, order, Math.floor(place / 4) % 3 === 1)
    })
  return [...singles, ...pairs, ...manyAtOnce(narrowings, all), ...(await deepPages(db, all))]
}

function named(
  filter: RequestFilter,
  name: string,
  order: RequestOrder,
  isRising: boolean,
): NamedSearch {
  return {
    name: `${name}; by ${order}, ${isRising ? 'rising' : 'falling'}`,
    search: { filter, order, isRising, after: null, limit },
  }
}

/** One of each sort at once: the first, the second and so on, in every order. */
function manyAtOnce(narrowings: readonly Narrowing[], all: RequestFilter): readonly NamedSearch[] {
  const bySort = [...Map.groupBy(narrowings, ({ sort }) => sort).values()]
  return [0, 1, 2].flatMap((place) => {
    const members = bySort.map((ones) => ones[place % ones.length]?.members ?? {})
    const filter = Object.assign({}, all, ...members) as RequestFilter
    return orders.map((order) =>
      named(filter, `${bySort.length} filters, no. ${place}`, order, false),
    )
  })
}

const columns: Record<RequestOrder, RawBuilder<unknown>> = {
  time: sql`(extract(epoch from date_trunc('milliseconds', created_at)) * 1000)::int8`,
  cost: sql`cost_nano_usd`,
  latency: sql`latency_ms::int8`,
  tokens: sql`(prompt_tokens::int8 + completion_tokens)`,
}

async function deepPages(db: Kysely<Tables>, all: RequestFilter): Promise<readonly NamedSearch[]> {
  const rare = { ...all, outcomes: ['client_gone'] as const }
  const searches: NamedSearch[] = []
  for (const order of orders) {
    for (const part of [0.5, 0.99]) {
      const after = await placeAt(db, all.accountId, order, part)
      for (const isRising of [false, true]) {
        for (const [words, filter] of [
          ['all', all],
          ['client_gone', rare],
        ] as const) {
          const { name, search } = named(filter, words, order, isRising)
          searches.push({ name: `${name}, after ${part * 100} %`, search: { ...search, after } })
        }
      }
    }
  }
  return searches
}

async function placeAt(
  db: Kysely<Tables>,
  accountId: AccountId,
  order: RequestOrder,
  part: number,
): Promise<RequestPlace> {
  const { rows } = await sql<{ value: bigint; id: GenerationId }>`
    select ${columns[order]} as value, id from generation where account_id = ${accountId}
    order by 1, 2 limit 1
    offset (select floor(count(*) * ${part}::float8)::int8 from generation where account_id = ${accountId})
  `.execute(db)
  const [row] = rows
  assert(row !== undefined, 'the account has requests')
  return row
}

async function narrowingsOf(
  db: Kysely<Tables>,
  accountId: AccountId,
): Promise<readonly Narrowing[]> {
  const byUse = async (column: string) => {
    const { rows } = await sql<{ word: string }>`
      select ${sql.ref(column)} as word from generation
      where account_id = ${accountId} and ${sql.ref(column)} is not null
      group by 1 order by count(*) desc, 1`.execute(db)
    const [usual, rare] = [rows.at(0)?.word, rows.at(-1)?.word]
    assert(usual !== undefined && rare !== undefined, 'the account has requests')
    return { usual, rare }
  }
  const [keys, models, providers] = [
    await byUse('key_id'),
    await byUse('resolved_model'),
    await byUse('provider'),
  ]
  const bounds = await boundsOf(db, accountId)
  const one = (sort: string, name: string, members: Partial<RequestFilter>): Narrowing => ({
    ...{ sort, name, members },
  })
  return [
    one('key', 'usual key', { keyIds: [keys.usual as KeyId] }),
    one('key', 'rare key', { keyIds: [keys.rare as KeyId] }),
    one('key', 'no such key', { keyIds: ['key_nobody'] }),
    one('model', 'usual model', { models: [models.usual] }),
    one('model', 'rare model', { models: [models.rare] }),
    one('model', 'no such model', { models: ['nobody/asked'] }),
    one('provider', 'usual provider', { providers: [providers.usual] }),
    one('provider', 'rare provider', { providers: [providers.rare] }),
    one('provider', 'no such provider', { providers: ['nobody'] }),
    one('outcome', 'completed', { outcomes: ['completed'] }),
    one('outcome', 'refused or failed', { outcomes: ['refused', 'upstream_failed'] }),
    one('outcome', 'client gone', { outcomes: ['client_gone'] }),
    one('status', 'status 2xx', { statusMin: 200, statusMax: 299 }),
    one('status', 'status 402', { statusMin: 402, statusMax: 402 }),
    one('status', 'status 418', { statusMin: 418, statusMax: 418 }),
    one('streamed', 'streamed', { isStreamed: true }),
    one('streamed', 'whole', { isStreamed: false }),
    ...boundNarrowings(bounds),
  ]
}

interface Bounds {
  readonly first: Date
  readonly last: Date
  readonly middle_cost: bigint
  readonly top_cost: bigint
  readonly middle_latency: number
  readonly top_latency: number
  readonly an_id: GenerationId
}

async function boundsOf(db: Kysely<Tables>, accountId: AccountId): Promise<Bounds> {
  const { rows } = await sql<Bounds>`
    select min(created_at) as first, max(created_at) as last,
      percentile_disc(0.5) within group (order by cost_nano_usd) as middle_cost,
      percentile_disc(0.9999) within group (order by cost_nano_usd) as top_cost,
      percentile_disc(0.5) within group (order by latency_ms) as middle_latency,
      percentile_disc(0.9999) within group (order by latency_ms) as top_latency,
      percentile_disc(0.3) within group (order by id) as an_id
    from generation where account_id = ${accountId}`.execute(db)
  const [row] = rows
  assert(row !== undefined, 'the account has requests')
  return row
}

function boundNarrowings(bounds: Bounds): readonly Narrowing[] {
  const { an_id: id, middle_latency: latency, top_latency: slow } = bounds
  const [firstMs, lastMs] = [bounds.first.getTime(), bounds.last.getTime()]
  const [cost, dear] = [nanoUsd(bounds.middle_cost), nanoUsd(bounds.top_cost)]
  const half = (firstMs + lastMs) / 2
  const one = (sort: string, name: string, members: Partial<RequestFilter>): Narrowing => ({
    ...{ sort, name, members },
  })
  return [
    one('period', 'older half', { untilMs: Math.floor(half) }),
    one('period', 'first hour', { untilMs: firstMs + 3_600_000 }),
    one('period', 'a week ahead', { fromMs: lastMs + 604_800_000 }),
    one('cost', 'dearer half', { costNanoUsdMin: cost }),
    one('cost', 'dearest', { costNanoUsdMin: dear }),
    one('cost', 'dearer than all', { costNanoUsdMin: nanoUsd(dear * 1000n) }),
    one('latency', 'faster half', { latencyMsMax: latency }),
    one('latency', 'slowest', { latencyMsMin: slow }),
    one('latency', 'slower than all', { latencyMsMin: slow * 1000 }),
    one('id', 'a whole id', { idPart: id }),
    one('id', 'the end of an id', { idPart: id.slice(-8) }),
    one('id', 'two letters of ids', { idPart: id.slice(-2) }),
    one('id', 'no part of an id', { idPart: 'gen-0000' }),
  ]
}
