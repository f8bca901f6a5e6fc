import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { budgetIdOf } from '#domain/budgets.ts'
import { makeGenerationId, makeLeaseId, makeNodeId } from '#domain/identifiers.ts'
import { nanoUsd } from '#domain/money.ts'
import { noSpendLimits } from '#domain/usage-limits.ts'

import type { BudgetsUnderTest, LimitedKey } from './budget-store.conformance.ts'
import { newCharge } from './ledger/fixture.conformance.ts'

const day = '2031-05-14' as const

/** What every store of spend limits promises of projects. */
export function projectBudgetConformance(
  name: string,
  makeWorld: () => Promise<BudgetsUnderTest>,
): void {
  describe(`${name}: spend limits of projects`, () => {
    test('a project’s limit counts what all its keys spend, and no other key', async () => {
      const { budgets, ledger, makeProject } = await makeWorld()
      const limits = { ...noSpendLimits, day: nanoUsd(100n) }
      const { projectId: ownerId, keys, outside } = await makeProject(limits)
      const nodeId = makeNodeId(randomBytes)
      const claim = { nodeId, epoch: await ledger.raiseEpoch(nodeId) }
      const lease = (amount: bigint) =>
        budgets.lease({
          ...{ leaseId: makeLeaseId(randomBytes), budgetId: budgetIdOf({ ownerId, day }) },
          ...{ ...claim, ttlMs: 60_000 },
          ...{ minimumNanoUsd: nanoUsd(amount), wantedNanoUsd: nanoUsd(amount) },
        })
      const charge = ({ accountId, keyId }: LimitedKey, cost: bigint) =>
        newCharge({ accountId, leaseId: null, nodeId }, 0, {
          ...{ keyId, costNanoUsd: nanoUsd(cost) },
          chargeId: makeGenerationId(Date.parse(`${day}T12:00:00Z`), randomBytes),
        })
      expect(await lease(30n)).toMatchObject({ kind: 'granted', leftNanoUsd: 70n })
      await ledger.settle([
        ...[charge(keys[0], 20n), charge(keys[1], 40n), charge(outside, 1_000n)],
      ])
      expect(await budgets.spent(ownerId, day)).toMatchObject({ day: 60n, total: 60n })
      expect(await lease(11n)).toMatchObject({ kind: 'insufficient' })
      expect(await lease(10n)).toMatchObject({ kind: 'granted', leftNanoUsd: 0n })
    })
  })
}
