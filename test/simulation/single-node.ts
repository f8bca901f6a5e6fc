import { openJournal } from '#adapters/journal/journal.ts'
import { makeMemoryDisk, type MemoryDisk } from '#adapters/journal/memory-disk.ts'
import { makeMemoryBudgetStore } from '#adapters/memory/budgets.ts'
import { makeLedgerModel, type LedgerModel } from '#adapters/memory/ledger-model.ts'
import { makeMemoryLedgerStore } from '#adapters/memory/ledger.ts'
import { makeVirtualTime, type VirtualTime } from '#adapters/memory/virtual-time.ts'
import type { AccountStatus } from '#domain/accounts.ts'
import type { BudgetId, SpendOwner } from '#domain/budgets.ts'
import type { GenerationRecord } from '#domain/generation.ts'
import {
  type AccountId,
  type GenerationId,
  makeGenerationId,
  makeGrantId,
  type NodeId,
} from '#domain/identifiers.ts'
import { nanoUsd, type NanoUsd } from '#domain/money.ts'
import type { SpendLimits } from '#domain/spend-windows.ts'
import { zeroUsage } from '#domain/usage.ts'
import type { Admission, AdmissionRequest, Hold } from '#gateway/credit/credit.ts'
import type { CreditPolicy } from '#gateway/credit/policy.ts'
import type { CreditProblem } from '#gateway/credit/problem.ts'
import { type CreditNode, startCredit } from '#gateway/credit/start-credit.ts'
import type { BudgetStore } from '#ports/budget-store.ts'
import type { ChargeRecord, LedgerStore } from '#ports/ledger-store.ts'
import { StoreUnavailable } from '#ports/store-error.ts'

import { makeChance } from './chance.ts'

/** The account of all these tests. */
export const testAccount: AccountId = 'acct_00000000000000000001'

/** A price version of no meaning. */
export const testPrice = 'price_0123456789abcdef01234567' as const

/** Whole US dollars. */
export function usd(amount: number): NanoUsd {
  return nanoUsd(BigInt(Math.round(amount * 1e9)))
}

/** A request-log line of a request that ended well, for a cost. */
export function makeRecord(
  request: Pick<AdmissionRequest, 'chargeId' | 'accountId'>,
  costNanoUsd: NanoUsd,
): GenerationRecord {
  return {
    id: request.chargeId,
    accountId: request.accountId,
    keyId: 'key_00000000000000000001',
    createdAtMs: 1_767_614_400_000,
    requestedModel: 'sim/echo',
    resolvedModel: 'sim/echo',
    provider: 'simulated',
    upstreamModel: 'echo',
    upstreamId: null,
    routingPath: [],
    outcome: 'completed',
    status: 200,
    faultCode: null,
    streamed: true,
    timeToFirstTokenMs: 1,
    latencyMs: 2,
    usage: zeroUsage,
    usageSource: 'upstream',
    finishReason: 'stop',
    costNanoUsd,
    priceVersionId: testPrice,
    clientIp: null,
    userAgent: null,
    contentMode: 'metadata',
  }
}

/**
 * What a ledger call does instead of working: nothing (`away`), its effect without its answer, or it is
 * refused because of what it asks.
 */
export type LedgerFault = 'away' | 'answer_lost' | 'refused'

/** A store that does not take what it is given. */
class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** One node over a ledger in memory and a disk in memory, in virtual time. */
export interface SingleNode {
  readonly time: VirtualTime
  readonly model: LedgerModel
  readonly disk: MemoryDisk
  readonly problems: CreditProblem[]
  readonly inserted: Map<GenerationId, GenerationRecord>
  /** Names of the ledger calls made so far, in order. */
  readonly calls: string[]
  readonly statuses: Map<AccountId, AccountStatus>
  node: CreditNode
  /** What ledger calls do; set it to break the store, and to null to mend it. */
  fault: ((call: string, charges: readonly ChargeRecord[]) => LedgerFault | null) | null
  /** Added to the node's wall clock. */
  wallOffsetMs: number
  readonly request: (boundNanoUsd: NanoUsd) => AdmissionRequest
  readonly grant: (amountNanoUsd: NanoUsd) => void
  /** Asks for admission and waits for the answer. */
  readonly admit: (boundNanoUsd: NanoUsd) => Promise<Admission>
  /** Asks for several admissions in the same turn, and waits for all answers. */
  readonly admitAll: (count: number, boundNanoUsd: NanoUsd) => Promise<readonly Admission[]>
  /** Asks for admission, which must succeed. */
  readonly hold: (boundNanoUsd: NanoUsd) => Promise<Hold>
  /** One whole request: admitted, ended at a cost, and durable. */
  readonly pay: (boundNanoUsd: NanoUsd, costNanoUsd: NanoUsd) => Promise<GenerationId>
  /** How often a ledger call was made so far. */
  readonly callCount: (name: string) => number
  /** Ends the process without a word and starts another one on the same disk. */
  readonly crash: (options?: { losePower: boolean }) => Promise<void>
  /** Starts a process on the disk after the last one stopped by itself. */
  readonly start: () => Promise<void>
  /** Lets time pass until a promise is settled. */
  readonly until: <Value>(promise: Promise<Value>) => Promise<Value>
}

