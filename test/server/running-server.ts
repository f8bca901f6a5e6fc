import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { assert } from '#domain/faults.ts'

import { freePort } from './free-port.ts'

/** The product, running as its own process on its own port with its own data. */
export interface RunningServer {
  readonly url: string
  readonly pid: number
  /** A key of the first customer account, which starts with $5.00. */
  readonly apiKey: string
  readonly operatorToken: string
  readonly accountId: string
  readonly dataFolder: string
  /** Everything the process wrote so far. */
  readonly output: () => string
  /** Calls the control API as the operator; rejects unless it answers 2xx. */
  readonly operate: (method: string, path: string, body?: unknown) => Promise<unknown>
  /** Ends the process (SIGTERM unless told otherwise) and returns its exit code. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>
}

/** How to start it. A data folder that is given is kept; another one is removed at the end. */
export interface ServerOptions {
  readonly config?: unknown
  readonly environment?: Readonly<Record<string, string>>
  readonly dataFolder?: string
}

const projectFolder = join(import.meta.dirname, '..', '..')
const readyTimeoutMs = 60_000

/** Starts the server and returns when it is ready. Rejects with its output when it ends instead. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const scratch = mkdtempSync(join(tmpdir(), 'codelace-server-'))
  const dataFolder = options.dataFolder ?? join(scratch, 'data')
  const configPath = join(scratch, 'config.json')
  if (options.config !== undefined) writeFileSync(configPath, JSON.stringify(options.config))
  const port = await freePort()
  const child = spawn(process.execPath, ['src/app/main.ts'], {
    cwd: projectFolder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: scratch,
      PORT: String(port),
      CODELACE_DATA: dataFolder,
      ...(options.config === undefined ? {} : { CODELACE_CONFIG: configPath }),
      ...options.environment,
    },
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const url = `http://127.0.0.1:${port}`
  try {
    await untilReady(url, child, () => output)
  } catch (error) {
    child.kill('SIGKILL')
    rmSync(scratch, { recursive: true, force: true })
    throw error
  }
  const { api_key, operator_token, account_id } = readFirstRun(dataFolder)
  assert(child.pid !== undefined, 'a server that is ready has a process')
  return {
    url,
    pid: child.pid,
    apiKey: api_key,
    operatorToken: operator_token,
    accountId: account_id,
    dataFolder,
    output: () => output,
    operate: (method, path, body) => operate({ url, token: operator_token, method, path, body }),
    stop: async (signal = 'SIGTERM') => {
      const code = await end(child, signal)
      rmSync(scratch, { recursive: true, force: true })
      return code
    },
  }
}

function readFirstRun(dataFolder: string): Record<string, string> & {
  api_key: string
  operator_token: string
  account_id: string
} {
  const text = readFileSync(join(dataFolder, 'first-run.json'), 'utf8')
  const parsed: { api_key: string; operator_token: string; account_id: string } = JSON.parse(text)
  return { ...parsed }
}

async function untilReady(url: string, child: ChildProcess, output: () => string): Promise<void> {
  const deadline = performance.now() + readyTimeoutMs
  while (performance.now() < deadline) {
    assert(child.exitCode === null && child.signalCode === null, `the server ended: ${output()}`)
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    )
    if (ready) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  assert(false, `the server was not ready in time: ${output()}`)
}

async function operate(call: {
  url: string
  token: string
  method: string
  path: string
  body: unknown
}): Promise<unknown> {
  const response = await fetch(call.url + call.path, {
    method: call.method,
    headers: { authorization: `Bearer ${call.token}`, 'content-type': 'application/json' },
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
  })
  const text = await response.text()
  assert(response.ok, `${call.method} ${call.path}: ${response.status} ${text}`)
  return JSON.parse(text)
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }
  return child.exitCode
}
