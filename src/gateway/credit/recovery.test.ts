import { describe, expect, test } from 'vitest'

import { nanoUsd } from '#domain/money.ts'
import { JournalError } from '#ports/journal.ts'
import { makeRecord, startSingleNode, testAccount, usd } from '#test/simulation/single-node.ts'

describe('after a crash', () => {
  test('what was acknowledged is charged once, also when the store had it already', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    await world.pay(usd(1), usd(0.1))
    await world.time.advance(1_000)
    await world.pay(usd(1), usd(0.2))
    await world.crash({ losePower: true })
    expect(world.model.balance(testAccount)).toMatchObject({
      spentNanoUsd: usd(0.3),
      availableNanoUsd: usd(4.7),
      heldNanoUsd: 0n,
    })
    expect(world.node.status()).toMatchObject({ isReady: true, unsettledCount: 0, leaseCount: 0 })
  })

  test('a request of which nothing is known to have been delivered costs nothing', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    const hold = await world.hold(usd(1))
    await world.crash()
    expect(world.inserted.get(hold.chargeId)).toMatchObject({
      costNanoUsd: 0n,
      usageSource: 'orphan',
      outcome: 'upstream_failed',
      status: 500,
      requestedModel: 'sim/echo',
      keyId: 'key_00000000000000000001',
    })
  })

  test('a cut stream is charged the last cost that was noted', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    const hold = await world.hold(usd(1))
    hold.progress(usd(0.004))
    await world.time.advance(5_000)
    hold.progress(usd(0.005))
    hold.progress(usd(0.014))
    await world.time.advance(100)
    await world.crash()
    expect(world.inserted.get(hold.chargeId)).toMatchObject({
      costNanoUsd: usd(0.005),
      outcome: 'client_gone',
      status: 200,
    })
  })

  test('what was charged in a crash stays so when the node crashes again while it recovers', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    const hold = await world.hold(usd(1))
    hold.progress(usd(0.5))
    await world.time.advance(1)
    for (let count = 0; count < 3; count++) await world.crash()
    expect(world.model.balance(testAccount)?.spentNanoUsd).toBe(usd(0.5))
    expect(world.problems.filter(({ kind }) => kind === 'orphans_settled')).toHaveLength(1)
  })

  test('a journal larger than a batch and a file is settled whole', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(50) })
    world.fault = (call) => (call === 'settle' ? 'away' : null)
    for (let count = 0; count < 300; count++) await world.pay(usd(0.1), nanoUsd(1n))
    world.fault = null
    await world.crash()
    expect(world.model.state.charges.size).toBe(300)
    expect(world.model.balance(testAccount)?.spentNanoUsd).toBe(300n)
    expect(world.disk.names().filter((name) => name.endsWith('.journal'))).toHaveLength(1)
  })

  test('with the store away, the node does not start, and the next start does it all', async () => {
    const policy = { shutdownFlushMsMax: 1_000 }
    const world = await startSingleNode({ balanceNanoUsd: usd(5), policy })
    world.fault = (call) => (call === 'settle' ? 'away' : null)
    await world.pay(usd(1), usd(0.1))
    await expect(world.crash()).rejects.toThrow('did not take')
    world.fault = null
    await world.start()
    expect(world.model.balance(testAccount)?.spentNanoUsd).toBe(usd(0.1))
  })

  test('with a damaged journal, it refuses by name and posts nothing', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    world.fault = (call) => (call === 'settle' ? 'away' : null)
    for (let count = 0; count < 3; count++) await world.pay(usd(1), usd(0.1))
    world.fault = null
    const name = world.disk.names().find((one) => one.endsWith('.journal')) ?? expect.fail()
    const bytes = world.disk.read(name)
    bytes[300] = (bytes[300] ?? 0) ^ 1
    world.disk.replace(name, bytes)
    await expect(world.crash()).rejects.toThrow(JournalError)
    expect(world.model.balance(testAccount)?.spentNanoUsd).toBe(0n)
  })
})

describe('L-16: an orderly end', () => {
  test('leaves no open lease and no unsettled record, and the next start replays nothing', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    for (let count = 0; count < 20; count++) await world.pay(usd(0.1), usd(0.01))
    world.node.credit.log(
      makeRecord(
        { chargeId: 'gen-1767614400-xxxxxxxxxxxxxxxxxxxx', accountId: testAccount },
        usd(0),
      ),
    )
    const end = await world.until(world.node.stop())
    expect(end).toEqual({ unsettledCount: 0, openLeaseCount: 0, underWayCount: 0 })
    expect(
      [...world.model.state.leases.values()].filter(({ status }) => status === 'open'),
    ).toEqual([])
    expect(world.inserted.size).toBe(21)
    const settled = world.callCount('settle')
    await world.start()
    expect(world.callCount('settle')).toBe(settled)
    expect(world.problems).toEqual([])
  })

  test('with the store away keeps everything for the next start, and says so', async () => {
    const policy = { shutdownFlushMsMax: 500 }
    const world = await startSingleNode({ balanceNanoUsd: usd(5), policy })
    await world.pay(usd(0.1), usd(0.01))
    world.fault = () => 'away'
    const end = await world.until(world.node.stop())
    expect(end).toEqual({ unsettledCount: 1, openLeaseCount: 1, underWayCount: 0 })
    world.fault = null
    await world.start()
    expect(world.model.balance(testAccount)).toMatchObject({
      spentNanoUsd: usd(0.01),
      heldNanoUsd: 0n,
    })
  })

  test('admits nothing while it stops, and answers those who wait', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    const waiting = world.node.credit.admit(world.request(usd(1)))
    const stopping = world.node.stop()
    expect(await world.until(Promise.resolve(waiting))).toMatchObject({ kind: 'unavailable' })
    expect((await world.admit(usd(0.1))).kind).toBe('unavailable')
    expect(world.node.status().reason).toBe('this node is stopping')
    await world.until(stopping)
  })

  test('a request that is still under way stays in the journal', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    const hold = await world.hold(usd(1))
    hold.progress(usd(0.5))
    const end = await world.until(world.node.stop())
    expect(end).toMatchObject({ underWayCount: 1, openLeaseCount: 1 })
    await world.start()
    expect(world.inserted.get(hold.chargeId)?.costNanoUsd).toBe(usd(0.5))
  })
})

describe('records that the store does not have yet', () => {
  test('are found here until it has them', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    const id = await world.pay(usd(1), usd(0.1))
    expect(world.node.credit.findPending(id)?.costNanoUsd).toBe(usd(0.1))
    await world.time.advance(1_000)
    expect(world.node.credit.findPending(id)).toBeUndefined()
  })
})
