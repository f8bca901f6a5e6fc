import { describe, expect, test } from 'vitest'

import { type BudgetId, budgetIdOf, type SpendOwner } from '#domain/budgets.ts'
import { dayOfGeneration } from '#domain/identifiers.ts'
import { nanoUsd, type NanoUsd, zeroNanoUsd } from '#domain/money.ts'
import type { SpendLimits, UtcDay } from '#domain/spend-windows.ts'
import { noSpendLimits } from '#domain/usage-limits.ts'
import {
  makeRecord,
  type SingleNode,
  startSingleNode,
  testAccount,
  usd,
} from '#test/simulation/single-node.ts'

import type { Admission, Hold } from './credit.ts'

const testKey = 'key_00000000000000000001'
const aDayMs = 86_400_000

async function start(
  limits: Partial<Record<SpendOwner, Partial<SpendLimits>>>,
  balanceNanoUsd: NanoUsd = usd(100),
) {
  const spendLimits = new Map<SpendOwner, SpendLimits>([
    [testKey, noSpendLimits],
    [testAccount, noSpendLimits],
  ])
  const set = (owner: string, given: Partial<SpendLimits>) =>
    spendLimits.set(owner as SpendOwner, { ...noSpendLimits, ...given })
  for (const [owner, given] of Object.entries(limits)) set(owner, given ?? {})
  const world = await startSingleNode({ balanceNanoUsd, spendLimits })
  return { world, set, spendLimits }
}

function today(world: SingleNode): UtcDay {
  return new Date(world.time.clock.nowMs()).toISOString().slice(0, 10) as UtcDay
}

function ask(
  world: SingleNode,
  boundNanoUsd: NanoUsd,
  owners: readonly SpendOwner[] = [testKey],
): Promise<Admission> {
  const request = world.request(boundNanoUsd)
  const day = dayOfGeneration(request.chargeId) as UtcDay
  const budgets = owners.map((ownerId): BudgetId => budgetIdOf({ ownerId, day }))
  return Promise.resolve(world.node.credit.admit({ ...request, budgets }))
}

const askNow = (world: SingleNode, bound: NanoUsd, owners?: readonly SpendOwner[]) =>
  world.until(ask(world, bound, owners))

async function holdNow(world: SingleNode, bound: NanoUsd): Promise<Hold> {
  const admission = await askNow(world, bound)
  return admission.kind === 'held' ? admission.hold : expect.fail(admission.kind)
}

const end = (world: SingleNode, { chargeId, settle }: Hold, cost: NanoUsd) =>
  world.until(settle(makeRecord({ chargeId, accountId: testAccount }, cost)))

const heldOf = (admissions: readonly Admission[]) =>
  admissions.flatMap((admission) => (admission.kind === 'held' ? [admission.hold] : []))

describe('a spend limit', () => {
  test('of 500 requests at once with a bound of $0.10 against $1.00 a day, exactly 10 are admitted', async () => {
    const { world } = await start({ [testKey]: { day: usd(1) } })
    const asked = Promise.all(Array.from({ length: 500 }, () => ask(world, usd(0.1))))
    const admissions = await world.until(asked)
    expect(heldOf(admissions)).toHaveLength(10)
    const refused = admissions.find(({ kind }) => kind !== 'held')
    expect(refused).toMatchObject({
      kind: 'limited',
      budgetId: `${testKey}@${today(world)}`,
      availableNanoUsd: 0n,
      standing: { window: 'day', limitNanoUsd: usd(1), takenNanoUsd: usd(1) },
    })
  })

  test('what a request did not cost is free again at once', async () => {
    const { world } = await start({ [testKey]: { day: usd(1) } })
    await end(world, await holdNow(world, usd(1)), usd(0.25))
    const second = await holdNow(world, usd(0.75))
    expect(await askNow(world, nanoUsd(1n))).toMatchObject({ kind: 'limited' })
    await end(world, second, usd(0.75))
    await world.time.advance(5_000)
    expect(await askNow(world, nanoUsd(1n))).toMatchObject({
      kind: 'limited',
      standing: { takenNanoUsd: usd(1) },
    })
  })

  test('admitted once, a request needs no promise', async () => {
    const { world } = await start({ [testKey]: { day: usd(50) } })
    for (let round = 0; round < 20; round += 1) {
      await end(world, await holdNow(world, usd(0.1)), usd(0.1))
    }
    await world.time.advance(1_000)
    await holdNow(world, usd(0.01))
    const request = world.request(usd(0.01))
    const budgets = [budgetIdOf({ ownerId: testKey, day: today(world) })]
    expect(world.node.credit.admit({ ...request, budgets })).not.toBeInstanceOf(Promise)
  })

  test('of the key and of the account both count, and the tighter one decides', async () => {
    const { world } = await start({
      [testKey]: { total: usd(3) },
      [testAccount]: { month: usd(2) },
    })
    const both = [testKey, testAccount] as const
    expect(await askNow(world, usd(2.5), both)).toMatchObject({
      kind: 'limited',
      budgetId: `${testAccount}@${today(world)}`,
      availableNanoUsd: usd(2),
      standing: { window: 'month' },
    })
    expect(await askNow(world, usd(2), both)).toMatchObject({ kind: 'held' })
    // What was set aside on the key for the request that its account refused is free again.
    expect(await askNow(world, usd(1))).toMatchObject({ kind: 'held' })
    expect(await askNow(world, nanoUsd(1n))).toMatchObject({ kind: 'limited' })
  })

  test('is not used up by requests that credit refuses', async () => {
    const { world } = await start({ [testKey]: { day: usd(1) } }, usd(0.5))
    for (let round = 0; round < 5; round += 1) {
      expect(await askNow(world, usd(1))).toMatchObject({ kind: 'insufficient' })
    }
    expect(await askNow(world, usd(0.5))).toMatchObject({ kind: 'held' })
  })

  test('starts anew at midnight UTC: a request counts for the day on which it began', async () => {
    const { world } = await start({ [testKey]: { day: usd(1), total: usd(1.5) } })
    await end(world, await holdNow(world, usd(1)), usd(1))
    expect(await askNow(world, usd(0.1))).toMatchObject({ kind: 'limited' })
    const untilMidnight = aDayMs - (world.time.clock.nowMs() % aDayMs)
    await world.time.advance(untilMidnight - 1_000)
    expect(await askNow(world, usd(0.1))).toMatchObject({ kind: 'limited' })
    await world.time.advance(1_000)
    const next = await holdNow(world, usd(0.5))
    expect(await askNow(world, usd(0.1))).toMatchObject({ standing: { window: 'total' } })
    await end(world, next, usd(0.5))
  })

  test('costs nothing where there is none: no call to the store, no slice', async () => {
    const { world } = await start({})
    expect(await askNow(world, usd(1), [])).toMatchObject({ kind: 'held' })
    expect(world.model.state.budgetLeases.size).toBe(0)
  })

  test('a free request needs no slice', async () => {
    const { world } = await start({ [testKey]: { day: nanoUsd(1n) } })
    expect(await askNow(world, zeroNanoUsd)).toMatchObject({ kind: 'held' })
    expect(world.model.state.budgetLeases.size).toBe(0)
  })
})

