import { CompiledQuery, type Insertable, type Kysely, type RawBuilder, sql } from 'kysely'

import { assert } from '#domain/faults.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import {
  type AccountId,
  dayOfGeneration,
  type GenerationId,
  isGenerationId,
} from '#domain/identifiers.ts'
import { contentBytesPerStatementMax, logRowsPerStatementMax } from '#domain/limits.ts'
import { everyRequestOf } from '#domain/request-filter.ts'
import { storableGeneration } from '#domain/storable-generation.ts'
import { endpointSlotsOf, keyUsesOf, trafficHoursOf } from '#domain/traffic/traffic.ts'
import type {
  GenerationFilter,
  GenerationStore,
  RequestSearch,
  SealedContent,
} from '#ports/generations.ts'

import type { Tables } from './database.ts'
import {
  chargeColumns,
  chargedUsageOf,
  generationArrays,
  generationOf,
  insertGenerationsSql,
} from './generation-rows.ts'
import { facetsOf } from './request-facets.ts'
import { searchRequests } from './request-search.ts'
import type { GenerationContentTable } from './tables.ts'
import { countAttempts, countTraffic, noteKeyUses } from './traffic.ts'

/** The request log in the database. Large batches are written in several statements. */
export function makePostgresGenerationStore(db: Kysely<Tables>): GenerationStore {
  return {
    insert: async (records) => {
      for (let start = 0; start < records.length; start += logRowsPerStatementMax) {
        await insertBatch(db, records.slice(start, start + logRowsPerStatementMax))
      }
    },

    insertContent: async (contents) => {
      for (const batch of contentBatches(contents)) {
        await db
          .insertInto('generation_content')
          .values(batch.map(contentRow))
          .onConflict((conflict) => conflict.columns(['day', 'id']).doNothing())
          .execute()
      }
    },

    find: async (id, accountId) => {
      if (!isGenerationId(id)) return undefined
      let query = db
        .selectFrom('generation')
        .selectAll()
        .where('day', '=', dayOfGeneration(id))
        .where('id', '=', id)
      if (accountId !== null) query = query.where('account_id', '=', accountId)
      const row = await query.executeTakeFirst()
      return row && generationOf(row)
    },

    findAll: (ids, accountId) => findAll(db, ids, accountId),

    findContent: async (id, accountId) => {
      if (!isGenerationId(id)) return undefined
      const row = await db
        .selectFrom('generation_content')
        .selectAll()
        .where('day', '=', dayOfGeneration(id))
        .where('id', '=', id)
        .where('account_id', '=', accountId)
        .executeTakeFirst()
      return row && contentOf(row)
    },

    list: async (filter) => {
      const { accountId, after } = filter
      if (after !== null && !isGenerationId(after)) return []
      if (accountId !== null) return searchRequests(db, await newestOf(db, filter, accountId))
      const rows = await listQuery(db, filter).execute()
      return rows.map(generationOf)
    },

    search: (search) => searchRequests(db, search),

    charges: async ({ fromMs, toMs, after, limit }) => {
      let query = db
        .selectFrom('generation')
        .select(chargeColumns)
        .where('created_at', '>=', new Date(fromMs))
        .where('created_at', '<', new Date(toMs))
        .where((where) =>
          where.or([where('usage_source', '<>', 'none'), where('cost_nano_usd', '>', 0n)]),
        )
      if (after !== null) {
        const position = sql`(${new Date(after.createdAtMs)}::timestamptz, ${after.id})`
        query = query.where(sql<boolean>`(created_at, id) > ${position}`)
      }
      const rows = await query.orderBy('created_at').orderBy('id').limit(limit).execute()
      return rows.map(chargedUsageOf)
    },
  }
}

async function findAll(
  db: Kysely<Tables>,
  ids: readonly GenerationId[],
  accountId: AccountId,
): Promise<readonly GenerationRecord[]> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('generation')
    .selectAll()
    .where('day', 'in', [...new Set(ids.map(dayOfGeneration))])
    .where('id', 'in', ids)
    .where('account_id', '=', accountId)
    .execute()
  return rows.map(generationOf)
}