/** What a node starts with. */
export interface SingleNodeOptions {
  readonly balanceNanoUsd: NanoUsd
  readonly policy?: Partial<CreditPolicy>
  readonly nodeId?: NodeId
  /** Another node over the same ledger. */
  readonly beside?: SingleNode
  /** Spend limits, for the first node of a ledger; they may be changed later. */
  readonly spendLimits?: ReadonlyMap<SpendOwner, SpendLimits>
}

/** The ledger that several nodes share, and who hears a recall. */
interface SharedWorld {
  readonly time: VirtualTime
  readonly model: LedgerModel
  readonly statuses: Map<AccountId, AccountStatus>
  readonly recalled: ((id: AccountId | BudgetId) => void)[]
}

const worlds = new WeakMap<LedgerModel, SharedWorld>()

function makeSharedWorld(spendLimits: ReadonlyMap<SpendOwner, SpendLimits>): SharedWorld {
  const time = makeVirtualTime()
  const statuses = new Map<AccountId, AccountStatus>([[testAccount, 'active']])
  const recalled: ((id: AccountId | BudgetId) => void)[] = []
  const recall = (id: AccountId | BudgetId): void => {
    for (const call of recalled) time.after(2, () => call(id))
  }
  const model = makeLedgerModel({
    nowMs: time.clock.nowMs,
    findAccountStatus: (id) => statuses.get(id),
    onRecall: recall,
    findSpendLimits: (id) => spendLimits.get(id),
    onBudgetRecall: recall,
  })
  const world = { time, model, statuses, recalled }
  worlds.set(model, world)
  return world
}

/** Starts a node whose account gets this much. */
export async function startSingleNode(options: SingleNodeOptions): Promise<SingleNode> {
  const shared = options.beside && worlds.get(options.beside.model)
  const { time, model, statuses, recalled } =
    shared ?? makeSharedWorld(options.spendLimits ?? new Map())
  const random = makeChance(7 + recalled.length)
  const disk = makeMemoryDisk((call) => void time.after(1, call))
  const nodeId = options.nodeId ?? 'node_00000000000000000001'
  let release = (): void => {}
  const single: Omit<SingleNode, 'node'> & { node: CreditNode | null } = {
    time,
    model,
    disk,
    problems: [],
    inserted: new Map(),
    calls: [],
    statuses,
    node: null,
    fault: null,
    wallOffsetMs: 0,
    request: (boundNanoUsd) => ({
      chargeId: makeGenerationId(time.clock.nowMs(), random.bytes),
      accountId: testAccount,
      keyId: 'key_00000000000000000001',
      requestedModel: 'sim/echo',
      resolvedModel: 'sim/echo',
      streamed: true,
      boundNanoUsd,
      priceVersionId: testPrice,
    }),
    grant: (amountNanoUsd) => {
      const id = makeGrantId(random.bytes)
      model.grant({
        id,
        accountId: testAccount,
        kind: 'paid',
        amountNanoUsd,
        priority: 0,
        expiresAt: null,
        effectKey: id,
        note: null,
      })
    },
    admit: (boundNanoUsd) =>
      until(time, Promise.resolve(nodeOf(single).credit.admit(single.request(boundNanoUsd)))),
    admitAll: (count, boundNanoUsd) => {
      const { credit } = nodeOf(single)
      const answers = Array.from({ length: count }, () =>
        credit.admit(single.request(boundNanoUsd)),
      )
      return until(time, Promise.all(answers.map((answer) => Promise.resolve(answer))))
    },
    hold: async (boundNanoUsd) => {
      const admission = await single.admit(boundNanoUsd)
      if (admission.kind !== 'held') throw new Refusal(admission.kind)
      await until(time, admission.hold.written)
      return admission.hold
    },
    pay: async (boundNanoUsd, costNanoUsd) => {
      const { chargeId, settle } = await single.hold(boundNanoUsd)
      await until(time, settle(makeRecord({ chargeId, accountId: testAccount }, costNanoUsd)))
      return chargeId
    },
    callCount: (name) => single.calls.filter((call) => call === name).length,
    crash: async ({ losePower } = { losePower: false }) => {
      release()
      if (losePower) disk.losePower(random.number)
      await start()
    },
    start: () => start(),
    until: (promise) => until(time, promise),
  }
  const start = async (): Promise<void> => {
    const attached = disk.attach()
    let isAlive = true
    release = () => {
      isAlive = false
      attached.release()
    }
    const clock = {
      ...time.clock,
      nowMs: () => time.clock.nowMs() + single.wallOffsetMs,
      after: (delayMs: number, call: () => void) => time.after(delayMs, () => isAlive && call()),
    }
    const calls = faultyCalls(single, () => isAlive)
    const starting = startCredit({
      ledger: faultyLedger(model, calls),
      budgets: faultyBudgets(model, calls),
      generations: {
        insert: async (records) => {
          for (const record of records) {
            if (!single.inserted.has(record.id)) single.inserted.set(record.id, record)
          }
        },
      },
      journal: openJournal({
        disk: attached.disk,
        nodeId,
        clock,
        randomBytes: random.bytes,
        turn: (call) => time.turn(() => isAlive && call()),
        segmentBytes: 64 * 1024,
        emergencyBytes: 32 * 1024,
      }),
      clock,
      randomBytes: random.bytes,
      report: (problem) => single.problems.push(problem),
      policy: options.policy ?? {},
    })
    single.node = await until(time, starting)
  }
  recalled.push((id) => single.node?.recall(id))
  if (options.balanceNanoUsd > 0n) single.grant(options.balanceNanoUsd)
  await start()
  return single as SingleNode
}

