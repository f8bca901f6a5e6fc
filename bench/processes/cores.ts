import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** Which processor cores the two sides of the benchmark run on, as lists that `taskset` reads. */
export interface Cores {
  /** The core of the contender under test; null leaves it to the system. */
  readonly contender: string | null
  /** The core of the load generator, the upstream and the database. */
  readonly others: string | null
  /** For people: what was done and why. */
  readonly note: string
}

/**
 * Gives the contender a core of its own, where there are two and `taskset` exists, so that the load does
 * not eat what it wants to measure.
 */
export function divideCores(
  machine: { cores: number; hasTaskset: boolean } = thisMachine(),
): Cores {
  if (machine.cores < 2) {
    return { contender: null, others: null, note: 'one core only: contender and load share it' }
  }
  if (!machine.hasTaskset) {
    return { contender: null, others: null, note: 'not pinned: taskset is missing' }
  }
  const others = machine.cores === 2 ? '1' : `1-${machine.cores - 1}`
  return {
    contender: '0',
    others,
    note: `pinned by taskset: contender on core 0; load, upstream and database on ${others}`,
  }
}

function thisMachine(): { cores: number; hasTaskset: boolean } {
  return {
    cores: availableParallelism(),
    hasTaskset: spawnSync('taskset', ['--version']).status === 0,
  }
}

/** The command that runs `command` on `cores`. The process keeps its id: taskset becomes it. */
export function onCores(cores: string | null, command: readonly string[]): readonly string[] {
  return cores === null ? command : ['taskset', '-c', cores, ...command]
}

/** Moves every thread of running processes to `cores`; does nothing without cores. Best effort. */
export function moveToCores(cores: string | null, pids: readonly number[]): void {
  if (cores === null) return
  for (const pid of pids) spawnSync('taskset', ['-a', '-c', '-p', cores, String(pid)])
}
