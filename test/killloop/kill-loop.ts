import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type Database, openDatabase } from '#adapters/postgres/database.ts'
import { type RunningServer, startServer } from '#test/server/running-server.ts'
import { makeChance, type Chance } from '#test/simulation/chance.ts'

import { type BooksReport, readBooks } from './books.ts'
import { startClients } from './clients.ts'
import { startStalls } from './stalls.ts'

/** What to do. `databaseUrl` null: the embedded database. */
export interface KillLoopOptions {
  readonly kills: number
  readonly clientCount: number
  readonly databaseUrl: string | null
  readonly seed: number
  /** Hears of every restart: which kill it was, and how long the server took to be ready again. */
  readonly onRestart?: (kill: number, readyMs: number) => void
}

/** What came of it. */
export interface KillLoopReport {
  readonly books: BooksReport
  readonly acknowledgedCount: number
  readonly brokenCount: number
  readonly refusals: ReadonlyMap<number, number>
  /** Milliseconds from the start of a process to its readiness, for each restart after a kill. */
  readonly readyMs: readonly number[]
  /** Of the last, peaceful stop. */
  readonly exitCode: number | null
}

/** The shortest and longest life of a server before it is killed. */
const lifeMs = { least: 150, most: 1_500 }

/**
 * Runs the real server under load and kills it (`kill -9`) at random moments, with the database standing
 * still now and then; at the end it stops in peace, and the books are held against what clients were
 * told. Each server is a new process with the same data folder.
 */
export async function runKillLoop(options: KillLoopOptions): Promise<KillLoopReport> {
  const chance = makeChance(options.seed)
  const folder = mkdtempSync(join(tmpdir(), 'codelace-killloop-'))
  const dataFolder = join(folder, 'data')
  const begin = () => startServer({ dataFolder, environment: environmentOf(options) })
  try {
    let server = await begin()
    await fundGenerously(server)
    const target = { url: server.url, apiKey: server.apiKey }
    const clients = startClients(options.clientCount, () => target)
    const stalls = startStalls(options.databaseUrl, chance.fork())
    const readyMs: number[] = []
    for (let kill = 1; kill <= options.kills; kill += 1) {
      await livesFor(chance)
      await server.stop('SIGKILL')
      const startedMs = performance.now()
      server = await begin()
      target.url = server.url
      readyMs.push(Math.round(performance.now() - startedMs))
      options.onRestart?.(kill, readyMs.at(-1) ?? 0)
    }
    await livesFor(chance)
    await stalls.stop()
    await clients.stop()
    const exitCode = await server.stop('SIGTERM')
    const { acknowledged, refusals } = clients
    const books = await withDatabase(options, dataFolder, (database) =>
      readBooks(database, acknowledged),
    )
    return {
      books,
      acknowledgedCount: acknowledged.length,
      brokenCount: clients.brokenCount(),
      refusals,
      readyMs,
      exitCode,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const masterKey = randomBytes(32).toString('base64')

function environmentOf(options: KillLoopOptions): Record<string, string> {
  if (options.databaseUrl === null) return {}
  return { DATABASE_URL: options.databaseUrl, CODELACE_MASTER_KEY: masterKey }
}

async function fundGenerously(server: RunningServer): Promise<void> {
  await server.operate('POST', `/api/accounts/${server.accountId}/grants`, {
    amount: '100000',
    kind: 'paid',
    effect_key: 'killloop',
  })
}

async function livesFor(chance: Chance): Promise<void> {
  const timeMs = chance.between(lifeMs.least, lifeMs.most)
  await new Promise((resolve) => setTimeout(resolve, timeMs))
}

async function withDatabase<Result>(
  options: KillLoopOptions,
  dataFolder: string,
  use: (database: Database) => Promise<Result>,
): Promise<Result> {
  const database = await openDatabase(
    options.databaseUrl === null
      ? { kind: 'folder', folder: join(dataFolder, 'database') }
      : { kind: 'server', url: options.databaseUrl },
  )
  try {
    return await use(database)
  } finally {
    await database.close()
  }
}
