import { Client } from 'pg'

import type { Chance } from '#test/simulation/chance.ts'

/** A database that stands still now and then. */
export interface Stalls {
  readonly stop: () => Promise<void>
}

/** How long settlement stands still, and how long it runs between. */
const stallMs = { least: 200, most: 1_200 }
const pauseMs = { least: 800, most: 3_000 }

/**
 * Locks the table of charges against everybody for a while, again and again: settlement hangs as it does
 * on a database that stands still. The embedded database has one connection, which is the server's own,
 * so there it does nothing.
 */
export function startStalls(databaseUrl: string | null, chance: Chance): Stalls {
  if (databaseUrl === null) return { stop: () => Promise.resolve() }
  let isStopping = false
  const run = async () => {
    const client = new Client({ connectionString: databaseUrl })
    await client.connect()
    try {
      while (!isStopping) {
        await new Promise((resolve) =>
          setTimeout(resolve, chance.between(pauseMs.least, pauseMs.most)),
        )
        const seconds = chance.between(stallMs.least, stallMs.most) / 1000
        await client.query('begin')
        await client.query('lock table usage_charge in access exclusive mode')
        await client.query('select pg_sleep($1)', [seconds])
        await client.query('commit')
      }
    } finally {
      await client.end()
    }
  }
  const running = run()
  const stop = async () => {
    isStopping = true
    await running
  }
  return { stop }
}
