import { describe, expect, test } from 'vitest'

import { makeMemoryBudgetStore } from '#adapters/memory/budgets.ts'
import { budgetIdOf, type SpendOwner, sumOf } from '#domain/budgets.ts'
import { dayOfGeneration, type GenerationId } from '#domain/identifiers.ts'
import { leaseRest } from '#domain/ledger/leases.ts'
import { nanoUsd, type NanoUsd, zeroNanoUsd } from '#domain/money.ts'
import {
  type SpendLimits,
  spendWindows,
  sumByWindow,
  type UtcDay,
  utcDayOf,
} from '#domain/spend-windows.ts'
import { noSpendLimits } from '#domain/usage-limits.ts'
import { type Chance, makeChance } from '#test/simulation/chance.ts'
import {
  makeRecord,
  type SingleNode,
  startSingleNode,
  testAccount,
  usd,
} from '#test/simulation/single-node.ts'

import type { Hold } from './credit.ts'

const testKey = 'key_00000000000000000001'
const owners = [testKey, testAccount] as const
const seedCount = 25
const stepCount = 120
const firstSeed = Number(process.env['BUDGETS_SEED'] ?? Date.now() % 1_000_000)

interface UnderWay {
  readonly node: SingleNode
  readonly hold: Hold
  readonly boundNanoUsd: NanoUsd
}

interface World {
  readonly chance: Chance
  readonly nodes: readonly SingleNode[]
  readonly limits: ReadonlyMap<SpendOwner, SpendLimits>
  readonly underWay: UnderWay[]
  /** What ended, by charge. */
  readonly paid: Map<GenerationId, NanoUsd>
}

async function makeWorld(seed: number): Promise<World> {
  const chance = makeChance(seed)
  const limits = new Map<SpendOwner, SpendLimits>([
    [testKey, { ...noSpendLimits, day: usd(1), week: usd(3) }],
    [testAccount, { ...noSpendLimits, day: usd(1.3), total: usd(6) }],
  ])
  const first = await startSingleNode({ balanceNanoUsd: usd(1_000), spendLimits: limits })
  const nodes = [first]
  for (const name of ['2', '3'] as const) {
    const nodeId = `node_0000000000000000000${name}` as const
    nodes.push(await startSingleNode({ balanceNanoUsd: zeroNanoUsd, beside: first, nodeId }))
  }
  return { chance, nodes, limits, underWay: [], paid: new Map() }
}

const dayOf = (id: GenerationId) => dayOfGeneration(id) as UtcDay

async function ask({ chance, underWay }: World, node: SingleNode): Promise<void> {
  const boundNanoUsd = nanoUsd(BigInt(1 + Math.floor(chance.number() ** 2 * 400_000_000)))
  const request = node.request(boundNanoUsd)
  const day = dayOf(request.chargeId)
  const asked = owners.filter((owner) => owner === testKey || chance.happens(0.9))
  const budgets = asked.map((ownerId) => budgetIdOf({ ownerId, day }))
  const admission = await node.until(
    Promise.resolve(node.node.credit.admit({ ...request, budgets })),
  )
  // Only what counts against both can be compared with both.
  if (admission.kind !== 'held') return
  if (asked.length === owners.length) underWay.push({ node, hold: admission.hold, boundNanoUsd })
  else await node.until(admission.hold.settle(makeRecord(ended(request.chargeId), zeroNanoUsd)))
}

const ended = (chargeId: GenerationId) => ({ chargeId, accountId: testAccount })

async function end({ chance, underWay, paid }: World): Promise<void> {
  const [request] = underWay.splice(Math.floor(chance.number() * underWay.length), 1)
  if (request === undefined) return
  const { node, hold, boundNanoUsd } = request
  const cost = nanoUsd((boundNanoUsd * BigInt(Math.floor(chance.number() * 101))) / 100n)
  await node.until(hold.settle(makeRecord(ended(hold.chargeId), cost)))
  paid.set(hold.chargeId, cost)
}

