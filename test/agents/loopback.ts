import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { assert } from '#domain/faults.ts'

import { joined } from './joined-sockets.ts'

/** A shell command that has ended. */
export interface Ended {
  readonly exitCode: number | null
  readonly output: string
}

/** How commands are run without a network. */
export interface Loopback {
  /** False: the system gives us no namespace, and only a proxy stands in the way. */
  readonly isIsolated: boolean
  /** Runs a shell command; ends it, and all that it started, after the time. */
  readonly run: (script: string, options: RunOptions) => Promise<Ended>
  readonly close: () => Promise<void>
}

interface RunOptions {
  readonly cwd: string
  readonly environment: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

const bringUp = ['sh', '-c', 'ip link set lo up']
/** Processes of their own, too: what an agent leaves running in the background ends with it. */
const namespaces = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc']
const ways = [
  ['unshare', ...namespaces],
  ['unshare', '--map-root-user', ...namespaces],
]

/** A namespace of its own, with nothing in it but the port of the server on its loopback. */
export async function openLoopback(port: number): Promise<Loopback> {
  const way = ways.find(([command = '', ...words]) => {
    return spawnSync(command, [...words, ...bringUp]).status === 0
  })
  const folder = mkdtempSync(join(tmpdir(), 'codelace-loopback-'))
  const socket = join(folder, 'server.sock')
  // A socket of the file system is reached from every namespace.
  const bridge = createServer({ allowHalfOpen: true }, (guest) =>
    joined(guest, connect({ port, host: '127.0.0.1', allowHalfOpen: true })),
  )
  await new Promise<void>((resolve) => bridge.listen(socket, resolve))
  const guest = join(import.meta.dirname, 'loopback-guest.ts')
  const before = way ? [...way, process.execPath, guest, socket, String(port)] : []
  const deadProxy = 'http://127.0.0.1:9'
  const proxies = { HTTP_PROXY: deadProxy, HTTPS_PROXY: deadProxy, NO_PROXY: '127.0.0.1' }
  return {
    isIsolated: way !== undefined,
    run: (script, { cwd, environment, timeoutMs }) =>
      runGroup([...before, 'sh', '-c', script], {
        cwd,
        environment: way ? environment : { ...environment, ...proxies },
        timeoutMs,
      }),
    close: async () => {
      await new Promise((resolve) => bridge.close(resolve))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function runGroup(
  [command, ...words]: readonly string[],
  { cwd, environment, timeoutMs }: RunOptions,
): Promise<Ended> {
  assert(command !== undefined, 'there is something to run')
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, {
      cwd,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const endAll = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // Nobody of the group is left.
      }
    }
    const timer = setTimeout(endAll, timeoutMs)
    child.once('error', reject)
    child.once('exit', (exitCode) => {
      clearTimeout(timer)
      // What an agent leaves running would hold the pipes, and the cache, open.
      endAll()
      child.once('close', () => resolve({ exitCode, output }))
    })
  })
}
