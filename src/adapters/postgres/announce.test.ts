import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { makeAccountId } from '#domain/identifiers.ts'
import { newGeneration } from '#ports/generations.conformance.ts'
import { databaseKinds, useDatabase } from '#test/database/database-fixture.ts'

import { announce } from './announce.ts'
import { makePostgresGenerationStore } from './generations.ts'

describe.each(databaseKinds)('%s database', (kind) => {
  const opened = useDatabase(kind)

  test('an announcement reaches every listener of its channel, and no other channel', async () => {
    const heard: (string | null)[] = []
    const elsewhere: (string | null)[] = []
    await opened().listen('codelace_prices', (payload) => heard.push(payload))
    await opened().listen('codelace_leases', (payload) => elsewhere.push(payload))
    await announce(opened(), { channel: 'codelace_prices', payload: "node_a'; --" })
    await expect.poll(() => heard.filter((payload) => payload !== null)).toEqual(["node_a'; --"])
    expect(elsewhere.filter((payload) => payload !== null)).toEqual([])
  })

  test('every new line of the request log is announced once, by its account, when it can be read', async () => {
    const heard: string[] = []
    const store = makePostgresGenerationStore(opened().db)
    await opened().listen('codelace_requests', (payload) => {
      if (payload !== null) heard.push(payload)
    })
    const [one, other] = [makeAccountId(randomBytes), makeAccountId(randomBytes)]
    const mine = Array.from({ length: 250 }, () => newGeneration({ accountId: one }))
    const theirs = newGeneration({ accountId: other })
    await store.insert([...mine, theirs])
    await store.insert(mine)
    const idsOf = (accountId: string) =>
      heard
        .map((payload) => payload.split(' '))
        .flatMap(([account, ...ids]) => (account === accountId ? ids : []))
    await expect.poll(() => idsOf(other)).toEqual([theirs.id])
    await expect.poll(() => idsOf(one).length).toBe(250)
    expect(new Set(idsOf(one))).toEqual(new Set(mine.map(({ id }) => id)))
  })
})