function nodeOf({ node }: { readonly node: CreditNode | null }): CreditNode {
  if (node === null) throw new Refusal('the node has not started')
  return node
}

type Wrap = <Value>(
  name: string,
  run: () => Promise<Value>,
  charges?: readonly ChargeRecord[],
) => Promise<Value>

/** Calls take time, are counted, and fail as the test says; a dead process hears no answer. */
function faultyCalls(
  single: Pick<SingleNode, 'time' | 'calls' | 'fault'>,
  isAlive: () => boolean,
): Wrap {
  const { time, calls } = single
  return (name, run, charges = []) =>
    new Promise((resolve, reject) => {
      calls.push(name)
      time.after(1, () => {
        const fault = single.fault?.(name, charges) ?? null
        const answer = fault === 'away' || fault === 'refused' ? null : run()
        time.after(1, () => {
          if (!isAlive()) return
          if (fault === 'refused') reject(new Refusal(name))
          else if (fault === null && answer !== null) answer.then(resolve, reject)
          else reject(new StoreUnavailable(`${name}: ${fault}`))
        })
      })
    })
}

function faultyBudgets(model: LedgerModel, wrap: Wrap): BudgetStore {
  const store = makeMemoryBudgetStore(model)
  return {
    ...store,
    lease: (request) => wrap('budgets.lease', () => store.lease(request)),
    renew: (request) => wrap('budgets.renew', () => store.renew(request)),
    giveBack: (request) => wrap('budgets.giveBack', () => store.giveBack(request)),
    requestRecall: (id) => wrap('budgets.requestRecall', () => store.requestRecall(id)),
    closeOldLeases: (nodeId, epoch) =>
      wrap('budgets.closeOldLeases', () => store.closeOldLeases(nodeId, epoch)),
    reclaimExpired: (graceMs) =>
      wrap('budgets.reclaimExpired', () => store.reclaimExpired(graceMs)),
  }
}

function faultyLedger(model: LedgerModel, wrap: Wrap): LedgerStore {
  const store = makeMemoryLedgerStore(model)
  return {
    ...store,
    raiseEpoch: (nodeId) => wrap('raiseEpoch', () => store.raiseEpoch(nodeId)),
    lease: (request) => wrap('lease', () => store.lease(request)),
    renew: (request) => wrap('renew', () => store.renew(request)),
    giveBack: (request) => wrap('giveBack', () => store.giveBack(request)),
    requestRecall: (accountId) => wrap('requestRecall', () => store.requestRecall(accountId)),
    settle: (charges) => wrap('settle', () => store.settle(charges), charges),
    closeOldLeases: (nodeId, epoch) =>
      wrap('closeOldLeases', () => store.closeOldLeases(nodeId, epoch)),
    reclaimExpired: (graceMs) => wrap('reclaimExpired', () => store.reclaimExpired(graceMs)),
  }
}

async function until<Value>(time: VirtualTime, promise: Promise<Value>): Promise<Value> {
  let isSettled = false
  const watched = promise.finally(() => (isSettled = true))
  watched.catch(() => {})
  await time.advance(0)
  for (let steps = 0; !isSettled && steps < 100_000; steps++) await time.step(60_000)
  return watched
}
