import { randomBytes } from 'node:crypto'
import { flushCompileCache } from 'node:module'

import { StoreStartError } from '#adapters/postgres/start-error.ts'
import { givenMasterKeys } from '#adapters/vault/master-key-source.ts'
import { MasterKeyError } from '#adapters/vault/master-key.ts'
import { JournalError } from '#ports/journal.ts'
import { StoreUnavailable } from '#ports/store-error.ts'

import { banner, modelFactsOf, welcome, type BannerFacts } from './banner.ts'
import { systemClock } from './clock.ts'
import type { FirstRun } from './first-run-file.ts'
import { runFirstTime } from './first-run.ts'
import { requireFreePort } from './http-server.ts'
import { createLifecycle, type Lifecycle } from './lifecycle.ts'
import { createLog, type Log } from './log.ts'
import {
  addressOf,
  readCatalogue,
  readConfiguration,
  secretsOf,
  type Configuration,
} from './read-configuration.ts'
import { makeOperatorPerson, peopleOf } from './setup.ts'
import { StartError } from './start-error.ts'
import { giveBackStartingMemory } from './starting-memory.ts'
import { openStores, type Stores } from './stores.ts'
import type { Colours } from './terminal/colours.ts'
import { watchBroken } from './watch-broken.ts'
import { wire, type Wired } from './wire.ts'

/** What the server process has of the world around it. */
export interface ServerContext {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly out: (text: string) => void
  readonly note: (text: string) => void
  readonly colours: Colours
}

/**
 * Runs the server until it is asked to stop, and returns the exit code. Throws `StartError` when it
 * cannot start; nothing is left open then.
 */
export async function runServer(context: ServerContext): Promise<0 | 1> {
  const configuration = readConfiguration(context.environment, new Date())
  const secrets = new Set(secretsOf(configuration))
  const log = createLog({
    write: context.note,
    nowMs: systemClock.nowMs,
    secrets,
  })
  // Timers of the clock never keep the process alive, but its orderly end depends on them.
  const keepAlive = setInterval(() => undefined, 2 ** 30)
  try {
    return await serve({ configuration, log, secrets }, context)
  } catch (error) {
    throw startFailure(error)
  } finally {
    clearInterval(keepAlive)
  }
}

async function serve(
  begun: { configuration: Configuration; log: Log; secrets: Set<string> },
  context: ServerContext,
): Promise<0 | 1> {
  const { configuration, log, secrets } = begun
  const { masterKey, masterKeyFile, production, databaseUrl, host, port } = configuration.settings
  const masterKeys = givenMasterKeys({
    value: masterKey,
    file: masterKeyFile,
    isRequired: production || databaseUrl !== null,
  })
  const stores = await openStores(configuration.settings, {
    report: (text) => log.warn('database', { text }),
    beforeDatabase: () => requireFreePort(host, port),
  })
  const gate = { isOpen: () => false }
  let wired: Wired
  try {
    const isServing = () => gate.isOpen()
    wired = await wire({
      configuration,
      readCatalogue: () => readCatalogue(context.environment),
      secrets,
      masterKeys,
      stores,
      log,
      print: context.out,
      isServing,
    })
  } catch (error) {
    await stores.close()
    throw error
  }
  try {
    await listen({ configuration, stores, wired, context })
  } catch (error) {
    await wired.release()
    await stores.close()
    throw error
  }
  const lifecycle = makeLifecycle({ configuration, stores, wired, log })
  gate.isOpen = lifecycle.isReady
  const forget = obeySignals(lifecycle)
  // Kept now and not only at the end: a process that is killed leaves its successor a quick start too.
  flushCompileCache()
  giveBackStartingMemory()
  const stopWatching = watchBroken({
    clock: systemClock,
    brokenReason: wired.brokenReason,
    onBroken: (reason) => lifecycle.stop({ kind: 'broken', reason }),
  })
  try {
    return await lifecycle.ended
  } finally {
    stopWatching()
    forget()
  }
}

async function listen(parts: {
  configuration: Configuration
  stores: Stores
  wired: Wired
  context: ServerContext
}): Promise<void> {
  const { configuration, stores, wired, context } = parts
  const { host, port, production } = configuration.settings
  const url = addressOf(host, await wired.http.listen(host, port))
  const { operatorEmail } = configuration.settings
  const place = { dataFolder: stores.folder.path, url, people: peopleOf(operatorEmail) }
  const firstRun: FirstRun | undefined = production
    ? undefined
    : await runFirstTime({ ...stores, randomBytes }, place)
  if (operatorEmail !== null) await makeOperatorPerson({ ...stores, randomBytes }, operatorEmail)
  const facts = factsOf(configuration, stores, url)
  context.out(
    firstRun === undefined
      ? banner(facts, context.colours)
      : welcome(firstRun, facts, context.colours),
  )
}

function factsOf({ catalogue, settings }: Configuration, stores: Stores, url: string): BannerFacts {
  return {
    url,
    ...modelFactsOf(catalogue),
    database: stores.database.kind,
    dataFolder: settings.dataFolder,
    listening: true,
  }
}

function makeLifecycle(parts: {
  configuration: Configuration
  stores: Stores
  wired: Wired
  log: Log
}): Lifecycle {
  const { configuration, stores, wired, log } = parts
  const { http, gateway } = wired
  return createLifecycle({
    clock: systemClock,
    log,
    timings: configuration.stopTimings,
    steps: {
      announceEnd: http.announceEnd,
      stopListening: http.stopListening,
      endRequests: async () => {
        await gateway.drain(0)
        http.closeAll()
      },
      release: async () => {
        http.closeAll()
        try {
          await wired.release()
        } finally {
          await stores.close()
        }
      },
    },
  })
}

/** npm passes an interrupt on that the terminal has already sent: within this time it is the same one. */
const sameInterruptMs = 500

function obeySignals(lifecycle: Lifecycle): () => void {
  let interruptedAtMs = Number.NEGATIVE_INFINITY
  const onTerminate = () => lifecycle.stop({ kind: 'asked', by: 'SIGTERM' })
  const onInterrupt = () => {
    const nowMs = systemClock.monotonicMs()
    if (nowMs - interruptedAtMs < sameInterruptMs) return
    interruptedAtMs = nowMs
    lifecycle.stop({ kind: 'asked', by: 'SIGINT' })
  }
  const onCrash = (error: unknown) => lifecycle.stop({ kind: 'crashed', error })
  process.on('SIGTERM', onTerminate)
  process.on('SIGINT', onInterrupt)
  process.on('uncaughtException', onCrash)
  process.on('unhandledRejection', onCrash)
  return () => {
    process.off('SIGTERM', onTerminate)
    process.off('SIGINT', onInterrupt)
    process.off('uncaughtException', onCrash)
    process.off('unhandledRejection', onCrash)
  }
}

/** What people can put right becomes a sentence; everything else is our own mistake and stays as it is. */
export function startFailure(error: unknown): unknown {
  if (error instanceof StoreStartError || error instanceof MasterKeyError) {
    return new StartError(error.message, { cause: error })
  }
  if (error instanceof JournalError) {
    return new StartError(`The journal cannot be used: ${error.message}`, { cause: error })
  }
  if (error instanceof StoreUnavailable) {
    return new StartError(
      'The database went away while codelace was starting. Start it again when the database is back.',
      { cause: error },
    )
  }
  return error
}
