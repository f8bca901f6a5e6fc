import { randomBytes } from 'node:crypto'

import { sql } from 'kysely'
import { describe, expect, test, vi } from 'vitest'

import { newAccount } from '#ports/accounts.conformance.ts'
import { newApiKey } from '#ports/api-keys.conformance.ts'
import { newGeneration } from '#ports/generations.conformance.ts'
import { databaseKinds, useDatabase } from '#test/database/database-fixture.ts'

import { makePostgresAccountStore } from './accounts.ts'
import { makePostgresApiKeyStore } from './api-keys.ts'
import { makePostgresGenerationStore } from './generations.ts'

describe.each(databaseKinds)('the schema on the %s database', (kind) => {
  const opened = useDatabase(kind)
  const accounts = () => makePostgresAccountStore(opened().db)
  const apiKeys = () => makePostgresApiKeyStore(opened().db)

  test('a price that was charged is never changed or removed', async () => {
    const { db } = opened()
    await sql`insert into price_version (id, sheet) values ('price_1', '{}')`.execute(db)
    await sql`insert into price_change (endpoint, version_id) values ('a/b@c', 'price_1')`.execute(
      db,
    )
    for (const change of [
      sql`update price_version set sheet = '{"a":1}'`,
      sql`delete from price_change`,
      sql`update price_change set endpoint = 'x/y@z'`,
      sql`delete from price_version`,
    ]) {
      await expect(change.execute(db)).rejects.toThrow(/are never changed or removed/)
    }
  })

  test.each([
    ['an unknown status', sql`update account set status = 'frozen'`],
    ['a reason to be active', sql`update account set status_reason = 'because'`],
    ['an empty name', sql`update account set display_name = ''`],
    ['an address that is none', sql`update account set email = 'nobody'`],
    ['a hash that is no SHA-256', sql`update api_key set hash = '\\x00'`],
    ['a negative cost', sql`update generation set cost_nano_usd = -1`],
    ['negative tokens', sql`update generation set reasoning_tokens = -1`],
    ['a day that is not the day of the id', sql`update generation set day = day + 1`],
    ['an address where nothing may be logged', sql`update generation set content_mode = 'none'`],
    ['a path that is no list', sql`update generation set routing_path = '{}'`],
  ])('%s is refused', async (_, statement) => {
    const { id } = await accounts().create(newAccount())
    await apiKeys().create(newApiKey(id))
    await makePostgresGenerationStore(opened().db).insert([newGeneration()])
    await expect(statement.execute(opened().db)).rejects.toThrow(/violates check constraint/)
  })

  test('every change that lets a request in or keeps it out is announced within moments', async () => {
    const heard = vi.fn<(payload: string | null) => void>()
    await opened().listen('codelace_directory', heard)
    const { id } = await accounts().create(newAccount())
    const key = newApiKey(id)
    const steps = [
      () => apiKeys().create(key),
      () => apiKeys().revoke(key.id),
      () => accounts().setStatus({ id, status: 'suspended', reason: null, actorKeyId: null }),
      () => accounts().setContentMode(id, 'none'),
    ]
    await vi.waitFor(() => expect(heard).toHaveBeenCalledWith(''))
    for (const step of steps) {
      heard.mockClear()
      await step()
      await vi.waitFor(() => expect(heard).toHaveBeenCalledWith(''))
    }
  })
})

describe('changes of keys on a PostgreSQL server', () => {
  const opened = useDatabase('server')

  test('a change that began before a look and commits after it is not lost', async () => {
    const { db } = opened()
    const accounts = makePostgresAccountStore(db)
    const apiKeys = makePostgresApiKeyStore(db)
    const { id } = await accounts.create(newAccount())
    const [late, early] = [newApiKey(id), newApiKey(id)]
    let { cursor } = await apiKeys.changedSince(null)

    const mayCommit = Promise.withResolvers<void>()
    const isWritten = Promise.withResolvers<void>()
    const slow = db.transaction().execute(async (transaction) => {
      await makePostgresApiKeyStore(transaction).create(late)
      isWritten.resolve()
      await mayCommit.promise
    })
    await isWritten.promise
    await apiKeys.create(early)
    const seen: string[] = []
    const look = async () => {
      const changes = await apiKeys.changedSince(cursor)
      cursor = changes.cursor
      seen.push(...changes.hashes.map((hash) => Buffer.from(hash).toString('hex')))
    }
    await look()
    expect(seen).toContain(Buffer.from(early.hash).toString('hex'))
    expect(seen).not.toContain(Buffer.from(late.hash).toString('hex'))
    mayCommit.resolve()
    await slow
    await look()
    expect(seen).toContain(Buffer.from(late.hash).toString('hex'))
  })

  test('a cursor from another life of the database reports everything', async () => {
    const { db } = opened()
    const { id } = await makePostgresAccountStore(db).create(newAccount())
    const key = newApiKey(id, { hash: Uint8Array.from(randomBytes(32)) })
    const apiKeys = makePostgresApiKeyStore(db)
    await apiKeys.create(key)
    const { hashes } = await apiKeys.changedSince('18446744073709551615')
    expect(hashes).toContainEqual(key.hash)
  })
})