/** Lines and what is counted of them, whole or not at all: a line that was there already counts nothing. */
async function insertBatch(
  db: Kysely<Tables>,
  records: readonly GenerationRecord[],
): Promise<void> {
  const batch = records.map(storableGeneration)
  await db.transaction().execute(async (transaction) => {
    const facets = await facetsOf(transaction, batch)
    const insert = CompiledQuery.raw(insertGenerationsSql, [...generationArrays(batch, facets)])
    const { rows } = await transaction.executeQuery<{ id: GenerationId }>(insert)
    const inserted = new Set(rows.map(({ id }) => id))
    // Of equal ids in one batch, the first was written.
    const fresh = batch.filter(({ id }) => inserted.delete(id))
    await countTraffic(transaction, trafficHoursOf(fresh))
    await countAttempts(transaction, endpointSlotsOf(fresh))
    await noteKeyUses(transaction, keyUsesOf(fresh))
    await announceLines(transaction, fresh)
  })
}

/** The most ids that one announcement holds: PostgreSQL carries less than 8000 bytes. */
const idsPerAnnouncement = 200

/** Tells every node which lines are new, when they can be read: an account and ids, by spaces. */
async function announceLines(
  transaction: Kysely<Tables>,
  fresh: readonly GenerationRecord[],
): Promise<void> {
  const byAccount = Map.groupBy(fresh, ({ accountId }) => accountId)
  const payloads = [...byAccount].flatMap(([accountId, records]) => {
    const ids = records.map(({ id }) => id)
    const parts = Math.ceil(ids.length / idsPerAnnouncement)
    return Array.from({ length: parts }, (_, part) =>
      [accountId, ...ids.slice(part * idsPerAnnouncement, (part + 1) * idsPerAnnouncement)].join(
        ' ',
      ),
    )
  })
  if (payloads.length === 0) return
  await sql`select pg_notify('codelace_requests', payload) from unnest(${payloads}::text[]) as p (payload)`.execute(
    transaction,
  )
}

/** The search for the lines of one account that a filter means, newest first. */
async function newestOf(
  db: Kysely<Tables>,
  { model, outcome, after, limit }: GenerationFilter,
  accountId: AccountId,
): Promise<RequestSearch> {
  const [models, outcomes] = [model === null ? null : [model], outcome === null ? null : [outcome]]
  const filter = { ...everyRequestOf(accountId), models, outcomes }
  const found = { filter, order: 'time', isRising: false, after: null, limit } as const
  if (after === null) return found
  const { rows } = await sql<{ moment: Date }>`select ${momentOf(after)} as moment`.execute(db)
  const [row] = rows
  assert(row !== undefined, 'every id has a moment')
  return { ...found, after: { value: BigInt(row.moment.getTime()), id: after } }
}

/** The lines of any account that a filter means. */
function listQuery(db: Kysely<Tables>, filter: GenerationFilter) {
  const { model, outcome, after, limit } = filter
  let query = db.selectFrom('generation').selectAll()
  if (model !== null) {
    query = query.where(sql`coalesce(resolved_model, requested_model)`, '=', model)
  }
  if (outcome !== null) query = query.where('outcome', '=', outcome)
  if (after !== null) {
    query = query.where(sql<boolean>`(created_at, id) < (${momentOf(after)}, ${after})`)
  }
  return query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit)
}

/** When a line was made; one that is gone by now still has its second in its id. */
function momentOf(id: GenerationId): RawBuilder<Date> {
  return sql`coalesce(
    (select created_at from generation where day = ${dayOfGeneration(id)} and id = ${id}),
    to_timestamp(${Number(id.slice(4, 14))})
  )`
}

/** Cuts a list so that no statement carries more than its share of bytes, unless one content does. */
function* contentBatches(contents: readonly SealedContent[]): Generator<readonly SealedContent[]> {
  let batch: SealedContent[] = []
  let bytes = 0
  for (const content of contents) {
    const size = content.request.byteLength + content.response.byteLength
    const isFull = bytes + size > contentBytesPerStatementMax
    if (batch.length > 0 && (isFull || batch.length === logRowsPerStatementMax)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(content)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

function contentRow(content: SealedContent): Insertable<GenerationContentTable> {
  return {
    day: dayOfGeneration(content.id),
    created_at: new Date(content.createdAtMs),
    key_version: content.keyVersion,
    streamed: content.streamed,
    id: content.id,
    account_id: content.accountId,
    request: content.request,
    response: content.response,
  }
}

function contentOf(row: GenerationContentTable): SealedContent {
  return {
    id: row.id,
    accountId: row.account_id,
    createdAtMs: row.created_at.getTime(),
    streamed: row.streamed,
    keyVersion: row.key_version,
    request: new Uint8Array(row.request),
    response: new Uint8Array(row.response),
  }
}
