import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem } from 'node:os'

/** Where a run took place. */
export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memory_mb: number
  readonly kernel: string
  readonly pinning: string
  /** Load of the last minute before the run began: above 0.2 somebody else was at work. */
  readonly load_before: number
}

/** Describes this machine. */
export function describeMachine(pinning: string): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory_mb: Math.round(totalmem() / 1024 / 1024),
    kernel: release(),
    pinning,
    load_before: loadavg()[0] ?? 0,
  }
}

/** The short hash of the commit in `folder`, and whether files differ from it. */
export function describeCommit(folder: string): { commit: string; uncommittedChanges: boolean } {
  const git = (...command: string[]): string =>
    execFileSync('git', ['-C', folder, ...command], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  try {
    return {
      commit: git('rev-parse', '--short', 'HEAD'),
      uncommittedChanges: git('status', '--porcelain', '--', ':!bench/results') !== '',
    }
  } catch {
    return { commit: 'unversioned', uncommittedChanges: true }
  }
}
