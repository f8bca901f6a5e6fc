import { describe, expect, test } from 'vitest'

import type { GenerationId } from '#domain/identifiers.ts'
import { zeroNanoUsd } from '#domain/money.ts'
import { makeRecord, startSingleNode, testAccount, usd } from '#test/simulation/single-node.ts'

const away = (): 'away' => 'away'

describe('while the store is away', () => {
  test('an account with a lease goes on, and its charges arrive when the store is back', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    const open = await world.hold(usd(1))
    world.fault = away
    await world.until(open.settle(makeRecord({ ...open, accountId: testAccount }, usd(0.01))))
    for (let count = 0; count < 20; count++) await world.pay(usd(0.1), usd(0.01))
    await world.time.advance(1_000)
    expect(world.model.balance(testAccount)?.spentNanoUsd).toBe(0n)
    expect(world.node.status().isStoreReachable).toBe(false)
    world.fault = null
    await world.time.advance(5_000)
    expect(world.model.balance(testAccount)?.spentNanoUsd).toBe(usd(0.21))
    expect(world.inserted.size).toBe(21)
  })

  test('an account without a lease is told to come back, never that it has no credit', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    world.fault = away
    for (let count = 0; count < 10; count++) {
      const admission = await world.admit(usd(0.1))
      expect(admission.kind).toBe('unavailable')
      await world.time.advance(100)
    }
    world.fault = null
    await world.time.advance(5_000)
    expect((await world.admit(usd(0.1))).kind).toBe('held')
  })

  test('after a few failures nobody waits for another one', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    world.fault = away
    for (let count = 0; count < 3; count++) await world.admit(usd(0.1))
    const calls = world.callCount('lease')
    for (let count = 0; count < 5; count++) await world.admit(usd(0.1))
    expect(world.callCount('lease')).toBe(calls)
  })

  test('L-6: at 500 requests a second, 30 s of it refuse nobody who holds a lease', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(500) })
    const kinds = new Map<string, number>()
    const rush = async (seconds: number): Promise<void> => {
      for (let tick = 0; tick < seconds * 100; tick++) {
        for (let count = 0; count < 5; count++) {
          const request = world.request(usd(0.002))
          const admission = world.node.credit.admit(request)
          if (admission instanceof Promise) {
            void admission.then(({ kind }) => kinds.set(kind, (kinds.get(kind) ?? 0) + 1))
            continue
          }
          kinds.set(admission.kind, (kinds.get(admission.kind) ?? 0) + 1)
          if (admission.kind !== 'held') continue
          const { hold } = admission
          world.time.after(200, () => void hold.settle(makeRecord(request, usd(0.0001))))
        }
        await world.time.advance(10)
      }
    }
    await rush(20)
    kinds.clear()
    world.fault = away
    await rush(30)
    world.fault = null
    const held = kinds.get('held') ?? 0
    expect(kinds.get('insufficient') ?? 0).toBe(0)
    expect(held / (held + (kinds.get('unavailable') ?? 0))).toBeGreaterThanOrEqual(0.99)
    await world.time.advance(30_000)
    expect(world.node.status().unsettledCount).toBe(0)
  }, 60_000)

  test('too much that waits for it makes new requests come back later', async () => {
    const policy = { unsettledRecordsMax: 5 }
    const world = await startSingleNode({ balanceNanoUsd: usd(5), policy })
    await world.hold(usd(1))
    world.fault = away
    const kinds: string[] = []
    for (let count = 0; count < 8; count++) {
      const admission = await world.admit(zeroNanoUsd)
      kinds.push(admission.kind)
      if (admission.kind !== 'held') continue
      const { chargeId, settle } = admission.hold
      await world.until(settle(makeRecord({ chargeId, accountId: testAccount }, zeroNanoUsd)))
    }
    expect(kinds).toEqual([
      ...Array.from({ length: 4 }, () => 'held'),
      ...Array.from({ length: 4 }, () => 'unavailable'),
    ])
    expect(world.node.status().reason).toBe('too much waits for the store')
    world.node.credit.log(
      makeRecord(
        { chargeId: 'gen-1767614400-xxxxxxxxxxxxxxxxxxxx', accountId: testAccount },
        usd(0),
      ),
    )
    world.node.credit.log(
      makeRecord(
        { chargeId: 'gen-1767614400-yyyyyyyyyyyyyyyyyyyy', accountId: testAccount },
        usd(0),
      ),
    )
    expect(world.problems).toContainEqual({ kind: 'log_lines_dropped', count: 1 })
  })
})

describe('when an answer of the store is lost', () => {
  test('credit that may be lent already is not taken for gone', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    world.fault = (call) => (call === 'lease' ? 'answer_lost' : null)
    expect((await world.admit(usd(5))).kind).toBe('unavailable')
    expect(world.model.balance(testAccount)?.heldNanoUsd).toBe(usd(5))
    world.fault = null
    expect((await world.admit(usd(5))).kind).toBe('unavailable')
    expect((await world.admit(usd(5.1))).kind).toBe('insufficient')
    await world.time.advance(12_000)
    expect((await world.admit(usd(5))).kind).toBe('held')
  })

  test('a charge is settled again, and counts once', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    let lost = 0
    world.fault = (call) => (call === 'settle' && lost++ < 3 ? 'answer_lost' : null)
    await world.pay(usd(1), usd(0.3))
    await world.time.advance(3_000)
    expect(world.callCount('settle')).toBe(4)
    expect(world.model.balance(testAccount)?.spentNanoUsd).toBe(usd(0.3))
    expect(world.model.verify()).toEqual([])
  })

  test('a return is made again, and counts once', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    const streaming = await world.hold(usd(1))
    await world.pay(usd(2), usd(0.5))
    let lost = 0
    world.fault = (call) => (call === 'giveBack' && lost++ < 2 ? 'answer_lost' : null)
    await world.time.advance(9_000)
    expect(world.callCount('giveBack')).toBe(3)
    expect(world.model.balance(testAccount)?.heldNanoUsd).toBe(usd(1))
    await world.until(
      streaming.settle(makeRecord({ ...streaming, accountId: testAccount }, usd(1))),
    )
    await world.time.advance(6_000)
    expect(world.model.balance(testAccount)).toMatchObject({
      availableNanoUsd: usd(3.5),
      heldNanoUsd: 0n,
    })
  })
})

describe('a charge that the store refuses', () => {
  test('is set aside, named, and offered again; the others arrive', async () => {
    const policy = { stuckRetryIntervalMs: 60_000 }
    const world = await startSingleNode({ balanceNanoUsd: usd(5), policy })
    let bad: GenerationId | null = null
    world.fault = (call, charges) =>
      call === 'settle' && charges.some(({ chargeId }) => chargeId === bad) ? 'refused' : null
    for (let count = 0; count < 7; count++) {
      const { chargeId, settle } = await world.hold(usd(0.1))
      if (count === 3) bad = chargeId
      void settle(makeRecord({ chargeId, accountId: testAccount }, usd(0.01)))
    }
    await world.time.advance(2_000)
    expect(world.model.state.charges.size).toBe(6)
    expect(world.node.status()).toMatchObject({ unsettledCount: 1, stuckCount: 1, isReady: true })
    expect(world.problems).toContainEqual(
      expect.objectContaining({ kind: 'charge_stuck', chargeId: bad }),
    )
    await world.crash()
    expect(world.node.status().stuckCount).toBe(1)
    bad = null
    await world.time.advance(61_000)
    expect(world.node.status().unsettledCount).toBe(0)
    expect(world.model.balance(testAccount)?.spentNanoUsd).toBe(usd(0.07))
  })
})
