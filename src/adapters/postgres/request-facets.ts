import { type Kysely, sql } from 'kysely'

import { assert } from '#domain/faults.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import type { RequestFilter } from '#domain/request-filter.ts'

import type { Tables } from './database.ts'
import { integerArray, textArray } from './ledger/arrays.ts'

interface NumberedFacet {
  readonly place: bigint
  readonly number: number
}

/**
 * The number of each record's facet, in their order; facets that are new are added. Rows are added in one order, so
 * writers never lock in a circle. Numbers are asked for before they are drawn: there are only so many.
 */
export async function facetsOf(
  transaction: Kysely<Tables>,
  records: readonly GenerationRecord[],
): Promise<readonly number[]> {
  const names = records.map(nameOf)
  const places = new Map<string, GenerationRecord>()
  for (const [index, record] of records.entries()) places.set(names[index] ?? '', record)
  const distinct = [...places.keys()].toSorted()
  const wanted = distinct.flatMap((name) => places.get(name) ?? [])
  let known = await numbered(transaction, wanted)
  if (known.length < wanted.length) {
    await addFacets(transaction, wanted)
    known = await numbered(transaction, wanted)
  }
  const numbers = new Map(
    known.map(({ place, number }) => [distinct[Number(place) - 1] ?? '', number]),
  )
  return names.map((name) => {
    const number = numbers.get(name)
    assert(number !== undefined, 'every facet was added')
    return number
  })
}

/** The numbers of the facets that a filter means; null when it means any. */
export async function facetsMeant(
  db: Kysely<Tables>,
  filter: RequestFilter,
): Promise<readonly number[] | null> {
  const { keyIds, models, providers, outcomes, statusMin, statusMax, isStreamed } = filter
  const members = [keyIds, models, providers, outcomes, statusMin, statusMax, isStreamed]
  if (members.every((member) => member === null)) return null
  let query = db
    .selectFrom('request_facet')
    .select('number')
    .where('account_id', '=', filter.accountId)
  if (keyIds !== null) query = query.where('key_id', 'in', keyIds)
  if (models !== null) query = query.where('model', 'in', models)
  if (providers !== null) query = query.where('provider', 'in', providers)
  if (outcomes !== null) query = query.where('outcome', 'in', outcomes)
  if (statusMin !== null) query = query.where('status', '>=', statusMin)
  if (statusMax !== null) query = query.where('status', '<=', statusMax)
  if (isStreamed !== null) query = query.where('streamed', '=', isStreamed)
  const rows = await query.execute()
  return rows.map(({ number }) => number)
}

function nameOf(record: GenerationRecord): string {
  const { accountId, keyId, provider, outcome, status, streamed } = record
  return JSON.stringify([accountId, keyId, modelOf(record), provider, outcome, status, streamed])
}

function modelOf({ resolvedModel, requestedModel }: GenerationRecord): string {
  return resolvedModel ?? requestedModel ?? ''
}

function columnsOf(records: readonly GenerationRecord[]) {
  return sql`unnest(
    ${textArray(records.map(({ accountId }) => accountId))},
    ${textArray(records.map(({ keyId }) => keyId))},
    ${textArray(records.map(modelOf))},
    ${textArray(records.map(({ provider }) => provider ?? ''))},
    ${textArray(records.map(({ outcome }) => outcome))},
    ${integerArray(records.map(({ status }) => status))}::int4[],
    ${integerArray(records.map(({ streamed }) => Number(streamed)))}::int4[]::boolean[]
  )`
}

async function numbered(
  transaction: Kysely<Tables>,
  records: readonly GenerationRecord[],
): Promise<readonly NumberedFacet[]> {
  const { rows } = await sql<NumberedFacet>`
    select place, number
    from ${columnsOf(records)} with ordinality
      as wanted (account_id, key_id, model, provider, outcome, status, streamed, place)
    join request_facet using (account_id, key_id, model, provider, outcome, status, streamed)
  `.execute(transaction)
  return rows
}

async function addFacets(
  transaction: Kysely<Tables>,
  records: readonly GenerationRecord[],
): Promise<void> {
  await sql`
    insert into request_facet (account_id, key_id, model, provider, outcome, status, streamed)
    select account_id, key_id, model, provider, outcome, status, streamed
    from ${columnsOf(records)} with ordinality
      as wanted (account_id, key_id, model, provider, outcome, status, streamed, place)
    where not exists (
      select from request_facet as known
      where (known.account_id, known.key_id, known.model, known.provider, known.outcome, known.status, known.streamed)
        = (wanted.account_id, wanted.key_id, wanted.model, wanted.provider, wanted.outcome, wanted.status, wanted.streamed)
    )
    order by place on conflict do nothing`.execute(transaction)
}
