import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** One agent as it is on npm. */
export interface AgentPackage {
  readonly name: string
  readonly version: string
  readonly bin: string
  /** What its package runs after an installation, by its path in it; null: nothing. */
  readonly afterwards: string | null
  /** Packages that are not needed any more after that. */
  readonly discard: RegExp | null
}

/** An agent that can be run, or why it cannot. */
export type InstalledAgent =
  | { readonly kind: 'installed'; readonly binFolder: string }
  | { readonly kind: 'missing'; readonly reason: string }

/** The versions that are tried, and no others. */
export const agentPackages = {
  codex: onNpm('@openai/codex', '0.169.0', 'codex'),
  'claude-code': {
    ...onNpm('@anthropic-ai/claude-code', '2.1.330', 'claude'),
    afterwards: 'install.cjs',
    discard: /^claude-code-/,
  },
  opencode: {
    ...onNpm('opencode-ai', '1.18.33', 'opencode'),
    afterwards: 'postinstall.mjs',
    discard: /^opencode-(?!ai$)/,
  },
  'qwen-code': onNpm('@qwen-code/qwen-code', '0.15.10', 'qwen'),
  cline: onNpm('cline', '3.0.65', 'cline'),
} as const satisfies Record<string, AgentPackage>

function onNpm(name: string, version: string, bin: string): AgentPackage {
  return { name, version, bin, afterwards: null, discard: null }
}

/**
 * The agent from the cache folder, or freshly from npm. What is half done after the time is over is thrown
 * away; other versions of the same agent are, too.
 */
export async function installedAgent(
  agent: AgentPackage,
  timeoutMs: number,
): Promise<InstalledAgent> {
  const cache = cacheFolder()
  const label = agent.name.replace('@', '').replace('/', '-')
  const folder = join(cache, `${label}@${agent.version}`)
  const binFolder = join(folder, 'node_modules', '.bin')
  if (existsSync(join(binFolder, agent.bin))) return { kind: 'installed', binFolder }
  mkdirSync(cache, { recursive: true })
  const scratch = mkdtempSync(join(cache, 'unfinished-'))
  try {
    const reason = await install(agent, { scratch, deadlineMs: performance.now() + timeoutMs })
    if (reason !== null) return { kind: 'missing', reason }
    for (const name of readdirSync(cache)) {
      if (name.startsWith(`${label}@`)) rmSync(join(cache, name), { recursive: true, force: true })
    }
    renameSync(scratch, folder)
    return { kind: 'installed', binFolder }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function cacheFolder(): string {
  const { CODELACE_AGENTS: chosen, XDG_CACHE_HOME: caches } = process.env
  return chosen ?? join(caches ?? join(homedir(), '.cache'), 'codelace', 'agents')
}

/** Null when it worked. */
async function install(
  agent: AgentPackage,
  { scratch, deadlineMs }: { scratch: string; deadlineMs: number },
): Promise<string | null> {
  const npmCache = join(scratch, 'npm-cache')
  const words = ['install', '--prefix', scratch, '--cache', npmCache, '--ignore-scripts']
  const quiet = ['--no-audit', '--no-fund', '--loglevel', 'error']
  const spec = `${agent.name}@${agent.version}`
  const left = () => Math.max(1, Math.ceil(deadlineMs - performance.now()))
  const downloaded = await run('npm', [...words, ...quiet, spec], {
    cwd: scratch,
    timeoutMs: left(),
  })
  if (downloaded !== null) return downloaded
  rmSync(npmCache, { recursive: true, force: true })
  const home = join(scratch, 'node_modules', agent.name)
  if (agent.afterwards !== null) {
    const words = [join(home, agent.afterwards)]
    const finished = await run(process.execPath, words, { cwd: home, timeoutMs: left() })
    if (finished !== null) return finished
  }
  const { discard } = agent
  const neighbours = dirname(home)
  for (const name of discard === null ? [] : readdirSync(neighbours)) {
    if (discard?.test(name)) rmSync(join(neighbours, name), { recursive: true, force: true })
  }
  const bin = join(scratch, 'node_modules', '.bin', agent.bin)
  return run(bin, ['--version'], { cwd: scratch, timeoutMs: left() })
}

/** Null when it ended well, else the end of what it said. */
function run(
  command: string,
  words: readonly string[],
  { cwd, timeoutMs }: { cwd: string; timeoutMs: number },
): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(command, words, {
      cwd,
      timeout: timeoutMs,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => {
      if (code === 0) resolve(null)
      else if (signal !== null) resolve(`${command} was not done within the time`)
      else resolve(said.trim().slice(-500) || `${command} ended with ${code}`)
    })
  })
}
