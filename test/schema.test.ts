import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'

import { dataMap } from '#domain/data-map/data-map.ts'
import { retentionPeriods, type TableRules } from '#domain/data-map/data-rule.ts'

import { databaseKinds, useDatabase } from './database/database-fixture.ts'
import { readTableInterfaces } from './database/table-interfaces.ts'

const declared = {
  ...readTableInterfaces(
    new URL('../src/adapters/postgres/tables.ts', import.meta.url),
    'CoreTables',
  ),
  ...readTableInterfaces(
    new URL('../src/adapters/postgres/ledger/tables.ts', import.meta.url),
    'LedgerTables',
  ),
  ...readTableInterfaces(
    new URL('../src/adapters/postgres/identity/tables.ts', import.meta.url),
    'IdentityTables',
  ),
}

/** What a column of each database type is in TypeScript; text may be any type of texts. */
const typesInCode: Readonly<Record<string, RegExp>> = {
  text: /^(?!.*\b(bigint|number|boolean|Date|Uint8Array|Json)\b)/,
  xid8: /^string$/,
  date: /^string\b/,
  int8: /\b(bigint|NanoUsd|PicoUsd)\b/,
  int4: /\bnumber\b/,
  bool: /\bboolean\b/,
  timestamptz: /\bDate\b/,
  bytea: /\bUint8Array\b/,
  jsonb: /\bJson\b/,
  _text: /^\w+\[\]( \| null)?$/,
  _int8: /^readonly bigint\[\]$/,
}

interface StoredColumn {
  readonly table: string
  readonly column: string
  readonly type: string
  readonly nullable: boolean
}

describe.each(databaseKinds)('the migrated schema on the %s database', (kind) => {
  const opened = useDatabase(kind)

  async function storedColumns(): Promise<readonly StoredColumn[]> {
    const { rows } = await sql<StoredColumn>`
      select table_name as "table", column_name as "column", udt_name as type,
        is_nullable = 'YES' as nullable
      from information_schema.columns
      where table_schema = 'public'
      order by table_name, ordinal_position`.execute(opened().db)
    expect(rows.length).toBeGreaterThan(50)
    return rows
  }

  /** The columns of each table, sorted, for comparison as a whole. */
  function outline(tables: Readonly<Record<string, object>>): Record<string, string[]> {
    return Object.fromEntries(
      Object.entries(tables).map(([table, columns]) => [table, Object.keys(columns).sort()]),
    )
  }

  async function storedOutline(): Promise<Record<string, string[]>> {
    const tables: Record<string, Record<string, true>> = {}
    for (const { table, column } of await storedColumns()) {
      tables[table] = { ...tables[table], [column]: true }
    }
    return outline(tables)
  }

  test('every column stands in the data map, and nothing else does', async () => {
    expect(outline(dataMap.tables)).toEqual(await storedOutline())
  })

  test('every column stands in the interface of its table, and nothing else does', async () => {
    expect(outline(declared)).toEqual(await storedOutline())
  })

  test('every column has the type and the nullability that its interface says', async () => {
    const wrong = (await storedColumns()).filter(({ table, column, type, nullable }) => {
      const inCode = declared[table]?.[column] ?? ''
      const fits = typesInCode[type]?.test(inCode) ?? false
      return !fits || /\bnull\b/.test(inCode) !== nullable
    })
    expect(wrong).toEqual([])
  })

  test('every table has a primary key', async () => {
    const { rows } = await sql<{ table: string }>`
      select relname as "table" from pg_class
      where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
        and not exists (select from pg_index where indrelid = pg_class.oid and indisprimary)
    `.execute(opened().db)
    expect(rows).toEqual([])
  })
})

describe('the data map', () => {
  const tables: [string, TableRules][] = Object.entries(dataMap.tables)
  const rules = [
    ...tables.flatMap(([table, columns]) =>
      Object.entries(columns).map(([column, rule]) => ({ name: `${table}.${column}`, ...rule })),
    ),
    ...Object.entries(dataMap.streams).map(([name, rule]) => ({ ...rule, name })),
  ]

  const namesWhere = (wrong: (rule: (typeof rules)[number]) => boolean) =>
    rules.filter(wrong).map(({ name }) => name)

  test('a rule says what its data is for', () => {
    expect(namesWhere(({ purposes }) => purposes.length === 0)).toEqual([])
    expect(namesWhere(({ retention }) => !(retention in retentionPeriods))).toEqual([])
  })

  test('personal data has a legal basis, and erasing an account does something to it', () => {
    expect(
      namesWhere(
        ({ category, legalBasis }) => category !== 'operational' && legalBasis === 'not_personal',
      ),
    ).toEqual([])
    expect(
      namesWhere(({ legalBasis, erase }) => legalBasis !== 'not_personal' && erase === 'keep'),
    ).toEqual([])
  })

  test('only data that is about no person may outlive an account without limit', () => {
    const endless = ['installation_life', 'price_history']
    expect(
      namesWhere(
        ({ legalBasis, retention }) => legalBasis !== 'not_personal' && endless.includes(retention),
      ),
    ).toEqual([])
  })

  test('content and data keys are shredded, and nothing about a secret is exported', () => {
    expect(
      namesWhere(({ category, erase }) => category === 'content' && erase !== 'shred'),
    ).toEqual([])
    const secrets = [
      ...['api_key.hash', 'account_key.wrapped', 'master_key', 'first_run'],
      ...['session.token_hash', 'sign_in_challenge.code_hash', 'sign_in_challenge.id_hash'],
      ...['mail.sealed', 'control_answer.sealed', 'email_change.undo_hash'],
    ]
    expect(namesWhere(({ name, exportable }) => secrets.includes(name) && exportable)).toEqual([])
  })

  test('only content is given to those who answer requests', () => {
    expect(
      namesWhere(
        ({ category, recipients }) =>
          recipients.includes('model_providers') && category !== 'content',
      ),
    ).toEqual([])
  })
})
