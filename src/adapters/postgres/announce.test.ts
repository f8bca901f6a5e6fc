import { describe, expect, test } from 'vitest'

import { databaseKinds, useDatabase } from '#test/database/database-fixture.ts'

import { announce } from './announce.ts'

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
})
