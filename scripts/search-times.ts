import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { sql } from 'kysely'
import { Client } from 'pg'

import { type Database, openDatabase } from '#adapters/postgres/database.ts'
import { makePostgresGenerationStore } from '#adapters/postgres/generations.ts'
import { migrate } from '#adapters/postgres/migrate.ts'
import { readConfiguration } from '#app/read-configuration.ts'
import { assert } from '#domain/faults.ts'
import { type AccountId, makeAccountId, makeKeyId } from '#domain/identifiers.ts'
import { logRowsPerStatementMax } from '#domain/limits.ts'
import { StoreUnavailable } from '#ports/store-error.ts'
import { makeRequests } from '#test/requests/busy-account.ts'
import { everySearch, type NamedSearch } from '#test/requests/searches.ts'
import { makeChance } from '#test/simulation/chance.ts'

import { providePostgres } from './postgres-server.ts'

/**
 * `npm run search-times`: fills a PostgreSQL database of its own with the requests of one busy account, between
 * those of others, times every search that `test/requests/searches.ts` names, and drops the database. Exits with 1
 * when the slowest takes longer than `--most` milliseconds. `--keep` leaves the database for the next run,
 * which then fills nothing.
 */
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    most: { type: 'string', default: '300' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    keep: { type: 'boolean', default: false },
  },
})

/** How many of the slowest are shown. */
const shown = 25
/** Lines of other accounts for each hundred of the busy one. */
const othersPerHundred = 5
const daysMs = 30 * 86_400_000

interface TimedSearch {
  readonly name: string
  readonly rows: number
  /** The first run, and the median of the ones after it. */
  readonly firstMs: number
  readonly laterMs: number
  /** The least processor time of the server's process: what is left on a machine with nothing else to do. */
  readonly processorMs: number
}

async function main(): Promise<void> {
  const server = await providePostgres()
  const name = `codelace_search_times_${values.rows}`
  try {
    const isNew = await makeDatabase(server.url, name)
    const url = new URL(server.url)
    url.pathname = `/${name}`
    const database = await openDatabase({ kind: 'server', url: url.href })
    try {
      await migrate(database)
      if (isNew) await fill(database, Number(values.rows))
      await sql`vacuum (analyze) generation`.execute(database.patientDb)
      await report(database)
    } finally {
      await database.close()
    }
  } finally {
    if (!values.keep) await onServer(server.url, `drop database if exists ${name} with (force)`)
    await server.stop()
  }
}

async function makeDatabase(serverUrl: string, name: string): Promise<boolean> {
  const rows = await onServer(serverUrl, `select 1 from pg_database where datname = '${name}'`)
  if (rows.length === 0) await onServer(serverUrl, `create database ${name}`)
  return rows.length === 0
}

async function onServer(url: string, statement: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

/** Requests come one after the other, as in life. */
async function fill(database: Database, count: number): Promise<void> {
  const generations = makePostgresGenerationStore(database.patientDb)
  const { catalogue } = readConfiguration({}, new Date())
  const endpoints = catalogue.models.flatMap((model) =>
    model.endpoints.map((endpoint) => ({ model, endpoint })),
  )
  const chance = makeChance(1)
  let atMs = Date.now() - daysMs
  const makerOf = () =>
    makeRequests({
      accountId: makeAccountId(randomBytes),
      keyIds: Array.from({ length: 6 }, () => makeKeyId(randomBytes)),
      endpoints,
      nextMs: () => Math.floor((atMs += (chance.number() * 2 * daysMs) / count)),
      chance,
    })
  const [busy, ...others] = Array.from({ length: 21 }, makerOf)
  assert(busy !== undefined, 'there is a busy account')
  const share = Math.floor(logRowsPerStatementMax / (1 + othersPerHundred / 100))
  for (let done = 0; done < count; done += share) {
    const mine = busy.next(Math.min(share, count - done)).records
    const foreign = chance.pick(others).next(Math.floor((share * othersPerHundred) / 100)).records
    await generations.insert([...mine, ...foreign])
    if ((done / share) % 100 === 0) say(`${done} of ${count}`)
  }
}

async function report(database: Database): Promise<void> {
  const { rows } = await sql<{ account_id: AccountId; lines: bigint }>`
    select account_id, count(*) as lines from generation group by 1 order by 2 desc limit 1
  `.execute(database.patientDb)
  const [busiest] = rows
  assert(busiest !== undefined, 'there are requests')
  const searches = (await everySearch(database.patientDb, busiest.account_id)).filter(({ name }) =>
    name.includes(values.only),
  )
  const timed: TimedSearch[] = []
  for (const search of searches) timed.push(await time(database, search))
  const worst = timed.toSorted((left, right) => slowest(right) - slowest(left))
  const lines = worst.slice(0, shown).map(rowOf)
  process.stdout.write(`      first      later  processor   rows  search\n${lines.join('')}`)
  const tooSlow = timed.filter((one) => slowest(one) > Number(values.most))
  process.stdout.write(
    `${timed.length} searches of ${busiest.lines} requests; ${tooSlow.length} above ${values.most} ms; ` +
      `median ${median(timed.map(slowest)).toFixed(1)} ms; most processor time ` +
      `${Math.max(...timed.map((one) => one.processorMs)).toFixed(1)} ms\n`,
  )
  if (tooSlow.length > 0) process.exitCode = 1
}

async function time(database: Database, { name, search }: NamedSearch): Promise<TimedSearch> {
  const generations = makePostgresGenerationStore(database.db)
  const times: number[] = []
  let rows = 0
  let processorMs = Number.POSITIVE_INFINITY
  for (let run = 0; run < Number(values.runs); run += 1) {
    const usedMs = await processorMsOf(database)
    const beganMs = performance.now()
    // One that is given up by the database has taken all the time that there is.
    rows = (await generations.search(search).catch(noneGivenUp)).length
    times.push(performance.now() - beganMs)
    processorMs = Math.min(processorMs, (await processorMsOf(database)) - usedMs)
  }
  const [firstMs = Number.NaN, ...later] = times
  return { name, rows, firstMs, laterMs: median(later), processorMs }
}

function noneGivenUp(error: unknown): readonly [] {
  if (error instanceof StoreUnavailable) return []
  throw error
}

/** Of the one connection that is used: searches come one after the other. Nothing where the server is elsewhere. */
async function processorMsOf({ db }: Database): Promise<number> {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)
  try {
    const [running = ''] = readFileSync(`/proc/${rows[0]?.pid}/schedstat`, 'utf8').split(' ')
    return Number(running) / 1_000_000
  } catch {
    // Another machine, or a system without these files.
    return Number.NaN
  }
}

function slowest({ firstMs, laterMs }: TimedSearch): number {
  return Math.max(firstMs, laterMs)
}

function median(all: readonly number[]): number {
  return all.toSorted((left, right) => left - right)[Math.floor(all.length / 2)] ?? Number.NaN
}

function rowOf({ name, rows, firstMs, laterMs, processorMs }: TimedSearch): string {
  const cells = [firstMs.toFixed(1), laterMs.toFixed(1), processorMs.toFixed(1)].map((text) =>
    `${text} ms`.padStart(12),
  )
  return `${cells.join('')}${String(rows).padStart(7)}  ${name}\n`
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

await main()
