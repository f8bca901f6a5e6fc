import { describe, expect, test } from 'vitest'

import { zeroNanoUsd } from '#domain/money.ts'
import { makeRecord, startSingleNode, testAccount, usd } from '#test/simulation/single-node.ts'

import type { Admission } from './credit.ts'

type World = Awaited<ReturnType<typeof startSingleNode>>

async function admitNow(world: World, bound: number): Promise<Admission> {
  return world.until(Promise.resolve(world.node.credit.admit(world.request(usd(bound)))))
}

describe('admission', () => {
  test('1,000 requests at once with a bound of $0.10 against $5.00 admit exactly 50', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(5) })
    const admissions = await world.admitAll(1_000, usd(0.1))
    const kinds = admissions.map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'held')).toHaveLength(50)
    expect(kinds.filter((kind) => kind === 'insufficient')).toHaveLength(950)
    expect(world.model.balance(testAccount)?.availableNanoUsd).toBe(0n)
  })

  test('a charge is settled exactly, and the rest is free again at once', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(1) })
    const first = await admitNow(world, 1)
    if (first.kind !== 'held') return expect.fail(first.kind)
    const record = makeRecord({ ...first.hold, accountId: testAccount }, usd(0.25))
    const settled = first.hold.settle(record)
    const second = world.node.credit.admit(world.request(usd(0.75)))
    expect('kind' in second && second.kind).toBe('held')
    await world.until(settled)
    await world.time.advance(1_000)
    expect(world.model.balance(testAccount)?.spentNanoUsd).toBe(usd(0.25))
    expect(world.inserted.get(record.id)).toEqual(record)
  })

  test('a free model needs no credit, and its charge is recorded', async () => {
    const world = await startSingleNode({ balanceNanoUsd: zeroNanoUsd })
    const admission = await admitNow(world, 0)
    if (admission.kind !== 'held') return expect.fail(admission.kind)
    const record = makeRecord({ ...admission.hold, accountId: testAccount }, zeroNanoUsd)
    await world.until(admission.hold.settle(record))
    await world.time.advance(1_000)
    expect(world.model.state.charges.get(record.id)?.leaseId).toBeNull()
  })
})

describe('the end', () => {
  test('stopping leaves no lease, nothing unsettled and nothing to replay', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(1) })
    const admission = await admitNow(world, 0.5)
    if (admission.kind !== 'held') return expect.fail(admission.kind)
    const record = makeRecord({ ...admission.hold, accountId: testAccount }, usd(0.1))
    await world.until(admission.hold.settle(record))
    const end = await world.until(world.node.stop())
    expect(end).toEqual({ unsettledCount: 0, openLeaseCount: 0, underWayCount: 0 })
    expect(world.node.brokenReason(), 'a journal that was closed in order').toBeNull()
    expect(world.model.balance(testAccount)).toMatchObject({
      availableNanoUsd: usd(0.9),
      heldNanoUsd: 0n,
    })
  })

  test('a request under way when the process dies is charged what it was known to have cost', async () => {
    const world = await startSingleNode({ balanceNanoUsd: usd(1) })
    const admission = await admitNow(world, 0.5)
    if (admission.kind !== 'held') return expect.fail(admission.kind)
    admission.hold.progress(usd(0.05))
    admission.hold.progress(usd(0.055))
    await world.time.advance(1)
    await world.crash()
    const orphan = world.inserted.get(admission.hold.chargeId)
    expect(orphan).toMatchObject({ costNanoUsd: usd(0.05), usageSource: 'orphan' })
    expect(world.model.balance(testAccount)).toMatchObject({
      availableNanoUsd: usd(0.95),
      heldNanoUsd: 0n,
    })
    expect(world.model.verify()).toEqual([])
  })
})
