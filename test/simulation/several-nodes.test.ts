import { describe, expect, test } from 'vitest'

import { makeRecord, startSingleNode, testAccount, usd, type SingleNode } from './single-node.ts'

async function startThree(balance: number): Promise<[SingleNode, SingleNode, SingleNode]> {
  const first = await startSingleNode({ balanceNanoUsd: usd(balance) })
  const beside = { beside: first, balanceNanoUsd: usd(0) }
  return [
    first,
    await startSingleNode({ ...beside, nodeId: 'node_00000000000000000002' }),
    await startSingleNode({ ...beside, nodeId: 'node_00000000000000000003' }),
  ]
}

describe('three nodes over one ledger', () => {
  test('L-1: 1,000 requests at once, $0.10 each, against $5.00: 50 are admitted, none is overspent', async () => {
    const nodes = await startThree(5)
    const [first] = nodes
    const answers = await Promise.all([
      first.admitAll(334, usd(0.1)),
      ...nodes.slice(1).map((node) => node.admitAll(333, usd(0.1))),
    ])
    const admissions = answers.flat()
    const held = admissions.flatMap((one) => (one.kind === 'held' ? [one.hold] : []))
    expect(held).toHaveLength(50)
    expect(admissions.filter(({ kind }) => kind === 'insufficient')).toHaveLength(950)
    const ends = held.map((hold) =>
      hold.settle(makeRecord({ ...hold, accountId: testAccount }, usd(0.1))),
    )
    await first.until(Promise.all(ends))
    await first.time.advance(10_000)
    expect(first.model.balance(testAccount)).toMatchObject({
      availableNanoUsd: 0n,
      heldNanoUsd: 0n,
      spentNanoUsd: usd(5),
    })
    expect(first.model.verify()).toEqual([])
  })

  test('L-9: requests of 1 % of the balance spend 99 % of it before the first refusal', async () => {
    const nodes = await startThree(10)
    const [first] = nodes
    let spent = 0
    for (let index = 0; index < 300; index++) {
      const node = nodes[(index * 7) % 3] ?? first
      const admission = await node.admit(usd(0.1))
      if (admission.kind !== 'held') {
        expect(admission.kind).toBe('insufficient')
        break
      }
      const { hold } = admission
      await node.until(hold.settle(makeRecord({ ...hold, accountId: testAccount }, usd(0.05))))
      spent += 0.05
      await first.time.advance(20)
    }
    expect(spent).toBeGreaterThanOrEqual(9.9)
  })

  test('what one node lost with its disk is bounded by its leases, and comes back after their grace', async () => {
    const [first, second] = await startThree(5)
    await second.hold(usd(1))
    await second.hold(usd(1))
    const lent = first.model.balance(testAccount)?.heldNanoUsd ?? 0n
    expect(lent).toBe(usd(2))
    second.fault = () => 'away'
    await first.time.advance(60_000 + 32 * 60_000)
    expect(first.model.balance(testAccount)).toMatchObject({
      availableNanoUsd: usd(5),
      heldNanoUsd: 0n,
    })
    expect(first.problems.concat(second.problems)).toContainEqual(
      expect.objectContaining({ kind: 'leases_reclaimed' }),
    )
  })
})
