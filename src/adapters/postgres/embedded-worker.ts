/**
 * The thread in which the embedded database lives. PGlite computes in WebAssembly and blocks its thread
 * while it does; here it blocks nobody. The thread that serves requests talks to it through a socket,
 * with the same driver that talks to a PostgreSQL server.
 */
import { readFile } from 'node:fs/promises'
import { parentPort, workerData } from 'node:worker_threads'

import { PGlite, type PGliteOptions } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'

import { assert } from '#domain/faults.ts'

/** What the worker is asked to do: make a data folder and end, or serve one until told to close. */
export type EmbeddedTask =
  | { readonly kind: 'create'; readonly folder: string }
  | {
      readonly kind: 'serve'
      readonly socket: string
      /** Null keeps everything in memory, started from `image` when there is one. */
      readonly folder: string | null
      readonly image: string | null
    }

/** What the worker says. After `failed` and `done` it ends by itself. */
export type EmbeddedEvent =
  | { readonly kind: 'serving' }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly reason: string }

/**
 * The engine's own buffers would be 160 MB of a process that should be small; the operating system caches
 * the files in any case. The less there is in the write-ahead log, the sooner a killed one is back.
 */
const configuration = ['shared_buffers = 16MB', 'max_wal_size = 64MB'] as const

const port = parentPort
assert(port, 'this file runs in a worker thread')

function say(event: EmbeddedEvent): void {
  port?.postMessage(event)
}

/** Ends this thread: whatever state WebAssembly is in, a new thread starts from the files. */
function fail(error: unknown): void {
  say({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) })
  process.exit(1)
}

async function create(folder: string): Promise<void> {
  const database = await PGlite.create(folder)
  await database.close()
  say({ kind: 'done' })
}

async function serve(task: Extract<EmbeddedTask, { kind: 'serve' }>): Promise<void> {
  const options: PGliteOptions = { postgresqlconf: [...configuration] }
  if (task.folder !== null) options.dataDir = task.folder
  if (task.image !== null) options.loadDataDir = new Blob([await readFile(task.image)])
  const database = await PGlite.create(options)
  endOnCrash(database)
  const server = new PGLiteSocketServer({ db: database, path: task.socket, maxConnections: 8 })
  await server.start()
  port?.once('message', () => {
    close(database, server).catch(fail)
  })
  say({ kind: 'serving' })
}

/** SQL errors travel inside the protocol; an error thrown here means that the engine itself broke. */
function endOnCrash(database: PGlite): void {
  const execute = database.execProtocolRawStream.bind(database)
  database.execProtocolRawStream = async (message, options) => {
    try {
      await execute(message, options)
    } catch (error) {
      fail(error)
    }
  }
}

async function close(database: PGlite, server: PGLiteSocketServer): Promise<void> {
  await server.stop()
  await database.close()
  say({ kind: 'done' })
}

const task = workerData as EmbeddedTask
const work = task.kind === 'create' ? create(task.folder) : serve(task)
work.catch(fail)
