import { randomBytes } from 'node:crypto'

import { Client } from 'pg'

import { reasonOf, Unmeasurable } from '#bench/unmeasurable.ts'

import { moveToCores } from './cores.ts'
import { cpuMsOf, readAllStats } from './proc.ts'

/** A PostgreSQL database of its own, for one contender. */
export interface BenchDatabase {
  readonly url: string
  /** The version of the server, like `15.20`. */
  readonly version: string
  /**
   * Milliseconds of processor time of the processes that serve or have served this database, as far as
   * they were seen; 0 where the server runs elsewhere. Moves those processes, and no others, to the cores
   * given, as far as this process may.
   */
  readonly cpuMs: () => Promise<number>
  /**
   * Milliseconds that the server has been executing statements of this database so far, commits
   * included, by its own count. Complete only for connections that have been closed.
   */
  readonly activeMs: () => Promise<number>
  /** Removes the database with everything in it. */
  readonly drop: () => Promise<void>
}

const existing = new Map<string, () => Promise<unknown>>()

/** Drops every database of this run that is still there. For the moment when the run must end early. */
export async function dropAllDatabases(): Promise<void> {
  await Promise.allSettled([...existing.values()].map((drop) => drop()))
}

/**
 * Creates an empty database on a server whose user may. `cores` is where its processes shall run. Throws
 * `Unmeasurable` when it cannot.
 */
export async function createDatabase(
  serverUrl: string,
  cores: string | null,
): Promise<BenchDatabase> {
  const name = `codelace_bench_${randomBytes(6).toString('hex')}`
  const version = await onServer(serverUrl, async (client) => {
    await client.query(`create database ${name}`)
    const { rows } = await client.query<{ server_version: string }>('show server_version')
    return rows[0]?.server_version.split(' ')[0] ?? 'unknown'
  })
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  const drop = (): Promise<unknown> =>
    onServer(serverUrl, (client) => client.query(`drop database if exists ${name} with (force)`))
  existing.set(name, drop)
  /** Idle connections end in between: what they had used stays counted. */
  const cpuMsOfPid = new Map<number, number>()
  return {
    url: url.href,
    version,
    async cpuMs() {
      if (!isLocal(url.hostname)) return 0
      const pids = await onServer(serverUrl, async (client) => {
        const { rows } = await client.query<{ pid: number }>(
          'select pid from pg_stat_activity where datname = $1',
          [name],
        )
        return rows.map((row) => row.pid)
      })
      moveToCores(cores, pids)
      for (const stat of readAllStats()) {
        if (pids.includes(stat.pid)) cpuMsOfPid.set(stat.pid, cpuMsOf([stat]))
      }
      return [...cpuMsOfPid.values()].reduce((sum, ms) => sum + ms, 0)
    },
    activeMs: () =>
      onServer(serverUrl, async (client) => {
        const { rows } = await client.query<{ active_time: number }>(
          'select active_time from pg_stat_database where datname = $1',
          [name],
        )
        return rows[0]?.active_time ?? 0
      }),
    async drop() {
      existing.delete(name)
      await drop()
    },
  }
}

function isLocal(hostname: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]', ''].includes(hostname)
}

async function onServer<Result>(
  serverUrl: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ connectionString: serverUrl })
  try {
    await client.connect()
    return await work(client)
  } catch (error) {
    throw new Unmeasurable(`PostgreSQL at ${withoutPassword(serverUrl)}: ${reasonOf(error)}`)
  } finally {
    await client.end()
  }
}

function withoutPassword(serverUrl: string): string {
  const url = new URL(serverUrl)
  url.password = ''
  return url.href
}
