import { afterEach, describe, expect } from 'vitest'

import type { AccountStatus } from '#domain/accounts.ts'
import { beginLedgerTest, type LedgerUnderTest } from '#ports/ledger/fixture.conformance.ts'
import { grantConformance } from '#ports/ledger/grants.conformance.ts'
import { leaseConformance } from '#ports/ledger/leases.conformance.ts'
import { settlementConformance } from '#ports/ledger/settlement.conformance.ts'

/** What every ledger promises. After each test, not one nano-dollar may be astray. */
export function ledgerStoreConformance(
  name: string,
  makeUnderTest: () => Promise<LedgerUnderTest>,
): void {
  describe(`${name}: ledger`, () => {
    const soundness: (() => Promise<unknown>)[] = []

    afterEach(async () => {
      for (const check of soundness.splice(0)) expect(await check()).toEqual([])
    })

    const begin = async (creditCents: number, status: AccountStatus = 'active') => {
      const world = await makeUnderTest()
      soundness.push(() => world.ledger.verify())
      return beginLedgerTest(world, creditCents, status)
    }

    grantConformance(begin)
    leaseConformance(begin)
    settlementConformance(begin)
  })
}
