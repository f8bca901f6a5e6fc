import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

import { Client } from 'pg'

import { freePort } from '#test/server/free-port.ts'

/** A PostgreSQL server for tests. `stop` ends it if it was started here, and leaves others alone. */
export interface PostgresServer {
  readonly url: string
  readonly version: string
  /** Where it came from, for people. */
  readonly origin: string
  readonly stop: () => Promise<void>
}

/** There is no usable server and none could be started. The message says what to do. */
export class NoPostgres extends Error {
  override readonly name = 'NoPostgres'
}

const oldestMajor = 15
const usualUrl = 'postgres://postgres@127.0.0.1:5432/postgres'
const startTimeoutMs = 30_000

/**
 * Finds or starts a PostgreSQL server whose databases tests may create and drop: the one named by
 * TEST_DATABASE_URL, else one that listens on the usual port and lets us in, else a private one from
 * installed programs, else (as root, on a system with apt-get) one that is installed first.
 */
export async function providePostgres(): Promise<PostgresServer> {
  const named = process.env['TEST_DATABASE_URL']
  if (named !== undefined) {
    const { version } = await probe(named).catch((error: unknown) => {
      throw new NoPostgres(`TEST_DATABASE_URL does not work: ${reasonOf(error)}`)
    })
    return { url: named, version, origin: 'TEST_DATABASE_URL', stop: () => Promise.resolve() }
  }
  const running = await probe(usualUrl).catch(() => undefined)
  if (running) {
    const { version } = running
    return { url: usualUrl, version, origin: '127.0.0.1:5432', stop: () => Promise.resolve() }
  }
  const programs = findPrograms() ?? installPrograms()
  if (programs === undefined) {
    throw new NoPostgres(
      `the store suites need PostgreSQL ${oldestMajor} or newer. Install it (its server programs are ` +
        'found by themselves), start one on 127.0.0.1:5432, or name one in TEST_DATABASE_URL.',
    )
  }
  return startPrivateServer(programs)
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Rejects unless the server answers, is new enough, and lets this role create databases. */
async function probe(url: string): Promise<{ version: string }> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 3_000 })
  try {
    await client.connect()
    const { rows } = await client.query(
      "select current_setting('server_version') as version, rolsuper or rolcreatedb as may from pg_roles where rolname = current_user",
    )
    const version = String(rows[0]?.version)
    if (Number.parseInt(version, 10) < oldestMajor)
      throw new NoPostgres(`version ${version} is too old`)
    if (rows[0]?.may !== true) throw new NoPostgres('the role may not create databases')
    return { version }
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** The folder that holds `initdb` and `postgres` in a version that is new enough. */
function findPrograms(): string | undefined {
  const versioned = [
    '/usr/lib/postgresql',
    '/usr/local/opt',
    '/opt/homebrew/opt',
    '/Library/PostgreSQL',
  ]
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...versioned.flatMap((parent) => foldersIn(parent).map((name) => join(parent, name, 'bin'))),
  ]
  return folders.find((folder) => {
    if (!existsSync(join(folder, 'initdb'))) return false
    const { stdout } = spawnSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8' })
    return Number(/ (\d+)/.exec(stdout ?? '')?.[1] ?? 0) >= oldestMajor
  })
}

function foldersIn(parent: string): string[] {
  return existsSync(parent)
    ? readdirSync(parent).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    : []
}

function installPrograms(): string | undefined {
  const isRoot = process.getuid?.() === 0
  if (!isRoot || spawnSync('apt-get', ['--version']).status !== 0) return undefined
  console.log('Installing PostgreSQL with apt-get for the store suites.')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const install = () =>
    spawnSync('apt-get', ['install', '--yes', '--no-install-recommends', 'postgresql'], { env })
  if (install().status !== 0) {
    spawnSync('apt-get', ['update'], { env })
    install()
  }
  return findPrograms()
}

async function startPrivateServer(programs: string): Promise<PostgresServer> {
  // PostgreSQL refuses to run as root.
  const identity = process.getuid?.() === 0 ? unprivileged() : undefined
  const folder = mkdtempSync(join(tmpdir(), 'codelace-postgres-'))
  if (identity) chownSync(folder, identity.uid, identity.gid)
  const data = join(folder, 'data')
  const init = spawnSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
    { ...identity, cwd: folder, encoding: 'utf8' },
  )
  if (init.status !== 0)
    throw new NoPostgres(`initdb failed: ${init.stderr || reasonOf(init.error)}`)
  const port = await freePort()
  // The machine's power is not what these tests cut, so it need not sync; data survive kill -9.
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    max_connections: 300,
    shared_buffers: '128MB',
  }
  const child = spawn(
    join(programs, 'postgres'),
    [
      '-D',
      data,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    { ...identity, cwd: folder, stdio: 'ignore' },
  )
  const stop = async () => {
    await stopServer(child)
    rmSync(folder, { recursive: true, force: true })
  }
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const version = await waitUntilReady(url, child).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return { url, version, origin: 'a private server, started for this run', stop }
}

/** A user who is not root: the database's own where there is one. */
function unprivileged(): { uid: number; gid: number } | undefined {
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => {
      const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' })
      return status === 0 ? Number(stdout) : undefined
    })
    if (uid !== undefined && gid !== undefined) return { uid, gid }
  }
  return undefined
}

async function waitUntilReady(url: string, child: ChildProcess): Promise<string> {
  const deadline = performance.now() + startTimeoutMs
  for (;;) {
    try {
      return (await probe(url)).version
    } catch (error) {
      if (child.exitCode !== null || performance.now() > deadline) {
        throw new NoPostgres(`the private server did not start: ${reasonOf(error)}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  // Immediate shutdown: the folder is thrown away.
  child.kill('SIGQUIT')
  await ended
}
