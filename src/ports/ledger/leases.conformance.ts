import { randomBytes } from 'node:crypto'

import { describe, expect, test, vi } from 'vitest'

import { type LeaseId, makeAccountId, makeLeaseId, makeNodeId } from '#domain/identifiers.ts'
import { zeroNanoUsd } from '#domain/money.ts'
import { StoreUnavailable } from '#ports/store-error.ts'

import {
  type Begin,
  cents,
  giveBackAll,
  makeNode,
  newCharge,
  newGrant,
  newLease,
} from './fixture.conformance.ts'

/** What a ledger promises of credit that is lent to nodes. */
export function leaseConformance(begin: Begin): void {
  describe('leases', () => {
    test('credit moves from available to held', async () => {
      const { ledger, claim, balanceOf } = await begin(500)
      expect(await ledger.lease(newLease(claim, 200))).toEqual({
        kind: 'granted',
        addedNanoUsd: cents(200),
        availableNanoUsd: cents(300),
      })
      expect(await balanceOf()).toEqual([cents(300), cents(200), 0n])
    })

    test('as much as is wanted and there, if that is the minimum at least', async () => {
      const { ledger, claim } = await begin(500)
      const request = newLease(claim, 100, { wantedNanoUsd: cents(900) })
      expect(await ledger.lease(request)).toMatchObject({ addedNanoUsd: cents(500) })
    })

    test('less than the minimum is not lent, and nothing moves', async () => {
      const { ledger, claim, balanceOf } = await begin(500)
      const request = newLease(claim, 501, { wantedNanoUsd: cents(900) })
      expect(await ledger.lease(request)).toEqual({
        kind: 'insufficient',
        availableNanoUsd: cents(500),
        elsewhereNanoUsd: 0n,
      })
      expect(await balanceOf()).toEqual([cents(500), 0n, 0n])
      const renewal = { ...claim, leaseIds: [request.leaseId], ttlMs: 1_000 }
      expect(await ledger.renew(renewal)).toEqual([request.leaseId])
    })

    test('a refusal tells what other nodes hold, and not what this one holds', async () => {
      const { ledger, claim, accountId, takeLease } = await begin(500)
      await takeLease(100)
      const other = await makeNode(ledger, accountId)
      const held = newLease(other, 250)
      await ledger.lease(held)
      const spent = newCharge(held, 50)
      await ledger.settle([spent])
      expect(await ledger.lease(newLease(claim, 200))).toEqual({
        kind: 'insufficient',
        availableNanoUsd: cents(150),
        elsewhereNanoUsd: cents(200),
      })
    })

    test('a lease can be extended', async () => {
      const { ledger, balanceOf, takeLease } = await begin(500)
      const request = await takeLease(100)
      expect(await ledger.lease(request)).toMatchObject({ addedNanoUsd: cents(100) })
      expect(await ledger.settle([newCharge(request, 200)])).toMatchObject({
        overrunNanoUsd: 0n,
      })
      expect(await balanceOf()).toEqual([cents(300), 0n, cents(200)])
    })

    test('an unknown account is lent nothing', async () => {
      const { ledger, claim } = await begin(0)
      const request = newLease({ ...claim, accountId: makeAccountId(randomBytes) }, 1)
      expect(await ledger.lease(request)).toEqual({ kind: 'account_unknown' })
    })

    test.each(['suspended', 'closing', 'closed'] as const)(
      'an account that is %s is lent nothing, whatever it has',
      async (status) => {
        const { ledger, claim } = await begin(500, status)
        expect(await ledger.lease(newLease(claim, 1))).toEqual({
          kind: 'insufficient',
          availableNanoUsd: 0n,
          elsewhereNanoUsd: 0n,
        })
      },
    )

    test('a node that was never started is fenced', async () => {
      const { ledger, accountId } = await begin(500)
      const claim = { accountId, nodeId: makeNodeId(randomBytes), epoch: 1 }
      expect(await ledger.lease(newLease(claim, 1))).toEqual({ kind: 'fenced' })
    })

    test('a lease of another node or another account cannot be taken over', async () => {
      const { ledger, accountId, claim, makeAccount, takeLease } = await begin(500)
      const { leaseId } = await takeLease(100)
      const otherNode = await makeNode(ledger, accountId)
      const otherAccount = await makeAccount()
      await ledger.grant(newGrant(otherAccount, 500))
      const theirs = newLease({ ...claim, accountId: otherAccount }, 1, { leaseId })
      expect(await ledger.lease(newLease(otherNode, 1, { leaseId }))).toEqual({ kind: 'fenced' })
      expect(await ledger.lease(theirs)).toEqual({ kind: 'fenced' })
    })

    test('1,000 concurrent leases of $0.10 against $5.00 on 3 nodes: exactly 50', async () => {
      const { ledger, accountId, claim, balanceOf } = await begin(500)
      const nodes = [claim, await makeNode(ledger, accountId), await makeNode(ledger, accountId)]
      const results = await Promise.all(
        Array.from({ length: 1_000 }, (_, index) =>
          untilAnswered(() => ledger.lease(newLease(nodes[index % 3] ?? claim, 10))),
        ),
      )
      expect(results.filter((result) => result.kind === 'granted')).toHaveLength(50)
      expect(results.filter((result) => result.kind === 'insufficient')).toHaveLength(950)
      expect(await balanceOf()).toEqual([0n, cents(500), 0n])
    }, 60_000)
  })

  describe('fencing', () => {
    test('a new life of a node fences what its earlier life still asks for', async () => {
      const { ledger, claim, takeLease, balanceOf } = await begin(500)
      const old = await takeLease(100)
      expect(await ledger.raiseEpoch(claim.nodeId)).toBe(claim.epoch + 1)
      expect(await ledger.lease(old)).toEqual({ kind: 'fenced' })
      expect(await ledger.lease(newLease(claim, 1))).toEqual({ kind: 'fenced' })
      expect(await ledger.renew({ ...claim, leaseIds: [old.leaseId], ttlMs: 1_000 })).toEqual([
        old.leaseId,
      ])
      await ledger.giveBack({ ...giveBackAll(old), close: true })
      expect(await balanceOf()).toEqual([cents(400), cents(100), 0n])
    })

    test('a new life cannot use a lease of the earlier one, but can settle on it', async () => {
      const { ledger, claim, takeLease, balanceOf } = await begin(500)
      const old = await takeLease(100)
      const epoch = await ledger.raiseEpoch(claim.nodeId)
      expect(await ledger.lease({ ...old, epoch })).toEqual({ kind: 'fenced' })
      await ledger.giveBack({ ...giveBackAll(old), epoch, close: true })
      const report = await ledger.settle([newCharge(old, 30)])
      expect(report).toMatchObject({ overrunNanoUsd: 0n, lateNanoUsd: 0n })
      expect(await balanceOf()).toEqual([cents(400), cents(70), cents(30)])
    })

    test('old leases are closed once, and their rest comes back', async () => {
      const { ledger, accountId, claim, takeLease, balanceOf } = await begin(500)
      await takeLease(100)
      const old = await takeLease(150)
      const others = newLease(await makeNode(ledger, accountId), 50)
      await ledger.lease(others)
      await ledger.settle([newCharge(old, 30)])
      const epoch = await ledger.raiseEpoch(claim.nodeId)
      await ledger.lease(newLease({ ...claim, epoch }, 25))
      expect(await ledger.closeOldLeases(claim.nodeId, epoch)).toBe(2)
      expect(await ledger.closeOldLeases(claim.nodeId, epoch)).toBe(0)
      expect(await balanceOf()).toEqual([cents(395), cents(75), cents(30)])
    })

    test('epochs of one node rise by one, of two nodes apart from each other', async () => {
      const { ledger, claim } = await begin(0)
      const raised = await Promise.all([1, 2, 3].map(() => ledger.raiseEpoch(claim.nodeId)))
      expect(new Set(raised)).toEqual(new Set([2, 3, 4]))
      expect(await ledger.raiseEpoch(makeNodeId(randomBytes))).toBe(1)
    })
  })

  describe('renewal and recall', () => {
    test('a renewed lease outlives its first term', async () => {
      const { ledger, claim, takeLease, letTimePass, balanceOf } = await begin(500)
      const renewed = await takeLease(100)
      await takeLease(50)
      await letTimePass(50_000)
      const request = { ...claim, leaseIds: [renewed.leaseId], ttlMs: 60_000 }
      expect(await ledger.renew(request)).toEqual([])
      await letTimePass(30_000)
      expect(await ledger.reclaimExpired(10_000)).toBe(1)
      expect(await balanceOf()).toEqual([cents(400), cents(100), 0n])
    })

    test('renewal tells which leases are closed, unknown or of other nodes', async () => {
      const { ledger, accountId, claim, takeLease } = await begin(500)
      const open = await takeLease(100)
      const closed = await takeLease(100)
      await ledger.giveBack({ ...giveBackAll(closed), close: true })
      const others = newLease(await makeNode(ledger, accountId), 100)
      await ledger.lease(others)
      const unknown = makeLeaseId(randomBytes)
      const leaseIds = [open.leaseId, closed.leaseId, others.leaseId, unknown]
      expect(await ledger.renew({ ...claim, leaseIds, ttlMs: 60_000 })).toEqual(leaseIds.slice(1))
      expect(await ledger.renew({ ...claim, leaseIds: [], ttlMs: 60_000 })).toEqual([])
    })

    test('leases that are renewed while they are closed are told apart, and nothing fails', async () => {
      const { ledger, claim, takeLease, balanceOf } = await begin(500)
      const leases = []
      for (let count = 0; count < 10; count += 1) leases.push(await takeLease(10))
      const leaseIds = leases.map((lease) => lease.leaseId)
      const renewal = { ...claim, leaseIds, ttlMs: 60_000 }
      await Promise.all(
        leases.flatMap((lease, index) => [
          ledger.renew({ ...renewal, leaseIds: index % 2 ? leaseIds : leaseIds.toReversed() }),
          ledger.giveBack({ ...giveBackAll(lease), close: true }),
        ]),
      )
      expect(await ledger.renew(renewal)).toEqual(leaseIds)
      expect(await balanceOf()).toEqual([cents(500), 0n, 0n])
    })

    test('an extension renews', async () => {
      const { ledger, takeLease, letTimePass } = await begin(500)
      const lease = await takeLease(100)
      await letTimePass(50_000)
      await ledger.lease(lease)
      await letTimePass(30_000)
      expect(await ledger.reclaimExpired(0)).toBe(0)
    })

    test('a recall reaches whoever listens', async () => {
      const { ledger, accountId, recalls } = await begin(0)
      await ledger.requestRecall(accountId)
      await vi.waitFor(() => expect(recalls()).toContain(accountId), { timeout: 5_000 })
    })
  })

  describe('giving back', () => {
    test('a part goes back to available', async () => {
      const { ledger, takeLease, balanceOf } = await begin(500)
      const lease = await takeLease(200)
      await ledger.giveBack({ ...giveBackAll(lease), amountNanoUsd: cents(150) })
      expect(await balanceOf()).toEqual([cents(450), cents(50), 0n])
    })

    test('a return that is repeated under its number moves nothing more', async () => {
      const { ledger, takeLease, balanceOf } = await begin(500)
      const lease = await takeLease(200)
      const back = { ...giveBackAll(lease), amountNanoUsd: cents(50) }
      await ledger.giveBack(back)
      await ledger.giveBack(back)
      expect(await balanceOf()).toEqual([cents(350), cents(150), 0n])
      await ledger.giveBack({ ...back, returnNumber: 2 })
      expect(await balanceOf()).toEqual([cents(400), cents(100), 0n])
    })

    test('never more than the rest goes back', async () => {
      const { ledger, takeLease, balanceOf } = await begin(500)
      const lease = await takeLease(200)
      await ledger.settle([newCharge(lease, 60)])
      await ledger.giveBack({ ...giveBackAll(lease), amountNanoUsd: cents(900) })
      expect(await balanceOf()).toEqual([cents(440), 0n, cents(60)])
      await ledger.giveBack({ ...giveBackAll(lease), returnNumber: 2 })
      expect(await balanceOf()).toEqual([cents(440), 0n, cents(60)])
    })

    test('closing returns the whole rest, whatever the amount, once', async () => {
      const { ledger, claim, takeLease, balanceOf } = await begin(500)
      const lease = await takeLease(200)
      await ledger.settle([newCharge(lease, 60)])
      const close = { ...giveBackAll(lease), amountNanoUsd: zeroNanoUsd, close: true }
      await ledger.giveBack(close)
      await ledger.giveBack(close)
      expect(await balanceOf()).toEqual([cents(440), 0n, cents(60)])
      expect(await ledger.lease(lease)).toEqual({ kind: 'fenced' })
      expect(await ledger.renew({ ...claim, leaseIds: [lease.leaseId], ttlMs: 1 })).toEqual([
        lease.leaseId,
      ])
    })

    test('only its own node can give a lease back; an unknown lease is no error', async () => {
      const { ledger, accountId, takeLease, balanceOf } = await begin(500)
      const lease = await takeLease(200)
      const { nodeId, epoch } = await makeNode(ledger, accountId)
      await ledger.giveBack({ ...giveBackAll(lease), nodeId, epoch, close: true })
      const leaseId: LeaseId = makeLeaseId(randomBytes)
      await ledger.giveBack({ ...giveBackAll(lease), leaseId, close: true })
      expect(await balanceOf()).toEqual([cents(300), cents(200), 0n])
    })
  })
}

/** A store that is asked by too many at once may refuse some of them for now. */
async function untilAnswered<Result>(ask: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error
    }
  }
}
