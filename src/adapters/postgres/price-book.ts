import { type Kysely, type Selectable, sql } from 'kysely'

import type { PriceVersionId } from '#domain/identifiers.ts'
import type { PriceVersion } from '#domain/prices.ts'
import type { PriceBookStore, PriceChange } from '#ports/price-book.ts'

import type { Tables } from './database.ts'
import { priceSheetFromJson, priceSheetToJson } from './price-sheet.ts'
import type { PriceChangeTable } from './tables.ts'

const columns = ['endpoint', 'version_id', 'effective_from'] as const

type ChangeRow = Pick<Selectable<PriceChangeTable>, (typeof columns)[number]>

/** Any constant that no other advisory lock of this database uses. */
const recordLock = 7_205_759_404n

/** Prices in the database. Nodes that start together record one after the other. */
export function makePostgresPriceBook(db: Kysely<Tables>): PriceBookStore {
  return {
    record: async (prices) => {
      const newest = new Map(prices.map(({ endpoint, version }) => [endpoint, version]))
      if (newest.size === 0) return []
      return db.transaction().execute((transaction) => record(transaction, newest))
    },

    find: async (id) => {
      const row = await db
        .selectFrom('price_version')
        .select(['id', 'sheet'])
        .where('id', '=', id)
        .executeTakeFirst()
      return row && { id: row.id, sheet: priceSheetFromJson(row.sheet) }
    },

    history: async (endpoint) => {
      let query = db.selectFrom('price_change').select(columns)
      if (endpoint !== null) query = query.where('endpoint', '=', endpoint)
      const rows = await query.orderBy('id', 'desc').execute()
      return rows.map(changeOf)
    },
  }
}

async function record(
  transaction: Kysely<Tables>,
  prices: ReadonlyMap<string, PriceVersion>,
): Promise<readonly PriceChange[]> {
  await sql`select pg_advisory_xact_lock(${recordLock})`.execute(transaction)
  const versions = [...prices.values()]
  await transaction
    .insertInto('price_version')
    .values(versions.map(({ id, sheet }) => ({ id, sheet: priceSheetToJson(sheet) })))
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
  const current = await newestVersions(transaction, [...prices.keys()])
  const changes = [...prices].filter(([endpoint, { id }]) => current.get(endpoint) !== id)
  if (changes.length === 0) return []
  const rows = await transaction
    .insertInto('price_change')
    .values(changes.map(([endpoint, { id }]) => ({ endpoint, version_id: id })))
    .returning(columns)
    .execute()
  return rows.map(changeOf)
}

async function newestVersions(
  transaction: Kysely<Tables>,
  endpoints: readonly string[],
): Promise<ReadonlyMap<string, PriceVersionId>> {
  const rows = await transaction
    .selectFrom('price_change')
    .select(['endpoint', 'version_id'])
    .distinctOn('endpoint')
    .where('endpoint', 'in', endpoints)
    .orderBy('endpoint')
    .orderBy('id', 'desc')
    .execute()
  return new Map(rows.map(({ endpoint, version_id }) => [endpoint, version_id]))
}

function changeOf(row: ChangeRow): PriceChange {
  return {
    endpoint: row.endpoint,
    versionId: row.version_id,
    effectiveFrom: row.effective_from,
  }
}
