import { describe, expect, test } from 'vitest'

import { zeroNanoUsd } from '#domain/money.ts'
import { makeRecord, startSingleNode, testAccount, usd } from '#test/simulation/single-node.ts'

describe('idle credit', () => {
  test('L-9: goes back within 5 s of the last request', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    await world.pay(usd(1), usd(0.25))
    expect(world.model.balance(testAccount)?.heldNanoUsd).toBeGreaterThan(0n)
    await world.time.advance(5_000)
    expect(world.model.balance(testAccount)).toMatchObject({
      availableNanoUsd: usd(4.75),
      heldNanoUsd: 0n,
    })
    expect(world.node.status().leaseCount).toBe(0)
  })

  test('stays where a request is under way, and only there', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    const streaming = await world.hold(usd(1))
    await world.pay(usd(2), usd(0.5))
    await world.time.advance(9_000)
    expect(world.model.balance(testAccount)?.heldNanoUsd).toBe(usd(1))
    await world.until(
      streaming.settle(makeRecord({ ...streaming, accountId: testAccount }, usd(0.9))),
    )
    await world.time.advance(9_000)
    expect(world.model.balance(testAccount)).toMatchObject({
      availableNanoUsd: usd(3.6),
      heldNanoUsd: 0n,
    })
  })

  test('of a lease that nothing is admitted on any more comes back before anybody is told to wait', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(2) })
    const [streaming, ending] = [await world.hold(usd(0.5)), await world.hold(usd(0.5))]
    world.fault = (call) => (call === 'lease' ? 'away' : null)
    expect(await world.admit(usd(1.5))).toMatchObject({ kind: 'unavailable' })
    world.fault = null
    await world.until(ending.settle(makeRecord({ ...ending, accountId: testAccount }, zeroNanoUsd)))
    const next = await world.admit(usd(1.5))
    expect(next).toMatchObject({ kind: 'held' })
    for (const hold of [streaming, ...(next.kind === 'held' ? [next.hold] : [])]) {
      await world.until(hold.settle(makeRecord({ ...hold, accountId: testAccount }, zeroNanoUsd)))
    }
  })

  test('goes back at once when another node asks', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    const streaming = await world.hold(usd(1))
    await world.pay(usd(2), usd(0.5))
    world.node.recall(testAccount)
    await world.time.advance(50)
    expect(world.model.balance(testAccount)?.heldNanoUsd).toBe(usd(1.5))
    await world.time.advance(300)
    world.node.recall(testAccount)
    world.node.recall('acct_00000000000000000009')
    await world.time.advance(50)
    expect(world.model.balance(testAccount)?.heldNanoUsd).toBe(usd(1))
    await world.until(
      streaming.settle(makeRecord({ ...streaming, accountId: testAccount }, usd(0))),
    )
  })

  test('credit that was given back is never given back a second time', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(9) })
    const first = await world.hold(usd(1))
    await world.pay(usd(3), usd(0))
    await world.time.advance(2_900)
    world.node.recall(testAccount)
    await world.time.advance(3_000)
    const second = await world.hold(usd(1))
    for (const hold of [first, second]) {
      await world.until(hold.settle(makeRecord({ ...hold, accountId: testAccount }, usd(1))))
    }
    await world.time.advance(1_000)
    expect(world.node.status()).toMatchObject({ overrunNanoUsd: 0n, lateNanoUsd: 0n })
  })
})

describe('a lease in use', () => {
  test('is renewed for as long as its request runs, and its charge is never late', async () => {
    const policy = { leaseReclaimIntervalMs: 1_000, leaseGraceMs: 0 }
    const world = await startSingleNode({ balanceNanoUsd: usd(5), policy })
    const streaming = await world.hold(usd(1))
    await world.time.advance(20 * 60_000)
    await world.until(
      streaming.settle(makeRecord({ ...streaming, accountId: testAccount }, usd(1))),
    )
    await world.time.advance(1_000)
    expect(world.node.status().lateNanoUsd).toBe(0n)
    expect(world.callCount('renew')).toBeLessThanOrEqual(61)
  })

  test('that expired while the store was away is renewed before it is used again', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    await world.hold(usd(1))
    await world.pay(usd(1), usd(0))
    world.fault = () => 'away'
    await world.time.advance(56_000)
    expect((await world.admit(usd(0.5))).kind).toBe('unavailable')
    world.fault = null
    await world.time.advance(3_000)
    expect((await world.admit(usd(0.5))).kind).toBe('held')
  })

  test('is not used when the wall clock says that it is over, until the store has renewed it', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    await world.hold(usd(1))
    await world.pay(usd(1), usd(0))
    world.wallOffsetMs = 3_600_000
    expect(world.node.credit.admit(world.request(usd(0.5)))).toBeInstanceOf(Promise)
    await world.time.advance(100)
    expect(world.node.credit.admit(world.request(usd(0.4)))).not.toBeInstanceOf(Promise)
  })

  test('that the store has closed is replaced, and its late charge is labelled', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    const open = await world.hold(usd(1))
    for (const lease of world.model.state.leases.values()) {
      world.model.giveBack({
        leaseId: lease.id,
        nodeId: lease.nodeId,
        epoch: lease.epoch,
        returnNumber: 1,
        amountNanoUsd: usd(0),
        close: true,
      })
    }
    expect((await world.admit(usd(2))).kind).toBe('held')
    await world.until(open.settle(makeRecord({ ...open, accountId: testAccount }, usd(0.3))))
    await world.time.advance(1_000)
    expect(world.node.status().lateNanoUsd).toBe(usd(0.3))
    expect(world.problems).toContainEqual({ kind: 'late', amountNanoUsd: usd(0.3) })
    expect(world.model.verify()).toEqual([])
  })
})

describe('a request that costs more than its bound', () => {
  test('is charged in full, labelled, and leaves the others on its lease alone', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    const [first, second] = [await world.hold(usd(1)), await world.hold(usd(1))]
    await world.until(first.settle(makeRecord({ ...first, accountId: testAccount }, usd(1.2))))
    await world.until(second.settle(makeRecord({ ...second, accountId: testAccount }, usd(1))))
    await world.time.advance(9_000)
    expect(world.node.status().overrunNanoUsd).toBe(usd(0.2))
    expect(world.problems).toContainEqual({ kind: 'overrun', amountNanoUsd: usd(0.2) })
    expect(world.model.balance(testAccount)).toMatchObject({
      availableNanoUsd: usd(2.8),
      heldNanoUsd: 0n,
    })
  })
})

describe('when another process takes the id of this node', () => {
  test('this one admits nothing any more and says why', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    await world.hold(usd(1))
    world.model.raiseEpoch('node_00000000000000000001')
    expect((await world.admit(usd(1.5))).kind).toBe('unavailable')
    expect(world.node.status()).toMatchObject({ isReady: false, isBroken: true })
    expect(world.problems).toContainEqual({ kind: 'fenced' })
    expect((await world.admit(usd(0.1))).kind).toBe('unavailable')
  })
})
