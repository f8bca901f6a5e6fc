import { describe, expect, test } from 'vitest'

import { beginLedgerTest, makeNode, newGrant, newLease } from '#ports/ledger/fixture.conformance.ts'
import { databaseKinds, useDatabase } from '#test/database/database-fixture.ts'
import { makePostgresLedgerWorld } from '#test/ledger/postgres-world.ts'

import { expireGrants } from './expiry.ts'
import { closeOldLeases, reclaimExpired } from './take-back.ts'

describe.each(databaseKinds)('what is more than one batch on the %s database', (kind) => {
  const opened = useDatabase(kind)
  const makeWorld = makePostgresLedgerWorld(opened)

  test('every account’s expired grants end, whatever the size of a batch', async () => {
    const world = await makeWorld()
    const expiresAt = new Date(Date.now() - 60_000)
    const accountIds = await Promise.all(Array.from({ length: 5 }, () => world.makeAccount()))
    for (const id of accountIds) {
      await world.ledger.grant(newGrant(id, 100, { expiresAt }))
      await world.ledger.grant(newGrant(id, 50, { expiresAt }))
    }
    expect(await expireGrants(opened().db, 2)).toBe(10)
    expect(await expireGrants(opened().db, 2)).toBe(0)
  })

  test('an account whose expired credit is held does not keep the others waiting', async () => {
    const world = await makeWorld()
    const expiresAt = new Date(Date.now() + 60_000)
    const accountIds = await Promise.all(Array.from({ length: 3 }, () => world.makeAccount()))
    for (const id of accountIds) {
      await world.ledger.grant(newGrant(id, 100, { expiresAt }))
      await world.ledger.lease(newLease(await makeNode(world.ledger, id), 100))
    }
    const free = await world.makeAccount()
    await world.ledger.grant(newGrant(free, 100, { expiresAt }))
    await world.letTimePass(61_000)
    expect(await expireGrants(opened().db, 1)).toBe(1)
  })

  test('every lease of an earlier life is closed, whatever the size of a batch', async () => {
    const { ledger, claim, takeLease } = await beginLedgerTest(await makeWorld(), 500)
    for (let count = 0; count < 5; count += 1) await takeLease(10)
    const epoch = await ledger.raiseEpoch(claim.nodeId)
    const request = { nodeId: claim.nodeId, epoch, batchMax: 2 }
    expect(await closeOldLeases(opened().db, request)).toBe(5)
    expect(await closeOldLeases(opened().db, request)).toBe(0)
  })

  test('every expired lease is taken back, whatever the size of a batch', async () => {
    const { takeLease, letTimePass } = await beginLedgerTest(await makeWorld(), 500)
    for (let count = 0; count < 5; count += 1) await takeLease(10)
    await letTimePass(61_000)
    expect(await reclaimExpired(opened().db, { graceMs: 0, batchMax: 2 })).toBe(5)
  })
})
