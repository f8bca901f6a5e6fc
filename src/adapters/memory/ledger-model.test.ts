import fc from 'fast-check'
import { expect, test } from 'vitest'

import type { AccountId } from '#domain/identifiers.ts'
import type { Grant } from '#ports/ledger-store.ts'
import type { LedgerUnderTest } from '#ports/ledger/fixture.conformance.ts'
import { makeMemoryLedgerWorld } from '#test/ledger/memory-world.ts'
import {
  makeScript,
  planStep,
  randomLife,
  type Script,
  beginLife,
} from '#test/ledger/random-operations.ts'

const runs = { numRuns: 400 }

async function beginScript(): Promise<
  ReturnType<typeof makeMemoryLedgerWorld> & { script: Script }
> {
  const world = makeMemoryLedgerWorld()
  const script = makeScript([await world.makeAccount(), await world.makeAccount()])
  await beginLife(script)(world)
  return { ...world, script }
}

test('whatever happens, everything stored is what the entries say', async () => {
  await fc.assert(
    fc.asyncProperty(randomLife(60), async (operations) => {
      const { script, ...world } = await beginScript()
      for (const operation of operations) {
        await planStep(script, operation)(world)
        expect(world.model.verify()).toEqual([])
      }
    }),
    runs,
  )
})

test('whatever happens, granted credit is available, held, spent or expired', async () => {
  await fc.assert(
    fc.asyncProperty(randomLife(60), async (operations) => {
      const { script, ...world } = await beginScript()
      for (const operation of operations) await planStep(script, operation)(world)
      const { charges, accounts, grants } = world.model.state
      for (const accountId of script.accountIds) {
        const granted = sum([...grants.values()].filter(isOf(accountId)), 'amountNanoUsd')
        const spent = sum([...charges.values()].filter(isOf(accountId)), 'costNanoUsd')
        const books = accounts.get(accountId)?.books
        const { available = 0n, held = 0n, breakage = 0n } = books ?? {}
        expect(available + held).toBe(granted - spent - breakage)
      }
    }),
    runs,
  )
})

test('whatever happens, a charge spends the grants in their order', async () => {
  await fc.assert(
    fc.asyncProperty(randomLife(60), async (operations) => {
      const { script, ...world } = await beginScript()
      for (const operation of operations) {
        const before = await readAll(world, script)
        const chargesBefore = new Set(world.model.state.charges.keys())
        await planStep(script, operation)(world)
        if (operation.kind !== 'settle') continue
        const fresh = [...world.model.state.charges.values()].filter(
          (charge) => !chargesBefore.has(charge.chargeId),
        )
        const after = await readAll(world, script)
        for (const [at, accountId] of script.accountIds.entries()) {
          const cost = sum(fresh.filter(isOf(accountId)), 'costNanoUsd')
          expect(remainders(after[at])).toEqual(spendInOrder(before[at] ?? [], cost))
        }
      }
    }),
    runs,
  )
})

test('whatever happens, only labelled charges take available below zero', async () => {
  await fc.assert(
    fc.asyncProperty(randomLife(60), async (operations) => {
      const { script, ...world } = await beginScript()
      for (const operation of operations) {
        const before = availableOf(world.model.state.accounts, script)
        await planStep(script, operation)(world)
        const after = availableOf(world.model.state.accounts, script)
        if (operation.kind === 'settle') continue
        for (const [at, available] of after.entries()) {
          const floor = before[at] ?? 0n
          expect(available).toBeGreaterThanOrEqual(floor < 0n ? floor : 0n)
        }
      }
    }),
    runs,
  )
})

function isOf(accountId: AccountId) {
  return (one: { accountId: AccountId }) => one.accountId === accountId
}

function sum<Key extends string>(items: readonly Record<Key, bigint>[], key: Key): bigint {
  return items.reduce((total, item) => total + item[key], 0n)
}

function readAll({ ledger }: LedgerUnderTest, script: Script): Promise<readonly Grant[][]> {
  return Promise.all(script.accountIds.map(async (id) => [...(await ledger.grants(id))]))
}

function remainders(grants: readonly Grant[] = []): Record<string, bigint> {
  return Object.fromEntries(grants.map((grant) => [grant.id, grant.remainingNanoUsd]))
}

/** The naive way: one nano-dollar after the other, from whichever grant is first. */
function spendInOrder(grants: readonly Grant[], cost: bigint): Record<string, bigint> {
  const left = new Map(grants.map((grant) => [grant, grant.remainingNanoUsd as bigint]))
  const rank = (grant: Grant) => [
    grant.priority,
    grant.expiresAt?.getTime() ?? Number.MAX_SAFE_INTEGER,
    grant.createdAt.getTime(),
  ]
  for (let open = cost; open > 0n; open -= 1n) {
    const [first] = grants
      .filter((grant) => (left.get(grant) ?? 0n) > 0n)
      .toSorted((one, other) => {
        const [mine, theirs] = [rank(one), rank(other)]
        const at = mine.findIndex((value, place) => value !== theirs[place])
        return at < 0 ? 0 : (mine[at] ?? 0) - (theirs[at] ?? 0)
      })
    if (!first) break
    left.set(first, (left.get(first) ?? 0n) - 1n)
  }
  return Object.fromEntries([...left].map(([grant, rest]) => [grant.id, rest]))
}

function availableOf(
  accounts: ReturnType<typeof makeMemoryLedgerWorld>['model']['state']['accounts'],
  script: Script,
): bigint[] {
  return script.accountIds.map((id) => accounts.get(id)?.books.available ?? 0n)
}
