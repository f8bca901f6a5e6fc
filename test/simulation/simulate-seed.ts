import { makeLedgerModel, type LedgerModel } from '#adapters/memory/ledger-model.ts'
import { makeVirtualTime } from '#adapters/memory/virtual-time.ts'
import { assert } from '#domain/faults.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import {
  type AccountId,
  type GenerationId,
  makeGenerationId,
  makeGrantId,
  makeNodeId,
} from '#domain/identifiers.ts'
import { nanoUsd } from '#domain/money.ts'
import type { Admission, AdmissionRequest, Hold } from '#gateway/credit/credit.ts'

import { Auditor } from './auditor.ts'
import { type Chance, makeChance } from './chance.ts'
import { noMutation, type Mutation } from './mutation.ts'
import { type FaultRates, type Profile, profileOf } from './profile.ts'
import { SimulatedNode } from './simulated-node.ts'
import { makeSimulatedStore, type SimulatedStore, type StoreWorld } from './simulated-store.ts'
import { makeRecord, testPrice } from './single-node.ts'
import { Violation } from './violation.ts'

/** What one run saw. `violation` is null when every promise held. */
export interface RunReport {
  readonly seed: number
  readonly profile: string
  readonly violation: Violation | null
  readonly admitted: number
  readonly acknowledged: number
  readonly refused: number
  readonly unavailable: number
  readonly steps: number
}

interface World extends StoreWorld {
  readonly store: SimulatedStore
  readonly nodes: SimulatedNode[]
  readonly accounts: readonly AccountId[]
  isCalmedDown: boolean
}

/**
 * Runs one world from its seed to its end and checks every promise after every step. The same seed and
 * mutation give the same run, step by step.
 */
export async function simulateSeed(
  seed: number,
  mutation: Mutation = noMutation,
): Promise<RunReport> {
  const chance = makeChance(seed)
  const profile = profileOf(seed, chance)
  const failures: unknown[] = []
  const world = makeWorld(profile, { chance, mutation, fail: (error) => failures.push(error) })
  const onRejection = (error: unknown): void => void failures.push(error)
  process.on('unhandledRejection', onRejection)
  let steps = 0
  const advance = async (durationMs: number): Promise<void> => {
    const endMs = world.time.nowMs() + durationMs
    while (await world.time.step(endMs - world.time.nowMs())) {
      steps += 1
      if (failures.length > 0) throw failures[0]
    }
    await world.time.advance(Math.max(0, endMs - world.time.nowMs()))
  }
  let violation: Violation | null = null
  try {
    await live(world, advance)
    await comeToRest(world, advance)
  } catch (error) {
    violation =
      error instanceof Violation
        ? error
        : new Violation(
            'crash',
            error instanceof Error ? (error.stack ?? error.message) : String(error),
          )
  } finally {
    process.off('unhandledRejection', onRejection)
  }
  const { auditor } = world
  return {
    seed,
    profile: profile.name,
    violation,
    admitted: auditor.admittedCount,
    acknowledged: auditor.acknowledgedCount,
    refused: auditor.refusedCount,
    unavailable: auditor.unavailableCount,
    steps,
  }
}

type Advance = (durationMs: number) => Promise<void>

function makeWorld(profile: Profile, parts: Pick<World, 'chance' | 'mutation' | 'fail'>): World {
  const { chance } = parts
  const time = makeVirtualTime()
  const accounts = Array.from(
    { length: profile.accountCount },
    (_, index): AccountId => `acct_${String(index + 1).padStart(20, '0')}`,
  )
  const nodes: SimulatedNode[] = []
  const model: LedgerModel = makeLedgerModel({
    nowMs: time.clock.nowMs,
    findAccountStatus: (id) => (accounts.includes(id) ? 'active' : undefined),
    onRecall: (accountId) => {
      for (const node of nodes) {
        const isLost = profile.lostCallChance > 0 && chance.happens(0.1)
        if (!isLost) time.after(chance.between(1, 8) / 4, () => node.recall(accountId))
      }
    },
  })
  const generations = new Map<GenerationId, GenerationRecord>()
  const auditor = new Auditor({ model, profile, nowMs: time.nowMs, generations })
  const storeWorld = { ...parts, time, profile, model, auditor, generations }
  const store = makeSimulatedStore(storeWorld)
  const world: World = {
    ...storeWorld,
    store,
    nodes,
    accounts,
    isCalmedDown: false,
  }
  for (let index = 0; index < profile.nodeCount; index++) {
    nodes.push(new SimulatedNode(world, store, makeNodeId(chance.bytes)))
  }
  return world
}

