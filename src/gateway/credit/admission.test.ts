import { describe, expect, test } from 'vitest'

import { nanoUsd } from '#domain/money.ts'
import { makeRecord, startSingleNode, testAccount, usd } from '#test/simulation/single-node.ts'

describe('the way to the store', () => {
  test('L-2: with a warm lease, an admission makes no call, and 50 requests at most one', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(1_000) })
    const second = async (): Promise<void> => {
      for (let count = 0; count < 100; count++) {
        const request = world.request(usd(0.01))
        const admission = await world.node.credit.admit(request)
        if (admission.kind !== 'held') return expect.fail(admission.kind)
        world.time.after(150, () => void admission.hold.settle(makeRecord(request, usd(0.002))))
        await world.time.advance(10)
      }
    }
    for (let count = 0; count < 10; count++) await world.until(second())
    const calls = world.callCount('lease')
    for (let count = 0; count < 30; count++) await world.until(second())
    expect(world.callCount('lease') - calls).toBeLessThanOrEqual(60)
    expect(world.callCount('giveBack')).toBeLessThanOrEqual(10)
  }, 60_000)

  test('is taken once for all who come while a call is under way', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(1_000) })
    const answers = await world.admitAll(200, usd(0.1))
    expect(answers.every(({ kind }) => kind === 'held')).toBe(true)
    expect(world.callCount('lease')).toBeLessThanOrEqual(3)
  })

  test('is not waited for longer than 4 s', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    const { lease } = world.model
    let isStuck = true
    Object.assign(world.model, {
      lease: (request: Parameters<typeof lease>[0]) =>
        isStuck ? new Promise(() => {}) : lease(request),
    })
    const startedMs = world.time.nowMs()
    expect((await world.admit(usd(1))).kind).toBe('unavailable')
    expect(world.time.nowMs() - startedMs).toBeLessThanOrEqual(4_000)
    isStuck = false
  })
})

describe('a refusal', () => {
  test('says what could be spent, to the nano-dollar', async () => {
    const world = await startSingleNode({ balanceNanoUsd: nanoUsd(1_000_000_007n) })
    expect(await world.admit(nanoUsd(1_000_000_008n))).toEqual({
      kind: 'insufficient',
      availableNanoUsd: 1_000_000_007n,
    })
    expect((await world.admit(nanoUsd(1_000_000_007n))).kind).toBe('held')
    expect(await world.admit(nanoUsd(1n))).toEqual({ kind: 'insufficient', availableNanoUsd: 0n })
  })

  test('counts what this node holds already', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    await world.hold(usd(2))
    await world.pay(usd(1), usd(0.5))
    expect(await world.admit(usd(4))).toEqual({
      kind: 'insufficient',
      availableNanoUsd: usd(2.5),
    })
    expect((await world.admit(usd(2.5))).kind).toBe('held')
  })

  test('of a large request does not take the small one behind it along', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(1) })
    const [large, small] = await world.until(
      Promise.all([
        world.node.credit.admit(world.request(usd(9))),
        world.node.credit.admit(world.request(usd(0.5))),
      ]),
    )
    expect([large.kind, small.kind]).toEqual(['insufficient', 'held'])
  })

  test('ends with a top-up at once', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(1) })
    expect((await world.admit(usd(2))).kind).toBe('insufficient')
    world.grant(usd(5))
    expect((await world.admit(usd(2))).kind).toBe('held')
  })

  test('meets accounts that are suspended, and those that nobody knows', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(1) })
    world.statuses.set(testAccount, 'suspended')
    expect(await world.admit(usd(0.1))).toEqual({ kind: 'insufficient', availableNanoUsd: 0n })
    world.statuses.delete(testAccount)
    expect(await world.admit(usd(0.1))).toEqual({ kind: 'insufficient', availableNanoUsd: 0n })
  })
})

describe('bad amounts', () => {
  test('a bound below zero is a mistake of ours, never a reservation', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(1) })
    expect(() => world.node.credit.admit(world.request(nanoUsd(-1n)))).toThrow('below zero')
  })

  test('a cost below zero is charged as nothing, never as a credit', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(1) })
    const id = await world.pay(usd(0.1), nanoUsd(-5n))
    await world.time.advance(1_000)
    expect(world.inserted.get(id)?.costNanoUsd).toBe(0n)
    expect(world.model.state.charges.get(id)?.costNanoUsd).toBe(0n)
  })

  test('a hold is settled once, and only with its own record', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(1) })
    const hold = await world.hold(usd(0.1))
    const record = makeRecord({ ...hold, accountId: testAccount }, usd(0.1))
    const other = { ...record, id: 'gen-1767614400-zzzzzzzzzzzzzzzzzzzz' } as const
    await world.until(hold.settle(record))
    expect(() => hold.settle(record)).toThrow('settled before')
    const second = await world.hold(usd(0.1))
    expect(() => second.settle(other)).toThrow('is not what')
  })
})
