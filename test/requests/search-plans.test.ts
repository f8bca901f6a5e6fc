import { sql } from 'kysely'
import { expect, test } from 'vitest'

import { facetsMeant } from '#adapters/postgres/request-facets.ts'
import { pageOf, plannerSettings, sampleMax } from '#adapters/postgres/request-search.ts'
import { useDatabase } from '#test/database/database-fixture.ts'

import { fillLog } from './filled-log.ts'
import { everySearch, type NamedSearch } from './searches.ts'

const opened = useDatabase('server')

/** The indexes that answer which lines are meant; the primary key then finds those of the page. */
const lawful = new Set(['generation_search', 'generation_facet', 'generation_pkey'])

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Index Name'?: string
  readonly 'Relation Name'?: string
  readonly Plans?: readonly PlanNode[]
}

test('no search reads the table line by line, and what is frequent is never gathered from it', async () => {
  const { db, patientDb } = opened()
  const { accountId } = await fillLog(db, { mine: 4_000, othersPerHundred: 0, seed: 7 })
  await sql`vacuum (analyze) generation`.execute(patientDb)
  const searches = await everySearch(db, accountId)
  expect(searches.length).toBeGreaterThan(500)
  const unlawful: string[] = []
  for (const search of searches) {
    for (const node of await planOf(search)) {
      const type = node['Node Type']
      const index = node['Index Name']
      const isReading = node['Relation Name'] === 'generation' || index !== undefined
      if (!isReading) continue
      const isLawful = type === 'Bitmap Heap Scan' || (index !== undefined && lawful.has(index))
      const isOneLine = search.name.includes('a whole id')
      const isWide = index === 'generation_search' && type !== 'Index Only Scan' && !isOneLine
      if (type === 'Seq Scan' || !isLawful || isWide) {
        unlawful.push(`${search.name}: ${type} ${index ?? ''}`)
      }
    }
  }
  expect(unlawful).toEqual([])
}, 120_000)

/** Every node of the plan of a search; none where no facet is meant, for then nothing is read. */
async function planOf({ search }: NamedSearch): Promise<readonly PlanNode[]> {
  return opened()
    .db.transaction()
    .execute(async (transaction) => {
      const facets = await facetsMeant(transaction, search.filter)
      if (facets?.length === 0) return []
      await sql.raw(plannerSettings).execute(transaction)
      const { rows } = await sql<{ 'QUERY PLAN': readonly { Plan: PlanNode }[] }>`
        explain (format json) ${pageOf(search, facets, sampleMax)}`.execute(transaction)
      return (rows[0]?.['QUERY PLAN'] ?? []).flatMap(({ Plan }) => everyNode(Plan))
    })
}

function everyNode(node: PlanNode): readonly PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(everyNode)]
}