/** The part of the run in which things happen. */
async function live(world: World, advance: Advance): Promise<void> {
  const { profile, nodes, accounts } = world
  for (const accountId of accounts) grant(world, accountId, profile.balanceNanoUsd)
  for (const node of nodes) node.start()
  await advance(50)
  if (profile.isSequential) {
    await askInTurn(world, advance)
    return
  }
  arriveAgain(world)
  breakAgain(world)
  superviseAgain(world)
  const { faults } = profile
  const isPeaceful =
    Object.values(faults).every((rate) => rate === 0) && profile.lostCallChance === 0
  if (isPeaceful) {
    await advance(profile.durationMs / 2)
    world.isCalmedDown = true
    await advance(profile.requestMsMax + 1_500)
    world.auditor.rested()
    world.isCalmedDown = false
    arriveAgain(world)
    await advance(profile.durationMs / 2)
  } else {
    await advance(profile.durationMs)
  }
  world.isCalmedDown = true
}

/** One request after the other, each on another node, with rests in between, until the money is gone. */
async function askInTurn(world: World, advance: Advance): Promise<void> {
  const { profile, chance, nodes, time } = world
  const endMs = time.nowMs() + profile.durationMs
  while (time.nowMs() < endMs) {
    ask(world, chance.pick(nodes))
    await advance(profile.requestMsMax + 200)
    await advance(chance.pick([0, 50, 200, 600]))
  }
}

/** Faults end, nodes come back, everything that is under way ends, and every node is stopped in order. */
async function comeToRest(world: World, advance: Advance): Promise<void> {
  const { nodes, auditor, profile, store } = world
  store.isDown = false
  for (const node of nodes) node.disk.setCapacity(Infinity)
  await advance(profile.requestMsMax + 1_000)
  for (let round = 0; round < 200; round++) {
    if (nodes.every((node) => node.isUp && node.isIdle)) break
    await advance(200)
  }
  for (const node of nodes) {
    if (!node.isUp) world.fail(new Violation('boot', `${node.nodeId} does not come up again`))
  }
  await advance(2_000)
  for (const node of nodes) await stopForGood(world, node, advance)
  const { leaseTtlMs = 0, leaseGraceMs = 0 } = profile.policy
  await advance(leaseTtlMs + leaseGraceMs + 1_000)
  await world.store.ledger.reclaimExpired(leaseGraceMs)
  auditor.finished()
}

/** Stops a node in order; what the store did not take in time is for another life, which ends likewise. */
async function stopForGood(world: World, node: SimulatedNode, advance: Advance): Promise<void> {
  const { profile } = world
  const isStoreUp = profile.lostCallChance === 0 && profile.lostAnswerChance === 0
  for (let round = 0; round < 400; round++) {
    if (node.isUp) {
      let isLast: boolean | null = null
      node.stop(isStoreUp).then((isEmpty) => (isLast = isEmpty), world.fail)
      while (isLast === null && round++ < 400) await advance(100)
      if (isLast === true) return
    } else node.start()
    await advance(100)
  }
  world.fail(new Violation('L-16', `${node.nodeId} does not come to an end`))
}

function arriveAgain(world: World): void {
  const { chance, profile, time, nodes } = world
  if (world.isCalmedDown) return
  const delayMs = -Math.log(1 - chance.number()) * profile.arrivalMs
  time.after(delayMs, () => {
    if (world.isCalmedDown) return
    const up = nodes.filter((node) => node.isUp)
    const burst = chance.happens(0.03) ? chance.between(5, 20) : 1
    for (let count = 0; count < burst && up.length > 0; count++) ask(world, chance.pick(up))
    if (chance.happens(0.004)) topUp(world)
    arriveAgain(world)
  })
}

function topUp(world: World): void {
  const { chance, accounts, profile } = world
  grant(world, chance.pick(accounts), nanoUsd(profile.balanceNanoUsd / 4n))
}

function grant(world: World, accountId: AccountId, amountNanoUsd: bigint): void {
  const { chance, model, time, auditor } = world
  const id = makeGrantId(chance.bytes)
  const expiresInMs = chance.happens(0.3) ? chance.between(2_000, 10_000) : null
  model.grant({
    id,
    accountId,
    kind: chance.pick(['paid', 'promotional', 'trial']),
    amountNanoUsd: nanoUsd(amountNanoUsd),
    priority: chance.between(0, 3),
    expiresAt: expiresInMs === null ? null : new Date(time.clock.nowMs() + expiresInMs),
    effectKey: id,
    note: null,
  })
  auditor.stored()
}

