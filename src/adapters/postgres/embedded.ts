import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'

import { prepareFolder } from './embedded-folder.ts'
import type { EmbeddedEvent, EmbeddedTask } from './embedded-worker.ts'
import { StoreStartError } from './start-error.ts'
import { superviseWorker } from './worker-supervision.ts'

/** The name that clients of PostgreSQL look for. */
const socketName = '.s.PGSQL.5432'
/** The longest path of a socket that every system accepts. */
const socketPathBytesMax = 103

/** Where an embedded database keeps its files: a folder, or memory, started from an image if given. */
export type EmbeddedPlace =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'memory'; readonly image: string | null }

/** A running embedded database, reached through `.s.PGSQL.5432` in `socketFolder`. */
export interface EmbeddedServer {
  readonly socketFolder: string
  /** Writes everything to the files and ends. Connections must have been closed before. */
  readonly close: () => Promise<void>
}

/**
 * Starts the embedded database in its own thread. When the engine crashes, it is started again from its
 * files, at most five times a minute; one in memory is not. `report` receives what the person who runs
 * the installation should know.
 */
export async function startEmbedded(
  place: EmbeddedPlace,
  report: (text: string) => void,
): Promise<EmbeddedServer> {
  const folder = place.kind === 'folder' ? resolve(place.folder) : null
  const image = place.kind === 'memory' ? place.image : null
  const removals: string[] = []
  const remove = async () => {
    for (const path of removals) await rm(path, { recursive: true, force: true })
  }
  try {
    if (folder !== null) await fillFolder(folder, report)
    const socketFolder = await makeSocketFolder(folder)
    removals.push(socketFolder)
    const socket = join(socketFolder, socketName)
    const start = async () => {
      await rm(socket, { force: true })
      return startWorker({ kind: 'serve', socket, folder, image })
    }
    const restart = folder === null ? null : start
    const stop = superviseWorker({ first: await start(), restart, report })
    return { socketFolder, close: () => stop().then(remove) }
  } catch (error) {
    await remove()
    throw startFailure(folder, error)
  }
}

/**
 * A private folder for the socket: beside the database, where a killed process leaves nothing that the next
 * one does not use again, or a short one among the temporary files, when the path would be too long.
 */
async function makeSocketFolder(folder: string | null): Promise<string> {
  const beside = `${folder}.socket`
  if (folder === null || Buffer.byteLength(join(beside, socketName)) > socketPathBytesMax) {
    return mkdtemp(join(tmpdir(), 'codelace-'))
  }
  await mkdir(beside, { recursive: true, mode: 0o700 })
  return beside
}

async function fillFolder(folder: string, report: (text: string) => void): Promise<void> {
  const notice = await prepareFolder(folder, async (unfinished) => {
    await startWorker({ kind: 'create', folder: unfinished })
  })
  if (notice !== null) report(notice)
}

/** Resolves when the worker has done, or begun to serve, what it was asked. */
function startWorker(task: EmbeddedTask): Promise<Worker> {
  const worker = new Worker(new URL('./embedded-worker.ts', import.meta.url), { workerData: task })
  const { promise, resolve, reject } = Promise.withResolvers<Worker>()
  worker.once('message', (event: EmbeddedEvent) => {
    if (event.kind === 'failed') reject(new StoreStartError(event.reason))
    else resolve(worker)
  })
  worker.once('error', reject)
  worker.once('exit', () => reject(new StoreStartError('the embedded database ended at once')))
  return promise
}

function startFailure(folder: string | null, cause: unknown): StoreStartError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const where = folder === null ? '' : ` in ${folder}`
  return new StoreStartError(`The embedded database${where} could not be started: ${reason}.`, {
    cause,
  })
}
