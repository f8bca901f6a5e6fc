import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { basename } from 'node:path'

import { Unmeasurable } from '#bench/unmeasurable.ts'

import { onCores } from './cores.ts'

/** A program to start. */
export interface Launch {
  readonly command: readonly string[]
  readonly cores: string | null
  /** Added to this process's own environment. Undefined removes. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** This process's own where absent. */
  readonly workingFolder?: string
  /** Where its output goes. */
  readonly logPath: string
  /** It is ready when this port answers. */
  readonly port: number
  readonly readyTimeoutMs: number
}

/** A program that runs. */
export interface Running {
  readonly pid: number
  /** Asks it to end and waits; after `stopTimeoutMs` it is killed. Safe to call twice. */
  readonly stop: () => Promise<void>
}

const stopTimeoutMs = 20_000
const pollIntervalMs = 25
const running = new Set<ChildProcess>()

/** Starts a program and waits until it listens. Throws `Unmeasurable` with the end of its output. */
export async function launch(settings: Launch): Promise<Running> {
  const [program = '', ...rest] = onCores(settings.cores, settings.command)
  // A file, not a pipe: nobody has to read along while the program is measured.
  const log = openSync(settings.logPath, 'w')
  const child = spawn(program, rest, {
    cwd: settings.workingFolder,
    env: { ...process.env, ...settings.environment },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  running.add(child)
  let spawnError: Error | undefined
  child.on('error', (error) => {
    spawnError = error
  })
  child.on('exit', () => running.delete(child))
  const deadlineMs = performance.now() + settings.readyTimeoutMs
  for (;;) {
    const ended = child.exitCode !== null || child.signalCode !== null
    if (ended || spawnError || performance.now() > deadlineMs) {
      await stopChild(child)
      const what = ended ? 'ended before it was ready' : 'was not ready in time'
      const name = basename(settings.command[0] ?? '')
      throw new Unmeasurable(
        `${name} ${what}: ${spawnError?.message ?? endOfLog(settings.logPath)}`,
      )
    }
    if (await answers(settings.port)) break
    await new Promise((resolve) => setTimeout(resolve, pollIntervalMs))
  }
  return { pid: child.pid ?? 0, stop: () => stopChild(child) }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  await ended
  clearTimeout(timer)
}

/** Ends at once whatever is still running. For the moment when this process itself must end. */
export function killAllLaunched(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** True when something on this machine accepts connections on `port`. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** A port of this machine that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

function endOfLog(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim().split('\n').slice(-5).join(' | ')
  } catch {
    return 'no output'
  }
}
