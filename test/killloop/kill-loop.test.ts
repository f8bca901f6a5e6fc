import { describe, expect, it } from 'vitest'

import { databaseKinds, makeDatabase } from '#test/database/database-fixture.ts'

import { runKillLoop } from './kill-loop.ts'

const kills = 10
const timeoutMs = 600_000

describe.each(databaseKinds)('a server on the %s store, killed under load', (kind) => {
  it(
    'loses no acknowledged charge, charges none twice, and its books sum to zero',
    async () => {
      const seed = Date.now() % 1_000_000
      process.stdout.write(`kill loop on the ${kind} store, seed ${seed}\n`)
      const made = kind === 'server' ? await makeDatabase(kind) : null
      try {
        const report = await runKillLoop({
          kills,
          clientCount: kind === 'server' ? 128 : 32,
          databaseUrl: made?.url ?? null,
          seed,
        })
        expect(report.books).toMatchObject({
          lost: [],
          wrong: [],
          doubled: [],
          revenueDifference: 0n,
          openLeaseCount: 0,
          differences: [],
        })
        expect(report.acknowledgedCount).toBeGreaterThan(kills)
        expect(report.books.chargeCount).toBeGreaterThanOrEqual(report.acknowledgedCount)
        expect(report.readyMs).toHaveLength(kills)
        expect(report.exitCode).toBe(0)
      } finally {
        await made?.drop()
      }
    },
    timeoutMs,
  )
})
