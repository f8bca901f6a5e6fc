import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'

import { migrate } from '#adapters/postgres/migrate.ts'
import { sampleMax, searchRequests } from '#adapters/postgres/request-search.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import { comparePlaces, everyRequestOf, matchesFilter, placeOf } from '#domain/request-filter.ts'
import type { RequestSearch } from '#ports/generations.ts'
import { databaseKinds, useDatabase } from '#test/database/database-fixture.ts'

import { fillLog } from './filled-log.ts'
import { everySearch } from './searches.ts'

describe.each(databaseKinds)('pages of the request log on the %s database', (kind) => {
  const opened = useDatabase(kind)

  test('any search gives the page of the whole sorted log, however few lines it looks at first', async () => {
    const { db } = opened()
    const { accountId, records } = await fillLog(db, { mine: 1_000, othersPerHundred: 10, seed: 1 })
    const wrong: string[] = []
    for (const { name, search } of await everySearch(db, accountId)) {
      const expected = pageIn(records, search)
      for (const sample of [200, sampleMax]) {
        const found = await searchRequests(db, search, sample)
        if (!isSame(found, expected)) wrong.push(`${name}; ${sample}`)
      }
    }
    expect(wrong).toEqual([])
  }, 120_000)

  test('a log that was written before its index knew hours is found whole', async () => {
    const { db } = opened()
    await sql`
      delete from schema_migration where number >= 17;
      drop index generation_search;
      create index generation_search on generation (account_id, created_at, id)
        include (cost_nano_usd, facet, latency_ms, prompt_tokens, completion_tokens)`.execute(db)
    const { accountId, records } = await fillLog(db, { mine: 300, othersPerHundred: 10, seed: 2 })
    expect(await migrate(opened())).toEqual(['0017_search_by_hour.sql'])
    const page = { filter: everyRequestOf(accountId), isRising: true, after: null, limit: 1_000 }
    for (const order of ['time', 'cost'] as const) {
      const search = { ...page, order }
      expect(isSame(await searchRequests(db, search), pageIn(records, search))).toBe(true)
    }
  })
})

describe('the index of the request log on a PostgreSQL server', () => {
  const opened = useDatabase('server')

  test('the pages of a busy account are nearly full, although lines of others come between', async () => {
    const { db } = opened()
    await fillLog(db, { mine: 12_000, othersPerHundred: 1, seed: 3 })
    const { rows } = await sql<{ bytes: bigint }>`
      select pg_relation_size('generation_search') / count(*) as bytes from generation`.execute(db)
    // An entry takes 124 bytes. Pages that are cut in halves and stay so would make it 250.
    expect(Number(rows[0]?.bytes)).toBeLessThan(165)
  }, 60_000)
})

function isSame(left: readonly GenerationRecord[], right: readonly GenerationRecord[]): boolean {
  return left.length === right.length && left.every(({ id }, place) => id === right[place]?.id)
}

/** What a search means, from lines that are in memory. */
function pageIn(
  records: readonly GenerationRecord[],
  { filter, order, isRising, after, limit }: RequestSearch,
): readonly GenerationRecord[] {
  const compare = (left: GenerationRecord, right: GenerationRecord) =>
    comparePlaces(placeOf(left, order), placeOf(right, order)) * (isRising ? 1 : -1)
  const isBeyond = (record: GenerationRecord) =>
    after === null || comparePlaces(placeOf(record, order), after) * (isRising ? 1 : -1) > 0
  return records
    .filter((record) => matchesFilter(record, filter) && isBeyond(record))
    .toSorted(compare)
    .slice(0, limit)
}
