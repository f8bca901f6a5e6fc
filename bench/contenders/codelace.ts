import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { createDatabase } from '#bench/processes/database.ts'
import { freePort, launch } from '#bench/processes/launch.ts'
import { Unmeasurable } from '#bench/unmeasurable.ts'

import type { Contender, Surroundings, TargetKind } from './contender.ts'
import { gatewayTarget, upstreamBaseUrl, upstreamModel } from './targets.ts'

const mainProgram = fileURLToPath(new URL('../../src/app/main.ts', import.meta.url))
const productFolder = fileURLToPath(new URL('../..', import.meta.url))
const readyTimeoutMs = 60_000
const pollIntervalMs = 50
/** The most that one grant may be: no request of a run ever waits for credit. */
const creditUsd = '1000000'

const kinds: readonly TargetKind[] = ['answer', 'stream', 'translated_stream', 'slow_stream']

/** What the first run hands over. */
interface FirstRun {
  readonly api_key: string
  readonly operator_token: string
  readonly account_id: string
}

/**
 * The product itself, started as anybody starts it, with everything on: key check, limits, credit
 * leases, the journal made durable, settlement to a PostgreSQL database of its own, the request log. The
 * account keeps of each request what `contentMode` says.
 */
export async function startCodelace(
  surroundings: Surroundings,
  contentMode: 'metadata' | 'full',
): Promise<Contender> {
  const { cores, folder } = surroundings
  const database = await createDatabase(surroundings.databaseUrl, cores.others)
  try {
    const port = await freePort()
    const dataFolder = join(folder, 'data')
    const configPath = join(folder, 'codelace.json')
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
    writeFileSync(configPath, JSON.stringify(configuration(surroundings)))
    const running = await launch({
      command: [process.execPath, ...engineFlags(), ...surroundings.nodeArguments, mainProgram],
      cores: cores.contender,
      environment: {
        PORT: String(port),
        HOST: '127.0.0.1',
        DATABASE_URL: database.url,
        CODELACE_DATA: dataFolder,
        CODELACE_CONFIG: configPath,
        CODELACE_MASTER_KEY: randomBytes(32).toString('base64'),
        // Production creates no account by itself.
        NODE_ENV: undefined,
      },
      workingFolder: productFolder,
      logPath: join(folder, 'codelace.log'),
      port,
      readyTimeoutMs,
    })
    const stop = async (): Promise<void> => {
      await running.stop()
      await database.drop()
    }
    try {
      const { api_key } = await prepareAccount({ port, dataFolder, contentMode })
      return {
        name: `codelace-${contentMode}`,
        pid: running.pid,
        versions: { codelace: productVersion(), postgres: database.version },
        target: (kind) =>
          gatewayTarget({
            port,
            kind,
            model: modelOf(kind),
            headers: { authorization: `Bearer ${api_key}` },
          }),
        databaseCpuMs: database.cpuMs,
        stop,
      }
    } catch (error) {
      await running.stop()
      throw error
    }
  } catch (error) {
    await database.drop()
    throw error
  }
}

function modelOf(kind: TargetKind): string {
  return `bench/${kind}`
}

/** One provider for each kind of request, each with one priced model. */
function configuration({ upstream }: Surroundings): object {
  return {
    simulated: false,
    providers: kinds.map((kind) => ({
      slug: slugOf(kind),
      name: `Bench ${kind}`,
      kind: 'model',
      protocol: kind === 'translated_stream' ? 'anthropic' : 'openai',
      baseUrl: upstreamBaseUrl(upstream, kind),
      apiKey: 'sk-bench',
    })),
    models: kinds.map((kind) => ({
      id: modelOf(kind),
      name: `Bench ${kind}`,
      contextLength: 128_000,
      maxOutput: 16_384,
      endpoints: [
        {
          provider: slugOf(kind),
          upstreamModel,
          prices: { prompt: '0.15', completion: '0.6', cacheRead: '0.075' },
        },
      ],
    })),
  }
}

function slugOf(kind: TargetKind): string {
  return `bench-${kind.replace('_', '-')}`
}

interface Preparation {
  readonly port: number
  readonly dataFolder: string
  readonly contentMode: 'metadata' | 'full'
}

async function prepareAccount({ port, dataFolder, contentMode }: Preparation): Promise<FirstRun> {
  const firstRun = await waitForFirstRun(port, join(dataFolder, 'first-run.json'))
  const account = `http://127.0.0.1:${port}/api/accounts/${firstRun.account_id}`
  const operator = { operatorToken: firstRun.operator_token }
  await control({ ...operator, method: 'PATCH', url: account, body: { content_mode: contentMode } })
  await control({
    ...operator,
    method: 'POST',
    url: `${account}/grants`,
    body: { amount: creditUsd, kind: 'paid', effect_key: 'bench' },
  })
  return firstRun
}

/** Waits until the server says it is ready and the first run's file is there. */
async function waitForFirstRun(port: number, path: string): Promise<FirstRun> {
  const deadlineMs = performance.now() + readyTimeoutMs
  while (performance.now() < deadlineMs) {
    if ((await isReady(port)) && existsSync(path)) {
      return JSON.parse(readFileSync(path, 'utf8')) as FirstRun
    }
    await new Promise((resolve) => setTimeout(resolve, pollIntervalMs))
  }
  throw new Unmeasurable('codelace listens but is not ready, or wrote no first-run.json')
}

/** The server tries its port before it starts: whoever connected to that finds nobody a moment later. */
async function isReady(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`)
    await answer.arrayBuffer()
    return answer.ok
  } catch {
    return false
  }
}

interface ControlCall {
  readonly operatorToken: string
  readonly method: 'PATCH' | 'POST'
  readonly url: string
  readonly body: object
}

async function control({ operatorToken, method, url, body }: ControlCall): Promise<void> {
  const answer = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  if (!answer.ok) {
    throw new Unmeasurable(`${method} ${new URL(url).pathname}: ${answer.status} ${text}`)
  }
}

/** What `npm start` tells the engine; it is not started through it only because profiles need arguments. */
function engineFlags(): readonly string[] {
  const text = readFileSync(join(productFolder, 'scripts', 'engine-flags.json'), 'utf8')
  return JSON.parse(text) as readonly string[]
}

function productVersion(): string {
  const text = readFileSync(join(productFolder, 'package.json'), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}