describe('a limit that changes', () => {
  test('a lowered limit counts as soon as the node has heard of it, idle slices included', async () => {
    const { world, set } = await start({ [testKey]: { day: usd(50) } })
    for (let round = 0; round < 10; round += 1) {
      await end(world, await holdNow(world, usd(0.1)), usd(0.1))
    }
    set(testKey, { day: usd(1) })
    world.node.credit.forgetBudgets(testKey)
    await world.time.advance(1_000)
    expect(await askNow(world, nanoUsd(1n))).toMatchObject({
      kind: 'limited',
      standing: { limitNanoUsd: usd(1), takenNanoUsd: usd(1) },
    })
  })

  test('a lifted limit refuses nobody', async () => {
    const { world, set } = await start({ [testKey]: { day: usd(1) } })
    await holdNow(world, usd(1))
    set(testKey, {})
    expect(await askNow(world, usd(5))).toMatchObject({ kind: 'held' })
  })
})

describe('the end of a node', () => {
  test('a restart keeps what was spent, and frees what was only set aside', async () => {
    const { world } = await start({ [testKey]: { day: usd(1) } })
    await end(world, await holdNow(world, usd(0.5)), usd(0.3))
    await holdNow(world, usd(0.6))
    await world.crash()
    expect(await askNow(world, usd(0.71))).toMatchObject({
      kind: 'limited',
      availableNanoUsd: usd(0.7),
      standing: { takenNanoUsd: usd(0.3) },
    })
    expect(await askNow(world, usd(0.7))).toMatchObject({ kind: 'held' })
  })

  test('an orderly stop leaves no slice behind', async () => {
    const { world } = await start({ [testKey]: { day: usd(1) } })
    await end(world, await holdNow(world, usd(0.5)), usd(0.3))
    await world.until(world.node.stop())
    const open = [...world.model.state.budgetLeases.values()].filter(
      ({ status }) => status === 'open',
    )
    expect(open).toEqual([])
  })

  test('what is idle goes back within seconds', async () => {
    const { world } = await start({ [testKey]: { day: usd(1) } })
    await end(world, await holdNow(world, usd(0.5)), usd(0.3))
    await world.time.advance(10_000)
    const open = [...world.model.state.budgetLeases.values()].filter(
      ({ status }) => status === 'open',
    )
    expect(open).toEqual([])
  })
})

describe('several nodes', () => {
  test('share one limit exactly, whoever is asked', async () => {
    const { world, spendLimits } = await start({ [testKey]: { week: usd(1) } })
    const beside = { balanceNanoUsd: zeroNanoUsd, beside: world, spendLimits }
    const others = [
      await startSingleNode({ ...beside, nodeId: 'node_00000000000000000002' }),
      await startSingleNode({ ...beside, nodeId: 'node_00000000000000000003' }),
    ]
    const nodes = [world, ...others]
    const asked = Promise.all(
      Array.from({ length: 300 }, (_, index) => ask(nodes[index % 3] ?? world, usd(0.1))),
    )
    const admissions = await world.until(asked)
    expect(heldOf(admissions)).toHaveLength(10)
    const settled = Promise.all(
      heldOf(admissions).map(({ chargeId, settle }) =>
        settle(makeRecord({ chargeId, accountId: testAccount }, usd(0.04))),
      ),
    )
    await world.until(settled)
    await world.time.advance(10_000)
    const again = Promise.all(
      Array.from({ length: 300 }, (_, index) => ask(nodes[index % 3] ?? world, usd(0.1))),
    )
    expect(heldOf(await world.until(again))).toHaveLength(6)
  })

  test('what is idle on one is found by another before anybody is refused', async () => {
    const { world, spendLimits } = await start({ [testKey]: { day: usd(1) } })
    const other = await startSingleNode({
      balanceNanoUsd: zeroNanoUsd,
      beside: world,
      nodeId: 'node_00000000000000000002',
      spendLimits,
    })
    await end(world, await holdNow(world, usd(1)), usd(0.1))
    await world.time.advance(1_000)
    expect(await askNow(other, usd(0.9))).toMatchObject({ kind: 'held' })
  })
})
