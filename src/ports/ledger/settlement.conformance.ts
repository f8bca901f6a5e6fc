import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { type AccountId, makeAccountId, makeLeaseId } from '#domain/identifiers.ts'
import { settleBatchChargesMax } from '#domain/limits.ts'
import { nanoUsd } from '#domain/money.ts'
import type { LeaseRequest } from '#ports/ledger-store.ts'

import {
  type Begin,
  cents,
  giveBackAll,
  makeNode,
  newCharge,
  newGrant,
  newLease,
} from './fixture.conformance.ts'

/** What a ledger promises of charges. */
export function settlementConformance(begin: Begin): void {
  describe('settlement', () => {
    test('a charge moves from held to revenue', async () => {
      const { ledger, takeLease, balanceOf } = await begin(500)
      const lease = await takeLease(200)
      const report = await ledger.settle([newCharge(lease, 20), newCharge(lease, 30)])
      expect(report).toEqual({
        settledCount: 2,
        duplicateCount: 0,
        overrunNanoUsd: 0n,
        lateNanoUsd: 0n,
      })
      expect(await balanceOf()).toEqual([cents(300), cents(150), cents(50)])
    })

    test('a batch that is sent again, whole or in part, counts once', async () => {
      const { ledger, takeLease, balanceOf } = await begin(500)
      const lease = await takeLease(200)
      const [first, second, third] = [20, 30, 40].map((cost) => newCharge(lease, cost))
      if (!first || !second || !third) expect.fail('three charges were made')
      await ledger.settle([first, second])
      expect(await ledger.settle([first, second])).toMatchObject({
        settledCount: 0,
        duplicateCount: 2,
      })
      expect(await ledger.settle([second, third, third])).toMatchObject({
        settledCount: 1,
        duplicateCount: 2,
      })
      expect(await balanceOf()).toEqual([cents(300), cents(110), cents(90)])
    })

    test('a batch that many send at the same time counts once', async () => {
      const { ledger, takeLease, balanceOf } = await begin(500)
      const lease = await takeLease(200)
      const batch = Array.from({ length: 100 }, () => newCharge(lease, 1))
      const reports = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          ledger.settle(index % 2 === 0 ? batch : batch.toReversed()),
        ),
      )
      expect(reports.reduce((sum, report) => sum + report.settledCount, 0)).toBe(100)
      expect(await balanceOf()).toEqual([cents(300), cents(100), cents(100)])
    })

    test('a charge of zero is counted and moves nothing', async () => {
      const { ledger, takeLease, balanceOf } = await begin(500)
      const lease = await takeLease(200)
      const charge = newCharge(lease, 0)
      expect(await ledger.settle([charge])).toMatchObject({ settledCount: 1 })
      expect(await ledger.settle([charge])).toMatchObject({ duplicateCount: 1 })
      expect(await balanceOf()).toEqual([cents(300), cents(200), 0n])
    })

    test('an empty batch does nothing', async () => {
      const { ledger } = await begin(0)
      expect(await ledger.settle([])).toMatchObject({ settledCount: 0, duplicateCount: 0 })
    })

    test('what exceeds an open lease is an overrun: charged in full, from available', async () => {
      const { ledger, accountId, takeLease, balanceOf } = await begin(500)
      const lease = await takeLease(100)
      const report = await ledger.settle([newCharge(lease, 130)])
      expect(report).toMatchObject({ overrunNanoUsd: cents(30), lateNanoUsd: 0n })
      expect(await balanceOf()).toEqual([cents(370), 0n, cents(130)])
      const kinds = (await ledger.statement(accountId, 2)).map((line) => line.kind)
      expect(kinds.toSorted()).toEqual(['overrun', 'settle'])
    })

    test('a charge without a lease is an overrun', async () => {
      const { ledger, claim, balanceOf } = await begin(500)
      const report = await ledger.settle([newCharge({ ...claim, leaseId: null }, 10)])
      expect(report).toMatchObject({ overrunNanoUsd: cents(10), lateNanoUsd: 0n })
      expect(await balanceOf()).toEqual([cents(490), 0n, cents(10)])
    })

    test('a charge on a reclaimed lease is late: charged once, from available', async () => {
      const { ledger, takeLease, letTimePass, balanceOf } = await begin(500)
      const lease = await takeLease(500)
      await letTimePass(61_000)
      expect(await ledger.reclaimExpired(60_000)).toBe(0)
      expect(await ledger.reclaimExpired(0)).toBe(1)
      expect(await ledger.reclaimExpired(0)).toBe(0)
      const charge = newCharge(lease, 30)
      expect(await ledger.settle([charge])).toMatchObject({
        overrunNanoUsd: 0n,
        lateNanoUsd: cents(30),
      })
      expect(await ledger.settle([charge])).toMatchObject({ lateNanoUsd: 0n })
      expect(await balanceOf()).toEqual([cents(470), 0n, cents(30)])
    })

    test('a charge on a lease nobody knows, or on another account’s, is late', async () => {
      const { ledger, claim, makeAccount, balanceOf } = await begin(500)
      const other = await makeAccount()
      await ledger.grant(newGrant(other, 500))
      const theirs = newLease({ ...claim, accountId: other }, 100)
      await ledger.lease(theirs)
      const report = await ledger.settle([
        newCharge({ ...claim, leaseId: makeLeaseId(randomBytes) }, 10),
        newCharge({ ...claim, leaseId: theirs.leaseId }, 20),
      ])
      expect(report).toMatchObject({ settledCount: 2, lateNanoUsd: cents(30) })
      expect(await balanceOf()).toEqual([cents(470), 0n, cents(30)])
      expect(await ledger.balance(other)).toMatchObject({ heldNanoUsd: cents(100) })
    })

    test('one batch settles many accounts and leases', async () => {
      const { ledger, claim, makeAccount, accountId, takeLease } = await begin(500)
      const accountIds = await Promise.all(Array.from({ length: 20 }, () => makeAccount()))
      const leases = [await takeLease(100)]
      for (const id of accountIds) {
        await ledger.grant(newGrant(id, 100))
        const lease = newLease({ ...claim, accountId: id }, 50)
        await ledger.lease(lease)
        leases.push(lease)
      }
      const batch = leases.flatMap((lease) => [newCharge(lease, 10), newCharge(lease, 5)])
      expect(await ledger.settle(batch)).toMatchObject({ settledCount: 42, overrunNanoUsd: 0n })
      for (const id of [accountId, ...accountIds]) {
        expect(await ledger.balance(id)).toMatchObject({ spentNanoUsd: cents(15) })
      }
    })

    test('a suspended or unknown account is charged all the same', async () => {
      const { ledger, claim, balanceOf } = await begin(0, 'suspended')
      const unknown = makeAccountId(randomBytes)
      const report = await ledger.settle([
        newCharge({ ...claim, leaseId: null }, 10),
        newCharge({ ...claim, leaseId: null, accountId: unknown }, 20),
      ])
      expect(report).toMatchObject({ settledCount: 2, overrunNanoUsd: cents(30) })
      expect(await balanceOf()).toEqual([cents(-10), 0n, cents(10)])
    })

    test('a batch beyond its limit, or with a cost below zero, posts nothing', async () => {
      const { ledger, takeLease, balanceOf } = await begin(500)
      const lease = await takeLease(200)
      const good = newCharge(lease, 1)
      const bad = newCharge(lease, 1, { costNanoUsd: nanoUsd(-1n) })
      await expect(ledger.settle([good, bad])).rejects.toThrow('below zero')
      const tooMany = Array.from({ length: settleBatchChargesMax + 1 }, () => good)
      await expect(ledger.settle(tooMany)).rejects.toThrow('too large')
      expect(await balanceOf()).toEqual([cents(300), cents(200), 0n])
    })

    test('the largest batch settles in one call', async () => {
      const { ledger, takeLease, balanceOf } = await begin(50_000)
      const lease = await takeLease(40_000)
      const batch = Array.from({ length: settleBatchChargesMax }, () => newCharge(lease, 1))
      expect(await ledger.settle(batch)).toMatchObject({ settledCount: settleBatchChargesMax })
      expect(await balanceOf()).toEqual([cents(10_000), cents(38_000), cents(2_000)])
    })
  })

  describe('order of spending', () => {
    test('priority, then expiry (never last), then age, whichever lease pays', async () => {
      const { ledger, accountId, claim, letTimePass, takeLease } = await begin(0)
      const soon = new Date(Date.now() + 3_600_000)
      const later = new Date(Date.now() + 7_200_000)
      const inOrder = [
        newGrant(accountId, 10, { kind: 'trial', priority: 100, expiresAt: soon }),
        newGrant(accountId, 10, { kind: 'trial', priority: 100, expiresAt: later }),
        newGrant(accountId, 10, { kind: 'promotional', priority: 200 }),
        newGrant(accountId, 10, { priority: 300, expiresAt: later }),
        newGrant(accountId, 10, { priority: 300 }),
        newGrant(accountId, 10, { priority: 300 }),
      ]
      for (const index of [4, 2, 0, 3, 1, 5]) {
        const grant = inOrder[index]
        if (grant) await ledger.grant(grant)
        await letTimePass(5)
      }
      const remaining = async () => {
        const grants = await ledger.grants(accountId)
        const of = (id: string) => grants.find((grant) => grant.id === id)?.remainingNanoUsd
        return inOrder.map(({ id }) => Number(of(id) ?? -1n) / Number(cents(1)))
      }
      expect((await ledger.grants(accountId)).map((grant) => grant.id)).toEqual(
        inOrder.map((grant) => grant.id),
      )
      const [first, second] = [await takeLease(30), await takeLease(30)]
      await ledger.settle([newCharge(second, 15)])
      expect(await remaining()).toEqual([0, 5, 10, 10, 10, 10])
      await ledger.settle([newCharge(first, 17), newCharge(second, 1)])
      expect(await remaining()).toEqual([0, 0, 0, 7, 10, 10])
      await ledger.settle([newCharge({ ...claim, leaseId: null }, 8)])
      expect(await remaining()).toEqual([0, 0, 0, 0, 9, 10])
      expect((await ledger.grants(accountId)).map((grant) => grant.id)).toEqual(
        [4, 5, 0, 1, 2, 3].map((index) => inOrder[index]?.id),
      )
    })
  })

  describe('nodes at work together', () => {
    test('three nodes lend, settle, return and renew at once, and every sum is exact', async () => {
      const { ledger, accountId, makeAccount } = await begin(100_000)
      const accountIds = [accountId, await makeAccount(), await makeAccount()]
      for (const id of accountIds.slice(1)) await ledger.grant(newGrant(id, 100_000))
      const work = async (order: readonly AccountId[]) => {
        const { nodeId, epoch } = await makeNode(ledger, accountId)
        const leases: LeaseRequest[] = []
        for (const id of order) {
          const lease = newLease({ accountId: id, nodeId, epoch }, 1_000)
          await ledger.lease(lease)
          leases.push(lease)
        }
        let settled = 0
        for (let round = 1; round <= 10; round += 1) {
          const batch = leases.flatMap((lease) => [newCharge(lease, 3), newCharge(lease, 4)])
          const leaseIds = leases.map((lease) => lease.leaseId)
          const returning = leases[round % leases.length]
          const [report] = await Promise.all([
            ledger.settle(batch),
            ledger.renew({ nodeId, epoch, leaseIds, ttlMs: 60_000 }),
            returning &&
              ledger.giveBack({
                ...giveBackAll(returning),
                amountNanoUsd: cents(10),
                returnNumber: round,
              }),
          ])
          expect(report).toMatchObject({ overrunNanoUsd: 0n, lateNanoUsd: 0n })
          settled += report.settledCount
        }
        for (const lease of leases) await ledger.giveBack({ ...giveBackAll(lease), close: true })
        return settled
      }
      const [first, second, third] = accountIds
      if (!first || !second || !third) expect.fail('three accounts were made')
      const counts = await Promise.all([
        work([first, second, third]),
        work([third, second, first]),
        work([second, first, third]),
      ])
      expect(counts).toEqual([60, 60, 60])
      for (const id of accountIds) {
        expect(await ledger.balance(id)).toEqual({
          availableNanoUsd: cents(100_000 - 3 * 70),
          heldNanoUsd: 0n,
          spentNanoUsd: cents(3 * 70),
          grantedNanoUsd: cents(100_000),
        })
      }
    }, 60_000)
  })
}
