import { randomBytes } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { budgetIdOf, type SpendOwner } from '#domain/budgets.ts'
import {
  type AccountId,
  type KeyId,
  makeGenerationId,
  makeLeaseId,
  makeNodeId,
  type NodeId,
  type ProjectId,
} from '#domain/identifiers.ts'
import { type NanoUsd, nanoUsd } from '#domain/money.ts'
import type { SpendLimits, UtcDay } from '#domain/spend-windows.ts'
import { noSpendLimits } from '#domain/usage-limits.ts'

import type { BudgetLeaseRequest, BudgetStore } from './budget-store.ts'
import type { ChargeRecord, LedgerStore } from './ledger-store.ts'

/** A key and the account it belongs to. */
export interface LimitedKey {
  readonly accountId: AccountId
  readonly keyId: KeyId
}

/** The store under test, the ledger that moves its sums, and the world around both. */
export interface BudgetsUnderTest {
  readonly budgets: BudgetStore
  readonly ledger: LedgerStore
  readonly makeKey: (limits: { key?: SpendLimits; account?: SpendLimits }) => Promise<LimitedKey>
  /** A project with these limits, two keys that belong to it, and one of its account that does not. */
  readonly makeProject: (limits: SpendLimits) => Promise<{
    projectId: ProjectId
    keys: readonly [LimitedKey, LimitedKey]
    outside: LimitedKey
  }>
  /** Lets time pass for slices, without waiting. */
  readonly letTimePass: (ms: number) => Promise<void>
  /** The budgets whose recall was asked for so far. */
  readonly recalls: () => readonly string[]
}

/** A Wednesday in the middle of a month. */
const wednesday = '2031-05-14' as const satisfies UtcDay

function only(limits: Partial<SpendLimits>): SpendLimits {
  return { ...noSpendLimits, ...limits }
}

interface Claim {
  readonly nodeId: NodeId
  readonly epoch: number
}

async function makeClaim({ ledger }: BudgetsUnderTest): Promise<Claim> {
  const nodeId = makeNodeId(randomBytes)
  return { nodeId, epoch: await ledger.raiseEpoch(nodeId) }
}

function ask(
  owner: { ownerId: SpendOwner; day?: UtcDay },
  claim: Claim,
  amounts: { least: bigint; most?: bigint },
): BudgetLeaseRequest {
  return {
    leaseId: makeLeaseId(randomBytes),
    budgetId: budgetIdOf({ ownerId: owner.ownerId, day: owner.day ?? wednesday }),
    ...claim,
    minimumNanoUsd: nanoUsd(amounts.least),
    wantedNanoUsd: nanoUsd(amounts.most ?? amounts.least),
    ttlMs: 60_000,
  }
}

/** A charge whose request began at noon of the day given. */
function chargeOn(
  { accountId, keyId }: LimitedKey,
  cost: bigint,
  more: Partial<ChargeRecord> & { day?: UtcDay } = {},
): ChargeRecord {
  const { day = wednesday, ...overrides } = more
  return {
    chargeId: makeGenerationId(Date.parse(`${day}T12:00:00Z`), randomBytes),
    accountId,
    keyId,
    leaseId: null,
    nodeId: 'node_test',
    costNanoUsd: nanoUsd(cost),
    priceVersionId: 'price_test',
    usageSource: 'upstream',
    promptTokens: 3,
    completionTokens: 4,
    model: 'acme/fast-1',
    provider: 'acme',
    cachedTokens: 0,
    reasoningTokens: 0,
    budgetLeaseIds: [],
    ...overrides,
  }
}

/** What every store of spend limits promises. It may hold other owners' already. */
export function budgetStoreConformance(
  name: string,
  makeWorld: () => Promise<BudgetsUnderTest>,
): void {
  describe(`${name}: spend limits`, () => {
    describeLending(makeWorld)
    describeWindows(makeWorld)
    describeSettlement(makeWorld)
    describeEnds(makeWorld)
    describeNodes(makeWorld)
  })
}

type MakeWorld = () => Promise<BudgetsUnderTest>

