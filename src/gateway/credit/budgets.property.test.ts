import fc from 'fast-check'
import { expect, test } from 'vitest'

import { budgetIdOf, type SpendOwner } from '#domain/budgets.ts'
import { dayOfGeneration, type KeyId } from '#domain/identifiers.ts'
import { nanoUsd, zeroNanoUsd } from '#domain/money.ts'
import type { SpendLimits, UtcDay } from '#domain/spend-windows.ts'
import { noSpendLimits } from '#domain/usage-limits.ts'
import {
  makeRecord,
  type SingleNode,
  startSingleNode,
  testAccount,
  usd,
} from '#test/simulation/single-node.ts'

import type { Hold } from './credit.ts'

const testKey = 'key_00000000000000000001'
/** Another key of the account, without a limit of its own. */
const otherKey = 'key_00000000000000000002'
const limits = new Map<SpendOwner, bigint>([
  [testKey, usd(2)],
  [testAccount, usd(3)],
])

type Command =
  | { readonly kind: 'admit'; readonly owners: readonly SpendOwner[]; readonly percent: number }
  | { readonly kind: 'end'; readonly which: number; readonly percent: number }
  | { readonly kind: 'wait' | 'outage'; readonly durationMs: number }
  | { readonly kind: 'forget' | 'crash' | 'restart' }

const which = fc.nat({ max: 20 })
const commands = fc.array(
  fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({
        kind: fc.constant('admit' as const),
        owners: fc.constantFrom<readonly SpendOwner[]>([testAccount], [testKey, testAccount]),
        percent: fc.integer({ min: 1, max: 120 }),
      }),
    },
    {
      weight: 7,
      arbitrary: fc.record({
        kind: fc.constant('end' as const),
        which,
        percent: fc.integer({ min: 0, max: 100 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom('wait' as const, 'outage' as const),
        durationMs: fc.integer({ min: 1, max: 20_000 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('forget' as const, 'crash' as const, 'restart' as const),
      }),
    },
  ),
  { maxLength: 40 },
) as fc.Arbitrary<readonly Command[]>

interface UnderWay {
  readonly hold: Hold
  readonly owners: readonly SpendOwner[]
  readonly bound: bigint
}

/** A node with credit for everybody and two spend limits, and what who only watched its answers knows. */
class Watched {
  readonly #world: SingleNode
  #underWay: UnderWay[] = []
  readonly #spent = new Map<SpendOwner, bigint>()
  /** Until then, slices may be on their way back after an outage. */
  #unsureUntilMs = 0

  constructor(world: SingleNode) {
    this.#world = world
  }

  async run(one: Command): Promise<void> {
    const world = this.#world
    switch (one.kind) {
      case 'admit':
        return this.#admit(one.owners, one.percent)
      case 'end':
        return this.#end(one.which, one.percent)
      case 'wait':
        return world.time.advance(one.durationMs)
      case 'outage':
        world.fault = () => 'away'
        await world.time.advance(one.durationMs)
        world.fault = null
        this.#unsureUntilMs = world.time.nowMs() + 15_000
        return
      case 'forget':
        return world.node.credit.forgetBudgets(testKey)
      case 'crash':
        await world.crash()
        this.#underWay = []
        return
      case 'restart':
        while (this.#underWay.length > 0) await this.#end(0, 0)
        await world.until(world.node.stop())
        await world.start()
    }
  }

  /** Everything has ended: exactly what was not spent can still be had, and a nano-dollar more cannot. */
  async finish(): Promise<void> {
    while (this.#underWay.length > 0) await this.#end(0, 50)
    await this.#world.time.advance(20_000)
    for (const owner of limits.keys()) {
      const left = this.#leftOf(owner)
      expect(await this.#ask([owner], left + 1n)).toMatchObject({ kind: 'limited' })
      if (left > 0n) expect(await this.#ask([owner], left)).toMatchObject({ kind: 'held' })
    }
  }

  async #admit(owners: readonly SpendOwner[], percent: number): Promise<void> {
    const world = this.#world
    await world.time.advance(1_000)
    const smallest = owners.map((owner) => this.#leftOf(owner)).toSorted(byAmount)[0] ?? 0n
    const bound = 1n + (smallest * BigInt(percent)) / 100n
    const admission = await this.#ask(owners, bound)
    if (admission.kind === 'held') {
      expect(bound).toBeLessThanOrEqual(smallest)
      this.#underWay.push({ hold: admission.hold, owners, bound })
    } else if (world.time.nowMs() >= this.#unsureUntilMs) {
      expect(admission.kind).toBe('limited')
      expect(bound).toBeGreaterThan(smallest)
    }
  }

  #ask(owners: readonly SpendOwner[], bound: bigint) {
    const world = this.#world
    const request = { ...world.request(nanoUsd(bound)), keyId: keyOf(owners) }
    const day = dayOfGeneration(request.chargeId) as UtcDay
    const budgets = owners.map((ownerId) => budgetIdOf({ ownerId, day }))
    return world.until(Promise.resolve(world.node.credit.admit({ ...request, budgets })))
  }

  async #end(index: number, percent: number): Promise<void> {
    const one = this.#underWay[index % Math.max(1, this.#underWay.length)]
    if (one === undefined) return
    this.#underWay = this.#underWay.filter((other) => other !== one)
    const cost = (one.bound * BigInt(percent)) / 100n
    const record = makeRecord({ ...one.hold, accountId: testAccount }, nanoUsd(cost))
    await this.#world.until(one.hold.settle({ ...record, keyId: keyOf(one.owners) }))
    for (const owner of one.owners) {
      this.#spent.set(owner, (this.#spent.get(owner) ?? 0n) + cost)
    }
  }

  #leftOf(owner: SpendOwner): bigint {
    const open = this.#underWay
      .filter(({ owners }) => owners.includes(owner))
      .reduce((sum, { bound }) => sum + bound, 0n)
    const left = (limits.get(owner) ?? 0n) - (this.#spent.get(owner) ?? 0n) - open
    return left > 0n ? left : 0n
  }
}

/** A request names every limit that its key and its account have, so who names no key's has another key. */
function keyOf(owners: readonly SpendOwner[]): KeyId {
  return owners.includes(testKey) ? testKey : otherKey
}

function byAmount(one: bigint, other: bigint): number {
  return one < other ? -1 : Number(one > other)
}

test('whatever happens, a request is admitted exactly when it fits within every limit it has', async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (all) => {
      const spendLimits = new Map<SpendOwner, SpendLimits>(
        [...limits].map(([owner, total]) => [owner, { ...noSpendLimits, total: nanoUsd(total) }]),
      )
      const world = await startSingleNode({ balanceNanoUsd: usd(1_000), spendLimits })
      const watched = new Watched(world)
      for (const one of all) await watched.run(one)
      await watched.finish()
      expect(world.model.verify()).toEqual([])
    }),
    { numRuns: 150 },
  )
}, 120_000)

test('a limit of nothing admits nothing but what is free', async () => {
  const spendLimits = new Map<SpendOwner, SpendLimits>([
    [testKey, { ...noSpendLimits, day: zeroNanoUsd }],
  ])
  const world = await startSingleNode({ balanceNanoUsd: usd(1), spendLimits })
  const request = world.request(nanoUsd(1n))
  const day = dayOfGeneration(request.chargeId) as UtcDay
  const budgets = [budgetIdOf({ ownerId: testKey, day })]
  const asked = Promise.resolve(world.node.credit.admit({ ...request, budgets }))
  expect(await world.until(asked)).toMatchObject({ kind: 'limited', availableNanoUsd: 0n })
})