/** What was under way on a process that dies is charged nothing: nothing of it was noted. */
async function crash({ underWay }: World, node: SingleNode): Promise<void> {
  node.fault = null
  for (let place = underWay.length - 1; place >= 0; place -= 1) {
    if (underWay[place]?.node === node) underWay.splice(place, 1)
  }
  await node.crash()
}

async function takeStep(world: World): Promise<void> {
  const { chance, nodes } = world
  const node = chance.pick(nodes)
  const step = chance.number()
  if (step < 0.5) await ask(world, node)
  else if (step < 0.8) await end(world)
  else if (step < 0.9) await node.time.advance(chance.number() ** 4 * 40_000)
  else if (step < 0.92) await node.time.advance(chance.number() * 86_400_000)
  else if (step < 0.94) await crash(world, node)
  else if (step < 0.98) {
    node.fault = () => (chance.happens(0.3) ? (chance.happens(0.5) ? 'away' : 'answer_lost') : null)
  } else node.fault = null
}

/** Nothing that is booked, held or still to come is beyond a limit, in the windows of any day so far. */
function checkLimits({ nodes, limits, underWay, paid }: World): void {
  const [{ model, time } = expect.fail('there is a node')] = nodes
  const state = model.state
  const days = new Set<UtcDay>([
    utcDayOf(time.clock.nowMs()),
    ...[...state.usageDays.values()].map(({ day }) => day),
  ])
  const promised = [
    ...[...paid].map(([id, cost]) => ({ day: dayOf(id), amountNanoUsd: cost })),
    ...underWay.map(({ hold, boundNanoUsd }) => ({
      day: dayOf(hold.chargeId),
      amountNanoUsd: boundNanoUsd,
    })),
  ]
  for (const [owner, ofOwner] of limits) {
    const open = [...state.budgetLeases.values()].filter(
      ({ ownerId, status }) => ownerId === owner && status === 'open',
    )
    for (const day of days) {
      const spent = sumByWindow(
        day,
        [...state.usageDays.values()].map((one) => ({ ...one, amountNanoUsd: one.costNanoUsd })),
      )
      const held = sumByWindow(
        day,
        open.map((lease) => ({ day: lease.day, amountNanoUsd: leaseRest(lease) })),
      )
      const booked = sumOf(spent, held)
      const real = sumByWindow(day, promised)
      for (const window of spendWindows) {
        const limit = ofOwner[window]
        if (limit === null) continue
        expect(real[window], `${owner} really, ${window} of ${day}`).toBeLessThanOrEqual(limit)
        expect(spent[window], `${owner} booked, ${window} of ${day}`).toBeLessThanOrEqual(limit)
        // After a crash, what is settled again counts as spent and as held until the old life is ended.
        if (nodes.every(({ fault }) => fault === null)) {
          expect(booked[window], `${owner} held, ${window} of ${day}`).toBeLessThanOrEqual(limit)
        }
      }
    }
  }
}

describe('spend limits on three nodes that crash and lose their store', () => {
  test.each(Array.from({ length: seedCount }, (_, index) => firstSeed + index))(
    'nothing goes beyond them, and in the end all of them is usable: BUDGETS_SEED=%i',
    async (seed) => {
      const world = await makeWorld(seed)
      for (let step = 0; step < stepCount; step += 1) {
        await takeStep(world)
        checkLimits(world)
      }
      for (const node of world.nodes) node.fault = null
      while (world.underWay.length > 0) await end(world)
      const [first = expect.fail('there is a node')] = world.nodes
      await first.time.advance(120_000)
      checkLimits(world)
      const { state } = first.model
      expect([...state.budgetLeases.values()].filter(({ status }) => status === 'open')).toEqual([])
      expect(first.model.verify()).toEqual([])
      const budgets = makeMemoryBudgetStore(first.model)
      const day = utcDayOf(first.time.clock.nowMs())
      const paid = [...world.paid].map(([id, cost]) => ({ day: dayOf(id), amountNanoUsd: cost }))
      expect(await budgets.spent(testKey, day)).toEqual(sumByWindow(day, paid))
    },
  )
})
