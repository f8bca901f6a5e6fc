import fc from 'fast-check'
import { expect, test } from 'vitest'

import { nanoUsd } from '#domain/money.ts'
import {
  makeRecord,
  type SingleNode,
  startSingleNode,
  testAccount,
  usd,
} from '#test/simulation/single-node.ts'

import type { Hold } from './credit.ts'

type Command =
  | { readonly kind: 'grant'; readonly cents: number; readonly expiresInMs: number | null }
  | { readonly kind: 'admit'; readonly part: number }
  | { readonly kind: 'progress'; readonly which: number; readonly part: number }
  | { readonly kind: 'end'; readonly which: number; readonly part: number }
  | { readonly kind: 'wait'; readonly durationMs: number }
  | { readonly kind: 'recall' }
  | { readonly kind: 'outage'; readonly isLost: boolean; readonly durationMs: number }
  | { readonly kind: 'crash'; readonly losePower: boolean }
  | { readonly kind: 'restart' }

const part = fc.integer({ min: 0, max: 120 }).map((percent) => percent / 100)
const which = fc.nat({ max: 20 })

function command<Kind extends Command['kind']>(
  weight: number,
  kind: Kind,
  members: {
    [Name in Exclude<keyof Extract<Command, { kind: Kind }>, 'kind'>]: fc.Arbitrary<
      Extract<Command, { kind: Kind }>[Name]
    >
  },
): { weight: number; arbitrary: fc.Arbitrary<Command> } {
  const arbitrary = fc.record({ kind: fc.constant(kind), ...members }) as unknown
  return { weight, arbitrary: arbitrary as fc.Arbitrary<Command> }
}

const commands = fc.array(
  fc.oneof(
    command(2, 'grant', {
      cents: fc.integer({ min: 1, max: 500 }),
      expiresInMs: fc.option(fc.integer({ min: 1, max: 60_000 })),
    }),
    command(8, 'admit', { part }),
    command(3, 'progress', { which, part }),
    command(6, 'end', { which, part: part.map((share) => Math.min(share, 1)) }),
    command(4, 'wait', { durationMs: fc.integer({ min: 0, max: 70_000 }) }),
    command(1, 'recall', {}),
    command(1, 'outage', { isLost: fc.boolean(), durationMs: fc.integer({ min: 1, max: 5_000 }) }),
    command(1, 'crash', { losePower: fc.boolean() }),
    command(1, 'restart', {}),
  ),
  { maxLength: 50 },
)

interface UnderWay {
  readonly hold: Hold
  readonly bound: bigint
}

/** A node, and what somebody who only watched its answers knows. */
class Watched {
  readonly #world: SingleNode
  #underWay: UnderWay[] = []
  #charged = 0n
  /** Until then, money may be on its way back after an outage. */
  #unsureUntilMs = 0

  constructor(world: SingleNode) {
    this.#world = world
  }

  async run(one: Command): Promise<void> {
    const world = this.#world
    switch (one.kind) {
      case 'grant':
        return this.#grant(one)
      case 'admit':
        return this.#admit(one.part)
      case 'progress':
        this.#pick(one.which)?.hold.progress(this.#costOf(this.#pick(one.which), one.part))
        return
      case 'end':
        return this.#end(one.which, one.part)
      case 'wait':
        return world.time.advance(one.durationMs)
      case 'recall':
        return world.node.recall(testAccount)
      case 'outage':
        world.fault = () => (one.isLost ? 'answer_lost' : 'away')
        await world.time.advance(one.durationMs)
        world.fault = null
        this.#unsureUntilMs = world.time.nowMs() + 15_000
        return
      case 'crash':
        await world.crash({ losePower: one.losePower })
        this.#charged = world.model.balance(testAccount)?.spentNanoUsd ?? 0n
        this.#underWay = []
        return
      case 'restart':
        for (const { hold } of this.#underWay.splice(0)) await this.#settle(hold, 0n)
        await world.until(world.node.stop())
        await world.start()
    }
  }

  /** Everything has ended: what is left is exactly what was not charged. */
  async finish(): Promise<void> {
    const world = this.#world
    for (const { hold } of this.#underWay.splice(0)) await this.#settle(hold, 0n)
    await world.time.advance(20_000)
    const end = await world.until(world.node.stop())
    expect(end).toEqual({ unsettledCount: 0, openLeaseCount: 0, underWayCount: 0 })
    const balance = world.model.balance(testAccount)
    expect(balance).toMatchObject({ heldNanoUsd: 0n, spentNanoUsd: this.#charged })
    expect(world.model.verify()).toEqual([])
  }

  #grant(grant: Extract<Command, { kind: 'grant' }>): void {
    const { model, time } = this.#world
    const id = `grant_${String(model.state.grants.size).padStart(20, '0')}` as const
    const expiresAtMs = grant.expiresInMs === null ? null : time.clock.nowMs() + grant.expiresInMs
    model.grant({
      id,
      accountId: testAccount,
      kind: 'paid',
      amountNanoUsd: usd(grant.cents / 100),
      priority: 0,
      expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs),
      effectKey: id,
      note: null,
    })
  }

  /** With nothing in the balance, a request is admitted exactly when its bound fits. */
  async #admit(share: number): Promise<void> {
    const world = this.#world
    await world.time.advance(1_000)
    const spendable = this.#spendable()
    const bound = nanoUsd(1n + (spendable * BigInt(Math.round(share * 100))) / 100n)
    const admission = await world.admit(bound)
    if (admission.kind === 'held') {
      expect(bound).toBeLessThanOrEqual(spendable)
      this.#underWay.push({ hold: admission.hold, bound })
    } else if (world.time.nowMs() >= this.#unsureUntilMs) {
      expect(bound).toBeGreaterThan(this.#spendable())
      expect(admission).toEqual({ kind: 'insufficient', availableNanoUsd: this.#spendable() })
    }
  }

  async #end(index: number, share: number): Promise<void> {
    const one = this.#pick(index)
    if (one === undefined) return
    this.#underWay = this.#underWay.filter((other) => other !== one)
    await this.#settle(one.hold, this.#costOf(one, share))
  }

  async #settle(hold: Hold, cost: bigint): Promise<void> {
    const record = makeRecord({ ...hold, accountId: testAccount }, nanoUsd(cost))
    await this.#world.until(hold.settle(record))
    this.#charged += cost
  }

  #spendable(): bigint {
    const balance = this.#world.model.balance(testAccount)
    const total = (balance?.availableNanoUsd ?? 0n) + (balance?.heldNanoUsd ?? 0n)
    const left = this.#underWay.reduce((sum, { bound }) => sum - bound, total)
    return left > 0n ? left : 0n
  }

  #pick(index: number): UnderWay | undefined {
    return this.#underWay[index % Math.max(1, this.#underWay.length)]
  }

  #costOf(one: UnderWay | undefined, share: number): ReturnType<typeof nanoUsd> {
    return nanoUsd(((one?.bound ?? 0n) * BigInt(Math.round(share * 100))) / 100n)
  }
}

test('whatever happens, a request is admitted exactly when it fits, and the books balance', async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (all) => {
      const watched = new Watched(await startSingleNode({ balanceNanoUsd: usd(2) }))
      for (const one of all) await watched.run(one)
      await watched.finish()
    }),
    { numRuns: 250 },
  )
}, 120_000)
