import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { until } from '#test/server/until.ts'

const projectFolder = join(import.meta.dirname, '..', '..')

/** A run of the product that has ended. */
export interface Ended {
  readonly exitCode: number | null
  readonly out: string
  readonly err: string
}

/** A run of the product that may be under way. */
export interface Started {
  readonly child: ChildProcess
  readonly out: () => string
  readonly err: () => string
  /** Resolves when the process has ended. */
  readonly ended: Promise<Ended>
}

/** Only these variables reach the product: what the machine has set must not change a test. */
export type Environment = Readonly<Record<string, string>>

/** Starts one of the product's programs (`main`: the server, `codelace`: the commands). */
export function start(
  program: 'main' | 'codelace',
  options: { readonly words?: readonly string[]; readonly environment: Environment },
): Started {
  const child = spawn(process.execPath, [`src/app/${program}.ts`, ...(options.words ?? [])], {
    cwd: projectFolder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', ...options.environment },
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (exitCode) => resolve({ exitCode, out, err }))
  })
  return { child, out: () => out, err: () => err, ended }
}

/** Runs one command line to its end. */
export function command(words: readonly string[], environment: Environment): Promise<Ended> {
  return start('codelace', { words, environment }).ended
}

/** Waits until a server that was started here answers that it is ready. */
export async function untilReady(url: string, server: Started): Promise<void> {
  await until(
    async () => {
      if (server.child.exitCode !== null) throw new ServerEnded(server.err())
      const answer = await fetch(`${url}/readyz`).catch(() => undefined)
      return answer?.ok ? true : undefined
    },
    { timeoutMs: 60_000, what: 'the server is ready' },
  )
}

/** The server under test ended before it was ready. */
class ServerEnded extends Error {
  override readonly name = 'ServerEnded'
}

/** The file of the first run. */
export function firstRunIn(dataFolder: string): {
  url: string
  api_key: string
  operator_token: string
  account_id: string
} {
  return JSON.parse(readFileSync(join(dataFolder, 'first-run.json'), 'utf8'))
}
