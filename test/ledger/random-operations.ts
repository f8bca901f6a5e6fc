import { randomBytes } from 'node:crypto'

import fc from 'fast-check'

import {
  type AccountId,
  makeGenerationId,
  makeGrantId,
  makeLeaseId,
  makeNodeId,
  type NodeId,
  type RandomBytes,
} from '#domain/identifiers.ts'
import type { GrantKind } from '#domain/ledger/grants.ts'
import { nanoUsd, zeroNanoUsd } from '#domain/money.ts'
import type { ChargeRecord, LeaseRequest } from '#ports/ledger-store.ts'
import type { LedgerUnderTest } from '#ports/ledger/fixture.conformance.ts'

const minuteMs = 60_000

/** One thing that may happen to a ledger. Numbers that name something are taken modulo what there is. */
export type RandomOperation =
  | {
      readonly kind: 'grant'
      readonly account: number
      readonly amount: number
      readonly grantKind: GrantKind
      readonly priority: number
      readonly expiresInMinutes: number | null
      readonly repeat: boolean
    }
  | {
      readonly kind: 'lease'
      readonly account: number
      readonly node: number
      readonly minimum: number
      readonly more: number
      readonly extend: boolean
    }
  | { readonly kind: 'renew'; readonly node: number }
  | {
      readonly kind: 'give_back'
      readonly lease: number
      readonly amount: number
      readonly close: boolean
      readonly repeat: boolean
    }
  | {
      readonly kind: 'settle'
      readonly charges: readonly {
        readonly lease: number
        readonly cost: number
        readonly use: 'lease' | 'no_lease' | 'known_charge'
      }[]
    }
  | { readonly kind: 'restart'; readonly node: number; readonly close: boolean }
  | { readonly kind: 'time'; readonly minutes: number }
  | { readonly kind: 'reclaim' }
  | { readonly kind: 'expire' }

const index = fc.nat(50)

const grantOperation = fc.record({
  kind: fc.constant('grant' as const),
  account: index,
  amount: fc.integer({ min: 1, max: 4_000 }),
  grantKind: fc.constantFrom<GrantKind>('paid', 'promotional', 'trial'),
  priority: fc.integer({ min: 0, max: 2 }),
  expiresInMinutes: fc.option(fc.constantFrom(-10, 15, 45), { nil: null }),
  repeat: fc.boolean(),
})

const leaseOperation = fc.record({
  kind: fc.constant('lease' as const),
  account: index,
  node: index,
  minimum: fc.integer({ min: 1, max: 100 }),
  more: fc.nat(300),
  extend: fc.boolean(),
})

const settleOperation = fc.record({
  kind: fc.constant('settle' as const),
  charges: fc.array(
    fc.record({
      lease: index,
      cost: fc.integer({ min: 0, max: 100 }),
      use: fc.oneof(
        { weight: 8, arbitrary: fc.constant('lease' as const) },
        { weight: 1, arbitrary: fc.constant('no_lease' as const) },
        { weight: 1, arbitrary: fc.constant('known_charge' as const) },
      ),
    }),
    { maxLength: 6, size: 'max' },
  ),
})

const giveBackOperation = fc.record({
  kind: fc.constant('give_back' as const),
  lease: index,
  amount: fc.nat(300),
  close: fc.boolean(),
  repeat: fc.boolean(),
})

const restartOperation = fc.record({
  kind: fc.constant('restart' as const),
  node: index,
  close: fc.boolean(),
})

const timeOperation = fc.record({
  kind: fc.constant('time' as const),
  minutes: fc.constantFrom(10, 20, 40),
})

/** Often enough of each that accounts run dry, overrun and owe, and are filled up again. */
const randomOperation: fc.Arbitrary<RandomOperation> = fc.oneof(
  { weight: 4, arbitrary: grantOperation },
  { weight: 5, arbitrary: leaseOperation },
  { weight: 6, arbitrary: settleOperation },
  { weight: 3, arbitrary: giveBackOperation },
  { weight: 1, arbitrary: restartOperation },
  { weight: 2, arbitrary: timeOperation },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('renew' as const), node: index }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reclaim' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'expire' as const }) },
)

/** A life of a ledger, as long as wanted. */
export function randomLife(lengthMax: number): fc.Arbitrary<RandomOperation[]> {
  return fc.array(randomOperation, { maxLength: lengthMax, size: 'max' })
}

/** Asks one ledger to do what an operation says. The same step may be run on several ledgers. */
export type Step = (world: LedgerUnderTest) => Promise<unknown>

/** What has happened so far, so that later operations can refer to it. */
export interface Script {
  readonly accountIds: readonly AccountId[]
  readonly nodes: { readonly id: NodeId; epoch: number }[]
  readonly leases: { readonly request: LeaseRequest; returns: number }[]
  readonly charges: ChargeRecord[]
  readonly grantKeys: string[]
  readonly ids: RandomBytes
}

/** A script without history: two nodes that have not started. Its ids rise, run after run. */
export function makeScript(accountIds: readonly AccountId[]): Script {
  const ids = risingIds()
  const nodes = [1, 2].map(() => ({ id: makeNodeId(ids), epoch: 0 }))
  return { accountIds, nodes, leases: [], charges: [], grantKeys: [], ids }
}

/** Unique to this run, and in order within it: what depends on the order of ids can be repeated. */
function risingIds(): RandomBytes {
  const run = randomBytes(12).map((byte) => byte % 62)
  let count = 0
  return (length) => {
    count += 1
    const digits = Array.from(count.toString().padStart(length - run.length, '0'), Number)
    return Uint8Array.from([...run, ...digits])
  }
}

