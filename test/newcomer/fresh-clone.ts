import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

import { until } from '#test/server/until.ts'

const projectFolder = join(import.meta.dirname, '..', '..')

/** What the project tracks, copied to a folder of its own, with an empty home beside it. */
export interface FreshClone {
  readonly folder: string
  /** Runs a command line in it, as a person would. */
  readonly run: (command: string, environment?: Readonly<Record<string, string>>) => Running
  readonly remove: () => void
}

/** A command that is running, and what it said so far. */
export interface Running {
  readonly output: () => string
  /** The exit code, once it has ended. */
  readonly ended: Promise<number | null>
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>
  /** Waits until the output matches; fails when the command ends before. */
  readonly untilOutput: (pattern: RegExp, timeoutMs: number) => Promise<RegExpExecArray>
}

/** Copies the working tree's tracked (and not ignored) files: what a clone of the next commit would hold. */
export function makeFreshClone(): FreshClone {
  const scratch = mkdtempSync(join(tmpdir(), 'codelace-newcomer-'))
  const folder = join(scratch, 'clone')
  const home = join(scratch, 'home')
  mkdirSync(home, { recursive: true })
  const listing = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
    cwd: projectFolder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  for (const path of listing.split('\0').filter((name) => name !== '')) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    cpSync(join(projectFolder, path), join(folder, path), { errorOnExist: false, force: true })
  }
  const base = bareEnvironment(home)
  return {
    folder,
    run: (command, environment = {}) => run(command, folder, { ...base, ...environment }),
    remove: () => rmSync(scratch, { recursive: true, force: true }),
  }
}

/**
 * Nothing of ours: an empty home, the path without the project's own tools, and how this machine reaches
 * its package registry.
 */
function bareEnvironment(home: string): Record<string, string> {
  const path = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .join(delimiter)
  const registry = spawnSync('npm', ['config', 'get', 'registry'], {
    cwd: projectFolder,
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  }).stdout.trim()
  const network = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE']
  const passed = network.flatMap((name) => {
    const value = process.env[name] ?? process.env[name.toLowerCase()]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { HOME: home, PATH: path, npm_config_registry: registry, ...Object.fromEntries(passed) }
}

function run(command: string, folder: string, environment: Record<string, string>): Running {
  const child = spawn(`exec ${command}`, {
    cwd: folder,
    env: environment,
    shell: '/bin/sh',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    output: () => output,
    ended,
    stop: async (signal = 'SIGTERM') => {
      if (isRunning(child)) child.kill(signal)
      return ended
    },
    untilOutput: (pattern, timeoutMs) =>
      until(
        () => {
          const found = pattern.exec(output)
          if (found === null && !isRunning(child)) throw new EndedEarly(output)
          return found ?? undefined
        },
        { timeoutMs, what: `the output matches ${pattern.source}` },
      ),
  }
}

/** A command ended before it said what was expected of it. */
class EndedEarly extends Error {
  override readonly name = 'EndedEarly'
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}