function describeLending(makeWorld: MakeWorld): void {
  test('as much is lent as is wanted and there, at least the minimum, and never more', async () => {
    const world = await makeWorld()
    const { keyId } = await world.makeKey({ key: only({ day: nanoUsd(100n) }) })
    const claim = await makeClaim(world)
    const owner = { ownerId: keyId }
    expect(await world.budgets.lease(ask(owner, claim, { least: 10n, most: 70n }))).toMatchObject({
      kind: 'granted',
      addedNanoUsd: 70n,
      leftNanoUsd: 30n,
    })
    expect(await world.budgets.lease(ask(owner, claim, { least: 10n, most: 70n }))).toMatchObject({
      kind: 'granted',
      addedNanoUsd: 30n,
      leftNanoUsd: 0n,
    })
    expect(await world.budgets.lease(ask(owner, claim, { least: 1n }))).toEqual({
      kind: 'insufficient',
      standing: { window: 'day', limitNanoUsd: 100n, takenNanoUsd: 100n, leftNanoUsd: 0n },
      elsewhereNanoUsd: 0n,
    })
  })

  test('a slice can be extended; an extension that does not fit moves nothing', async () => {
    const world = await makeWorld()
    const { keyId } = await world.makeKey({ key: only({ total: nanoUsd(100n) }) })
    const claim = await makeClaim(world)
    const request = ask({ ownerId: keyId }, claim, { least: 60n })
    await world.budgets.lease(request)
    const more = { ...request, minimumNanoUsd: nanoUsd(41n), wantedNanoUsd: nanoUsd(41n) }
    expect(await world.budgets.lease(more)).toMatchObject({ kind: 'insufficient' })
    const fitting = { ...request, minimumNanoUsd: nanoUsd(40n), wantedNanoUsd: nanoUsd(40n) }
    expect(await world.budgets.lease(fitting)).toMatchObject({ addedNanoUsd: 40n })
  })

  test('an owner without spend limits is lent whatever is wanted; an unknown one nothing', async () => {
    const world = await makeWorld()
    const { keyId } = await world.makeKey({})
    const claim = await makeClaim(world)
    expect(await world.budgets.lease(ask({ ownerId: keyId }, claim, { least: 9n }))).toMatchObject({
      kind: 'granted',
      addedNanoUsd: 9n,
      standing: null,
    })
    const unknown = ask({ ownerId: 'key_none' }, claim, { least: 9n })
    expect(await world.budgets.lease(unknown)).toEqual({ kind: 'owner_unknown' })
  })

  test('a limit of the account counts the spending of all its keys', async () => {
    const world = await makeWorld()
    const key = await world.makeKey({ account: only({ month: nanoUsd(100n) }) })
    const claim = await makeClaim(world)
    await world.ledger.settle([
      chargeOn(key, 30n),
      chargeOn({ ...key, keyId: 'key_other' }, 40n, { day: '2031-05-01' }),
    ])
    const owner = { ownerId: key.accountId }
    expect(await world.budgets.lease(ask(owner, claim, { least: 1n, most: 99n }))).toMatchObject({
      addedNanoUsd: 30n,
    })
  })
}

function describeWindows(makeWorld: MakeWorld): void {
  test.each([
    { window: 'day', inside: ['2031-05-14'], outside: ['2031-05-13', '2031-05-15'] },
    { window: 'week', inside: ['2031-05-12', '2031-05-18'], outside: ['2031-05-11', '2031-05-19'] },
    {
      window: 'month',
      inside: ['2031-05-01', '2031-05-31'],
      outside: ['2031-04-30', '2031-06-01', '2030-05-14'],
    },
    { window: 'total', inside: ['2004-02-29', '2099-12-31'], outside: [] },
  ] as const)(
    'a limit of a $window counts its own days and no others',
    async ({ window, inside, outside }) => {
      const world = await makeWorld()
      const key = await world.makeKey({ key: only({ [window]: nanoUsd(1_000n) }) })
      const claim = await makeClaim(world)
      await world.ledger.settle([
        ...inside.map((day) => chargeOn(key, 100n, { day })),
        ...outside.map((day) => chargeOn(key, 7n, { day })),
      ])
      const counted = nanoUsd(100n * BigInt(inside.length))
      const request = ask({ ownerId: key.keyId }, claim, { least: 1n, most: 5_000n })
      expect(await world.budgets.lease(request)).toMatchObject({
        addedNanoUsd: 1_000n - counted,
        standing: { window, takenNanoUsd: counted },
      })
      expect((await world.budgets.spent(key.keyId, wednesday))[window]).toBe(counted)
      expect((await world.budgets.spent(key.accountId, wednesday))[window]).toBe(counted)
    },
  )

  test('the tightest limit decides, and slices for other days of its window count', async () => {
    const world = await makeWorld()
    const limits = only({ day: nanoUsd(60n), week: nanoUsd(100n), total: nanoUsd(10_000n) })
    const { keyId } = await world.makeKey({ key: limits })
    const claim = await makeClaim(world)
    await world.budgets.lease(ask({ ownerId: keyId, day: '2031-05-13' }, claim, { least: 60n }))
    const request = ask({ ownerId: keyId }, claim, { least: 1n, most: 60n })
    expect(await world.budgets.lease(request)).toMatchObject({
      addedNanoUsd: 40n,
      standing: { window: 'week', takenNanoUsd: 60n },
    })
    const nextWeek = ask({ ownerId: keyId, day: '2031-05-19' }, claim, { least: 60n })
    expect(await world.budgets.lease(nextWeek)).toMatchObject({ addedNanoUsd: 60n })
    const refused = ask({ ownerId: keyId }, claim, { least: 1n })
    expect(await world.budgets.lease(refused)).toMatchObject({ elsewhereNanoUsd: 120n })
  })
}

