import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { LedgerUnderTest } from '#ports/ledger/fixture.conformance.ts'
import { databaseKinds, useDatabase } from '#test/database/database-fixture.ts'
import { makeMemoryLedgerWorld } from '#test/ledger/memory-world.ts'
import { makePostgresLedgerWorld } from '#test/ledger/postgres-world.ts'
import {
  beginLife,
  makeScript,
  planStep,
  randomLife,
  type Script,
} from '#test/ledger/random-operations.ts'

/** Everything an account's owner can see, but times and numbers that each store gives out itself. */
function read({ ledger }: LedgerUnderTest, { accountIds }: Script) {
  return Promise.all(
    accountIds.map(async (id) => ({
      balance: await ledger.balance(id),
      grants: (await ledger.grants(id)).map(({ id: grantId, remainingNanoUsd }) => [
        grantId,
        remainingNanoUsd,
      ]),
      statement: (await ledger.statement(id, 1_000))
        .map(({ kind, effectKey, availableNanoUsd, heldNanoUsd }) =>
          [kind, effectKey, availableNanoUsd, heldNanoUsd].join(' '),
        )
        .toSorted(),
    })),
  )
}

describe.each(databaseKinds)('the %s ledger and its model', (kind) => {
  const makeWorld = makePostgresLedgerWorld(useDatabase(kind))

  test('answer the same and end the same, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(randomLife(40), async (operations) => {
        const real = await makeWorld()
        const model = makeMemoryLedgerWorld()
        const script = makeScript([await real.makeAccount(), await real.makeAccount()])
        for (const id of script.accountIds) model.adopt(id)
        const begin = beginLife(script)
        for (const world of [real, model]) await begin(world)
        for (const operation of operations) {
          const step = planStep(script, operation)
          expect(await step(real)).toEqual(await step(model))
        }
        expect(await read(real, script)).toEqual(await read(model, script))
        expect(await real.ledger.verify()).toEqual([])
      }),
      { numRuns: 12, endOnFailure: true },
    )
  }, 60_000)
})
