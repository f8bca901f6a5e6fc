import fc from 'fast-check'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'

import { jsonArrayText } from '#adapters/postgres/array-text.ts'
import { databaseKinds, useDatabase } from '#test/database/database-fixture.ts'

import { integerArray, textArray } from './arrays.ts'

/** The one character that no database text can hold. */
const storable = fc
  .string({ unit: 'binary', maxLength: 12 })
  .map((text) => text.replaceAll('\u0000', ''))
const awkward = fc.constantFrom(
  '',
  'null',
  'NULL',
  '{}',
  '{a,b}',
  'a,b',
  '"',
  '\\',
  "'",
  '\n',
  '🦊',
)

describe.each(databaseKinds)('arrays on the %s database', (kind) => {
  const opened = useDatabase(kind)

  test('arrive as they were sent', async () => {
    const some = fc.record({
      texts: fc.array(fc.option(fc.oneof(storable, awkward), { nil: null })),
      integers: fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    })
    await fc.assert(
      fc.asyncProperty(some, async ({ texts, integers }) => {
        const { rows } = await sql`
          select ${textArray(texts)} as texts, ${integerArray(integers)} as integers`.execute(
          opened().db,
        )
        expect(rows).toEqual([{ texts, integers }])
      }),
    )
  })

  test('of JSON arrive as they were sent', async () => {
    const text = fc.oneof(storable, awkward)
    const some = fc.array(fc.option(fc.record({ text, list: fc.array(text) }), { nil: null }))
    await fc.assert(
      fc.asyncProperty(some, async (values) => {
        const written = jsonArrayText(values.map((value) => value && JSON.stringify(value)))
        const { rows } = await sql<{ json: string }>`
          select coalesce(array_to_json(${written}::jsonb[])::text, '[]') as json`.execute(
          opened().db,
        )
        expect(JSON.parse(rows[0]?.json ?? '')).toEqual(values)
      }),
    )
  })
})
