import { sql } from 'kysely'
import { describe, expect, test, vi } from 'vitest'

import { beginLedgerTest, giveBackAll, newLease } from '#ports/ledger/fixture.conformance.ts'
import { useDatabase } from '#test/database/database-fixture.ts'
import { makePostgresLedgerWorld } from '#test/ledger/postgres-world.ts'

/** The embedded database has one session: its transactions cannot meet. */
describe('on a server, a new life of a node waits for what its earlier life has under way:', () => {
  const opened = useDatabase('server')
  const makeWorld = makePostgresLedgerWorld(opened)

  async function begin() {
    const begun = await beginLedgerTest(await makeWorld(), 500)
    return { ...begun, lease: await begun.takeLease(100) }
  }

  async function waitingSessions(): Promise<number> {
    const { rows } = await sql<{ count: bigint }>`
      select count(*) as count from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(opened().db)
    return Number(rows[0]?.count ?? 0n)
  }

  test.each([
    ['a lease', 'ledger_balance', ({ ledger, claim }) => ledger.lease(newLease(claim, 100))],
    [
      'a renewal',
      'lease',
      ({ ledger, claim, lease }) =>
        ledger.renew({ ...claim, leaseIds: [lease.leaseId], ttlMs: 60_000 }),
    ],
    ['a return', 'ledger_balance', ({ ledger, lease }) => ledger.giveBack(giveBackAll(lease))],
  ] satisfies [string, string, (begun: Awaited<ReturnType<typeof begin>>) => Promise<unknown>][])(
    '%s',
    async (_, blocked, ask) => {
      const begun = await begin()
      const ended: string[] = []
      const work = await opened()
        .db.transaction()
        .execute(async (blocker) => {
          await sql`lock table ${sql.table(blocked)} in exclusive mode`.execute(blocker)
          const asked = ask(begun).then(() => ended.push('asked'))
          await vi.waitFor(async () => expect(await waitingSessions()).toBe(1))
          const raised = begun.ledger
            .raiseEpoch(begun.claim.nodeId)
            .then(() => ended.push('raised'))
          await vi.waitFor(async () => expect(await waitingSessions()).toBe(2))
          return { all: Promise.all([asked, raised]) }
        })
      await work.all
      expect(ended).toEqual(['asked', 'raised'])
      expect(await begun.ledger.lease(newLease(begun.claim, 1))).toEqual({ kind: 'fenced' })
    },
  )
})