function describeSettlement(makeWorld: MakeWorld): void {
  test('a charge moves from its slice to what is spent: their sum stays the same', async () => {
    const world = await makeWorld()
    const key = await world.makeKey({ key: only({ day: nanoUsd(100n) }) })
    const claim = await makeClaim(world)
    const slice = ask({ ownerId: key.keyId }, claim, { least: 60n })
    await world.budgets.lease(slice)
    const charge = chargeOn(key, 25n, { budgetLeaseIds: [slice.leaseId] })
    await world.ledger.settle([charge])
    // A batch whose answer was lost is sent again.
    await world.ledger.settle([charge])
    expect((await world.budgets.spent(key.keyId, wednesday)).day).toBe(25n)
    const rest = ask({ ownerId: key.keyId }, claim, { least: 1n, most: 100n })
    expect(await world.budgets.lease(rest)).toMatchObject({ addedNanoUsd: 40n })
    await world.budgets.giveBack({ ...slice, ...closing })
    const after = ask({ ownerId: key.keyId }, claim, { least: 1n, most: 100n })
    expect(await world.budgets.lease(after)).toMatchObject({ addedNanoUsd: 35n })
  })

  test('a charge of a key and of its account is spent from both slices', async () => {
    const world = await makeWorld()
    const limits = only({ day: nanoUsd(100n) })
    const key = await world.makeKey({ key: limits, account: limits })
    const claim = await makeClaim(world)
    const slices = [key.keyId, key.accountId].map((ownerId) =>
      ask({ ownerId }, claim, { least: 100n }),
    )
    for (const slice of slices) await world.budgets.lease(slice)
    const budgetLeaseIds = slices.map(({ leaseId }) => leaseId)
    await world.ledger.settle([
      chargeOn(key, 30n, { budgetLeaseIds }),
      chargeOn(key, 10n, { budgetLeaseIds }),
    ])
    for (const slice of slices) await world.budgets.giveBack({ ...slice, ...closing })
    for (const ownerId of [key.keyId, key.accountId]) {
      const again = ask({ ownerId }, claim, { least: 1n, most: 100n })
      expect(await world.budgets.lease(again)).toMatchObject({ addedNanoUsd: 60n })
    }
  })

  test('what a slice does not cover is spent all the same', async () => {
    const world = await makeWorld()
    const key = await world.makeKey({ key: only({ day: nanoUsd(100n) }) })
    const claim = await makeClaim(world)
    const slice = ask({ ownerId: key.keyId }, claim, { least: 20n })
    await world.budgets.lease(slice)
    await world.ledger.settle([
      chargeOn(key, 30n, { budgetLeaseIds: [slice.leaseId] }),
      chargeOn(key, 40n),
      chargeOn(key, 5n, { budgetLeaseIds: ['lease_nobody'] }),
    ])
    const rest = ask({ ownerId: key.keyId }, claim, { least: 1n, most: 100n })
    expect(await world.budgets.lease(rest)).toMatchObject({ addedNanoUsd: 25n })
  })

  test('a limit that was set below what is spent leaves nothing, and says so', async () => {
    const world = await makeWorld()
    const key = await world.makeKey({ key: only({ total: nanoUsd(10n) }) })
    const claim = await makeClaim(world)
    await world.ledger.settle([chargeOn(key, 25n)])
    expect(
      await world.budgets.lease(ask({ ownerId: key.keyId }, claim, { least: 1n })),
    ).toMatchObject({ kind: 'insufficient', standing: { takenNanoUsd: 25n, leftNanoUsd: -15n } })
  })
}