/** A client sends one request to one node, and goes on with it when it is admitted. */
function ask(world: World, node: SimulatedNode): void {
  const { chance, accounts, profile, auditor, time } = world
  const isFree = chance.happens(0.05)
  const size = chance.number() ** 3
  const request: AdmissionRequest = {
    chargeId: makeGenerationId(time.clock.nowMs(), chance.bytes),
    accountId: chance.pick(accounts),
    keyId: 'key_00000000000000000001',
    requestedModel: 'sim/stream',
    resolvedModel: 'sim/stream',
    streamed: true,
    boundNanoUsd: nanoUsd(isFree ? 0n : 1n + BigInt(Math.floor(size * profile.boundNanoUsdMax))),
    priceVersionId: chance.pick([testPrice, 'price_0000000000000000000000aa']),
  }
  node.hear((credit) => {
    const wish = auditor.wished(request.accountId, request.boundNanoUsd)
    const go = (admission: Admission): void => {
      assert(admission.kind !== 'limited', 'nobody has spend limits in this world')
      auditor.answered(wish, admission.kind)
      if (admission.kind !== 'held') return
      const { hold } = admission
      const goUpstream = node.hear(() => {
        auditor.written(hold.chargeId)
        proceed(world, node, { request, hold })
      })
      hold.written.then(goUpstream).catch(world.fail)
    }
    const admission = credit.credit.admit(request)
    if (admission instanceof Promise) admission.then(go).catch(world.fail)
    else go(admission)
  })()
}

/** The upstream answers bit by bit; then the request ends, and the client waits for the end to be safe. */
function proceed(
  world: World,
  node: SimulatedNode,
  admitted: { request: AdmissionRequest; hold: Hold },
): void {
  const { chance, profile, auditor, time } = world
  const { request, hold } = admitted
  const bound = request.boundNanoUsd
  const cost = costOf(chance, profile, bound)
  const durationMs = chance.number() ** 2 * profile.requestMsMax
  for (let part = 1; part <= chance.between(0, 3); part++) {
    const costSoFar = nanoUsd((cost * BigInt(part)) / 4n)
    time.after(
      (durationMs * part) / 4,
      node.hear(() => {
        auditor.progressed(hold.chargeId, costSoFar)
        hold.progress(costSoFar)
      }),
    )
  }
  const end = node.hear(() => {
    auditor.ended(hold.chargeId, cost)
    const outcome = cost === 0n && chance.happens(0.5) ? 'upstream_failed' : 'completed'
    const priceVersionId = chance.happens(0.2) ? null : request.priceVersionId
    hold.settle({ ...makeRecord(request, nanoUsd(cost)), outcome, priceVersionId }).then(
      node.hear(() => auditor.acknowledged(hold.chargeId)),
      () => {},
    )
  })
  time.after(durationMs, end)
}

function costOf(chance: Chance, profile: Profile, bound: bigint): bigint {
  if (bound === 0n || chance.happens(0.1)) return 0n
  if (chance.happens(profile.overrunChance))
    return (bound * BigInt(chance.between(101, 130))) / 100n
  if (chance.happens(0.1)) return bound
  return (bound * BigInt(chance.between(0, 60))) / 100n
}

/** Somebody looks after the nodes, and starts those again that say that only this helps. */
function superviseAgain(world: World): void {
  world.time.after(100, () => {
    for (const node of world.nodes) {
      if (node.isBroken) node.kill({ losePower: false, downMs: 50 })
    }
    superviseAgain(world)
  })
}

/** Draws the next fault of each kind at its own rate. */
function breakAgain(world: World): void {
  const { profile, time, chance } = world
  for (const [name, rate] of Object.entries(profile.faults) as [keyof FaultRates, number][]) {
    if (rate === 0) continue
    const own = chance.fork()
    const again = (): void => {
      time.after((-Math.log(1 - own.number()) / rate) * 1_000, () => {
        if (world.isCalmedDown) return
        breakOnce(world, name, own)
        again()
      })
    }
    again()
  }
}

function breakOnce(world: World, fault: keyof FaultRates, chance: Chance): void {
  const { nodes, store, time, profile } = world
  const node = chance.pick(nodes)
  const { leaseTtlMs = 0, leaseGraceMs = 0 } = profile.policy
  const longMs = leaseTtlMs + leaseGraceMs + 1_500
  switch (fault) {
    case 'kill':
    case 'powerLoss':
      return node.kill({
        losePower: fault === 'powerLoss',
        downMs: chance.happens(0.1) ? longMs : chance.between(10, 500),
      })
    case 'diskLoss':
      return node.loseDisk(makeNodeId(chance.bytes))
    case 'pause':
    case 'suspend':
      return node.pause({
        durationMs: chance.happens(0.5) ? longMs : chance.between(50, 2_000),
        suspend: fault === 'suspend',
      })
    case 'wallJump':
      // A machine whose wall clock is set back while its monotonic clock stands still cannot know.
      return node.jumpWallClock(chance.between(profile.faults.suspend > 0 ? 0 : -300_000, 300_000))
    case 'storeOutage': {
      if (store.isDown) return
      store.isDown = true
      time.after(chance.between(50, 3_000), () => (store.isDown = false))
      return
    }
    case 'diskFull':
      return node.fillDisk(chance.between(100, 2_000))
    case 'diskError':
      return node.failDisk()
    case 'restart':
      return restart(world, node)
  }
}

function restart(world: World, node: SimulatedNode): void {
  if (!node.isUp) return
  node.restart(false).catch(world.fail)
}
