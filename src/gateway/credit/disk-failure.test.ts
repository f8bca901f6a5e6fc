import { describe, expect, test } from 'vitest'

import { JournalError } from '#ports/journal.ts'
import { makeRecord, startSingleNode, testAccount, usd } from '#test/simulation/single-node.ts'

describe('L-7: when the disk is full', () => {
  test('new requests come back later, those under way end, and it goes on by itself', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    const hold = await world.hold(usd(1))
    world.disk.setCapacity(world.disk.usedBytes())
    hold.progress(usd(0.5))
    await world.time.advance(1)
    expect(await world.admit(usd(0.1))).toEqual({ kind: 'unavailable', retryAfterSeconds: 5 })
    expect(world.node.status()).toMatchObject({ isReady: false, isBroken: false })
    await world.until(hold.settle(makeRecord({ ...hold, accountId: testAccount }, usd(0.7))))
    world.disk.setCapacity(Infinity)
    await world.time.advance(5_000)
    expect((await world.admit(usd(0.1))).kind).toBe('held')
    await world.crash({ losePower: true })
    expect(world.model.balance(testAccount)?.spentNanoUsd).toBe(usd(0.7))
  })

  test('an end that does not fit on the disk is not confirmed, and is settled when it fits', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(500) })
    const holds = await Promise.all(Array.from({ length: 150 }, () => world.hold(usd(1))))
    world.disk.setCapacity(world.disk.usedBytes())
    const ends = holds.map((hold) =>
      hold.settle(makeRecord({ ...hold, accountId: testAccount }, usd(0.01))).then(
        () => 'confirmed',
        (error: unknown) => (error instanceof JournalError ? error.failure : 'other'),
      ),
    )
    expect(new Set(await world.until(Promise.all(ends)))).toEqual(new Set(['disk_full']))
    expect(world.node.status().unsettledCount).toBe(150)
    world.disk.setCapacity(Infinity)
    await world.time.advance(5_000)
    expect(world.model.balance(testAccount)?.spentNanoUsd).toBe(usd(1.5))
  })
})

describe('when the disk fails', () => {
  test('once: everything unsettled is written elsewhere, and nobody notices', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    const open = await world.hold(usd(1))
    open.progress(usd(0.3))
    world.disk.failNextSync()
    await world.pay(usd(1), usd(0.1))
    expect(world.node.status().isReady).toBe(true)
    await world.crash({ losePower: true })
    expect(world.model.balance(testAccount)?.spentNanoUsd).toBe(usd(0.4))
  })

  test('for good: no end is confirmed, nothing new is admitted, and only a new start helps', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    const hold = await world.hold(usd(1))
    world.disk.setWritesFail(true)
    const end = hold.settle(makeRecord({ ...hold, accountId: testAccount }, usd(0.1)))
    await expect(world.until(end)).rejects.toThrow(JournalError)
    expect((await world.admit(usd(0.1))).kind).toBe('unavailable')
    expect(world.node.status()).toMatchObject({ isReady: false, isBroken: true })
    world.disk.setWritesFail(false)
    await world.crash()
    expect(world.node.status().isReady).toBe(true)
    expect(world.model.verify()).toEqual([])
  })
})
