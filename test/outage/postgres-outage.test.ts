import { randomBytes } from 'node:crypto'

import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'

import { openDatabase } from '#adapters/postgres/database.ts'
import { makePostgresLedgerStore } from '#adapters/postgres/ledger/store.ts'
import { makeDatabase } from '#test/database/database-fixture.ts'
import { type RunningServer, startServer } from '#test/server/running-server.ts'
import { until } from '#test/server/until.ts'

import { startSeverableProxy } from './severable-proxy.ts'
import { startSteadyLoad } from './steady-load.ts'

/** The long form (`CODELACE_OUTAGE=long`) is the criterion's own: 30 s at 500 requests a second. */
const isLong = process.env['CODELACE_OUTAGE'] === 'long'
const outageMs = isLong ? 30_000 : 6_000
const perSecond = isLong ? 500 : 100
const warmUpMs = isLong ? 10_000 : 4_000
const drainMsMax = 30_000

describe.each(['refuses connections', 'stands still'] as const)('while PostgreSQL %s', (how) => {
  it('accounts that hold credit are served, nobody is told 401 or 402, and nothing is lost', async () => {
    const world = await startWorld()
    try {
      const load = startSteadyLoad({
        url: world.server.url,
        apiKey: world.server.apiKey,
        perSecond,
      })
      await sleep(warmUpMs)
      const before = load.takeCounts()
      if (how === 'stands still') world.proxy.freeze()
      else await world.proxy.sever()
      await sleep(outageMs)
      const during = load.takeCounts()
      if (how === 'stands still') world.proxy.thaw()
      else await world.proxy.restore()
      await sleep(1_000)
      await load.stop()
      const after = load.takeCounts()
      const all = [...during.values()].reduce((sum, count) => sum + count, 0)
      process.stdout.write(
        `PostgreSQL ${how} for ${outageMs} ms at ${perSecond}/s: ${JSON.stringify([...during])}, then ${JSON.stringify([...after])}\n`,
      )
      expect(during.get(401) ?? 0).toBe(0)
      expect(during.get(402) ?? 0).toBe(0)
      expect((during.get(200) ?? 0) / all).toBeGreaterThanOrEqual(0.99)
      await expectDrained(world, answeredWell(before) + answeredWell(during) + answeredWell(after))
    } finally {
      await world.end()
    }
  }, 180_000)
})

type World = Awaited<ReturnType<typeof startWorld>>

async function startWorld() {
  const made = await makeDatabase('server')
  const url = new URL(made.url ?? '')
  const proxy = await startSeverableProxy({
    host: url.hostname,
    port: url.port === '' ? 5432 : Number(url.port),
  })
  const direct = url.href
  url.hostname = '127.0.0.1'
  url.port = String(proxy.port)
  const server: RunningServer = await startServer({
    environment: {
      DATABASE_URL: url.href,
      CODELACE_MASTER_KEY: randomBytes(32).toString('base64'),
    },
  })
  await server.operate('POST', `/api/accounts/${server.accountId}/grants`, {
    amount: '1000',
    kind: 'paid',
    effect_key: 'outage',
  })
  const end = async () => {
    await server.stop()
    await proxy.close()
    await made.drop()
  }
  return { server, proxy, direct, end }
}

function answeredWell(counts: ReadonlyMap<number, number>): number {
  return counts.get(200) ?? 0
}

/** Every charge that waited in the journal reaches the books, and the books are right. */
async function expectDrained(world: World, answeredCount: number): Promise<void> {
  const database = await openDatabase({ kind: 'server', url: world.direct })
  try {
    await until(
      async () => {
        const { rows } = await sql<{ count: bigint }>`
          select count(*) as count from usage_charge`.execute(database.db)
        return rows[0]?.count === BigInt(answeredCount) ? true : undefined
      },
      { timeoutMs: drainMsMax, what: `all ${answeredCount} charges are in the books` },
    )
    expect(await makePostgresLedgerStore(database).verify()).toEqual([])
  } finally {
    await database.close()
  }
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs))
}
