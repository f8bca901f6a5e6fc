import { randomBytes } from 'node:crypto'

import { afterAll, assert, beforeAll, inject } from 'vitest'

import { type Database, openDatabase } from '#adapters/postgres/database.ts'

import type { Template } from './global-setup.ts'
import { copyTemplate, dropDatabase, urlOf } from './server-databases.ts'

/** The databases that every store is tested on. */
export const databaseKinds = ['embedded', 'server'] as const

/** One of the databases that every store is tested on. */
export type DatabaseKind = (typeof databaseKinds)[number]

/**
 * A migrated, empty database for the tests of the `describe` it is called in, on the kind given; it is
 * dropped afterwards. Call the returned function inside tests. On a run without that kind of database
 * every test fails with a sentence that says what is missing.
 */
export function useDatabase(kind: DatabaseKind): () => Database {
  let made: TestDatabase | undefined
  beforeAll(async () => {
    made = await makeDatabase(kind)
  })
  afterAll(async () => {
    await made?.drop()
  })
  return () => {
    assert(made, 'the database is made before the first test')
    return made.database
  }
}

/** A database of one test. `drop` closes it too. */
export interface TestDatabase {
  readonly database: Database
  /** Null for an embedded database, which lives in memory. */
  readonly url: string | null
  readonly drop: () => Promise<void>
}

/** For tests that need several databases, or the address of one; prefer `useDatabase`. */
export async function makeDatabase(kind: DatabaseKind): Promise<TestDatabase> {
  if (kind === 'embedded') {
    const database = await openDatabase({ kind: 'memory', image: embeddedImage() })
    return { database, url: null, drop: database.close }
  }
  const template = requireTemplate(inject('serverTemplate'))
  const name = `codelace_test_${Date.now()}_${randomBytes(6).toString('hex')}`
  await copyTemplate(template, name)
  const database = await openDatabase({ kind: 'server', url: urlOf(name) })
  const drop = async () => {
    await database.close()
    await dropDatabase(name)
  }
  return { database, url: urlOf(name), drop }
}

/** The path of an image of a migrated embedded database, which starts much faster than an empty one. */
export function embeddedImage(): string {
  return requireTemplate(inject('embeddedTemplate'))
}

function requireTemplate(template: Template): string {
  assert(template.kind === 'ready', template.kind === 'broken' ? template.reason : '')
  return template.from
}