const closing = { returnNumber: 1, amountNanoUsd: nanoUsd(0n), close: true } as const

function describeEnds(makeWorld: MakeWorld): void {
  const begin = async () => {
    const world = await makeWorld()
    const key = await world.makeKey({ key: only({ day: nanoUsd(100n) }) })
    const claim = await makeClaim(world)
    const slice = ask({ ownerId: key.keyId }, claim, { least: 80n })
    await world.budgets.lease(slice)
    const left = async (): Promise<NanoUsd> => {
      const other = await makeClaim(world)
      const probe = ask({ ownerId: key.keyId }, other, { least: 1n, most: 1_000n })
      const result = await world.budgets.lease(probe)
      if (result.kind === 'granted') await world.budgets.giveBack({ ...probe, ...closing })
      return result.kind === 'granted' ? result.addedNanoUsd : nanoUsd(0n)
    }
    return { ...world, key, claim, slice, left }
  }

  test('a return counts once for each number, and never more than the rest', async () => {
    const { budgets, slice, left } = await begin()
    const back = { ...slice, returnNumber: 1, amountNanoUsd: nanoUsd(30n), close: false }
    await budgets.giveBack(back)
    await budgets.giveBack(back)
    expect(await left()).toBe(50n)
    await budgets.giveBack({ ...back, returnNumber: 2, amountNanoUsd: nanoUsd(1_000n) })
    expect(await left()).toBe(100n)
  })

  test('a closed slice can be neither extended nor renewed', async () => {
    const { budgets, slice, left } = await begin()
    await budgets.giveBack({ ...slice, ...closing })
    expect(await left()).toBe(100n)
    expect(await budgets.lease(slice)).toEqual({ kind: 'fenced' })
    expect(await budgets.renew({ ...slice, leaseIds: [slice.leaseId] })).toEqual([slice.leaseId])
  })

  test('an earlier life of a node can use nothing, and what it held is free again', async () => {
    const { budgets, ledger, claim, slice, left } = await begin()
    const epoch = await ledger.raiseEpoch(claim.nodeId)
    expect(await budgets.lease(slice)).toEqual({ kind: 'fenced' })
    expect(await budgets.renew({ ...slice, leaseIds: [slice.leaseId] })).toEqual([slice.leaseId])
    await budgets.giveBack({ ...slice, ...closing })
    expect(await left()).toBe(20n)
    expect(await budgets.closeOldLeases(claim.nodeId, epoch)).toBe(1)
    expect(await left()).toBe(100n)
  })

  test('a slice that expired is taken back after the grace; one that was renewed is not', async () => {
    const { budgets, slice, left, letTimePass } = await begin()
    await letTimePass(50_000)
    expect(await budgets.renew({ ...slice, leaseIds: [slice.leaseId] })).toEqual([])
    await letTimePass(50_000)
    await budgets.reclaimExpired(10_000)
    expect(await left()).toBe(20n)
    await letTimePass(30_000)
    await budgets.reclaimExpired(10_000)
    expect(await left()).toBe(100n)
  })

  test('a recall names the budget', async () => {
    const { budgets, slice, recalls } = await begin()
    await budgets.requestRecall(slice.budgetId)
    await expect.poll(recalls, { timeout: 5_000 }).toContain(slice.budgetId)
  })
}

function describeNodes(makeWorld: MakeWorld): void {
  test('300 slices at once from 3 nodes, settled meanwhile, never exceed the limit', async () => {
    const world = await makeWorld()
    const limits = only({ day: nanoUsd(1_000n), month: nanoUsd(1_500n) })
    const key = await world.makeKey({ key: limits })
    const claims = [await makeClaim(world), await makeClaim(world), await makeClaim(world)]
    let granted = 0n
    await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const claim = claims[index % claims.length] ?? claims[0]
        if (claim === undefined) return
        const slice = ask({ ownerId: key.keyId }, claim, { least: 7n })
        const result = await world.budgets.lease(slice)
        if (result.kind !== 'granted') return
        granted += result.addedNanoUsd
        const budgetLeaseIds = [slice.leaseId]
        await world.ledger.settle([chargeOn(key, 7n, { budgetLeaseIds })])
        if (index % 2 === 0) await world.budgets.giveBack({ ...slice, ...closing })
      }),
    )
    expect(granted).toBe(994n)
    expect((await world.budgets.spent(key.keyId, wednesday)).day).toBe(994n)
  })
}