/** Starts every node and gives every account something to spend; to be run before anything else. */
export function beginLife(script: Script): Step {
  for (const node of script.nodes) node.epoch += 1
  const grants = script.accountIds.map((_, account) =>
    planGrant(script, {
      kind: 'grant',
      account,
      amount: 700,
      grantKind: 'paid',
      priority: 1,
      expiresInMinutes: null,
      repeat: false,
    }),
  )
  return async (world) => {
    for (const node of script.nodes) await world.ledger.raiseEpoch(node.id)
    for (const grant of grants) await grant(world)
  }
}

/** Makes the step of an operation, with everything it asks for fixed. */
export function planStep(script: Script, operation: RandomOperation): Step {
  switch (operation.kind) {
    case 'grant':
      return planGrant(script, operation)
    case 'lease':
      return planLease(script, operation)
    case 'renew': {
      const node = pick(script.nodes, operation.node)
      const { id: nodeId, epoch } = node
      const leaseIds = script.leases.map((lease) => lease.request.leaseId)
      return ({ ledger }) => ledger.renew({ nodeId, epoch, leaseIds, ttlMs: 30 * minuteMs })
    }
    case 'give_back':
      return planGiveBack(script, operation)
    case 'settle': {
      const batch = operation.charges.flatMap((charge) => planCharge(script, charge))
      return ({ ledger }) => ledger.settle(batch)
    }
    case 'restart': {
      const node = pick(script.nodes, operation.node)
      node.epoch += 1
      const { id, epoch } = node
      return async ({ ledger }) => [
        await ledger.raiseEpoch(id),
        operation.close ? await ledger.closeOldLeases(id, epoch) : null,
      ]
    }
    case 'time':
      return ({ letTimePass }) => letTimePass(operation.minutes * minuteMs)
    case 'reclaim':
      return ({ ledger }) => ledger.reclaimExpired(15 * minuteMs)
    case 'expire':
      return ({ ledger }) => ledger.expireGrants()
  }
}

function pick<Item>(items: readonly Item[], at: number): Item {
  const item = items[at % items.length]
  if (item === undefined) throw new RangeError('nothing to pick from')
  return item
}

function planGrant(script: Script, operation: Extract<RandomOperation, { kind: 'grant' }>): Step {
  const { amount: size, grantKind, priority, expiresInMinutes, repeat } = operation
  const id = makeGrantId(script.ids)
  const known = script.grantKeys.at(-1)
  const effectKey = repeat && known !== undefined ? known : `random:${id}`
  script.grantKeys.push(effectKey)
  return async ({ ledger, nowMs, letTimePass }) => {
    const expiresAt =
      expiresInMinutes === null ? null : new Date(nowMs() + expiresInMinutes * minuteMs)
    const result = await ledger.grant({
      id,
      accountId: pick(script.accountIds, operation.account),
      kind: grantKind,
      amountNanoUsd: nanoUsd(BigInt(size)),
      priority,
      expiresAt,
      effectKey,
      note: null,
    })
    // Two grants are never of the same millisecond: their age decides.
    await letTimePass(5)
    return result.kind
  }
}

function planLease(script: Script, operation: Extract<RandomOperation, { kind: 'lease' }>): Step {
  const node = pick(script.nodes, operation.node)
  const known = script.leases.at(-1)?.request
  const minimumNanoUsd = nanoUsd(BigInt(operation.minimum))
  const request: LeaseRequest = {
    leaseId: operation.extend && known ? known.leaseId : makeLeaseId(script.ids),
    accountId:
      operation.extend && known ? known.accountId : pick(script.accountIds, operation.account),
    nodeId: node.id,
    epoch: node.epoch,
    minimumNanoUsd,
    wantedNanoUsd: nanoUsd(minimumNanoUsd + BigInt(operation.more)),
    ttlMs: 30 * minuteMs,
  }
  script.leases.push({ request, returns: 0 })
  return ({ ledger }) => ledger.lease(request)
}

function planGiveBack(
  script: Script,
  operation: Extract<RandomOperation, { kind: 'give_back' }>,
): Step {
  if (script.leases.length === 0) return async () => undefined
  const lease = pick(script.leases.slice(-6), operation.lease)
  if (!operation.repeat) lease.returns += 1
  const { leaseId, nodeId, epoch } = lease.request
  const amountNanoUsd = nanoUsd(BigInt(operation.amount))
  const { close } = operation
  const returnNumber = lease.returns
  return ({ ledger }) =>
    ledger.giveBack({ leaseId, nodeId, epoch, returnNumber, amountNanoUsd, close })
}

function planCharge(
  script: Script,
  { lease, cost, use }: { lease: number; cost: number; use: 'lease' | 'no_lease' | 'known_charge' },
): ChargeRecord[] {
  if (use === 'known_charge') return script.charges.slice(-1)
  const request =
    script.leases.length === 0 || use === 'no_lease'
      ? undefined
      : pick(script.leases, lease).request
  const accountId = request?.accountId ?? pick(script.accountIds, lease)
  const charge: ChargeRecord = {
    chargeId: makeGenerationId(Date.now(), script.ids),
    accountId,
    leaseId: request?.leaseId ?? null,
    nodeId: pick(script.nodes, lease).id,
    costNanoUsd: cost === 0 ? zeroNanoUsd : nanoUsd(BigInt(cost)),
    priceVersionId: 'price_test',
    usageSource: 'upstream',
    keyId: `key_${accountId.slice('acct_'.length)}`,
    promptTokens: cost,
    completionTokens: lease,
    model: 'acme/fast-1',
    provider: 'acme',
    cachedTokens: 0,
    reasoningTokens: 0,
    budgetLeaseIds: [],
  }
  script.charges.push(charge)
  return [charge]
}
